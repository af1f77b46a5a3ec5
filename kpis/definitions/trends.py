"""Deal sizes in the middle and over time: kpis.md 71."""

import math
from collections.abc import Callable
from decimal import Decimal

from kpis import stats
from kpis.definitions.base import Ask, Compute
from kpis.drill import scoped_facts
from kpis.result import Answer, no
from kpis.store import Store, query
from prm.common.periods import shifted

QUARTERS = 8


def median_deal_size(store_of: Callable[[Ask], Store]) -> Compute:
    """The median won amount, from the deals themselves."""

    def compute(ask: Ask) -> Answer:
        facts = scoped_facts("sales", store_of(ask))
        rows = query(
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY fact.won_rc),"
            " percentile_disc(0.5) WITHIN GROUP (ORDER BY fact.won_rc DESC), count(*)"
            f" {facts.text} AND fact.won_n = 1 AND fact.day >= %s AND fact.day < %s",
            (*facts.params, ask.period.starts_on, ask.period.ends_on),
        )
        low, high, n = rows[0]
        if not n:
            return no("no_data", n=0)
        return Answer((Decimal(low) + Decimal(high)) / 2, n=n)

    return compute


def deal_size_trend(ask: Ask) -> Answer:
    """Theil-Sen slope of the logarithm of the last quarterly medians, as change a year.

    Needs eight quarters with won deals; otherwise ``insufficient_n``.
    """
    points: list[tuple[float, float]] = []
    quarter = ask.period
    if quarter.kind != "quarter":
        return no("insufficient_n")
    median = median_deal_size(lambda question: question.store)
    for back in range(QUARTERS):
        found = median(ask.previous(quarter))
        if not found.value or found.value <= 0:
            return no("insufficient_n", n=len(points))
        points.append((-back / 4, math.log(float(found.value))))
        if back < QUARTERS - 1:
            quarter = shifted(quarter, -1, ask.store.settings)
    slope, low, high = stats.theil_sen(points)
    return Answer(
        math.expm1(slope), n=len(points), ci=(math.expm1(low), math.expm1(high)), ci_method="sen"
    )
