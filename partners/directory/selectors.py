"""Who may know of which traits, entries and messages; what the public directory shows."""

from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from partners.accounts.models import Contract, Partner
from partners.directory.models import DirectoryEntry, DirectoryMessage, Trait
from prm.common import access
from prm.common.access import Actor

SHOWN = 60


@access.rows_of(Trait)
def traits_of(actor: Actor) -> QuerySet[Trait]:
    """All of the partners that ours may know of; a partner's people see its capabilities only."""
    rows = Trait.objects.filter(partner__in=access.scope(actor, Partner))
    return rows.filter(kind=Trait.Kind.CAPABILITY) if actor.is_partner else rows


@access.rows_of(DirectoryEntry)
def entries_of(actor: Actor) -> QuerySet[DirectoryEntry]:
    """Entries of the partners that the actor may know of."""
    return DirectoryEntry.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(DirectoryMessage)
def messages_of(actor: Actor) -> QuerySet[DirectoryMessage]:
    """What was written to partners is for those who look after them."""
    rows = DirectoryMessage.objects.filter(entry__partner__in=access.scope(actor, Partner))
    return rows.none() if actor.is_partner else rows


def published(today: date) -> QuerySet[DirectoryEntry]:
    """The entries that anybody may see: consented, not merged, not a test, not of who has left."""
    rows = DirectoryEntry.objects.exclude(consented_at=None).exclude(has_left(today))
    rows = rows.filter(partner__merged_into=None, partner__is_test=False)
    now = Trait.objects.filter(kind=Trait.Kind.CAPABILITY, valid_to=None)
    return rows.select_related("partner").prefetch_related(
        Prefetch("partner__traits", queryset=now, to_attr="capabilities")
    )


def has_left(today: date) -> Q:
    """Whether an entry's partner had contracts, of which none runs today."""
    own = Q(partner=OuterRef("partner")) | Q(partner__merged_into=OuterRef("partner"))
    known = Contract.objects.filter(own)
    running = known.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today)
    return Q(Exists(known)) & ~Q(Exists(running))


def found(text: str, country: str, today: date) -> QuerySet[DirectoryEntry]:
    """Published entries that a text and a country mean, by name."""
    rows = published(today)
    if text:
        capable = Trait.objects.filter(
            kind=Trait.Kind.CAPABILITY, valid_to=None, text__icontains=text
        )
        rows = rows.filter(
            Q(partner__name__icontains=text)
            | Q(partner__city__icontains=text)
            | Q(headline__icontains=text)
            | Q(partner__in=capable.values("partner"))
        )
    if country:
        rows = rows.filter(partner__country=country)
    return rows.order_by("partner__name", "pk")


def countries(today: date) -> list[str]:
    """The countries of published entries."""
    rows = published(today).exclude(partner__country="").order_by("partner__country")
    return list(rows.values_list("partner__country", flat=True).distinct())
