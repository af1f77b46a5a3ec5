"""Telling many people many things of one kind, with few queries however many they are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db import models, transaction

from prm.common import access, config, viewer
from prm.common.access import Actor
from prm.common.models import Notice, NoticeChoice, User
from prm.common.notices import rules
from prm.common.notices.kinds import KINDS, Kind
from prm.common.notices.models import When
from prm.common.notices.reading import sees_some, thing_of
from prm.common.notices.selectors import Choice, chosen, hours_of
from prm.common.signinlink import is_own_path


@dataclass(frozen=True)
class Telling:
    """One thing that people are told: under which business key, and where it leads."""

    to: Iterable[User | None]
    key: str
    url: str
    about: models.Model | None = None
    args: dict[str, Any] = field(default_factory=dict)
    mail: bool = True


@transaction.atomic
def notify_many(
    kind: Kind,
    tellings: Sequence[Telling],
    *,
    now: datetime,
    by: User | None = None,
    own: Callable[[Any], int] | None = None,
) -> int:
    """Tell people these things, as ``notify`` does for one of them; returns how many are told.

    ``own`` names the partner that a thing is of, where a partner's people may know of exactly what
    is of their company: then their rights are read without a query for each of them.
    """
    if KINDS.get(kind.key) is not kind:
        raise ValueError(f"{kind.key} is not declared.")
    if wrong := next((one.url for one in tellings if one.url and not is_own_path(one.url)), ""):
        raise ValueError(f"{wrong} is no path of ours.")
    readers = _readers(kind, tellings, by, own)
    people = {user.pk: user for _telling, users in readers for user in users}
    if not people:
        return 0
    rows = NoticeChoice.objects.filter(person__in=list(people), kind=kind.key)
    known = {row.person_id: row for row in rows}
    choices = {pk: chosen(kind, known.get(pk)) for pk in people}
    hours = {} if kind.ignores_quiet else hours_of(people.values())
    program = cache(config.program)
    zones = {pk: viewer.zone_of(user, program) for pk, user in people.items()}
    told = []
    for telling, users in readers:
        for user in users:
            choice = choices[user.pk]
            when = choice.mail if telling.mail and user.email else When.NEVER.value
            due = rules.mail_due(now, when, zones[user.pk], hours.get(user.pk))
            if choice.in_app or due:
                told.append(_notice(choice, telling, user, when, due, now))
    Notice.objects.bulk_create(told, ignore_conflicts=True)
    transaction.on_commit(ring)
    return len(told)


def _notice(
    choice: Choice, telling: Telling, user: User, when: str, due: datetime | None, now: datetime
) -> Notice:
    about_type, about_id = thing_of(telling.about)
    return Notice(
        to=user, kind=choice.kind.key, key=telling.key, at=now, about_type=about_type,
        about_id=about_id, args=telling.args, url=telling.url, in_app=choice.in_app, mail=when,
        mail_due_at=due,
    )  # fmt: skip


def _readers(
    kind: Kind, tellings: Sequence[Telling], by: User | None, own: Callable[[Any], int] | None
) -> list[tuple[Telling, list[User]]]:
    """Whom each thing may be told: rights are read at this moment."""
    wanted = [
        (one, list({user.pk: user for user in one.to if user is not None and user != by}.values()))
        for one in tellings
    ]
    everybody = {user.pk: user for _telling, users in wanted for user in users}
    found = access.actors_for_many(everybody.values())
    actors = {pk: [one for one in same if kind.is_for(one)] for pk, same in found.items()}
    abouts: dict[int, list[models.Model]] = {}
    for telling, users in wanted:
        for user in users:
            if telling.about is not None:
                abouts.setdefault(user.pk, []).append(telling.about)
    seen = {pk: _seen(actors[pk], things, own) for pk, things in abouts.items()}
    return [
        (
            one,
            [
                user for user in users
                if actors[user.pk] and (one.about is None or one.about.pk in seen[user.pk])
            ],
        )
        for one, users in wanted
    ]  # fmt: skip


def _seen(
    actors: list[Actor], things: list[models.Model], own: Callable[[Any], int] | None
) -> set[Any]:
    """The keys of the things that a person may know of, as one of its actors."""
    seen: set[Any] = set()
    for actor in actors:
        if own is not None and actor.is_partner:
            seen |= {one.pk for one in things if own(one) in actor.partner_ids}
            continue
        left = [one for one in things if one.pk not in seen]
        seen |= sees_some(actor, left) if left else set()
    return seen


def ring() -> None:
    """Tell a worker that somebody is to be told by mail; the beat finds what nobody heard."""
    from prm.common.jobs import send
    from prm.common.tasks import deliver_notices

    send(deliver_notices)
