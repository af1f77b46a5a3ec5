"""Own reactions to news: a sign-in is a fact; another time zone gives facts other days."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from partners.accounts.services import record_login
from partners.merging.relations import YIELDS, Yielding
from partners.merging.services import follow_merge
from partners.models import Application
from partners.onboarding.joining import end_plans, let_go_on, plans_that_yield
from partners.onboarding.services import start_by_itself
from partners.onboarding.sweeping import settle_milestones
from partners.signals import application_approved, partner_merged
from partners.tasks import NEW_DAYS, settle_onboarding
from prm.common import jobs
from prm.common.models import User
from prm.common.programme.effects import has_effect
from prm.common.signals import facts_changed, time_zone_changed

has_effect(
    "time_zone", _("Deals whose closing day moves are converted at the rate of the new day.")
)

YIELDS.append(
    Yielding(
        "partners.OnboardingPlan.state", _("onboarding that runs"), plans_that_yield, end_plans,
        let_go_on,
    )
)  # fmt: skip


@receiver(user_logged_in)
def on_user_logged_in(user: User, request: HttpRequest | None = None, **_kwargs: Any) -> None:
    """A partner's person signed in."""
    now = timezone.now()
    if record_login(user, now=now):
        settle_milestones(now, user)  # the first page says that this first task is done


@receiver(time_zone_changed)
def on_time_zone_changed(now: datetime, **_kwargs: Any) -> None:
    """The local days of all facts are worked out anew by a worker."""
    jobs.enqueue(NEW_DAYS, "all", now=now)


@receiver(application_approved)
def on_application_approved(
    application: Application, partner: Partner, by: User | None, now: datetime, **_kwargs: Any
) -> None:
    """A new partner's onboarding begins, where a template for its type says so.

    A company that was a partner before it applied has been through it.
    """
    known = partner.created_at < application.applied_at
    if not known and not partner.contracts.filter(starts_on__lt=application.applied_on).exists():
        start_by_itself(partner, by=by, now=now)


@receiver(facts_changed)
def on_facts_changed(**_kwargs: Any) -> None:
    """A milestone may be reached: look soon after the commit, once a second at most."""
    transaction.on_commit(_ring)


def _ring() -> None:
    if cache.add("partners.onboarding.rung", 1, timeout=1):
        jobs.send(settle_onboarding, countdown=1)  # for whatever else the same second brings


@receiver(partner_merged)
def on_partner_merged(stub: Partner, by: User | None, now: datetime, **_kwargs: Any) -> None:
    """An import merged a partner: what is open moves, as when somebody does it on the page."""
    follow_merge(stub, by=by, now=now)
