"""Search over everything: each feature registers how it finds its own rows.

A finder gets the actor and the text and answers with the few best rows that this person may know
of; it reads through ``access.scope`` like every other read. The order of groups is the order of
their numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from prm.common.access import Actor

LIMIT = 6  # hits a group: the palette is for jumping; the lists are for reading
LONGEST = 100


@dataclass(frozen=True)
class Hit:
    """One found thing: its name, where it lives, what tells it from others of that name.

    Without an icon of its own it shows that of its group.
    """

    title: StrOrPromise
    url: str
    sub: StrOrPromise = ""
    icon: str = ""


@dataclass(frozen=True)
class Group:
    """Hits of one kind, and the list that shows all of them (empty: there is none)."""

    label: StrOrPromise
    icon: str
    hits: Sequence[Hit]
    all_url: str = ""


Finder = Callable[[Actor, str], Group]
_FINDERS: dict[int, Finder] = {}


def finds(order: int) -> Callable[[Finder], Finder]:
    """Register a finder; groups come by ``order``. Raises ValueError when the place is taken."""

    def register(finder: Finder) -> Finder:
        if order in _FINDERS:
            raise ValueError(f"Two finders want place {order}.")
        _FINDERS[order] = finder
        return finder

    return register


def found(actor: Actor, text: str) -> list[Group]:
    """Everything that matches ``text``, without empty groups."""
    groups = (_FINDERS[order](actor, text) for order in sorted(_FINDERS))
    return [group for group in groups if group.hits]


def has_words(text: str, *places: StrOrPromise) -> bool:
    """Whether each word of ``text`` stands somewhere in these places, whatever its case."""
    place = " ".join(map(str, places)).casefold()
    return all(word in place for word in text.casefold().split())
