"""Which days a window covers, and when tiers are reviewed; ``until`` is the first day after."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from partners.programs.rules import (
    CALENDAR_YEAR,
    FISCAL_YEAR,
    QUARTER,
    ROLLING,
    Measure,
    Rules,
)
from prm.common.models import FiscalMonth
from prm.common.periods import FIRST_YEAR

BEGINNING = date(FIRST_YEAR, 1, 1)
REVIEWS = ("month", "quarter", FISCAL_YEAR, CALENDAR_YEAR)


@dataclass(frozen=True)
class Span:
    """Days [starts_on, ends_on)."""

    starts_on: date
    ends_on: date

    @property
    def last_day(self) -> date:
        """The last day inside."""
        return self.ends_on - timedelta(days=1)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of the month where it has no such day."""
    n = day.year * 12 + day.month - 1 - months
    year, month = divmod(n, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def start_of(measure: Measure, until: date, months: Sequence[FiscalMonth]) -> date:
    """The first day that counts for a measure whose last one is the day before ``until``."""
    if measure.window == ROLLING:
        return max(BEGINNING, months_before(until, measure.months))
    if measure.window in {CALENDAR_YEAR, FISCAL_YEAR, QUARTER}:
        return review_of(measure.window, until - timedelta(days=1), months).starts_on
    return BEGINNING


def review_of(kind: str, day: date, months: Sequence[FiscalMonth]) -> Span:
    """The review period that holds a day."""
    if kind == CALENDAR_YEAR:
        return Span(date(day.year, 1, 1), date(day.year + 1, 1, 1))
    own = next(month for month in months if month.starts_on <= day < month.ends_on)
    same = [
        month
        for month in months
        if month.year == own.year
        and (kind == FISCAL_YEAR or month.quarter == own.quarter)
        and (kind != "month" or month.number == own.number)
    ]
    return Span(same[0].starts_on, same[-1].ends_on)


def last_review(kind: str, today: date, months: Sequence[FiscalMonth]) -> date:
    """The first day after the last review period that is over."""
    return review_of(kind, today, months).starts_on


def end_of_next(kind: str, day: date, months: Sequence[FiscalMonth]) -> date:
    """The last day of the period after the one that holds a day: so long a new tier is kept."""
    return review_of(kind, review_of(kind, day, months).ends_on, months).last_day


def first_full(kind: str, day: date, months: Sequence[FiscalMonth]) -> date:
    """The last day of the first full period from a day on: so long a new partner is exempt."""
    own = review_of(kind, day, months)
    return own.last_day if own.starts_on == day else end_of_next(kind, day, months)


def ill_suited(rules: Rules, fiscal_start_month: int) -> list[str]:
    """The windows of one year that do not end when tiers are reviewed."""
    years = {CALENDAR_YEAR, FISCAL_YEAR}
    fitting = {rules.review} & years
    if fitting and fiscal_start_month == 1:
        fitting = years
    return sorted({m.window for m in rules.measures() if m.window in years} - fitting)
