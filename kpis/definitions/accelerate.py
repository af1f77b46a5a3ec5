"""Who stays, who leaves, who is silent: kpis.md 97-100."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from kpis import stats, tenure
from kpis.basefacts import of_period
from kpis.definitions.base import Ask, Facts, Kpi, Variant
from kpis.definitions.parts import (
    ACCELERATE,
    DORMANT,
    ENDED,
    GONE,
    LIVES,
    REVENUE_BEFORE,
    REVENUE_GONE,
    SIGNS,
    STAYED,
    WITH_US,
)
from kpis.result import Answer, no, ratio
from kpis.tenurefacts import LEFT

DIMENSIONS = ("type", "tier", "region", "segment", "manager")
FEW = 5  # followed: below this the curve stops


def _rate(hits: int, n: int, **parts: Any) -> Answer:
    interval = stats.wilson(hits, n) if n else None
    return ratio(hits, n, n=n, ci=interval, ci_method="wilson" if n else None, **parts)


def retention(ask: Ask) -> Answer:
    """Of the partners with us on the first day, those who still are at the end."""
    if not ask.store.has_partners:
        return no("no_data")
    found = tenure.change(ask.store, ask.period)
    return _rate(found.cohort - found.left, found.cohort)


def churn(kind: str = "") -> Callable[[Ask], Answer]:
    """Of the partners with us on the first day, those who left; ``kind``: in this way only."""

    def compute(ask: Ask) -> Answer:
        if not ask.store.has_partners:
            return no("no_data")
        found = tenure.change(ask.store, ask.period)
        if kind:
            return _rate(found.gone[kind], found.cohort)
        items = [{"kind": one, "value": found.gone[one]} for one in tenure.KINDS]
        return _rate(found.left, found.cohort, items=items)

    return compute


def left(ask: Ask) -> Answer:
    """How many partners of the first day left."""
    if not ask.store.has_partners:
        return no("no_data")
    found = tenure.change(ask.store, ask.period)
    return Answer(found.left, numerator=found.left, n=found.cohort)


def revenue_churn(ask: Ask) -> Answer:
    """The part of the earlier revenue that was of partners who left."""
    if not ask.store.has_partners:
        return no("no_data")
    gone, all_of_it = tenure.revenue(ask.store, ask.period)
    if all_of_it <= 0:
        return no("no_data", numerator=gone, denominator=all_of_it, n=0)
    return ratio(gone, all_of_it, n=tenure.change(ask.store, ask.period).cohort)


def early_leavers(ask: Ask) -> Answer:
    """Partnerships that began and were over within the period; they are in no rate."""
    if not ask.store.has_partners:
        return no("no_data")
    n = tenure.brief(ask.store, ask.period)
    return Answer(n, numerator=n, n=n)


def survival(days: int) -> Callable[[Ask], Answer]:
    """The part of partnerships that lasts so many days or longer."""

    def compute(ask: Ask) -> Answer:
        if not ask.store.has_partners:
            return no("no_data")
        lives = tenure.lives_of(tenure.partnerships(ask.store, ask.period))
        if not lives:
            return no("no_data", n=0)
        step = stats.step_at(stats.survival(lives), days)
        ends = sum(is_end for _days, is_end in lives)
        parts: dict[str, Any] = {"numerator": ends, "denominator": len(lives), "n": len(lives)}
        if step is None:
            return Answer(1.0, **parts)
        ci = None if step.low is None or step.high is None else (step.low, step.high)
        return Answer(step.left, ci=ci, ci_method="log-log" if ci else None, **parts)

    return compute


def median_life(ask: Ask) -> Answer:
    """Days after which half of the partnerships are over."""
    if not ask.store.has_partners:
        return no("no_data")
    lives = tenure.lives_of(tenure.partnerships(ask.store, ask.period))
    if not lives:
        return no("no_data", n=0)
    ends = sum(is_end for _days, is_end in lives)
    parts: dict[str, Any] = {"numerator": ends, "denominator": len(lives), "n": len(lives)}
    value = stats.median_life(stats.kaplan_meier(lives))
    return no("not_reached", **parts) if value is None else Answer(value, **parts)


def dormancy(ask: Ask) -> Answer:
    """Partners under contract of whom nothing was heard for long."""
    if not ask.store.has_partners:
        return no("no_data")
    columns = "count(*) FILTER (WHERE fact.is_dormant), count(*)"
    silent, n = of_period("sign", columns, ask.store, ask.period)[0]
    return _rate(silent, n)


def dormant_count(ask: Ask) -> Answer:
    """How many they are."""
    answer = dormancy(ask)
    if answer.value is None:
        return answer
    return Answer(answer.numerator, numerator=answer.numerator, n=answer.n)


def _gone_by(kind: str) -> Variant:
    facts = Facts("gone", "", f"{LEFT} AND fact.kind = '{kind}'")
    return Variant(churn(kind), KIND_WORDS[kind], numerator=(facts,), denominator=(WITH_US,))


def _lasting(days: int, label: Any) -> Variant:
    return Variant(survival(days), label, numerator=(ENDED,), denominator=(LIVES,))


KIND_WORDS: dict[str, Any] = {
    "voluntary": _("the partner left"),
    "terminated": _("we ended it"),
    "expired": _("ran out, not renewed"),
    "dormant": _("ended as dormant"),
    "other": _("for another reason"),
}
KPIS = [
    Kpi(
        "partner_retention_rate",
        _("Partner retention"),
        ACCELERATE,
        _("Do partners stay?"),
        _("Partners under contract on the first day that are still with us at the end, divided by"
          " all partners under contract on the first day."),
        _("first and last day of contracts"),
        "share",
        "higher",
        "RATIO",
        {"rate": Variant(retention, _("rate"), numerator=(STAYED,), denominator=(WITH_US,))},
        breakdowns=DIMENSIONS,
        help=_("Partners count as what they were on the first day. A new contract within 30 days"
               " goes on with the old one; who left and came back within the period has stayed; a"
               " merger is no leaving, the survivor stands for both. A contract whose last day is"
               " the last of the period has ended in it."),
        needs_n=5,
    ),
    Kpi(
        "partner_churn_rate",
        _("Partners who left"),
        ACCELERATE,
        _("How many leave, and why?"),
        _("Partners under contract on the first day that are not with us at the end, divided by"
          " all partners under contract on the first day."),
        _("first day without a contract"),
        "share",
        "lower",
        "RATIO",
        {
            "rate": Variant(churn(), _("rate"), numerator=(GONE,), denominator=(WITH_US,)),
            "left": Variant(left, _("partners"), "count", (GONE,), aggregation="SUM"),
            **{kind: _gone_by(kind) for kind in tenure.KINDS},
            "revenue": Variant(
                revenue_churn, _("revenue of the 12 months before"),
                numerator=(REVENUE_GONE,), denominator=(REVENUE_BEFORE,),
            ),
            "early": Variant(
                early_leavers, _("came and left within the period"), "count",
                (Facts("brief", "", "fact.left_on <= {ends}"),), aggregation="SUM",
            ),
        },
        breakdowns=DIMENSIONS,
        help=_("A year is measured on the partners of its first day; four quarters do not add up"
               " to it. Dormant partners have not left. Mergers and renewals within 30 days are"
               " no leaving."),
        needs_n=5,
    ),
    Kpi(
        "partner_survival",
        _("How long partnerships last"),
        ACCELERATE,
        _("How long do partnerships last?"),
        _("Kaplan-Meier: the product over all days on which some left of one minus those who left,"
          " divided by those who had been followed up to that day."),
        _("first day of the contract, reported at the end of the period"),
        "share",
        "higher",
        "INDEX",
        {
            "730d": _lasting(730, _("with us for two years")),
            "365d": _lasting(365, _("with us for one year")),
            "1095d": _lasting(1095, _("with us for three years")),
            "median": Variant(median_life, _("half are gone after"), "days", (ENDED,), (LIVES,),
                              aggregation="MEDIAN"),
        },
        breakdowns=DIMENSIONS,
        parts=(_("Ended"), _("Partnerships")),
        help=_("Who is still with us counts for as long as it has been; a merged record until the"
               " merger. Who comes back after more than 30 days begins anew. Partners count as"
               " what they were on their first day. The interval is Greenwood’s, on the log-log"
               " scale."),
        needs_n=10,
    ),
    Kpi(
        "dormant_partner_rate",
        _("Dormant partners"),
        ACCELERATE,
        _("Who is a partner on paper only?"),
        _("Partners without a sign-in, visit to the portal, registration or deal won in the last"
          " 90 days, divided by all partners under contract on the last day."),
        _("the last day of the period"),
        "share",
        "lower",
        "RATIO",
        {
            "rate": Variant(dormancy, _("rate"), numerator=(DORMANT,), denominator=(SIGNS,)),
            "count": Variant(dormant_count, _("partners"), "count", (DORMANT,),
                             aggregation="SEMI"),
        },
        breakdowns=(*DIMENSIONS, "partner"),
        help=_("Distributors have 180 days. Partners with us for less than 30 days are left out"
               " of both."),
        needs_n=5,
        is_costly=True,
    ),
]  # fmt: skip
