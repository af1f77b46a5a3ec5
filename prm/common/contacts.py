"""Whom to ask for access: people whom the asker may know by name. Features say who that is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from prm.common.access import Actor

MOST = 3


@dataclass(frozen=True)
class Contact:
    """A person who can help, and as what."""

    name: str
    email: str
    title: StrOrPromise


_KNOWN: list[Callable[[Actor], Iterable[Contact]]] = []


def grants_access(found: Callable[[Actor], Iterable[Contact]]) -> Callable[[Actor], object]:
    """Register who can give this actor more rights; only people whom the actor may know of."""
    _KNOWN.append(found)
    return found


def contacts_for(actor: Actor) -> list[Contact]:
    """The people to ask, without the asker; nobody for who is nobody here."""
    if actor.user is None or actor.kind == "anonymous":
        return []
    people = [one for found in _KNOWN for one in found(actor) if one.email != actor.user.email]
    return list(dict.fromkeys(people))[:MOST]
