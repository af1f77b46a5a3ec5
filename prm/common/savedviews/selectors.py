"""Who may know of which saved views."""

from django.db.models import Case, Q, QuerySet, Value, When

from prm.common import access
from prm.common.access import Actor
from prm.common.savedviews.models import SavedView

SHOWN = 30  # views above one list; all of one's own are


@access.rows_of(SavedView)
def saved_views_of(actor: Actor) -> QuerySet[SavedView]:
    """One's own; the vendor's people see those that colleagues share as well.

    What is shared stays among the vendor's people: a partner's person has the own views only.
    """
    own = Q(owner=actor.user)
    if actor.is_staff:
        own |= Q(is_shared=True, owner__is_active=True) & ~Q(owner__staff_role="")
    return SavedView.objects.filter(own)


def views_for(actor: Actor, list_key: str) -> list[SavedView]:
    """The views of one list that this person has above it: one's own first, then shared ones."""
    views = access.scope(actor, SavedView).filter(list_key=list_key).select_related("owner")
    shared = Case(When(owner=actor.user, then=Value(0)), default=Value(1))
    return list(views.order_by(shared, "name", "pk")[:SHOWN])
