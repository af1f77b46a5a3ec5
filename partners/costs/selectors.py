"""Who may know of which costs."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from partners.accounts.models import Partner
from partners.costs.models import Cost
from prm.common import access
from prm.common.access import Actor
from prm.common.errors import InvalidInput

RECORDS = access.RUNS_PROGRAM | {"finance_prepare", "channel_manager"}


@access.rows_of(Cost)
def costs_of(actor: Actor) -> QuerySet[Cost]:
    """The vendor's own matter: all, or those of a channel manager's partners."""
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Cost.objects.all()
    if not actor.is_staff:
        return Cost.objects.none()
    return Cost.objects.filter(partner__in=access.scope(actor, Partner))


def may_record(actor: Actor) -> bool:
    """Whether the person adds and corrects costs."""
    return actor.has(*RECORDS)


def seen_by(actor: Actor, partner: Partner | None) -> None:
    """Costs of the programme as a whole are for those who see all partners.

    Raises InvalidInput for somebody else who names no partner.
    """
    if partner is None and not actor.has(*access.SEES_ALL_PARTNERS):
        raise InvalidInput(_("Name the partner; costs of all are not yours."), "partner")
