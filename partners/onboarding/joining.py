"""Onboarding while two records are one company: a company has one plan that runs."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from partners.accounts.models import Partner
from partners.onboarding import telling
from partners.onboarding.models import OnboardingPlan
from partners.onboarding.selectors import running_plan
from partners.onboarding.services import end_plan, restore_plan
from prm.common.models import User

RUNNING = OnboardingPlan.State.RUNNING


def plans_that_yield(stub: Partner, into: Partner) -> list[int]:
    """The plans that run for the stub, if one runs for the survivor too."""
    rows = OnboardingPlan.objects.filter(state=RUNNING)
    own = rows.filter(partner__in=Partner.objects.standing_for(stub)).order_by("pk")
    found = list(own.values_list("pk", flat=True))
    others = rows.filter(partner__in=Partner.objects.standing_for(into)).exclude(pk__in=found)
    return found if found and others.exists() else []


def end_plans(keys: Sequence[int], by: User | None, now: datetime) -> None:
    """These plans are over: the survivor's goes on."""
    for plan in OnboardingPlan.objects.filter(pk__in=keys).order_by("pk"):
        end_plan(plan, reason=_("Merged: the plan of the survivor goes on."), by=by, now=now)


def let_go_on(partner: Partner, keys: Sequence[int], by: User | None, now: datetime) -> int | None:
    """The first of these plans that is the partner's runs again, if it has none by now.

    Returns its key. The worklist tasks of a plan that runs come to the partner.
    """
    known = running_plan(partner)
    if known is not None:
        telling.give_worklist(known, now=now)
        return None
    rows = OnboardingPlan.objects.filter(
        pk__in=keys,
        partner__in=Partner.objects.standing_for(partner),
        state=OnboardingPlan.State.ENDED,
    )
    plan = min(rows, key=lambda row: keys.index(row.pk), default=None)
    return restore_plan(plan, by=by, now=now).pk if plan is not None else None
