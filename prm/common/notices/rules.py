"""When a mail may come: quiet hours and the moments of digests, by the reader's own clock."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from prm.common.notices.models import When

DIGEST_AT = time(7)
MONDAY = 0


def is_quiet(at: datetime, zone: tzinfo, begins: time, ends: time) -> bool:
    """Tell whether the clock in `zone` stands between the two times, over midnight too."""
    clock = at.astimezone(zone).time().replace(tzinfo=None)
    if begins < ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def after_quiet(at: datetime, zone: tzinfo, hours: tuple[time, time] | None) -> datetime:
    """Return `at`, or the instant at which the quiet hours end that it lies in.

    The clock decides: in the night when an hour comes twice it is quiet twice. Where the clocks
    skip the end itself, the quiet lasts as long as if they did not.
    """
    if hours is None or not is_quiet(at, zone, *hours):
        return at
    begins, ends = hours
    local = at.astimezone(zone)
    is_evening = begins > ends and local.time() >= begins
    day = local.date() + timedelta(days=int(is_evening))
    naive = datetime.combine(day, ends)
    found = [naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    later = [one for one in found if one > at and not is_quiet(one, zone, *hours)]
    return min(later, default=max(found))


def digest_after(at: datetime, zone: tzinfo, when: str) -> datetime:
    """Return the next moment of a daily or weekly digest: 7:00 by the reader's clock."""
    local = at.astimezone(zone)
    day = local.date() + timedelta(days=int(local.time() >= DIGEST_AT))
    if when == When.WEEKLY:
        day += timedelta(days=(MONDAY - day.weekday()) % 7)
    return datetime.combine(day, DIGEST_AT, tzinfo=zone).astimezone(UTC)


def mail_due(
    at: datetime, when: str, zone: tzinfo, hours: tuple[time, time] | None
) -> datetime | None:
    """Return when a mail about something that happened at `at` is due; None for no mail."""
    if when == When.NEVER:
        return None
    first = at if when == When.AT_ONCE else digest_after(at, zone, when)
    return after_quiet(first, zone, hours)
