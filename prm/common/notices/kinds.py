"""The kinds of things that people are told: each feature declares its own.

A kind says in whose hands it comes, what it says, and how people are told who chose nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise

from prm.common import audit
from prm.common.access import Actor
from prm.common.notices.models import When

OPEN = pgettext_lazy("button", "Open")
Says = Callable[[Any, dict[str, Any]], str]
Details = Callable[[Any, dict[str, Any]], Sequence[str]]


@dataclass(frozen=True)
class Kind:
    """One kind of notice.

    `says` makes the sentence in the reader's language, when it is read: from the thing that the
    notice is about (None: it is about nothing) and the plain values that came with it. `label`,
    `group` and `hint` stand where people choose; `roles` are those who can get it. A kind with
    `why` cannot be switched off, for this reason. One that `ignores_quiet` comes at night too.
    `links` are the relations of the thing that the sentence reads. `details` are lines that a
    mail about this alone says under the sentence, such as what is missing.
    """

    key: str
    label: StrOrPromise
    group: StrOrPromise
    icon: str
    roles: frozenset[str]
    says: Says
    action: StrOrPromise = OPEN
    hint: StrOrPromise = ""
    in_app: bool = True
    mail: str = When.AT_ONCE
    why: StrOrPromise = ""
    ignores_quiet: bool = False
    links: tuple[str, ...] = ()
    details: Details | None = None

    @property
    def is_mandatory(self) -> bool:
        """Whether nobody can switch it off."""
        return bool(self.why)

    def is_for(self, actor: Actor) -> bool:
        """Whether people with these roles can get it."""
        return actor.has(*self.roles)


KINDS: dict[str, Kind] = {}
GONE = _("This is no longer available to you.")


def declare(kind: Kind) -> Kind:
    """Make a kind known. Raises ValueError for a key that is taken."""
    if kind.key in KINDS:
        raise ValueError(f"Two kinds of notices are called {kind.key}.")
    KINDS[kind.key] = kind
    audit.FIELDS[kind.key] = kind.label  # how the choice of a person is called on record
    return kind


def kinds_for(actors: list[Actor]) -> list[Kind]:
    """The kinds that a person can get, group by group, in the order in which they are declared."""
    found = [kind for kind in KINDS.values() if any(kind.is_for(actor) for actor in actors)]
    groups = list(dict.fromkeys(str(kind.group) for kind in found))
    return sorted(found, key=lambda kind: groups.index(str(kind.group)))
