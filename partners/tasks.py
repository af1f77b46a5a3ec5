"""Work outside the request: local days after a change of the time zone; the features' clocks."""

from datetime import datetime

from celery import shared_task
from django.db import connection, models, transaction
from django.db.models import Max
from django.utils import timezone

from partners.accounts import visits
from partners.contracts import renewals
from partners.models import (
    Application,
    Cost,
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    LoginEvent,
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    PortalSession,
    Registration,
)
from partners.onboarding import sweeping
from partners.programs import runs
from partners.recruiting import accessing, counting, inviting, services
from prm.common import jobs
from prm.common.models import Job
from prm.common.signals import facts_changed

NEW_DAYS = "partners.new_days"
AT_ONCE = 20_000  # rows that one transaction holds
# Deals first: refunds follow them.
WITH_DAYS: tuple[type[models.Model], ...] = (
    Deal,
    DealAdjustment,
    DealStageEvent,
    DealTouch,
    LoginEvent,
    PortalSession,
    Registration,
    Application,
    Cost,
    Milestone,
    OnboardingPlan,
    OnboardingTask,
)


@shared_task(name="partners.count_visits", ignore_result=True)
def count_visits() -> None:
    """Add up how often application forms were opened."""
    counting.add_up(timezone.now())


@shared_task(name="partners.expire_recruiting", ignore_result=True)
def expire_recruiting() -> None:
    """Let go what nobody confirmed or used in time; later forget what was typed there."""
    now = timezone.now()
    services.expire_unconfirmed(now)
    accessing.expire_unconfirmed(now)
    inviting.expire_invitations(now)
    services.forget_expired(now)
    accessing.forget_expired(now)


@shared_task(name="partners.forget_visits", ignore_result=True)
def forget_visits() -> None:
    """Forget visits to the portal that are too old for any figure."""
    visits.forget_old(timezone.now())


@shared_task(name="partners.remind_of_renewals", ignore_result=True)
def remind_of_renewals() -> None:
    """Remind of contracts that end soon."""
    renewals.remind_of_renewals(timezone.now())


@shared_task(name="partners.forget_dry_runs", ignore_result=True)
def forget_dry_runs() -> None:
    """Drop dry runs of tiers that nobody looks at any more."""
    runs.forget_old(timezone.now())


@shared_task(name="partners.settle_onboarding", ignore_result=True)
def settle_onboarding() -> None:
    """Tasks that a milestone ends are done."""
    sweeping.settle_milestones(timezone.now())


@shared_task(name="partners.nudge_onboarding", ignore_result=True)
def nudge_onboarding() -> None:
    """Tell of tasks that are due soon, and of plans that stand still."""
    now = timezone.now()
    sweeping.tell_due(now)
    sweeping.tell_stalled(now)


@jobs.handles(NEW_DAYS)
def renew_days(_job: Job, _now: datetime) -> None:
    """Touch every fact, so that the database works out its local day and the rate of that day.

    Doing it twice changes nothing.
    """
    for model in WITH_DAYS:
        last = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
        for first in range(0, last + 1, AT_ONCE):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {model._meta.db_table} SET id = id WHERE id >= %s AND id < %s",  # noqa: S608 - a table of ours
                    [first, first + AT_ONCE],
                )
    with transaction.atomic():
        facts_changed.send(sender=None)
