"""Deal sizes in the middle and over time: kpis.md 71."""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from kpis import stats
from kpis.definitions.base import Ask, Compute
from kpis.drill import scoped_facts
from kpis.result import Answer, no
from kpis.store import Store, query
from prm.common.periods import Period

QUARTERS = 8


def median_deal_size(store_of: Callable[[Ask], Store]) -> Compute:
    """The median won amount, from the deals themselves."""

    def compute(ask: Ask) -> Answer:
        ((median, n),) = _medians(store_of(ask), [ask.period])
        return Answer(median, n=n) if n else no("no_data", n=0)

    return compute


def _medians(store: Store, spans: Sequence[Period]) -> list[tuple[Decimal | None, int]]:
    """The median won amount of each period and its number of deals, in one query."""
    facts = scoped_facts("sales", store)
    rows = query(
        "SELECT which.i, percentile_disc(0.5) WITHIN GROUP (ORDER BY fact.won_rc),"
        " percentile_disc(0.5) WITHIN GROUP (ORDER BY fact.won_rc DESC), count(*)"
        f" FROM (SELECT fact.day, fact.won_rc {facts.text} AND fact.won_n = 1"
        " AND fact.day >= %s AND fact.day < %s) AS fact"
        " JOIN unnest(%s::int[], %s::date[], %s::date[]) AS which (i, starts_on, ends_on)"
        " ON fact.day >= which.starts_on AND fact.day < which.ends_on GROUP BY which.i",
        (
            *facts.params,
            min(span.starts_on for span in spans),
            max(span.ends_on for span in spans),
            list(range(len(spans))),
            [span.starts_on for span in spans],
            [span.ends_on for span in spans],
        ),
    )
    found = {i: ((Decimal(low) + Decimal(high)) / 2, int(n)) for i, low, high, n in rows}
    return [found.get(i, (None, 0)) for i in range(len(spans))]


def deal_size_trend(ask: Ask) -> Answer:
    """Theil-Sen slope of the logarithm of the last quarterly medians, as change a year.

    Needs eight quarters with won deals; otherwise ``insufficient_n``.
    """
    if ask.period.kind != "quarter":
        return no("insufficient_n")
    spans = ask.store.last_periods(ask.period, QUARTERS)
    medians = [median for median, _n in _medians(ask.store, spans)]
    known = [median for median in medians if median is not None and median > 0]
    if len(known) < QUARTERS:
        return no("insufficient_n", n=len(known))
    points = [(i / 4, math.log(float(median))) for i, median in enumerate(known)]
    slope, low, high = stats.theil_sen(points)
    return Answer(
        math.expm1(slope), n=len(points), ci=(math.expm1(low), math.expm1(high)), ci_method="sen"
    )
