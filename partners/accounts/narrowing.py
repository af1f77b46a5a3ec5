"""A place for filters of the partner list that features above this one add."""

from collections.abc import Callable

from partners.accounts.models import Partner
from prm.common.access import Actor
from prm.common.lists import Filter

MORE_FILTERS: list[Callable[[Actor], Filter[Partner]]] = []


def more_filters(actor: Actor) -> list[Filter[Partner]]:
    """Those filters, as this person sees them."""
    return [more(actor) for more in MORE_FILTERS]
