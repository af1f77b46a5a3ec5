"""When a mail may come: quiet hours over midnight and changes of the clocks, moments of digests."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from prm.common.notices.models import When
from prm.common.notices.rules import after_quiet, digest_after, is_quiet, mail_due

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NIGHT = (time(22), time(7))
LUNCH = (time(12), time(13))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "hours", "end"),
    [
        ("2026-08-05T10:00", NIGHT, "2026-08-05T10:00"),  # noon in Berlin
        ("2026-08-05T20:00", NIGHT, "2026-08-06T05:00"),  # 22:00: quiet until 7:00 tomorrow
        ("2026-08-05T19:59", NIGHT, "2026-08-05T19:59"),
        ("2026-08-05T23:30", NIGHT, "2026-08-06T05:00"),  # 1:30 already belongs to the 6th
        ("2026-08-06T05:00", NIGHT, "2026-08-06T05:00"),  # the end is not quiet any more
        ("2026-08-05T10:30", LUNCH, "2026-08-05T11:00"),
    ],
)
def test_quiet_hours_hold_a_mail_back_until_they_end(
    at: str, hours: tuple[time, time], end: str
) -> None:
    assert after_quiet(utc(at), BERLIN, hours) == utc(end)


def test_quiet_hours_are_by_the_readers_own_clock() -> None:
    at = utc("2026-08-05T23:30")  # 19:30 in New York, 1:30 in Berlin
    assert after_quiet(at, NEW_YORK, NIGHT) == at
    assert after_quiet(at, BERLIN, NIGHT) == utc("2026-08-06T05:00")


def test_in_the_night_when_the_clocks_go_forward_quiet_ends_an_hour_earlier_for_the_world() -> None:
    # 29 March 2026, 2:00 becomes 3:00: 7:00 is 5:00 UTC, the day before it was 6:00 UTC
    assert after_quiet(utc("2026-03-27T22:00"), BERLIN, NIGHT) == utc("2026-03-28T06:00")
    assert after_quiet(utc("2026-03-28T22:00"), BERLIN, NIGHT) == utc("2026-03-29T05:00")


def test_in_the_night_when_the_clocks_go_back_quiet_ends_an_hour_later_for_the_world() -> None:
    # 25 October 2026, 3:00 becomes 2:00
    assert after_quiet(utc("2026-10-23T22:00"), BERLIN, NIGHT) == utc("2026-10-24T05:00")
    assert after_quiet(utc("2026-10-24T22:00"), BERLIN, NIGHT) == utc("2026-10-25T06:00")


def test_an_end_that_the_clocks_skip_or_repeat_still_ends_the_quiet() -> None:
    skipped, doubled = (time(1), time(2, 30)), (time(1), time(2, 30))
    end = after_quiet(utc("2026-03-29T00:30"), BERLIN, skipped)  # 1:30; 2:30 does not come
    assert utc("2026-03-29T01:00") <= end <= utc("2026-03-29T01:30")
    assert not is_quiet(end, BERLIN, *skipped)
    first = after_quiet(utc("2026-10-25T00:10"), BERLIN, doubled)  # 2:10, for the first time
    assert first == utc("2026-10-25T00:30")
    again = after_quiet(utc("2026-10-25T01:10"), BERLIN, doubled)  # 2:10, for the second time
    assert again == utc("2026-10-25T01:30")


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, ZoneInfo("Asia/Kathmandu")])
def test_whatever_the_hour_a_mail_never_comes_in_the_quiet_hours(zone: ZoneInfo) -> None:
    for month, day in ((3, 29), (3, 8), (10, 25), (11, 1), (7, 1)):
        for minute in range(0, 24 * 60, 17):
            at = datetime(2026, month, day, minute // 60, minute % 60, tzinfo=UTC)
            due = after_quiet(at, zone, NIGHT)
            assert due >= at
            assert not is_quiet(due, zone, *NIGHT)
            assert (due - at).total_seconds() <= 10 * 3600


@pytest.mark.parametrize(
    ("at", "when", "due"),
    [
        ("2026-08-05T04:59", When.DAILY, "2026-08-05T05:00"),  # Wednesday, 6:59 in Berlin
        ("2026-08-05T05:00", When.DAILY, "2026-08-06T05:00"),
        ("2026-08-05T05:00", When.WEEKLY, "2026-08-10T05:00"),  # the next Monday
        ("2026-08-10T04:00", When.WEEKLY, "2026-08-10T05:00"),
        ("2026-10-24T10:00", When.DAILY, "2026-10-25T06:00"),  # winter has come
    ],
)
def test_digests_come_at_seven_by_the_readers_clock(at: str, when: str, due: str) -> None:
    assert digest_after(utc(at), BERLIN, when) == utc(due)


def test_a_digest_waits_for_the_end_of_the_quiet_hours() -> None:
    late = (time(22), time(9))
    assert mail_due(utc("2026-08-05T10:00"), When.DAILY, BERLIN, late) == utc("2026-08-06T07:00")
    assert mail_due(utc("2026-08-05T10:00"), When.NEVER, BERLIN, late) is None
