"""Who may know of which costs."""

from django.db.models import QuerySet

from partners.accounts.models import Partner
from partners.costs.models import Cost
from prm.common import access
from prm.common.access import Actor


@access.rows_of(Cost)
def costs_of(actor: Actor) -> QuerySet[Cost]:
    """The vendor's own matter: all, or those of a channel manager's partners."""
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Cost.objects.all()
    if not actor.is_staff:
        return Cost.objects.none()
    return Cost.objects.filter(partner__in=access.scope(actor, Partner))
