"""The partner list: its columns, filters and search, and the numbers beside each partner."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, FilteredRelation, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.accounts.models import LoginEvent, Membership, Partner, PartnerProfile
from prm.common import access
from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, at

YEAR = timedelta(days=365)
QUIET = timedelta(days=60)
SURVIVOR = Coalesce("merged_into", "pk")
PROFILE_FILTERS = (("tier", _("Tier")), ("type", _("Type")), ("region", _("Region")))


@dataclass(frozen=True)
class PartnerRow:
    """A partner as the list shows it; money in the reporting currency, won in 365 days."""

    partner: Partner
    tier: str
    type: str
    region: str
    manager: str
    open_deals: int
    won: Decimal | None
    last_login: datetime | None


def with_profile(partners: QuerySet[Partner]) -> QuerySet[Partner]:
    """Join today's profile, so that the list can sort and filter by it."""
    return partners.annotate(
        current=FilteredRelation("profiles", condition=Q(profiles__valid_to=None)),
        tier=F("current__tier"),
        type=F("current__type"),
        region=F("current__region"),
        manager_name=F("current__manager__name"),
    )


def present(partners: list[Partner], now: datetime) -> list[PartnerRow]:
    """Fetch the numbers of these partners, in two queries for all of them.

    What was merged into a partner counts for it, as in the KPIs (E4).
    """
    ids = [partner.pk for partner in partners]
    since = (now - YEAR).date()
    deals = Partner.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).annotate(
        survivor=SURVIVOR,
        open_deals=Count("deals", filter=Q(deals__state="open")),
        won=Sum("deals__amount_rc", filter=Q(deals__state="won", deals__closed_on__gt=since)),
    )
    open_deals: Counter[int] = Counter()
    won: dict[int, Decimal] = {}
    for pk, number, amount in deals.values_list("survivor", "open_deals", "won"):
        open_deals[pk] += number
        if amount is not None:
            won[pk] = won.get(pk, Decimal(0)) + amount
    logins = LoginEvent.objects.filter(impersonated=False).filter(
        Q(partner__in=ids) | Q(partner__merged_into__in=ids)
    )
    survivor = {"survivor": Coalesce("partner__merged_into", "partner")}
    last = dict(logins.values(**survivor).annotate(last=Max("at")).values_list("survivor", "last"))
    return [
        PartnerRow(
            partner,
            *_profile(partner),
            open_deals[partner.pk],
            won.get(partner.pk),
            last.get(partner.pk),
        )
        for partner in partners
    ]


def _profile(partner: Partner) -> tuple[str, str, str, str]:
    """Return tier, type, region and manager as `with_profile` joined them."""
    read = (at(name)(partner) for name in ("tier", "type", "region", "manager_name"))
    tier, kind, region, manager = (value or "" for value in read)
    return tier, kind, region, manager


def partner_listing(actor: Actor, now: datetime) -> Listing[Partner]:
    """Return the list as this person sees it; choices are the values in use."""
    return Listing(
        columns=(
            Column("name", _("Partner"), at("partner.name"), "name"),
            Column("tier", _("Tier"), at("tier"), "tier"),
            Column("type", _("Type"), at("type"), "type", hide_small=True),
            Column("region", _("Region"), at("region"), "region", hide_small=True),
            Column("manager", _("Partner manager"), at("manager"), "manager_name"),
            Column("open", _("Open deals"), at("open_deals"), is_number=True),
            Column("won", _("Won, 12 months"), at("won"), is_number=True),
            Column("login", _("Last sign-in"), at("last_login")),
        ),
        filters=[
            *(_profile_filter(key, label, actor) for key, label in PROFILE_FILTERS),
            Filter(
                "activity",
                _("Activity"),
                [("", _("All")), ("quiet", _("Open deals, no sign-in for 60 days"))],
                lambda partners, _value: quiet(partners, now),
            ),
        ],
        search=search,
        default_sort="name",
        present=lambda partners: present(partners, now),
    )


def _profile_filter(key: str, label: StrOrPromise, actor: Actor) -> Filter[Partner]:
    known = access.scope(actor, PartnerProfile).filter(valid_to=None).exclude(**{key: ""})
    values = known.order_by(key).values_list(key, flat=True).distinct()
    return Filter(
        key,
        label,
        [("", _("All")), *((value, value) for value in values)],
        lambda rows, value: rows.filter(**{f"current__{key}": value}),
    )


def quiet(partners: QuerySet[Partner], now: datetime) -> QuerySet[Partner]:
    """Keep partners with open deals of whom nobody has signed in for 60 days."""
    recent = LoginEvent.objects.filter(impersonated=False, at__gte=now - QUIET)
    seen = recent.values(survivor=Coalesce("partner__merged_into", "partner"))
    busy = Partner.objects.filter(deals__state="open").values(survivor=SURVIVOR)
    return partners.filter(is_test=False, pk__in=busy).exclude(pk__in=seen)


def search(partners: QuerySet[Partner], text: str) -> QuerySet[Partner]:
    """Find partners by a part of name, domain, city or external id, or by a contact's address."""
    found = (
        Q(name__icontains=text)
        | Q(domain__icontains=text)
        | Q(city__icontains=text)
        | Q(external_id__iexact=text)
    )
    if "@" in text:
        members = Membership.objects.filter(user__email__iexact=text)
        found |= Q(pk__in=members.values("partner"))
    return partners.filter(found)
