"""The filter of the partner list by dynamic segment: who is in it now."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from partners.accounts.narrowing import MORE_FILTERS
from partners.segments.models import DynamicSegment, SegmentStay
from prm.common import access
from prm.common.access import Actor
from prm.common.lists import Filter


def segment_filter(actor: Actor) -> Filter[Partner]:
    """The active segments, by name."""
    rows = access.scope(actor, DynamicSegment).filter(state=DynamicSegment.State.ACTIVE)
    known = [
        (str(one), name) for one, name in rows.order_by("name").values_list("public_id", "name")
    ]
    return Filter("in", _("Dynamic segment"), [("", _("All")), *known], _members)


def _members(partners: QuerySet[Partner], value: str) -> QuerySet[Partner]:
    stays = SegmentStay.objects.filter(segment__public_id=UUID(value), valid_to=None)
    return partners.filter(pk__in=stays.values("partner"))


MORE_FILTERS.append(segment_filter)
