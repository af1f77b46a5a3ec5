"""The fields of partners that a segment can ask for, and their values for many partners at once.

What was merged into a partner counts for it (E4): people, contracts, sign-ins, strengths.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Count,
    DateField,
    F,
    FilteredRelation,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.accounts.models import Contract, LoginEvent, Membership, Partner, PartnerProfile
from partners.programs.models import PartnerProgram, TierStanding
from partners.segments.rules import CHOICE, DAY, FLAG, NUMBER, TEXT
from prm.common.models import User

SURVIVOR = Coalesce("merged_into", "pk")
OF_PARTNER = Coalesce("partner__merged_into", "partner")
Choices = list[tuple[str, StrOrPromise]]
Read = Callable[[date], Mapping[int, Any]]
MOST_CHOICES = 300


@dataclass(frozen=True)
class Field:
    """A field. ``path`` is its place in the partner or today's profile, else ``read`` gives it.

    ``choices`` are the values to choose from, with the names that people read.
    """

    key: str
    label: StrOrPromise
    kind: str
    path: str = ""
    read: Read | None = None
    choices: Callable[[], Choices] | None = None


def partners_in() -> QuerySet[Partner]:
    """The partners that can be in a segment: neither merged into another one nor a test."""
    return Partner.objects.surviving().filter(is_test=False)


def _words(column: str) -> Callable[[], Choices]:
    def read() -> Choices:
        rows = PartnerProfile.objects.filter(valid_to=None).exclude(**{column: ""})
        found = rows.order_by(column).values_list(column, flat=True).distinct()
        return [(one, capfirst(one)) for one in found[:MOST_CHOICES]]

    return read


def _countries() -> Choices:
    rows = partners_in().exclude(country="").order_by("country")
    return [(one, one) for one in rows.values_list("country", flat=True).distinct()[:MOST_CHOICES]]


def _managers() -> Choices:
    managing = PartnerProfile.objects.filter(valid_to=None).values("manager")
    rows = User.objects.filter(pk__in=managing).order_by("name", "email")
    return [(str(one.public_id), str(one)) for one in rows[:MOST_CHOICES]]


def _programs() -> Choices:
    return [(str(one.public_id), one.name) for one in PartnerProgram.objects.order_by("name")]


def _capabilities() -> Choices:
    rows = Partner.objects.filter(traits__kind="capability", traits__valid_to=None)
    found = rows.order_by("traits__text").values_list("traits__text", flat=True).distinct()
    return [(one, one) for one in found[:MOST_CHOICES]]


def _collected(pairs: Iterable[tuple[int, Any]]) -> dict[int, tuple[str, ...]]:
    """Partner → its values as texts, each once."""
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for pk, value in pairs:
        found[pk][str(value)] = None
    return {pk: tuple(values) for pk, values in found.items()}


def _read_programs(_today: date) -> Mapping[int, Any]:
    return _collected(TierStanding.objects.values_list("partner_id", "program__public_id"))


def _read_capabilities(_today: date) -> Mapping[int, Any]:
    rows = Partner.objects.filter(traits__kind="capability", traits__valid_to=None)
    return _collected(rows.values_list(SURVIVOR, "traits__text"))


ONBOARDING: Choices = [
    ("running", _("running")),
    ("completed", _("completed")),
    ("ended", _("ended before it was complete")),
]


def _read_onboarding(_today: date) -> Mapping[int, Any]:
    """The state of the latest plan."""
    rows = Partner.objects.filter(onboarding_plans__isnull=False).order_by(
        "onboarding_plans__started_on", "onboarding_plans__pk"
    )
    return {pk: (state,) for pk, state in rows.values_list(SURVIVOR, "onboarding_plans__state")}


def _running(today: date) -> QuerySet[Contract]:
    return Contract.objects.filter(starts_on__lte=today).filter(
        Q(ends_on=None) | Q(ends_on__gt=today)
    )


def _read_under_contract(today: date) -> Mapping[int, Any]:
    running = _running(today).exclude(status=Contract.Status.SUSPENDED)
    return dict.fromkeys(running.values_list(OF_PARTNER, flat=True), True)


def _read_since(_today: date) -> Mapping[int, Any]:
    rows = Contract.objects.values(one=OF_PARTNER).annotate(first=Min("starts_on"))
    return dict(rows.values_list("one", "first"))


def _read_contract_end(today: date) -> Mapping[int, Any]:
    """The first day without a contract; unknown while one runs on."""
    ends: dict[int, date | None] = {}
    for pk, day in _running(today).values_list(OF_PARTNER, "ends_on"):
        known = ends.get(pk, day)
        ends[pk] = None if day is None or known is None else max(day, known)
    return ends


def _read_people(_today: date) -> Mapping[int, Any]:
    rows = Membership.objects.filter(is_active=True).values(one=OF_PARTNER)
    return dict(rows.annotate(n=Count("user", distinct=True)).values_list("one", "n"))


def _read_last_sign_in(_today: date) -> Mapping[int, Any]:
    """Read partner by partner from the index that knows the last one."""
    logins = LoginEvent.objects.filter(partner=OuterRef("pk"), impersonated=False).order_by("-at")
    day = Func("last", function="prm_local_day", output_field=DateField())
    rows = Partner.objects.annotate(last=Subquery(logins.values("at")[:1])).annotate(day=day)
    found = rows.filter(last__isnull=False).values(one=SURVIVOR).annotate(latest=Max("day"))
    return dict(found.values_list("one", "latest"))


def _read_in_directory(_today: date) -> Mapping[int, Any]:
    rows = Partner.objects.filter(directory_entry__consented_at__isnull=False)
    return dict.fromkeys(rows.values_list(SURVIVOR, flat=True), True)


def _read_tier_state(_today: date) -> Mapping[int, Any]:
    return _collected(TierStanding.objects.values_list("partner_id", "state"))


FIELDS: dict[str, Field] = {
    one.key: one
    for one in (
        Field("type", _("Type"), CHOICE, "current__type", choices=_words("type")),
        Field("tier", _("Tier"), CHOICE, "current__tier", choices=_words("tier")),
        Field("region", _("Region"), CHOICE, "current__region", choices=_words("region")),
        Field("segment", _("Segment in the profile"), CHOICE, "current__segment",
              choices=_words("segment")),
        Field("manager", _("Partner manager"), CHOICE, "current__manager__public_id",
              choices=_managers),
        Field("country", _("Country"), CHOICE, "country", choices=_countries),
        Field("city", _("City"), TEXT, "city"),
        Field("name", _("Name"), TEXT, "name"),
        Field("domain", _("Web domain"), TEXT, "domain"),
        Field("source", _("System it came from"), TEXT, "source"),
        Field("has_parent", _("Has a distributor or parent"), FLAG, "parent"),
        Field("under_contract", _("Under contract"), FLAG, read=_read_under_contract),
        Field("partner_since", _("Partner since"), DAY, read=_read_since),
        Field("contract_end", _("End of the contract"), DAY, read=_read_contract_end),
        Field("people", _("People with access"), NUMBER, read=_read_people),
        Field("last_sign_in", _("Last sign-in"), DAY, read=_read_last_sign_in),
        Field("programme", _("Programme"), CHOICE, read=_read_programs, choices=_programs),
        Field("tier_state", _("Standing in the tier"), CHOICE, read=_read_tier_state,
              choices=lambda: list(TierStanding.State.choices)),
        Field("onboarding", _("Onboarding"), CHOICE, read=_read_onboarding,
              choices=lambda: ONBOARDING),
        Field("capability", _("Capability"), CHOICE, read=_read_capabilities,
              choices=_capabilities),
        Field("in_directory", _("In the public directory"), FLAG, read=_read_in_directory),
    )
}  # fmt: skip
KINDS = {key: one.kind for key, one in FIELDS.items()}


def values_of(
    keys: Sequence[str], today: date, among: QuerySet[Partner] | None = None
) -> dict[int, dict[str, Any]]:
    """Partner → its values of these fields, in one query and one more for each counted field."""
    plain = [key for key in keys if FIELDS[key].path]
    rows = partners_in() if among is None else among
    rows = rows.annotate(
        current=FilteredRelation("profiles", condition=Q(profiles__valid_to=None)),
        **{f"of_{key}": F(FIELDS[key].path) for key in plain},
    )
    found: dict[int, dict[str, Any]] = {}
    for pk, *values in rows.values_list("pk", *(f"of_{key}" for key in plain)):
        found[pk] = {
            key: _plain(KINDS[key], value) for key, value in zip(plain, values, strict=True)
        }
    for key in keys:
        read = FIELDS[key].read
        if read is not None:
            known = read(today)
            for pk, values in found.items():
                values[key] = known.get(pk)
    return found


def _plain(kind: str, value: Any) -> Any:
    if kind == CHOICE:
        return (str(value),) if value else ()
    return bool(value) if kind == FLAG else value
