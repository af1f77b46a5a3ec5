"""Concentration and ranking of partners: kpis.md 5-7."""

import math
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kpis import stats
from kpis.definitions.base import Ask, Kpi, Variant
from kpis.definitions.parts import STRATEGIZE, WON_AMOUNT, names_of
from kpis.readers import known_among
from kpis.result import Answer, no
from kpis.scopes import of_dimension
from kpis.store import PartnerRow, query
from prm.common.access import Actor

NAMED = 10  # partners of a type that a ranking lists


def _revenues(ask: Ask) -> list[float]:
    return [float(row[1]) for row in ask.store.by_partner(ask.period)]


def _concentrated(value: float | None, revenues: list[float]) -> Answer:
    if value is None:
        return no("no_data", n=len(revenues))
    return Answer(value, numerator=Decimal(str(sum(revenues))), n=len(revenues))


def _needs_ranking(compute: Any) -> Any:
    def checked(ask: Ask) -> Answer:
        if not ask.store.has_partners:
            return no("no_data")
        return compute(ask)  # type: ignore[no-any-return]

    return checked


@_needs_ranking
def concentration(ask: Ask) -> Answer:
    """Sum of squared shares of sourced gross revenue, times 10,000."""
    revenues = _revenues(ask)
    return _concentrated(stats.hhi(revenues), revenues)


@_needs_ranking
def effective_partners(ask: Ask) -> Answer:
    """How many equally large partners would be as concentrated."""
    revenues = _revenues(ask)
    value = stats.hhi(revenues)
    return _concentrated(10_000 / value if value else None, revenues)


@_needs_ranking
def top20(ask: Ask) -> Answer:
    """Share of the largest fifth of partners; zeros are in the base."""
    revenues = _revenues(ask)
    return _concentrated(stats.top_share(revenues, math.ceil(0.2 * len(revenues))), revenues)


@_needs_ranking
def top1(ask: Ask) -> Answer:
    """Share of the largest partner."""
    revenues = _revenues(ask)
    return _concentrated(stats.top_share(revenues, 1), revenues)


@_needs_ranking
def gini(ask: Ask) -> Answer:
    """Inequality of revenue over partners, 0 (equal) to 1."""
    revenues = _revenues(ask)
    return _concentrated(stats.gini(revenues), revenues)


@_needs_ranking
def top_by_type(ask: Ask) -> Answer:
    """Partners ranked inside each type by sourced net revenue; ties share a rank."""
    if ask.store.scope.kind == "partner":
        return no("no_data")
    kinds = sorted(
        {row[0] for row in query("SELECT DISTINCT type FROM kpis_profilespan WHERE partner_id > 0")}
    )
    if ask.store.scope.kind == "type":
        kinds = [ask.store.scope.value]
    elif ask.store.scope.kind != "program":
        return no("no_data")
    items = []
    for kind in kinds:
        store = ask.store.at(of_dimension("type", kind))
        rows = store.by_partner(ask.period)
        if rows:
            items.append(_type_item(kind, rows, ask.actor))
    items.sort(key=lambda item: item["net"], reverse=True)
    return Answer(None, items=items, n=sum(item["active"] for item in items))


def _type_item(kind: str, rows: list[PartnerRow], actor: Actor | None) -> dict[str, Any]:
    """One type: its figures, its first partners by name, and the sum of those kept nameless."""
    nets = stats.histogram((float(row[2]), 1) for row in rows)
    won, lost = sum(row[3] for row in rows), sum(row[4] for row in rows)
    net = sum((row[2] for row in rows), start=Decimal(0))
    by_id = {row[0]: row for row in rows}
    own = known_among(actor, by_id)
    hidden = net - sum(by_id[pk][2] for pk in own)
    names = names_of(own[:NAMED])
    return {
        "type": kind,
        "active": len(rows),
        "net": net,
        "per_partner": net / len(rows),
        "median": Decimal(str(stats.median(nets))),
        "win_rate": won / (won + lost) if won + lost else None,
        "partners": [
            {
                "rank": 1 + sum(1 for other in rows if other[2] > by_id[pk][2]),
                "partner": names[pk][0],
                "name": names[pk][1],
                "net": by_id[pk][2],
            }
            for pk in own[:NAMED]
        ],
        "hidden": {"partners": len(rows) - len(own), "net": hidden},
    }


KPIS = [
    Kpi(
        "revenue_concentration_hhi",
        _("Revenue concentration"),
        STRATEGIZE,
        _("Do we hang on a few partners?"),
        _("10,000 times the sum of squared shares of partner-sourced gross revenue."),
        _("closing day"),
        "index",
        "lower",
        "INDEX",
        {
            "hhi": Variant(concentration, _("concentration index"), numerator=(WON_AMOUNT,)),
            "effective_partners": Variant(
                effective_partners, _("effective number of partners"), numerator=(WON_AMOUNT,)
            ),
        },
        breakdowns=("type", "region"),
        help=_("10,000 is one partner for everything; above 2,500 deserves a look."),
        needs_n=5,
    ),
    Kpi(
        "revenue_top20_share",
        _("Share of the top 20 % of partners"),
        STRATEGIZE,
        _("Does a small share of partners bring most revenue?"),
        _("Revenue of the largest fifth of partners (rounded up), divided by all of it."),
        _("closing day"),
        "share",
        "context",
        "INDEX",
        {
            "share": Variant(top20, _("share"), numerator=(WON_AMOUNT,)),
            "top1": Variant(top1, _("share of the largest partner"), numerator=(WON_AMOUNT,)),
            "gini": Variant(gini, _("inequality (Gini)"), "index", numerator=(WON_AMOUNT,)),
        },
        breakdowns=("type", "region"),
        help=_("80/20 is folklore, not a target: watch your own trend."),
    ),
    Kpi(
        "top_partners_by_type",
        _("Top partners by type"),
        STRATEGIZE,
        _("Which kinds of partner earn most, so whom should we recruit next?"),
        _("Partners ranked inside their type by partner-sourced net revenue; ties share a rank."),
        _("closing day; refunds on their own day"),
        "ranking",
        "higher",
        "SUM",
        {"net": Variant(top_by_type, _("net revenue"))},
        breakdowns=("type",),
    ),
]
