"""Whose notices there are, how many are unread, and how a person wants to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from django.db.models import QuerySet

from prm.common import access
from prm.common.access import Actor
from prm.common.models import Notice, NoticeChoice, QuietHours, User
from prm.common.notices.kinds import Kind, kinds_for

MOST_SHOWN = 99  # beside the bell


@access.rows_of(Notice)
def notices_of(actor: Actor) -> QuerySet[Notice]:
    """One's own; nobody reads what another person was told."""
    return Notice.objects.filter(to=actor.user)


@access.rows_of(NoticeChoice)
def choices_of(actor: Actor) -> QuerySet[NoticeChoice]:
    """One's own."""
    return NoticeChoice.objects.filter(person=actor.user)


@access.rows_of(QuietHours)
def quiet_hours_of(actor: Actor) -> QuerySet[QuietHours]:
    """One's own."""
    return QuietHours.objects.filter(person=actor.user)


def inbox_of(actor: Actor) -> QuerySet[Notice]:
    """What this person is told in the app."""
    return access.scope(actor, Notice).filter(in_app=True)


def unread_number(actor: Actor) -> int:
    """How many notices wait to be read, up to one more than is shown."""
    if actor.user is None:
        return 0
    return inbox_of(actor).filter(read_at=None).order_by()[: MOST_SHOWN + 1].count()


@dataclass(frozen=True)
class Choice:
    """How a person is told one kind of thing."""

    kind: Kind
    in_app: bool
    mail: str


def chosen(kind: Kind, row: NoticeChoice | None) -> Choice:
    """What holds for a kind: what the person chose, or the usual; the usual where it must be."""
    if row is None or kind.is_mandatory:
        return Choice(kind, kind.in_app, kind.mail)
    return Choice(kind, row.in_app, row.mail)


def choices_for(person: User) -> list[Choice]:
    """How this person is told each kind of thing that it can get."""
    rows = {row.kind: row for row in NoticeChoice.objects.filter(person=person)}
    return [chosen(kind, rows.get(kind.key)) for kind in kinds_for(access.actors_for(person))]


def hours_of(people: Iterable[User]) -> dict[int, tuple[time, time]]:
    """The quiet hours of those who have any, by the person's key."""
    rows = QuietHours.objects.filter(person__in=list(people))
    return {row.person_id: (row.begins, row.ends) for row in rows}
