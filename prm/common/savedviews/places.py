"""Which lists can be saved as views: each list says its name, its address and what it knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from prm.common import access, lists
from prm.common.access import Actor
from prm.common.errors import InvalidInput
from prm.common.lists import Listing


@dataclass(frozen=True)
class Place:
    """A list: the route that shows it, and its declaration as an actor sees it."""

    route: str
    listing: Callable[[Actor], Listing[Any]]

    def url(self, query: str = "") -> str:
        """The address of the list, with a saved query."""
        return reverse(self.route) + (f"?{query}" if query else "")


PLACES: dict[str, Place] = {}


def register(key: str, route: str, listing: Callable[[Actor], Listing[Any]]) -> None:
    """Let views of this list be saved. Raises ValueError for a key that is taken."""
    if key in PLACES:
        raise ValueError(f"The list {key} is registered twice.")
    PLACES[key] = Place(route, listing)


def place_for(actor: Actor, key: str) -> Place:
    """The list with this key. Raises InvalidInput for one that this person does not have."""
    place = PLACES.get(key)
    rule = access.POLICY.get(place.route) if place else None
    if place is None or rule is None or not rule.allows(actor, "GET"):
        raise InvalidInput(_("Open the list that you want to save, and save it there."), "list_key")
    return place


def known_query(actor: Actor, key: str, query: str) -> str:
    """The part of a query that this list knows, in its own spelling and without the page."""
    listing = place_for(actor, key).listing(actor)
    return lists.asked_of(QueryDict(query), listing).query().removeprefix("?")
