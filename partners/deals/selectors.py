"""Who may know of which customers, registrations, deals and their history; finding by words."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from partners.accounts.models import Partner
from partners.deals.models import (
    Customer,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    Registration,
    Stage,
)
from prm.common import access
from prm.common.access import Actor


@access.rows_of(Deal)
def deals_of(actor: Actor) -> QuerySet[Deal]:
    """All for those who see all partners; else the deals of the partners one may know of.

    Direct deals are the vendor's own: neither partners nor portfolios see them.
    """
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Deal.objects.all()
    return Deal.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(Registration)
def registrations_of(actor: Actor) -> QuerySet[Registration]:
    """Registrations of the partners that the actor may know of."""
    return Registration.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(Customer)
def customers_of(actor: Actor) -> QuerySet[Customer]:
    """All for those who see all partners; else customers of deals that one may know of.

    A customer without any deal or registration is nobody's yet: managers see it too, so that they
    can open its first deal. A partner's people do not.
    """
    if actor.has(*access.SEES_ALL_PARTNERS):
        return Customer.objects.all()
    deals = access.scope(actor, Deal).filter(customer__isnull=False)
    registrations = access.scope(actor, Registration).filter(customer__isnull=False)
    known = Q(pk__in=deals.values("customer")) | Q(pk__in=registrations.values("customer"))
    if actor.has(*access.MANAGES):
        of_customer = {"customer": OuterRef("pk")}
        known |= ~(
            Exists(Deal.objects.filter(**of_customer))
            | Exists(Registration.objects.filter(**of_customer))
        )
    return Customer.objects.filter(known)


@access.rows_of(Stage)
def stages_of(_actor: Actor) -> QuerySet[Stage]:
    """Everybody who is signed in knows the steps."""
    return Stage.objects.all()


@access.rows_of(DealStageEvent)
def stage_events_of(actor: Actor) -> QuerySet[DealStageEvent]:
    """The history of the deals that the actor may know of."""
    return DealStageEvent.objects.filter(deal__in=access.scope(actor, Deal))


@access.rows_of(DealAdjustment)
def adjustments_of(actor: Actor) -> QuerySet[DealAdjustment]:
    """Refunds and credits of the deals that the actor may know of."""
    return DealAdjustment.objects.filter(deal__in=access.scope(actor, Deal))


@access.rows_of(DealTouch)
def touches_of(actor: Actor) -> QuerySet[DealTouch]:
    """The vendor's people see all touches of their deals; a partner sees its own touches."""
    if actor.is_partner:
        return DealTouch.objects.filter(partner__in=actor.partner_ids)
    return DealTouch.objects.filter(deal__in=access.scope(actor, Deal))


SHORTEST = 3  # letters or digits: the index of parts of names knows nothing shorter


def is_enough(text: str) -> bool:
    """Whether names can be searched for a text without reading every deal."""
    return sum(letter.isalnum() for letter in text) >= SHORTEST


def ways_to_match(text: str) -> list[Q]:
    """How a text can mean a deal: its name, its customer's name, its id in the other system.

    Each way has an index of its own; all of them in one condition would read every deal. A text
    of too few letters means an id only.
    """
    by_id = Q(external_id__in={text, text.upper(), text.lower()})
    if not is_enough(text):
        return [by_id]
    customers = Customer.objects.filter(name__icontains=text)
    return [by_id, Q(name__icontains=text), Q(customer__in=customers.values("pk"))]


def matching(deals: QuerySet[Deal], text: str) -> QuerySet[Deal]:
    """Keep the deals that a text can mean.

    What else narrows the deals stands in each way too: a common text matches very many.
    """
    rows = deals.order_by()
    first, *others = [rows.filter(way).values("pk") for way in ways_to_match(text)]
    return deals.filter(pk__in=first.union(*others, all=True) if others else first)


def matching_few(deals: QuerySet[Deal], text: str) -> QuerySet[Deal]:
    """Keep the deals that a text can mean, by reading each: for those of one company."""
    return deals.filter(
        Q(external_id__in={text, text.upper(), text.lower()})
        | Q(name__icontains=text)
        | Q(customer__name__icontains=text)
    )
