"""Business time: which days and hours people work, and sums over them. Pure; no clock, no rows.

A business day is a weekday of the week that is no holiday. Business minutes are the minutes
between opening and closing on business days, in the calendar's time zone; on the two days a year
when clocks change they are as many as really pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FURTHEST = 3660  # days; a calendar without any working day in ten years is a mistake


@dataclass(frozen=True)
class WorkingTime:
    """Weekdays (0 is Monday), hours of a working day in a zone, and the days off."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether people work on this day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """Opening and closing of a day, as instants in UTC."""
        return (
            datetime.combine(day, self.opens, self.zone).astimezone(UTC),
            datetime.combine(day, self.closes, self.zone).astimezone(UTC),
        )


def add_business_days(day: date, n: int, working: WorkingTime) -> date:
    """The ``n``-th business day after ``day``; for 0 the day itself, or the next business day.

    Raises ValueError for a negative ``n`` and for a calendar in which nobody ever works.
    """
    if n < 0:
        raise ValueError("business days are counted forward")
    found = _on_or_after(day, working)
    for _turn in range(n if found == day else n - 1):
        found = _on_or_after(found + ONE_DAY, working)
    return found


def business_days_between(first: date, last: date, working: WorkingTime) -> int:
    """How many business days lie after ``first``, up to and with ``last``; negative backwards."""
    if last < first:
        return -business_days_between(last, first, working)
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(working.works_on(day) for day in days)


def add_business_minutes(start: datetime, minutes: int, working: WorkingTime) -> datetime:
    """The instant (UTC) at which so many business minutes have passed since ``start``.

    Outside of business hours the clock stands. Raises ValueError for negative minutes and for a
    calendar in which nobody ever works.
    """
    if minutes < 0:
        raise ValueError("business minutes are counted forward")
    left = timedelta(minutes=minutes)
    for opens, closes in _shifts(start, working):
        began = max(start.astimezone(UTC), opens)
        if began + left <= closes:
            return began + left
        left -= max(closes - began, timedelta())
    raise ValueError("this calendar has no working day")


def business_minutes_between(start: datetime, end: datetime, working: WorkingTime) -> int:
    """The whole business minutes that pass from ``start`` to ``end``; 0 if that is not later."""
    passed = timedelta()
    for opens, closes in _shifts(start, working):
        if opens >= end:
            break
        passed += max(min(closes, end) - max(opens, start), timedelta())
    return passed // MINUTE


def _on_or_after(day: date, working: WorkingTime) -> date:
    for n in range(FURTHEST):
        if working.works_on(found := day + timedelta(days=n)):
            return found
    raise ValueError("this calendar has no working day")


def _shifts(start: datetime, working: WorkingTime) -> Iterator[tuple[datetime, datetime]]:
    """The business hours of each business day from the day of ``start`` on."""
    day, idle = start.astimezone(working.zone).date(), 0
    while idle < FURTHEST:
        idle += 1
        if working.works_on(day):
            idle = 0
            yield working.hours_of(day)
        day += ONE_DAY
