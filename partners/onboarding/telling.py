"""What people are told about onboarding, and the tasks that it puts into their worklists."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Partner
from partners.accounts.worklist import answers_for, manager_of
from partners.onboarding import rules
from partners.onboarding.models import OnboardingPlan, OnboardingTask
from partners.onboarding.selectors import survivor_of
from prm.common import access
from prm.common.display import day
from prm.common.models import Notice, Task, User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify
from prm.common.worklist import services as worklist
from prm.common.worklist import sources
from prm.common.worklist.selectors import DOES
from prm.common.worklist.sources import Source

GROUP = _("Onboarding")
MOST_STEPS = 5  # that a mail names
THEIRS = DOES & access.PARTNER_ROLES
PLAN_LINKS = ("partner",)
TASK_LINKS = ("plan__partner",)
SEE_PLAN, SEE_TASK = _("See the checklist"), _("Go to the task")


def _started(plan: OnboardingPlan, _args: dict[str, Any]) -> str:
    return now_("Your onboarding begins: here is what comes first")


def _completed(plan: OnboardingPlan, args: dict[str, Any]) -> str:
    if args.get("own"):
        return now_("Your onboarding is complete. Good to have you with us.")
    return now_("%(partner)s has completed its onboarding") % {"partner": plan.partner}


def _handed_in(task: OnboardingTask, _args: dict[str, Any]) -> str:
    words = {"partner": task.plan.partner, "task": task.title}
    if task.state != rules.WAITING:
        return now_("“%(task)s” of %(partner)s was looked at") % words
    return now_("%(partner)s handed in “%(task)s”: look at it") % words


def _sent_back(task: OnboardingTask, _args: dict[str, Any]) -> str:
    if task.state != rules.ACTION_NEEDED:
        return now_("“%(task)s”: settled meanwhile") % {"task": task.title}
    return now_("“%(task)s” needs another look: %(words)s") % {
        "task": task.title,
        "words": task.answer,
    }


def _due_soon(task: OnboardingTask, args: dict[str, Any]) -> str:
    words = {"task": task.title, "day": day(date.fromisoformat(args["due"]))}
    if task.state not in rules.OPEN:
        return now_("“%(task)s”: settled meanwhile") % words
    return now_("“%(task)s” is due on %(day)s") % words


def _nudged(plan: OnboardingPlan, _args: dict[str, Any]) -> str:
    return now_("A reminder: your onboarding waits for you")


def _stalled(plan: OnboardingPlan, args: dict[str, Any]) -> str:
    return now_("%(partner)s: nothing in its onboarding has moved since %(day)s") % {
        "partner": plan.partner,
        "day": day(date.fromisoformat(args["since"])),
    }


def _first_steps(plan: OnboardingPlan, _args: dict[str, Any]) -> list[str]:
    """What the partner is to do, the first few."""
    rows = plan.tasks.filter(side=rules.COMPANY, state__in=rules.OPEN).order_by("due_on", "pk")
    return [
        now_("%(task)s – by %(day)s") % {"task": task.title, "day": day(task.due_on)}
        for task in rows[:MOST_STEPS]
    ]


def _note(task: OnboardingTask, _args: dict[str, Any]) -> list[str]:
    """What was said with what was handed in."""
    return [task.note] if task.note and task.state == rules.WAITING else []


STARTED = declare(
    Kind("onboarding_started", _("Your onboarding begins"), GROUP, "list-todo", THEIRS, _started,
         SEE_PLAN, links=PLAN_LINKS, details=_first_steps)
)  # fmt: skip
SENT_BACK = declare(
    Kind("onboarding_sent_back", _("A task of your onboarding needs another look"), GROUP,
         "undo-2", THEIRS, _sent_back, SEE_TASK, links=TASK_LINKS)
)  # fmt: skip
DUE_SOON = declare(
    Kind("onboarding_due_soon", _("A task of your onboarding is due soon"), GROUP, "calendar",
         THEIRS, _due_soon, SEE_TASK, links=TASK_LINKS)
)  # fmt: skip
NUDGED = declare(
    Kind("onboarding_nudge", _("A reminder of your onboarding"), GROUP, "clock", THEIRS, _nudged,
         SEE_PLAN, links=PLAN_LINKS, details=_first_steps)
)  # fmt: skip
HANDED_IN = declare(
    Kind("onboarding_handed_in", _("A new partner hands something in"), GROUP, "inbox",
         access.MANAGES, _handed_in, SEE_TASK, links=TASK_LINKS, details=_note)
)  # fmt: skip
COMPLETED = declare(
    Kind("onboarding_completed", _("A partner completes its onboarding"), GROUP, "trophy",
         access.MANAGES | THEIRS, _completed, SEE_PLAN, links=PLAN_LINKS)
)  # fmt: skip
STALLED = declare(
    Kind("onboarding_stalled", _("The onboarding of a partner of yours stands still"), GROUP,
         "triangle-alert", access.MANAGES, _stalled, _("See the plan"), links=PLAN_LINKS)
)  # fmt: skip


def _title(args: dict[str, Any]) -> str:
    return str(args.get("title", ""))


def _to_approve(args: dict[str, Any]) -> str:
    return now_("Look at what was handed in: %(task)s") % {"task": args.get("title", "")}


TO_DO = sources.declare(
    Source("onboarding", _("Onboarding"), "list-todo", _title, done_there=True, action=SEE_TASK)
)
TO_APPROVE = sources.declare(
    Source(
        "onboarding_approval",
        _("Onboarding"),
        "inbox",
        _to_approve,
        done_there=True,
        action=SEE_TASK,
    )
)


def portal_plan_url() -> str:
    """The checklist of the portal."""
    return reverse("onboarding:portal_plan")


def portal_task_url(task: OnboardingTask) -> str:
    """A task in the portal."""
    return reverse("onboarding:portal_task", args=[task.public_id])


def people_of(partner: Partner) -> list[User]:
    """Who is told at the partner: its administrators, else all of its people."""
    return answers_for(survivor_of(partner).public_id)


def our_people(plan: OnboardingPlan) -> list[User]:
    """Who is told on our side: the partner manager, else who began the plan."""
    manager = manager_of(survivor_of(plan.partner).public_id)
    return [user for user in (manager or plan.started_by,) if user is not None]


def tell_started(plan: OnboardingPlan, *, by: User | None, now: datetime) -> None:
    """The partner's people: it begins. They read of its tasks in the checklist, not one by one."""
    notify(STARTED, people_of(plan.partner), key=str(plan.public_id), url=portal_plan_url(),
           about=plan, by=by, now=now)  # fmt: skip


def tell_completed(plan: OnboardingPlan, *, by: User | None, now: datetime) -> None:
    """Both sides: it is done."""
    key = f"{plan.public_id}/{now:%Y%m%dT%H%M%S%f}"
    notify(COMPLETED, our_people(plan), key=key, url=plan.get_absolute_url(), about=plan, by=by,
           now=now)  # fmt: skip
    notify(COMPLETED, people_of(plan.partner), key=key, url=portal_plan_url(), about=plan, by=by,
           now=now, args={"own": True})  # fmt: skip


def tell_handed_in(task: OnboardingTask, *, by: User | None, now: datetime) -> None:
    """Our side: something is to be looked at."""
    notify(HANDED_IN, our_people(task.plan), key=f"{task.public_id}/{now:%Y%m%dT%H%M%S%f}",
           url=task.get_absolute_url(), about=task, by=by, now=now)  # fmt: skip


def tell_sent_back(task: OnboardingTask, *, by: User | None, now: datetime) -> None:
    """The partner: it is not done yet, and why. A task of ours is nobody else's matter."""
    if task.side != rules.COMPANY:
        return
    people = [*people_of(task.plan.partner), *([task.handed_in_by] if task.handed_in_by else [])]
    notify(SENT_BACK, people, key=f"{task.public_id}/{now:%Y%m%dT%H%M%S%f}",
           url=portal_task_url(task), about=task, by=by, now=now)  # fmt: skip


def tell_due_soon(task: OnboardingTask, *, now: datetime) -> int:
    """The partner, once for each due day."""
    return notify(DUE_SOON, people_of(task.plan.partner), key=f"{task.public_id}/{task.due_on}",
                  url=portal_task_url(task), about=task, now=now,
                  args={"due": str(task.due_on)})  # fmt: skip


def tell_stalled(plan: OnboardingPlan, since: date, *, now: datetime) -> int:
    """Our side, once for each time that nothing moves."""
    return notify(STALLED, our_people(plan), key=f"{plan.public_id}/{since}",
                  url=plan.get_absolute_url(), about=plan, now=now,
                  args={"since": since.isoformat()})  # fmt: skip


def tell_nudged(plan: OnboardingPlan, today: date, *, by: User | None, now: datetime) -> int:
    """The partner, at most once a day."""
    return notify(NUDGED, people_of(plan.partner), key=f"{plan.public_id}/{today}",
                  url=portal_plan_url(), about=plan, by=by, now=now)  # fmt: skip


def was_nudged(plan: OnboardingPlan, today: date) -> bool:
    """Whether the partner was reminded on this day."""
    return Notice.objects.filter(kind=NUDGED.key, key=f"{plan.public_id}/{today}").exists()


def keep_worklist(
    task: OnboardingTask, turn: str, *, by: User | None, now: datetime, tell: bool = True
) -> None:
    """Let the worklists of both sides say what this task asks for now.

    ``turn`` is whose turn it is ("" for nobody's). Doing it twice changes nothing.
    """
    key = str(task.public_id)
    if turn and task.state in rules.OPEN:
        _ask(TO_DO, task, task.side, by=by, now=now, tell=tell)
    elif task.state in {rules.DONE, rules.WAITING}:
        worklist.finish(TO_DO, key, by=by, now=now)
    else:
        worklist.withdraw(TO_DO, key, now=now, reason=task.reason, by=by)
    if turn and task.state == rules.WAITING:
        _ask(TO_APPROVE, task, rules.OURS, by=by, now=now, tell=False)  # `tell_handed_in` did
    elif task.state in {rules.DONE, rules.ACTION_NEEDED}:
        worklist.finish(TO_APPROVE, key, by=by, now=now)
    else:
        worklist.withdraw(TO_APPROVE, key, now=now, reason=task.reason, by=by)


def _ask(
    source: Source, task: OnboardingTask, side: str, *, by: User | None, now: datetime, tell: bool
) -> None:
    key, is_theirs = str(task.public_id), side == rules.COMPANY
    kept = Task.objects.filter(source=source.key, key=key).values_list("owner", flat=True).first()
    worklist.ask_for(
        source, key, now=now, side=side, company=survivor_of(task.plan.partner).public_id,
        owner=User.objects.filter(pk=kept or 0).first(), due_on=task.due_on,
        args={"title": task.title},
        url=portal_task_url(task) if is_theirs else task.get_absolute_url(),
        about=task, again=True, tells=tell, by=by,
    )  # fmt: skip


def give_worklist(plan: OnboardingPlan, *, now: datetime) -> None:
    """The open tasks of a plan that runs are those of the partner that stands for it now."""
    company = survivor_of(plan.partner).public_id
    keys = [str(one) for one in plan.tasks.values_list("public_id", flat=True)]
    rows = Task.objects.filter(source__in=(TO_DO.key, TO_APPROVE.key), key__in=keys)
    rows = rows.filter(state=Task.State.OPEN).exclude(company=company)
    rows.update(company=company, updated_at=now)
