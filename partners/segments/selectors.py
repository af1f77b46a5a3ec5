"""Who may know of which dynamic segments, and of whom in them."""

from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from partners.accounts.models import Partner
from partners.segments.models import DynamicSegment, SegmentStay
from prm.common import access
from prm.common.access import Actor

RECENT = timedelta(days=30)


@access.rows_of(DynamicSegment)
def segments_of(actor: Actor) -> QuerySet[DynamicSegment]:
    """The vendor's own matter: all of its people read the rules, partners never do."""
    return DynamicSegment.objects.all() if actor.is_staff else DynamicSegment.objects.none()


@access.rows_of(SegmentStay)
def stays_of(actor: Actor) -> QuerySet[SegmentStay]:
    """Stays of the partners that one of ours may know of."""
    if not actor.is_staff:
        return SegmentStay.objects.none()
    rows = SegmentStay.objects.all()
    if actor.has(*access.SEES_ALL_PARTNERS):
        return rows
    return rows.filter(partner__in=access.scope(actor, Partner))


def measured(actor: Actor) -> QuerySet[DynamicSegment]:
    """The segments whose figures this person may ask for.

    Whoever does not see all partners reads figures of segments only that those who run the
    programme made: a rule of one's own could single out a partner of somebody else.
    """
    rows = access.scope(actor, DynamicSegment)
    if actor.has(*access.SEES_ALL_PARTNERS):
        return rows
    return rows.filter(Q(owner=None) | Q(owner__staff_role__in=access.RUNS_PROGRAM))


def may_change(actor: Actor, segment: DynamicSegment) -> bool:
    """Who runs the programme changes every segment, a channel manager the own ones."""
    if actor.has(*access.RUNS_PROGRAM):
        return True
    return actor.has(*access.MANAGES) and actor.user is not None and (
        segment.owner_id == actor.user.pk
    )  # fmt: skip


def counted(
    rows: QuerySet[DynamicSegment], actor: Actor, now: datetime
) -> QuerySet[DynamicSegment]:
    """Each segment with its members now, and who came and went in 30 days, of this reader's."""
    stays = access.scope(actor, SegmentStay).filter(segment=OuterRef("pk"))
    since = now - RECENT

    def number(some: QuerySet[SegmentStay]) -> Coalesce:
        counts = some.order_by().values("segment").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counts, output_field=IntegerField()), 0)

    return rows.annotate(
        members=number(stays.filter(valid_to=None)),
        came=number(stays.filter(came_at__gte=since)),
        left=number(stays.filter(left_at__gte=since)),
    )
