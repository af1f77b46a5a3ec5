"""Business days and minutes, counted by hand on real calendar days."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from prm.common.calendars.rules import (
    WorkingTime,
    add_business_days,
    add_business_minutes,
    business_days_between,
    business_minutes_between,
)

BERLIN = ZoneInfo("Europe/Berlin")
CHRISTMAS = frozenset({date(2026, 12, 25)})  # a Friday
OFFICE = WorkingTime(frozenset(range(5)), time(9), time(17, 30), BERLIN, CHRISTMAS)
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, MONDAY),
        (date(2026, 11, 21), 0, MONDAY),  # a Saturday
        (date(2026, 11, 21), 1, MONDAY),
        (date(2026, 11, 21), 2, date(2026, 11, 24)),
        (FRIDAY, 10, date(2026, 12, 4)),
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas and a weekend lie between
    ],
)
def test_business_days_step_over_weekends_and_holidays(day: date, n: int, expected: date) -> None:
    assert add_business_days(day, n, OFFICE) == expected
    if n:
        assert business_days_between(day, expected, OFFICE) == n


def test_business_days_between_count_backwards_too() -> None:
    assert business_days_between(MONDAY, FRIDAY, OFFICE) == -1
    assert business_days_between(MONDAY, MONDAY, OFFICE) == 0


def test_eight_hours_from_friday_evening_end_on_monday_afternoon() -> None:
    """B4: submitted on Friday at 17:30, as the office closes, with 8 business hours."""
    due = add_business_minutes(berlin("2026-11-20T17:30"), 480, OFFICE)
    assert due == berlin("2026-11-23T17:00")


def test_the_clock_stands_at_night_on_weekends_and_on_holidays() -> None:
    # Thursday 24 December 16:00: 90 minutes are left, the rest follows on Monday the 28th
    assert add_business_minutes(berlin("2026-12-24T16:00"), 120, OFFICE) == berlin(
        "2026-12-28T09:30"
    )
    night = business_minutes_between(berlin("2026-11-20T20:00"), berlin("2026-11-23T08:00"), OFFICE)
    assert night == 0


@pytest.mark.parametrize(
    ("sunday", "minutes"),
    [("2026-03-29", 180), ("2026-10-25", 300)],  # from 1:00 to 5:00 clocks go forward, back
)
def test_hours_in_which_the_clock_changes_are_as_long_as_they_really_are(
    sunday: str, minutes: int
) -> None:
    night = WorkingTime(frozenset(range(7)), time(1), time(5), BERLIN)
    start, end = berlin(f"{sunday}T01:00"), berlin(f"{sunday}T05:00")
    assert business_minutes_between(start, end, night) == minutes
    assert add_business_minutes(start, minutes, night) == end


def test_a_day_begins_at_the_calendars_own_midnight() -> None:
    """Sunday 23:30 in London is Monday in Tokyo, an hour and a half before work."""
    tokyo = WorkingTime(frozenset(range(5)), time(9), time(17), ZoneInfo("Asia/Tokyo"))
    start = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert add_business_minutes(start, 60, tokyo) == datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_minutes_added_are_the_minutes_between() -> None:
    start = berlin("2026-12-23T11:11")
    for minutes in (1, 77, 510, 511, 4000):
        end = add_business_minutes(start, minutes, OFFICE)
        assert business_minutes_between(start, end, OFFICE) == minutes


def test_a_calendar_in_which_nobody_works_is_refused_not_searched_for_ever() -> None:
    never = WorkingTime(frozenset(), time(9), time(17), BERLIN)
    with pytest.raises(ValueError, match="no working day"):
        add_business_days(FRIDAY, 1, never)
    with pytest.raises(ValueError, match="no working day"):
        add_business_minutes(berlin("2026-11-20T10:00"), 1, never)
