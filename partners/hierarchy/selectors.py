"""Who may know of which links; who stands below or above whom, and on which days."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q, QuerySet

from partners.accounts.models import Partner
from partners.hierarchy.models import PartnerLink
from partners.hierarchy.rules import Edge, Reach, reached
from prm.common import access
from prm.common.access import Actor


@access.rows_of(PartnerLink)
def links_of(actor: Actor) -> QuerySet[PartnerLink]:
    """The links above and below the partners that one of ours may know of.

    A partner's people know what their company stands below today, and what stands below it.
    """
    known = access.scope(actor, Partner)
    if actor.is_partner:
        own = Q(child__in=known) | Q(parent__in=known)
        return PartnerLink.objects.filter(own, valid_to=None)
    return PartnerLink.objects.filter(Q(child__in=known) | Q(parent__in=known))


def _down(partners: list[int]) -> Iterable[tuple[int, Edge]]:
    rows = PartnerLink.objects.filter(parent__in=partners).order_by("pk")
    for parent, child, first, end in rows.values_list(
        "parent_id", "child_id", "valid_from", "valid_to"
    ):
        yield parent, (child, first, end)


def _up(partners: list[int]) -> Iterable[tuple[int, Edge]]:
    rows = PartnerLink.objects.filter(child__in=partners).order_by("pk")
    for child, parent, first, end in rows.values_list(
        "child_id", "parent_id", "valid_from", "valid_to"
    ):
        yield child, (parent, first, end)


def below(partners: Collection[int]) -> list[Reach]:
    """Who stood below any of these partners, over any number of steps, and when."""
    return reached(sorted(partners), _down)


def above(partner: int, span: tuple[date, date | None]) -> list[Reach]:
    """Who stood above a partner within these days."""
    return reached([partner], _up, span)


def has_below(partners: Collection[int]) -> bool:
    """Whether anybody ever stood below one of these partners."""
    return PartnerLink.objects.filter(parent__in=partners).exists()


def parent_on(partner: int, day: date | None) -> Partner | None:
    """Below whom a partner stood on a day; None for nobody, or a day that nobody knows."""
    if day is None:
        return None
    rows = PartnerLink.objects.filter(child=partner, valid_from__lte=day)
    row = rows.filter(Q(valid_to=None) | Q(valid_to__gt=day)).select_related("parent").first()
    return row.parent if row is not None else None
