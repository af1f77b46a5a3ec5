"""Notices as their reader may read them: sentences made from what the reader may know of now."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from prm.common import access
from prm.common.access import Actor
from prm.common.models import Notice
from prm.common.notices.kinds import GONE, KINDS, Kind

log = logging.getLogger(__name__)
Thing = tuple[str, str]  # type and id


@dataclass(frozen=True)
class Line:
    """A notice in words. One that `is_gone` says nothing about its thing and leads nowhere.

    `actor` is whom the reader acts as to see the thing.
    """

    notice: Notice
    kind: Kind | None
    sentence: str
    url: str
    is_gone: bool
    actor: Actor | None = None
    thing: Any = None

    @property
    def is_unread(self) -> bool:
        """Whether it waits to be read."""
        return self.notice.read_at is None

    def details(self) -> Sequence[str]:
        """What else a mail says about it, in the active language; nothing if that fails."""
        if self.is_gone or self.kind is None or self.kind.details is None:
            return []
        try:
            return self.kind.details(self.thing, self.notice.args)
        except Exception:
            log.exception("details of notice %s cannot be said", self.notice.public_id)
            return []

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return self.kind.icon if self.kind else "info"


def lines_of(notices: Iterable[Notice], actors: Sequence[Actor]) -> list[Line]:
    """Say the notices, in the active language, to a reader who can be any of these actors.

    One query a type of thing, however many notices (and one more for each further company).
    """
    found = list(notices)
    things = _things(found, actors)
    return [_line(notice, things, actors) for notice in found]


def thing_of(obj: models.Model | None) -> Thing:
    """How a notice names what it is about."""
    if obj is None:
        return "", ""
    return obj._meta.label_lower, str(getattr(obj, "public_id", obj.pk))


def sees_some(actor: Actor, rows: Sequence[models.Model]) -> set[Any]:
    """The keys of those of these rows of one model that the actor may know of."""
    model = type(rows[0])
    if not access.has_row_rule(model):
        return set()
    known = access.scope(actor, model).filter(pk__in=[row.pk for row in rows])
    return set(known.values_list("pk", flat=True))


def _line(notice: Notice, things: dict[Thing, tuple[Any, Actor]], actors: Sequence[Actor]) -> Line:
    kind = KINDS.get(notice.kind)
    thing, actor = things.get((notice.about_type, notice.about_id), (None, None))
    is_lost = bool(notice.about_type) and thing is None
    sentence = ""
    if kind is not None and not is_lost and any(kind.is_for(one) for one in actors):
        sentence = _said(kind, thing, notice)
    if not sentence:
        return Line(notice, kind, str(GONE), "", is_gone=True)
    return Line(notice, kind, sentence, notice.url, is_gone=False, actor=actor, thing=thing)


def _said(kind: Kind, thing: Any, notice: Notice) -> str:
    """The sentence; empty for one that cannot be made, which must not stop the others."""
    try:
        return kind.says(thing, notice.args)
    except Exception:
        log.exception("notice %s of kind %s cannot be said", notice.public_id, kind.key)
        return ""


def _things(notices: list[Notice], actors: Sequence[Actor]) -> dict[Thing, tuple[Any, Actor]]:
    """The things that the notices are about, as far as one of the actors may know of them."""
    wanted: dict[str, set[str]] = defaultdict(set)
    links: dict[str, set[str]] = defaultdict(set)
    for notice in notices:
        if notice.about_type and (kind := KINDS.get(notice.kind)):
            wanted[notice.about_type].add(notice.about_id)
            links[notice.about_type].update(kind.links)
    found: dict[Thing, tuple[Any, Actor]] = {}
    for name, ids in wanted.items():
        for actor in actors:
            missing = ids - {one for kind, one in found if kind == name}
            rows = _rows(actor, name, missing, sorted(links[name]))
            found.update({thing_of(row): (row, actor) for row in rows})
    return found


def _rows(actor: Actor, name: str, ids: set[str], links: list[str]) -> list[models.Model]:
    try:
        model = apps.get_model(name)
    except (LookupError, ValueError):
        return []
    if not ids or not access.has_row_rule(model):
        return []
    key = "public_id" if any(one.name == "public_id" for one in model._meta.fields) else "pk"
    rows = access.scope(actor, model).filter(**{f"{key}__in": ids})
    try:
        return list(rows.select_related(*links) if links else rows)
    except (ValidationError, ValueError):
        return []
