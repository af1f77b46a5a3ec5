"""The ideal profile and how well an applicant fits it; the score is frozen with its reasons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrOrPromise

from partners.accounts.models import Partner, PartnerProfile
from partners.recruiting.models import Application, IdealProfile
from partners.recruiting.overlap import known_customers
from partners.recruiting.rules import WEIGHTS, Criterion, criterion_of, fit, named
from prm.common import audit, locks
from prm.common.countries import code_of
from prm.common.errors import InvalidInput
from prm.common.models import User

NAMES: dict[str, StrOrPromise] = {
    "type": lazy("Type of company"),
    "region": lazy("Region where we need partners"),
    "people": lazy("People who would work with us"),
    "customers": lazy("Customers that we know too"),
    "certificates": lazy("Certificates"),
}
OF_WORDS, OF_NUMBERS = ("type", "region", "certificates"), ("people", "customers")


def current_profile() -> IdealProfile | None:
    """The newest ideal profile, if there is one."""
    return IdealProfile.objects.first()


def criteria_of(profile: IdealProfile | None) -> list[Criterion]:
    """Its criteria."""
    return [criterion_of(stored) for stored in profile.criteria] if profile else []


def facts_of(application: Application) -> dict[str, Any]:
    """What the criteria are held against; None or nothing where nothing is known."""
    return {
        "type": application.type or None,
        "region": application.region or None,
        "people": application.people,
        "customers": known_customers(named(application.customers)),
        "certificates": named(application.certificates) or None,
    }


def frozen_fit(application: Application) -> dict[str, Any]:
    """The columns of an application that hold its fit to today's profile."""
    profile = current_profile()
    if profile is None:
        return {}
    found = fit(criteria_of(profile), facts_of(application))
    return {
        "fit_score": found.score,
        "fit_reasons": found.lines,
        "fit_version": profile.version,
    }


def region_of(country: str) -> str:
    """The region in which most partners of this country are; "" for a country without any."""
    rows = PartnerProfile.objects.filter(valid_to=None, partner__merged_into=None)
    rows = rows.filter(partner__country__in=_spellings(country)).exclude(region="")
    most = rows.values("region").annotate(n=Count("pk")).order_by("-n", "region").first()
    return str(most["region"]) if most else ""


def _spellings(country: str) -> list[str]:
    """How partners' countries are written that are this one."""
    wanted, plain = code_of(country), country.strip().casefold()
    known = Partner.objects.exclude(country="").order_by().values_list("country", flat=True)
    return [
        one for one in known.distinct()
        if one.casefold() == plain or (wanted and code_of(one) == wanted)
    ]  # fmt: skip


@transaction.atomic
def state_profile(
    criteria: Sequence[Criterion],
    *,
    by: User | None,
    now: datetime,
    basis: dict[str, Any] | None = None,
) -> IdealProfile:
    """From now on applicants are held against these criteria; earlier scores stay as they are.

    ``basis`` is what they were derived from. Saving the same again changes nothing. Raises
    InvalidInput for unknown criteria, weights that are no part of a whole, or nothing to want.
    """
    for one in criteria:
        _check(one)
    if not any(one.weight for one in criteria):
        raise InvalidInput(_("Give at least one criterion a weight."), "type_weight")
    locks.hold(locks.IDEAL_PROFILE)
    before = current_profile()
    stored = [one.as_json() for one in criteria]
    if before is not None and before.criteria == stored:
        return before
    profile = IdealProfile.objects.create(
        version=before.version + 1 if before else 1,
        criteria=stored,
        basis=basis or {},
        made_at=now,
        by=by,
    )
    audit.record("idealprofile.state", profile, by=by, now=now, after={"criteria": stored})
    return profile


def _check(one: Criterion) -> None:
    if one.key not in WEIGHTS:
        raise InvalidInput(_("Choose one of the known criteria."), "criteria")
    if not 0 <= one.weight <= 100:
        raise InvalidInput(_("Enter a weight from 0 to 100."), f"{one.key}_weight")
    if one.weight and one.key in OF_WORDS and not one.wanted:
        raise InvalidInput(
            _("Name what you look for under “%(name)s”, or give it the weight 0.")
            % {"name": NAMES[one.key]},
            f"{one.key}_wanted",
        )
    if one.weight and one.key in OF_NUMBERS and (one.least is None or one.least < 1):
        raise InvalidInput(
            _("Enter a number of 1 or more under “%(name)s”, or give it the weight 0.")
            % {"name": NAMES[one.key]},
            f"{one.key}_least",
        )
