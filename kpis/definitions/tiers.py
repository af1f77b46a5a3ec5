"""Tiers: kpis.md 85, 86."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from kpis.definitions.base import Ask, Facts, Kpi, Variant
from kpis.definitions.parts import INCENTIVIZE
from kpis.drill import scoped_facts
from kpis.progress import attainment
from kpis.result import Answer, no
from kpis.store import Store, query

NET = Facts("tier_move", "net_n")
UPS = Facts("tier_move", "up_n", "fact.up_n = 1")
DOWNS = Facts("tier_move", "down_n", "fact.down_n = 1")
COLUMNS = ("net_n", "up_n", "down_n")
MOST_PAIRS = 50


def _months(store: Store) -> dict[date, tuple[int, ...]]:
    """Month → net, ups, downs, of all months in one query."""

    def read() -> dict[date, tuple[int, ...]]:
        facts = scoped_facts("tier_move", store)
        sums = ", ".join(f"sum(fact.{name})::bigint" for name in COLUMNS)
        rows = query(f"SELECT fact.month, {sums} {facts.text} GROUP BY fact.month", facts.params)
        return {row[0]: row[1:] for row in rows}

    return store.once("tier_moves", read)


def moved(column: str) -> Any:
    """Changes of tier by the day from which they hold."""

    def compute(ask: Ask) -> Answer:
        if not ask.store.has_partners:
            return no("no_data")
        months = _months(ask.store)
        rows = [months[month] for month in ask.period.months if month in months]
        value = sum(row[COLUMNS.index(column)] for row in rows)
        n = sum(row[1] + row[2] for row in rows)
        return Answer(value, numerator=value, n=n)

    return compute


def matrix(ask: Ask) -> Answer:
    """Ups minus downs, with who came from which tier into which."""
    answer = moved("net_n")(ask)
    if answer.value is not None:
        answer.items = _pairs(ask)
    return answer  # type: ignore[no-any-return]


def _pairs(ask: Ask) -> list[dict[str, Any]]:
    """The transition matrix: tier before the period and at its end, with how many partners."""
    of_partner = " AND span.canonical_id = %s" if ask.store.scope.kind == "partner" else ""
    if ask.store.scope.kind not in {"program", "partner"}:
        return []
    rows = query(
        "SELECT before.tier, span.tier, count(*)::bigint FROM kpis_profilespan AS span"
        " JOIN kpis_profilespan AS before ON before.partner_id = span.partner_id"
        " AND before.starts_on < %s AND before.ends_on >= %s"
        " WHERE span.starts_on < %s AND span.ends_on >= %s AND span.partner_id > 0"
        f" AND span.tier <> '' AND before.tier <> ''{of_partner}"
        " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s",
        (ask.period.starts_on, ask.period.starts_on, ask.period.ends_on, ask.period.ends_on,
         *([ask.store.scope.id] if of_partner else []), MOST_PAIRS),
    )  # fmt: skip
    return [{"name": f"{before} → {after}", "value": n} for before, after, n in rows]


KPIS = [
    Kpi(
        "tier_requirement_attainment",
        _("Progress to the next tier"),
        INCENTIVIZE,
        _("What does the partner need for the next tier?"),
        _("For each rule of the next tier the value divided by what is required, at most 1; the"
          " mean over all rules."),
        _("the last evaluation; a closed period at its end"),
        "share",
        "higher",
        "RATIO",
        {"overall": Variant(attainment, _("mean over the rules"), for_partners=True,
                            whole_only=True)},
        breakdowns=("type", "tier"),
        help=_("The rules are those of that day. A tier is reached only when all of its rules are"
               " met. Closed periods are told for one partner at a time."),
        needs_n=5,
    ),
    Kpi(
        "tier_movement",
        _("Tier ups and downs"),
        INCENTIVIZE,
        _("Do partners develop?"),
        _("Partners that came into a higher tier minus partners that came into a lower one."),
        _("first day in the new tier"),
        "count",
        "higher",
        "SUM",
        {
            "net": Variant(moved("net_n"), _("ups minus downs"), numerator=(NET,), whole_only=True),
            "ups": Variant(moved("up_n"), _("ups"), numerator=(UPS,), whole_only=True),
            "downs": Variant(moved("down_n"), _("downs"), numerator=(DOWNS,), whole_only=True),
            "matrix": Variant(
                matrix, _("from which tier into which"), numerator=(NET,), whole_only=True
            ),
        },
        breakdowns=("type",),
        help=_("A first tier is no move, and neither is a tier that was only renamed."),
    ),
]  # fmt: skip
