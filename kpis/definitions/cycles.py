"""Days from opening to close, and how old open deals are: kpis.md 72."""

from typing import Any

from kpis import stats
from kpis.definitions.base import Ask
from kpis.result import Answer, no
from kpis.stock import open_ages


def cycle(store_of: Any, measure: Any) -> Any:
    """A measure of the days from opening to close of won deals."""

    def compute(ask: Ask) -> Answer:
        days = stats.histogram(store_of(ask).histogram(ask.period))
        value = measure(days)
        n, total = stats.size(days), int(sum(day * count for day, count in days))
        if value is None:
            return no("no_data", n=0)
        return Answer(value, numerator=total, denominator=n, n=n)

    return compute


def cycle_difference(ask: Ask) -> Answer:
    """Median of partners minus median of direct deals, with its bootstrap interval."""
    partner = stats.histogram(ask.store.histogram(ask.period))
    direct = stats.histogram(ask.store.direct().histogram(ask.period))
    ours, theirs = stats.median(partner), stats.median(direct)
    if ours is None or theirs is None:
        return no("no_data")
    n = min(stats.size(partner), stats.size(direct))
    interval = stats.median_difference(partner, direct)
    return Answer(ours - theirs, n=n, ci=interval, ci_method="bootstrap")


def cycle_comparison(ask: Ask) -> Answer:
    """The difference, if it may be said in a sentence: 5 deals in each arm, interval without 0."""
    found = cycle_difference(ask)
    if found.reason:
        return found
    if (found.n or 0) < 5 or found.ci is None:
        return no("insufficient_n", n=found.n)
    low, high = found.ci
    if low <= 0 <= high:
        return no("insufficient_n", n=found.n, ci=found.ci, ci_method=found.ci_method)
    return found


def open_age(ask: Ask) -> Answer:
    """Median age in days of the deals open at the period's end."""
    at = ask.as_of or min(ask.period.ends_at, ask.store.now)
    ages = stats.histogram(open_ages(ask.store, at))
    value = stats.median(ages)
    return Answer(value, n=stats.size(ages)) if value is not None else no("no_data", n=0)
