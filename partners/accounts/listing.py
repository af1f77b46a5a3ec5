"""The partner list: its columns, filters and search, and the numbers beside each partner."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from partners.accounts import figures
from partners.accounts.figures import PartnerFigures
from partners.accounts.models import Contract, LoginEvent, Membership, Partner, PartnerProfile
from partners.accounts.narrowing import more_filters
from prm.common import access
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.models import User

LIST = "partners"
MANAGER_ID = "current__manager__public_id"
YEAR = timedelta(days=365)
QUIET = timedelta(days=60)
NEVER = datetime.min.replace(tzinfo=UTC)
IDLE = timedelta(days=90)
SURVIVOR = Coalesce("merged_into", "pk")
PROFILE_FILTERS = (("tier", _("Tier")), ("type", _("Type")), ("region", _("Region")))
ALL = ("", _("All"))


@dataclass(frozen=True)
class WonSums:
    """What some partners won since a day; read once, and only when somebody looks."""

    companies: QuerySet[Partner]
    since: date

    @cached_property
    def by_partner(self) -> dict[int, Decimal]:
        """Reporting currency by partner; what was merged into one counts for it (E4)."""
        won = Q(deals__state="won", deals__closed_on__gt=self.since)
        sums = self.companies.filter(won).values(survivor=SURVIVOR)
        return dict(sums.annotate(won=Sum("deals__amount_rc")).values_list("survivor", "won"))


@dataclass(frozen=True)
class PartnerRow:
    """A partner as the list shows it; money in the reporting currency.

    What it won is of 365 days, before refunds.
    """

    partner: Partner
    tier: str
    type: str
    region: str
    manager: str
    open_deals: int
    sums: "WonSums"
    last_login: datetime | None
    figures: PartnerFigures | None
    is_quiet: bool = False

    @property
    def won(self) -> Decimal | None:
        """What its deals won in 365 days, before refunds."""
        return self.sums.by_partner.get(self.partner.pk)

    @property
    def sub(self) -> str:
        """The second line below the name: type and region."""
        return " · ".join(part for part in (capfirst(self.type), self.region) if part)


def with_profile(partners: QuerySet[Partner]) -> QuerySet[Partner]:
    """Join today's profile, so that the list can sort and filter by it."""
    return partners.annotate(
        current=FilteredRelation("profiles", condition=Q(profiles__valid_to=None)),
        tier=F("current__tier"),
        type=F("current__type"),
        region=F("current__region"),
        manager_name=F("current__manager__name"),
    )


def present(partners: list[Partner], program: Program, now: datetime) -> list[PartnerRow]:
    """Fetch the numbers of these partners, in a fixed number of queries for all of them.

    What was merged into a partner counts for it, as in the KPIs (E4).
    """
    ids = [partner.pk for partner in partners]
    # named one by one, so that the indexes by partner are used
    stubs = Partner.objects.filter(merged_into__in=ids).values_list("pk", flat=True)
    companies = Partner.objects.filter(pk__in=[*ids, *stubs])
    open_deals, last = _activity(companies)
    sums = WonSums(companies, (now - YEAR).date())
    source = figures.source()
    known: Mapping[int, PartnerFigures] = source.of(ids, program, now) if source else {}
    return [
        PartnerRow(
            partner,
            *_profile(partner),
            open_deals[partner.pk],
            sums,
            last.get(partner.pk),
            known.get(partner.pk),
            is_quiet=bool(open_deals[partner.pk]) and last.get(partner.pk, NEVER) < now - QUIET,
        )
        for partner in partners
    ]


def _activity(companies: QuerySet[Partner]) -> tuple[Counter[int], dict[int, datetime]]:
    """Return the open deals and the last sign-in by partner, each read from an index alone."""
    logins = LoginEvent.objects.filter(partner=OuterRef("pk"), impersonated=False)
    rows = companies.annotate(
        survivor=SURVIVOR,
        # a deal is open just as long as it has no day of closing, which the index holds
        running=FilteredRelation("deals", condition=Q(deals__closed_on=None)),
        open_deals=Count("running__partner"),
        last=Subquery(logins.order_by("-at").values("at")[:1]),
    )
    open_deals: Counter[int] = Counter()
    last: dict[int, datetime] = {}
    for pk, number, at_ in rows.values_list("survivor", "open_deals", "last"):
        open_deals[pk] += number
        if at_ is not None:
            last[pk] = max(at_, last.get(pk, NEVER))
    return open_deals, last


def _profile(partner: Partner) -> tuple[str, str, str, str]:
    """Return tier, type, region and manager as `with_profile` joined them."""
    read = (at(name)(partner) for name in ("tier", "type", "region", "manager_name"))
    tier, kind, region, manager = (value or "" for value in read)
    return tier, kind, region, manager


def partner_listing(actor: Actor, program: Program, now: datetime) -> Listing[Partner]:
    """Return the list as this person sees it; choices are the values in use."""
    return Listing(
        columns=_columns(program, now),
        words=_words(actor),
        filters=[*_profile_filters(actor), _contract_filter(program, now), _activity_filter(now)],
        search=search,
        default_sort="-revenue" if figures.source() else "name",
        present=lambda partners: present(partners, program, now),
        key=LIST,
        segments=_segments(actor),
        can_choose=True,
    )


def _words(actor: Actor) -> Words:
    may_import = actor.has(*access.RUNS_PROGRAM)
    return Words(
        name=_("Partners"),
        counted=ngettext_lazy("%(shown)s partner", "%(shown)s partners", "n"),
        search=_("Name, domain, city or contact’s e-mail"),
        no_match=_("No partners match"),
        none=_("No partners yet"),
        none_text=_(
            "Your partner companies will stand here with their tier, deals and sign-ins. Import "
            "them from a file to begin."
        )
        if may_import
        else _(
            "Your partner companies will stand here with their tier, deals and sign-ins, as soon "
            "as you look after some."
        ),
        action=_("Import partners"),
        action_url=reverse("imports:import_list") if may_import else "",
    )


def _columns(program: Program, now: datetime) -> list[Column]:
    return [
        Column("name", _("Partner"), at("partner.name"), "name", is_fixed=True),
        Column("tier", _("Tier"), at("tier"), "tier"),
        *_figure_columns(program, now),
        Column("open", _("Open deals"), at("open_deals"), rank=open_deals, is_number=True),
        Column("login", _("Last active"), at("last_login")),
        Column("type", _("Type"), at("type"), "type", is_usual=False),
        Column("region", _("Region"), at("region"), "region", is_usual=False),
        Column("country", _("Country"), at("partner.country"), "country", is_usual=False),
        Column("manager", _("Partner manager"), at("manager"), "manager_name", is_usual=False),
        Column(
            "won", _("Won, 12 months, before refunds"), at("won"), is_number=True, is_usual=False
        ),
    ]


def _figure_columns(program: Program, now: datetime) -> list[Column]:
    """What an upper app knows of each partner: the quarter so far, its change and its course."""
    source = figures.source()
    if source is None:
        return []
    rank, quarters = partial(source.revenue, program, now), at("figures.quarters")
    return [
        Column("revenue", _("Revenue, quarter"), at("figures.revenue"), rank=rank, is_number=True),
        Column("currency", _("Currency"), lambda row: program.currency, export_only=True,
               beside="revenue"),
        Column("change", _("vs last year"), _change, is_number=True),
        Column("before", _("Same days last year"), at("figures.before"), export_only=True,
               beside="change"),
        Column("course", _("8 quarters"), lambda row: _course(quarters(row)), hide_small=True),
    ]  # fmt: skip


def _change(row: Any) -> Decimal | None:
    """Return the change for the export, as a fraction with four decimals."""
    change = at("figures.change")(row)
    return None if change is None else round(Decimal(change), 4)


def _course(quarters: tuple[Decimal, ...] | None) -> str:
    """Return the quarters for the export, oldest first, in one cell."""
    return " ".join(format(amount, ".2f") for amount in quarters or ())


def _segments(actor: Actor) -> list[Segment]:
    own = [Segment(_("Managed by me"), "manager=me")] if actor.has(*access.MANAGES) else []
    return [
        Segment(_("All"), ""),
        *own,
        Segment(_("Under contract"), "contract=now"),
        Segment(_("Open deals, no sign-in for 60 days"), "activity=quiet"),
        Segment(_("No deals in 90 days"), "activity=idle"),
    ]


def _profile_filters(actor: Actor) -> list[Filter[Partner]]:
    """Tier, type, region and manager, with the values that today's profiles have."""
    known = access.scope(actor, PartnerProfile).filter(valid_to=None)
    in_use = known.aggregate(**{key: ArrayAgg(key, distinct=True) for key, _l in PROFILE_FILTERS})
    managers = User.objects.filter(pk__in=known.values("manager")).order_by("name", "email")
    return [
        *(_profile_filter(key, label, in_use[key] or []) for key, label in PROFILE_FILTERS),
        Filter(
            "manager",
            _("Partner manager"),
            [ALL, ("me", _("Me")), *((str(one.public_id), str(one)) for one in managers)],
            lambda rows, value: _managed(rows, value, actor),
        ),
        *more_filters(actor),
    ]


def _profile_filter(key: str, label: StrOrPromise, in_use: list[str]) -> Filter[Partner]:
    return Filter(
        key,
        label,
        [ALL, *((value, capfirst(value)) for value in in_use if value)],
        lambda rows, value: rows.filter(**{f"current__{key}": value}),
    )


def _managed(partners: QuerySet[Partner], value: str, actor: Actor) -> QuerySet[Partner]:
    name, wanted = ("current__manager", actor.user) if value == "me" else (MANAGER_ID, value)
    return partners.filter(**{name: wanted})


def _contract_filter(program: Program, now: datetime) -> Filter[Partner]:
    today = program.local_date(now)
    return Filter(
        "contract",
        _("Contract"),
        [ALL, ("now", _("Under contract")), ("none", _("Without a contract"))],
        lambda rows, value: rows.filter(
            under_contract(today) if value == "now" else ~under_contract(today)
        ),
    )


def under_contract(today: date) -> Q:
    """Whether the partner, or what was merged into it, has a contract that runs on this day."""
    running = Contract.objects.filter(starts_on__lte=today).filter(
        Q(ends_on=None) | Q(ends_on__gt=today)
    )
    return Q(pk__in=running.values(survivor=Coalesce("partner__merged_into", "partner")))


def _activity_filter(now: datetime) -> Filter[Partner]:
    rules = {"quiet": quiet, "idle": idle}
    return Filter(
        "activity",
        _("Activity"),
        [
            ALL,
            ("quiet", _("Open deals, no sign-in for 60 days")),
            ("idle", _("No deals in 90 days")),
        ],
        lambda partners, value: rules[value](partners, now),
    )


def open_deals() -> dict[int, int]:
    """Return the number of open deals of every partner that has some, to sort by."""
    found: Counter[int] = Counter()
    busy = Partner.objects.filter(deals__state="open").values("pk", "merged_into")
    for pk, into, number in busy.annotate(n=Count("deals")).values_list("pk", "merged_into", "n"):
        found[into or pk] += number
    return found


def idle(partners: QuerySet[Partner], now: datetime) -> QuerySet[Partner]:
    """Keep partners without any deal opened or closed in the last 90 days.

    A deal opened in that time is open still, or was closed in it. Each is a question of its own,
    answered by an index alone; one condition for both would read every deal.
    """
    since = (now - IDLE).date()
    opened = Q(deals__state="open", deals__opened_on__gte=since)
    kept = partners.filter(is_test=False)
    for recent in (opened, Q(deals__closed_on__gte=since)):
        kept = kept.exclude(pk__in=Partner.objects.filter(recent).values(survivor=SURVIVOR))
    return kept


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
