"""How often forms are opened and begun: counts by day and source, and nothing about anybody.

A page that is only read writes nothing to the database: the count of an opened page waits in the
cache, and a task adds it up. A cache that is away loses the counts of a minute, nothing else.
"""

from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db import connection

from partners.recruiting.models import DIRECT, ApplicationForm, VisitCount
from prm.common import config

OTHER = "other"  # sources that the form does not name
KEPT = 3 * 86_400
ADD = """
    INSERT INTO partners_visitcount (form_id, day, channel, step, n) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (form_id, day, channel, step) DO UPDATE SET n = partners_visitcount.n + excluded.n
"""


def channel_of(form: ApplicationForm, asked: str) -> str:
    """The source that an address names, if the form knows it; so nobody can invent sources."""
    asked = asked.strip().lower()
    if not asked:
        return DIRECT
    return asked if asked in form.channels else OTHER


def channels_of(form: ApplicationForm) -> list[str]:
    """All sources that visits of a form are counted by."""
    return list(dict.fromkeys([DIRECT, OTHER, "invitation", *form.channels]))


def _key(form_id: int, day: date, channel: str, step: str) -> str:
    return f"recruiting.visits:{form_id}:{day}:{channel}:{step}"


def count(form: ApplicationForm, step: str, channel: str, now: datetime) -> None:
    """Count one visit or start."""
    key = _key(form.pk, config.program().local_date(now), channel, step)
    cache.add(key, 0, timeout=KEPT)
    try:
        cache.incr(key)
    except ValueError:  # forgotten between the two steps: one visit
        cache.add(key, 1, timeout=KEPT)


def add_up(now: datetime) -> int:
    """Take the counts of today and yesterday out of the cache into the table; returns how many.

    What is taken is gone from the cache first: a crash loses it rather than counting it twice.
    """
    today = config.program().local_date(now)
    days = (today - timedelta(days=1), today)
    added = 0
    for form in ApplicationForm.objects.all():
        for day in days:
            added += _add_day(form, day)
    return added


def _add_day(form: ApplicationForm, day: date) -> int:
    keys = {
        _key(form.pk, day, channel, step): (channel, step)
        for channel in channels_of(form)
        for step in VisitCount.Step.values
    }
    added = 0
    for key, n in cache.get_many(keys).items():
        if not n:
            continue
        cache.incr(key, -n)  # what came since stays
        channel, step = keys[key]
        with connection.cursor() as cursor:
            cursor.execute(ADD, [form.pk, day, channel, step, n])
        added += n
    return added
