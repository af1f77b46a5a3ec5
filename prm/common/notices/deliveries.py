"""Puts what people are told into the outbox: at once, or as one digest; each of it once.

A person's notices are mailed in one transaction under that person's lock: killed anywhere, nothing
is lost and nothing comes twice. What several notices of one kind say at once is one mail. Rights
are read at this moment: who left, or may no longer know of a thing, gets no word about it.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse

from prm.common import access, locks, viewer
from prm.common import mail as mails
from prm.common.models import Notice, NoticeChoice, OutboxMail, User
from prm.common.notices import rules, unsubscribing
from prm.common.notices.kinds import KINDS
from prm.common.notices.models import When
from prm.common.notices.reading import Line, lines_of
from prm.common.notices.selectors import chosen, hours_of

log = logging.getLogger(__name__)
AT_A_TIME = 500  # people in one run; the next run takes the others
MOST_LINES = 100  # in one mail; the list has them all
Hours = tuple[time, time] | None


def deliver_due(now: datetime) -> int:
    """Put all mails that are due into the outbox; returns how many."""
    people = _due(now).order_by("to").values_list("to", flat=True).distinct()[:AT_A_TIME]
    return sum(_tried(key, now) for key in list(people))


def _due(now: datetime) -> QuerySet[Notice]:
    """What is due, of kinds that this process knows: newer code may tell more."""
    return Notice.objects.filter(mail_due_at__lte=now, kind__in=KINDS)


def _tried(person_key: int, now: datetime) -> int:
    """Whatever goes wrong counts for this person alone; the next run tries again."""
    try:
        return deliver_to(person_key, now)
    except Exception:
        log.exception("what person %s is told cannot be mailed", person_key)
        return 0


@transaction.atomic
def deliver_to(person_key: int, now: datetime) -> int:
    """Put what is due for one person into the outbox, unless somebody else is doing it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [locks.NOTICES, person_key])
        if not cursor.fetchone()[0]:
            return 0
    person = User.objects.get(pk=person_key)
    due = _due(now).filter(to=person).order_by("pk")
    waiting = _allowed(list(due), person, now)
    if not waiting:
        return 0
    actors = access.actors_for(person)
    with viewer.speaking_to(person):
        lines = lines_of(waiting, actors)
        _settle([line.notice for line in lines if line.is_gone], None)
        told = [line for line in lines if not line.is_gone]
        at_once = [line for line in told if line.notice.mail == When.AT_ONCE]
        digest = [line for line in told if line.notice.mail != When.AT_ONCE]
        posted = sum(_post(person, list(some), now) for some in _by_kind(at_once))
        return posted + (_post_digest(person, digest, now) if digest else 0)


def _allowed(notices: list[Notice], person: User, now: datetime) -> list[Notice]:
    """Those that may go now. Others wait for the end of the quiet hours, or go nowhere."""
    if not person.is_active or not person.email:
        _settle(notices, None)
        return []
    rows = {row.kind: row for row in NoticeChoice.objects.filter(person=person)}
    hours = hours_of([person]).get(person.pk)
    allowed = []
    for notice in notices:
        kind = KINDS[notice.kind]
        if chosen(kind, rows.get(kind.key)).mail == When.NEVER:
            _settle([notice], None)
            continue
        later = _after_quiet(now, person, None if kind.ignores_quiet else hours)
        if later > now:
            Notice.objects.filter(pk=notice.pk).update(mail_due_at=later)
        else:
            allowed.append(notice)
    return allowed


def _after_quiet(now: datetime, person: User, hours: Hours) -> datetime:
    return rules.after_quiet(now, viewer.zone_of(person), hours)


def _settle(notices: Sequence[Notice], mailed_at: datetime | None) -> None:
    """No mail is due about these any more."""
    keys = [notice.pk for notice in notices]
    Notice.objects.filter(pk__in=keys).update(mail_due_at=None, mailed_at=mailed_at)


def _by_kind(lines: Iterable[Line]) -> Iterable[list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.notice.kind, []).append(line)
    return found.values()


def _post(person: User, lines: list[Line], now: datetime) -> int:
    """One mail about one kind: what happened once, or several times in the same moment."""
    (first, *others), kind = lines, lines[0].kind
    context: dict[str, Any] = _context(person, lines) | {
        "line": first,
        "others": len(others),
        "details": [] if others else first.details(),
        "url": mails.address_of(_landing(person, first)),
        "action": kind.action if kind else "",
    }
    template = "digest" if others else "notice"
    mails.post(
        person.email or "", template, context, key=f"notice/{first.notice.public_id}",
        headers=unsubscribing.headers_for(person, [line.notice.kind for line in lines]),
    )  # fmt: skip
    _settle([line.notice for line in lines], now)
    return 1


def _post_digest(person: User, lines: list[Line], now: datetime) -> int:
    """One mail with everything that was kept for this moment.

    What was stored just too late for a digest that has gone waits for the next one.
    """
    moment = max(line.notice.mail_due_at or now for line in lines)
    key = f"digest/{person.public_id}/{moment:%Y%m%dT%H%M}"
    if OutboxMail.objects.filter(key=key).exists():
        _keep_for_the_next(person, lines, now)
        return 0
    mails.post(
        person.email or "", "digest", _context(person, lines), key=key,
        headers=unsubscribing.headers_for(person, [line.notice.kind for line in lines]),
    )  # fmt: skip
    _settle([line.notice for line in lines], now)
    return 1


def _keep_for_the_next(person: User, lines: list[Line], now: datetime) -> None:
    zone, hours = viewer.zone_of(person), hours_of([person]).get(person.pk)
    for line in lines:
        due = rules.mail_due(now, line.notice.mail, zone, hours)
        Notice.objects.filter(pk=line.notice.pk).update(mail_due_at=due)


def _context(person: User, lines: list[Line]) -> dict[str, Any]:
    """What both templates need: the lines by group, each with its address, and the ways out."""
    shown = lines[:MOST_LINES]
    groups: dict[str, list[dict[str, str]]] = {}
    for line in shown:
        group = str(line.kind.group) if line.kind else ""
        url = mails.address_of(_landing(person, line))
        groups.setdefault(group, []).append({"sentence": line.sentence, "url": url})
    kinds = [line.notice.kind for line in lines]
    return {
        "person": person,
        "groups": list(groups.items()),
        "number": len(lines),
        "more": len(lines) - len(shown),
        "all_url": mails.address_of(reverse("notices:notice_list")),
        "choices_url": mails.address_of(reverse("profile:edit") + "#notifications"),
        "stop_url": unsubscribing.address_for(person, kinds),
    }


def _landing(person: User, line: Line) -> str:
    """The page that a line of a mail opens. Who works for several companies picks it from the
    list, which goes on as the right one."""
    several = line.actor is not None and len(line.actor.companies) > 1
    return reverse("notices:notice_list") if several or not line.url else line.url
