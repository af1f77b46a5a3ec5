"""Who reads: which partners may be named to a reader, in any list or ranking."""

from collections.abc import Iterable

from django.db.models import QuerySet

from partners.models import Partner
from prm.common import access
from prm.common.access import Actor

# Whoever has the command line has the database: nothing is hidden from it.
SHELL = Actor(kind="staff", roles=access.SEES_ALL_PARTNERS)


def sees_all(actor: Actor | None) -> bool:
    """Whether every partner may be named to this reader."""
    return actor is not None and actor.has(*access.SEES_ALL_PARTNERS)


def partners_for(actor: Actor | None) -> QuerySet[Partner]:
    """The partners that may be named to this reader; to nobody in particular, none."""
    return access.scope(actor, Partner) if actor else Partner.objects.none()


def limits(actor: Actor | None) -> list[int] | None:
    """The partners that alone may be named to this reader; None: every partner may."""
    return None if sees_all(actor) else list(partners_for(actor).values_list("pk", flat=True))


def known_among(actor: Actor | None, ids: Iterable[int]) -> list[int]:
    """Those of the partners that may be named to this reader, in the given order."""
    if sees_all(actor):
        return list(ids)
    known = set(partners_for(actor).values_list("pk", flat=True))
    return [pk for pk in ids if pk in known]
