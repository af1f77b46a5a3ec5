"""What time and facts do to plans: milestones end tasks, days that come near are told.

Everything here may run twice, at once, and be killed anywhere: each effect has its own key.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from partners.accounts.models import Membership
from partners.onboarding import rules, telling
from partners.onboarding.models import OnboardingPlan, OnboardingTask
from partners.onboarding.selectors import standing_of, working_time_for
from partners.onboarding.services import reach_milestones, refuse_closed
from prm.common import audit, config
from prm.common.calendars.rules import add_business_days
from prm.common.errors import Conflict
from prm.common.models import User

SOON = 3  # business days
STANDS_STILL = timedelta(days=21)
AT_A_TIME = 500  # plans with a milestone that one run settles; the next one finds the others


def settle_milestones(now: datetime, user: User | None = None) -> int:
    """Tasks whose milestone has been reached are done, of one person's companies or of all;
    returns how many.
    """
    own = Q(plan__partner__milestones__kind=F("milestone"))
    of_stub = Q(
        plan__partner__stubs__milestones__kind=F("milestone"),
    )
    waiting = OnboardingTask.objects.filter(
        own | of_stub,
        state__in=rules.OPEN,
        plan__state=OnboardingPlan.State.RUNNING,
    ).exclude(milestone="")
    if user is not None:
        own_companies = Membership.objects.filter(user=user, is_active=True)
        waiting = waiting.filter(plan__partner__in=own_companies.values("partner"))
    ids = set(waiting.order_by("plan").values_list("plan", flat=True)[:AT_A_TIME])
    plans = OnboardingPlan.objects.filter(pk__in=ids).order_by("pk")
    return sum(reach_milestones(plan, by=None, now=now) for plan in plans)


def tell_due(now: datetime) -> int:
    """The partner's people hear of tasks that are due within three business days; once a day due.

    Returns how many people were told or had been.
    """
    today = config.program().local_date(now)
    near = today + timedelta(days=SOON + 11)  # holidays included; the calendar decides below
    tasks = OnboardingTask.objects.filter(
        side=rules.COMPANY, state__in=rules.OPEN, due_on__gte=today, due_on__lte=near,
        plan__state=OnboardingPlan.State.RUNNING, plan__started_on__lte=today,
    )  # fmt: skip
    plans = OnboardingPlan.objects.filter(pk__in=tasks.values("plan")).order_by("pk")
    plans = plans.select_related("partner__merged_into", "version__template__calendar")
    told, lasts = 0, dict[Any, date]()
    for plan in plans.prefetch_related("tasks"):
        template = plan.version.template if plan.version else None
        days = (template and template.calendar_id, plan.partner.country)  # one look for many plans
        if days not in lasts:
            working = working_time_for(template, plan.partner)
            lasts[days] = add_business_days(today, SOON, working)
        last = lasts[days]
        for line in standing_of(plan, plan.tasks.all(), today).turn_of(rules.COMPANY):
            due_on = line.task.due_on
            if due_on is not None and today <= due_on <= last and not line.task.milestone:
                line.task.plan = plan
                told += telling.tell_due_soon(line.task, now=now)
    return told


def tell_stalled(now: datetime) -> int:
    """Our people hear of plans in which nothing has moved for three weeks; once for each rest."""
    long_ago = now - STANDS_STILL
    moved = Max(
        Greatest(
            Coalesce("tasks__done_at", F("created_at")),
            Coalesce("tasks__handed_in_at", F("created_at")),
            Coalesce("tasks__skipped_at", F("created_at")),
        )
    )
    plans = (
        OnboardingPlan.objects.filter(state=OnboardingPlan.State.RUNNING, created_at__lt=long_ago)
        .annotate(moved_at=moved)
        .filter(moved_at__lt=long_ago)
        .select_related("partner__merged_into", "started_by")
        .order_by("pk")
    )
    program, told = config.program(), 0
    for plan in plans:
        moved_at: datetime = plan.moved_at
        told += telling.tell_stalled(plan, program.local_date(moved_at), now=now)
    return told


@transaction.atomic
def remind_partner(plan: OnboardingPlan, *, by: User | None, now: datetime) -> int:
    """Remind the partner's people of what waits for them; returns how many are told.

    Raises Conflict when nothing waits for them, or they were reminded today.
    """
    plan = OnboardingPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    refuse_closed(plan)
    today = config.program().local_date(now)
    if not standing_of(plan, plan.tasks.all(), today).turn_of(rules.COMPANY):
        raise Conflict(_("Nothing waits for the partner at the moment."))
    if telling.was_nudged(plan, today):
        raise Conflict(_("The partner was reminded today already."))
    told = telling.tell_nudged(plan, today, by=by, now=now)
    if not told:
        raise Conflict(_("Nobody can be reminded: no person of this partner can sign in."))
    audit.record("onboardingplan.remind", plan, by=by, now=now)
    return told
