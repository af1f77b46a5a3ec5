"""Who may know of which traits, entries and messages; what the public directory shows."""

from django.db.models import Prefetch, Q, QuerySet

from partners.accounts.models import Partner
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


def published() -> QuerySet[DirectoryEntry]:
    """The entries that anybody may see: consented, not merged, not a test."""
    rows = DirectoryEntry.objects.exclude(consented_at=None)
    rows = rows.filter(partner__merged_into=None, partner__is_test=False)
    now = Trait.objects.filter(kind=Trait.Kind.CAPABILITY, valid_to=None)
    return rows.select_related("partner").prefetch_related(
        Prefetch("partner__traits", queryset=now, to_attr="capabilities")
    )


def found(text: str, country: str) -> QuerySet[DirectoryEntry]:
    """Published entries that a text and a country mean, by name."""
    rows = published()
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


def countries() -> list[str]:
    """The countries of published entries."""
    rows = published().exclude(partner__country="").order_by("partner__country")
    return list(rows.values_list("partner__country", flat=True).distinct())
