"""Telling people, and what people do with what they are told."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from prm.common import access, audit, viewer
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import Notice, NoticeChoice, QuietHours, User
from prm.common.notices import rules
from prm.common.notices.kinds import KINDS, Kind, kinds_for
from prm.common.notices.many import Telling, notify_many, ring
from prm.common.notices.models import When
from prm.common.notices.selectors import chosen, hours_of

KEPT_FOR = timedelta(days=400)


@transaction.atomic
def notify(
    kind: Kind,
    to: Iterable[User | None],
    *,
    key: str,
    url: str,
    now: datetime,
    about: models.Model | None = None,
    args: dict[str, Any] | None = None,
    by: User | None = None,
    mail: bool = True,
) -> int:
    """Tell people something, each of them once for this kind and business key.

    Called inside the transaction of the change. Nothing goes to who is inactive, has none of the
    kind's roles, may not know of `about`, or did it (`by`). `args` are plain values that the
    sentence needs beside `about`; names of things have no place in them. `mail` False: the reader
    is there and needs no mail. Returns how many are told. Raises ValueError for a kind that nobody
    declared or a `url` that is no path of this site.
    """
    telling = Telling(to, key, url, about, args or {}, mail)
    return notify_many(kind, [telling], now=now, by=by)


@transaction.atomic
def mark_read(person: User, notices: models.QuerySet[Notice], *, now: datetime) -> int:
    """The person has read these of its own; returns how many were unread until now."""
    return notices.filter(to=person, read_at=None).update(read_at=now)


@transaction.atomic
def mark_unread(person: User, notices: models.QuerySet[Notice]) -> int:
    """The person wants to come back to these of its own."""
    return notices.filter(to=person).exclude(read_at=None).update(read_at=None)


@transaction.atomic
def choose(
    person: User,
    choices: dict[str, tuple[bool, str]],
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Store how a person wants to be told: for kinds by key, whether in the app and when by mail.

    What waits to be mailed follows at once. Raises InvalidInput for a kind that this person cannot
    get, a moment that does not exist, and Conflict for a kind that nobody can switch off.
    """
    known = {kind.key: kind for kind in kinds_for(access.actors_for(person))}
    before, after = {}, {}
    rows = {row.kind: row for row in NoticeChoice.objects.filter(person=person)}
    for key, (in_app, mail) in choices.items():
        kind = _choosable(known, key, mail)
        was = chosen(kind, rows.get(key))
        if (was.in_app, was.mail) == (in_app, mail):
            continue
        NoticeChoice.objects.update_or_create(
            person=person, kind=key, defaults={"in_app": in_app, "mail": mail}
        )
        before[key] = _told(in_app=was.in_app, mail=was.mail)
        after[key] = _told(in_app=in_app, mail=mail)
    if after:
        audit.record("user.choose_notices", person, by=by, now=now, before=before, after=after)
        plan_again(person, now=now)


def _choosable(known: dict[str, Kind], key: str, mail: str) -> Kind:
    kind = known.get(key)
    if kind is None:
        raise InvalidInput(_("Choose from the notifications that you can get."), "kind")
    if kind.is_mandatory:
        raise Conflict(
            _("“%(label)s” cannot be switched off: %(why)s")
            % {"label": kind.label, "why": kind.why},
            "mandatory",
        )
    if mail not in When.values:
        raise InvalidInput(_("Choose when a mail is to come."), "mail")
    return kind


def _told(*, in_app: bool, mail: str) -> str:
    return f"{'app, ' if in_app else ''}{mail}"


@transaction.atomic
def keep_quiet(
    person: User, hours: tuple[time, time] | None, *, by: User | None, now: datetime
) -> None:
    """Send a person no mail between two times of its own clock; None: at any time.

    What waits to be mailed follows at once. Raises InvalidInput for twice the same time.
    """
    if hours is not None and hours[0] == hours[1]:
        raise InvalidInput(_("Choose an end that differs from the beginning."), "quiet_ends")
    before = hours_of([person]).get(person.pk)
    if before == hours:
        return
    if hours is None:
        QuietHours.objects.filter(person=person).delete()
    else:
        begins, ends = hours
        QuietHours.objects.update_or_create(
            person=person, defaults={"begins": begins, "ends": ends}
        )
    audit.record(
        "user.keep_quiet", person, by=by, now=now,
        before={"hours": _span(before)}, after={"hours": _span(hours)},
    )  # fmt: skip
    plan_again(person, now=now)


def _span(hours: tuple[time, time] | None) -> str:
    return "–".join(f"{one:%H:%M}" for one in hours) if hours else ""


@transaction.atomic
def plan_again(person: User, *, now: datetime) -> None:
    """Give the mails that wait for a person the moments that it wants now."""
    waiting = Notice.objects.select_for_update().filter(to=person, mail_due_at__isnull=False)
    rows = {row.kind: row for row in NoticeChoice.objects.filter(person=person)}
    hours = hours_of([person]).get(person.pk)
    zone, changed = viewer.zone_of(person), []
    for notice in waiting.order_by("pk"):
        kind = KINDS.get(notice.kind)
        when = chosen(kind, rows.get(kind.key)).mail if kind else When.NEVER.value
        is_due = notice.mail_due_at is not None and notice.mail_due_at <= now
        if is_due and when == notice.mail:
            continue  # it is about to go
        notice.mail = when
        quiet = None if kind is None or kind.ignores_quiet else hours
        notice.mail_due_at = rules.mail_due(now, when, zone, quiet)
        changed.append(notice)
    Notice.objects.bulk_update(changed, ["mail", "mail_due_at"])
    transaction.on_commit(ring)


def forget_old(now: datetime) -> int:
    """Drop what people were told more than a year ago; returns how many. No mail is lost."""
    old = Notice.objects.filter(at__lt=now - KEPT_FOR, mail_due_at=None)
    return old.delete()[0]
