"""Everything that is done with plans and their tasks; each step is audited.

A step locks the plan first, so that what follows from it (whose turn is next, whether all is
done) is worked out by one person at a time.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from partners import signals
from partners.accounts.models import Partner
from partners.onboarding import rules, telling
from partners.onboarding.models import OnboardingPlan, OnboardingTask, OnboardingTemplate
from partners.onboarding.selectors import (
    fitting_templates,
    milestones_reached,
    published,
    running_plan,
    standing_of,
    survivor_of,
    working_time_for,
)
from prm.common import audit, config
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.refusals import explain
from prm.common.transition import transition

explain(
    "partners_onboarding_one_running",
    lazy("An onboarding runs for this partner already. Go on with that one."),
)
FURTHEST = 366  # days between today and the start of a plan


@transaction.atomic
def start_plan(
    partner: Partner,
    template: OnboardingTemplate,
    *,
    by: User | None,
    now: datetime,
    started_on: date | None = None,
) -> OnboardingPlan:
    """Begin a partner's onboarding with the published steps, which are copied.

    Due days are counted in business days from ``started_on`` (today). Raises Conflict for a merged
    partner, one whose onboarding runs, or a template without a published version.
    """
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    version, today = published(template), config.program().local_date(now)
    started_on = started_on or today
    if partner.merged_into_id:
        raise Conflict(_("This partner is merged into another one. Begin it there."))
    if running_plan(partner) is not None:
        raise Conflict(_("An onboarding runs for this partner already. Go on with that one."))
    if version is None or not template.is_active:
        raise Conflict(_("This template has no published version in use. Choose another one."))
    if abs((started_on - today).days) > FURTHEST:
        raise InvalidInput(_("Choose a day within a year of today."), "started_on")
    plan = OnboardingPlan.objects.create(
        partner=partner, version=version, started_on=started_on, started_by=by
    )
    _copy(plan, version.parsed, working_time_for(template, partner))
    after = {"partner": partner, "version": version, "started_on": started_on}
    audit.record("onboardingplan.start", plan, by=by, now=now, after=after)
    telling.tell_started(plan, by=by, now=now)
    reach_milestones(plan, by=by, now=now)
    plan.refresh_from_db()
    _settle(plan, list(plan.tasks.all()), by=by, now=now, tell=False)
    signals.onboarding_started.send(sender=OnboardingPlan, plan=plan, by=by, now=now)
    return plan


def _copy(plan: OnboardingPlan, steps: tuple[rules.Step, ...], working: Any) -> None:
    due = rules.due_days(steps, plan.started_on, working)
    OnboardingTask.objects.bulk_create(
        OnboardingTask(
            plan=plan, key=step.key, place=place, title=step.title, text=step.text,
            link=step.link, side=step.side, is_required=step.required,
            needs_approval=step.approval, milestone=step.milestone, after=list(step.after),
            due_on=due[step.key],
        )
        for place, step in enumerate(steps, 1)
    )  # fmt: skip


def start_by_itself(partner: Partner, *, by: User | None, now: datetime) -> OnboardingPlan | None:
    """Begin the onboarding of a new partner, if a template for its type says so; else None."""
    if partner.merged_into_id or running_plan(partner) is not None:
        return None
    found = [one for one in fitting_templates(partner) if one.starts_itself]
    return start_plan(partner, found[0], by=by, now=now) if found else None


@transaction.atomic
def end_plan(
    plan: OnboardingPlan, *, reason: str, by: User | None, now: datetime
) -> OnboardingPlan:
    """Stop an onboarding before it is completed. Raises InvalidInput without a reason."""
    reason = reason.strip()[:300]
    if not reason:
        raise InvalidInput(_("Say why it ends."), "reason")
    changes = {"closed_at": now, "reason": reason}
    ended = transition(plan, "end", by=by, now=now, reason=reason, changes=changes)
    for task in ended.tasks.exclude(state__in=rules.SETTLED).select_related("plan__partner"):
        telling.keep_worklist(task, "", by=by, now=now)
    signals.onboarding_ended.send(sender=OnboardingPlan, plan=ended, by=by, now=now)
    return ended


@transaction.atomic
def restore_plan(plan: OnboardingPlan, *, by: User | None, now: datetime) -> OnboardingPlan:
    """A plan that ended only because two records were merged goes on as it was."""
    open_again = {"closed_at": None, "reason": ""}
    restored = transition(plan, "restore", by=by, now=now, changes=open_again)
    _settle(restored, list(restored.tasks.all()), by=by, now=now, tell=False)
    return restored


def _locked(task: OnboardingTask) -> OnboardingTask:
    """The task as it is now, with its plan locked."""
    plan = OnboardingPlan.objects.select_for_update(of=("self",)).get(tasks=task.pk)
    row = OnboardingTask.objects.select_related("plan__partner__merged_into").get(pk=task.pk)
    row.plan = plan
    return row


def refuse_closed(plan: OnboardingPlan) -> None:
    """Raises Conflict for a plan that does not run."""
    if plan.state != OnboardingPlan.State.RUNNING:
        raise Conflict(
            _("This onboarding is over (%(state)s), so its tasks stay as they are.")
            % {"state": plan.get_state_display()}
        )


def _refuse_blocked(task: OnboardingTask) -> None:
    """Raises Conflict for an open task for which others come first."""
    if task.state not in rules.OPEN:
        return  # the table says what it is by now
    rows = OnboardingTask.objects.filter(plan=task.plan_id, key__in=task.after)
    first = [row.title for row in rows if row.state not in rules.SETTLED]
    if first:
        raise Conflict(_("First comes: %(tasks)s.") % {"tasks": ", ".join(first)})


def _move(
    task: OnboardingTask, action: str, *, by: User | None, now: datetime, why: str = "",
    **changes: Any,
) -> OnboardingTask:  # fmt: skip
    moved = transition(task, action, by=by, now=now, reason=why, changes=changes)
    moved.plan = task.plan
    signals.onboarding_task_moved.send(
        sender=OnboardingTask, task=moved, action=action, by=by, now=now
    )
    _follow(moved, by=by, now=now)
    return moved


def _follow(task: OnboardingTask, *, by: User | None, now: datetime) -> None:
    """What follows from a task that moved: worklists of it and of who waited; the plan's end."""
    plan = task.plan
    tasks = list(OnboardingTask.objects.filter(plan=plan))
    concerned = [row for row in tasks if row.pk == task.pk or task.key in row.after]
    _settle(plan, tasks, only={row.pk for row in concerned}, by=by, now=now)


def _settle(
    plan: OnboardingPlan,
    tasks: list[OnboardingTask],
    *,
    only: set[int] | None = None,
    by: User | None,
    now: datetime,
    tell: bool = True,
) -> None:
    standing = standing_of(plan, tasks, config.program().local_date(now))
    is_over = plan.state == OnboardingPlan.State.RUNNING and standing.progress.is_through
    for line in standing.lines:
        is_concerned = only is None or line.task.pk in only
        if is_concerned or (is_over and line.task.state in rules.OPEN):
            line.task.plan = plan
            turn = "" if is_over else line.turn
            telling.keep_worklist(line.task, turn, by=by, now=now, tell=tell)
    if is_over:
        done = transition(plan, "complete", by=by, now=now, changes={"closed_at": now})
        plan.state, plan.closed_at = done.state, done.closed_at
        telling.tell_completed(plan, by=by, now=now)
        signals.onboarding_completed.send(sender=OnboardingPlan, plan=plan, by=by, now=now)


@transaction.atomic
def hand_in(
    task: OnboardingTask, *, note: str = "", by: User | None, now: datetime
) -> OnboardingTask:
    """Give a task for our approval. Raises Conflict when others come first or none is needed."""
    row = _locked(task)
    refuse_closed(row.plan)
    if not row.needs_approval:
        raise Conflict(_("Nobody has to approve this task. Mark it as done."))
    _refuse_blocked(row)
    changes: dict[str, Any] = {"handed_in_at": now, "handed_in_by": by, "answer": ""}
    changes["note"] = note.strip()
    moved = _move(row, "hand_in", by=by, now=now, **changes)
    telling.tell_handed_in(moved, by=by, now=now)
    return moved


@transaction.atomic
def finish(
    task: OnboardingTask,
    *,
    note: str = "",
    by: User | None,
    now: datetime,
    is_partner: bool = False,
) -> OnboardingTask:
    """It is done. Raises Conflict when others come first, we approve it, or it is done by itself
    (``is_partner``: the partner's people cannot say so).
    """
    row = _locked(task)
    refuse_closed(row.plan)
    if row.needs_approval:
        raise Conflict(_("We look at this task before it is done. Hand it in."))
    if row.milestone and is_partner:
        raise Conflict(
            _("This is done by itself as soon as it happens: %(what)s.")
            % {"what": row.get_milestone_display()}
        )
    _refuse_blocked(row)
    changes: dict[str, Any] = {"done_at": now, "done_by": by, "answer": ""}
    changes["note"] = note.strip()
    return _move(row, "finish", by=by, now=now, **changes)


@transaction.atomic
def approve(task: OnboardingTask, *, by: User | None, now: datetime) -> OnboardingTask:
    """What was handed in is good. Raises Conflict for who handed it in."""
    row = _locked(task)
    refuse_closed(row.plan)
    if row.state == rules.WAITING and by is not None and row.handed_in_by_id == by.pk:
        raise Conflict(_("You handed this in yourself. Somebody else has to approve it."))
    return _move(row, "approve", by=by, now=now, done_at=now, done_by=by)


@transaction.atomic
def send_back(
    task: OnboardingTask, *, answer: str, by: User | None, now: datetime
) -> OnboardingTask:
    """What was handed in needs another look; the partner reads our words."""
    row = _locked(task)
    refuse_closed(row.plan)
    words = _words(answer)
    moved = _move(row, "send_back", by=by, now=now, why=words[:300], answer=words)
    telling.tell_sent_back(moved, by=by, now=now)
    return moved


def _words(answer: str) -> str:
    answer = answer.strip()
    if not answer:
        raise InvalidInput(_("Say what is still to be done."), "answer")
    return answer


@transaction.atomic
def revoke(task: OnboardingTask, *, answer: str, by: User | None, now: datetime) -> OnboardingTask:
    """A task that was done needs another look; a completed plan runs on.

    Raises Conflict for a plan that ended early, or when another one runs for the partner.
    """
    row = _locked(task)
    words = _words(answer)
    if row.plan.state == OnboardingPlan.State.ENDED:
        refuse_closed(row.plan)
    if row.plan.state == OnboardingPlan.State.COMPLETED and row.state == rules.DONE:
        if running_plan(survivor_of(row.plan.partner)) is not None:
            raise Conflict(_("Another onboarding runs for this partner. Take it up there."))
        changes = {"closed_at": None}
        row.plan = transition(row.plan, "resume", by=by, now=now, changes=changes)
    moved = _move(
        row, "revoke", by=by, now=now, why=words[:300], answer=words, done_at=None,
        done_by=None,
    )  # fmt: skip
    telling.tell_sent_back(moved, by=by, now=now)
    return moved


@transaction.atomic
def skip(task: OnboardingTask, *, reason: str, by: User | None, now: datetime) -> OnboardingTask:
    """This partner need not do it; it cannot be done later. Raises InvalidInput without reason."""
    reason = reason.strip()[:300]
    if not reason:
        raise InvalidInput(_("Say why it is skipped."), "reason")
    row = _locked(task)
    refuse_closed(row.plan)
    changes: dict[str, Any] = {"skipped_at": now, "skipped_by": by, "reason": reason}
    return _move(row, "skip", by=by, now=now, why=reason, **changes)


@transaction.atomic
def move_due(
    task: OnboardingTask, due_on: date, *, reason: str, by: User | None, now: datetime
) -> OnboardingTask:
    """Give an open task another due day. Raises Conflict for one that is settled."""
    row = _locked(task)
    refuse_closed(row.plan)
    if row.state in rules.SETTLED:
        raise Conflict(_("This task is settled (%(state)s).") % {"state": row.get_state_display()})
    if not reason.strip():
        raise InvalidInput(_("Say why the day changes."), "reason")
    if due_on < row.plan.started_on or (due_on - row.plan.started_on).days > 3 * FURTHEST:
        raise InvalidInput(_("Choose a day after the start of the onboarding."), "due_on")
    before = {"due_on": row.due_on}
    row.due_on = due_on
    row.save(update_fields=["due_on", "updated_at"])
    audit.record(
        "onboardingtask.move_due", row, by=by, now=now, before=before,
        after={"due_on": due_on}, reason=reason.strip()[:300],
    )  # fmt: skip
    _follow(row, by=by, now=now)
    return row


@transaction.atomic
def reach_milestones(plan: OnboardingPlan, *, by: User | None, now: datetime) -> int:
    """Tasks that a milestone does are done once it is reached, whatever comes first; how many."""
    plan = (
        OnboardingPlan.objects.select_for_update(of=("self",))
        .select_related("partner__merged_into")
        .get(pk=plan.pk)
    )
    if plan.state != OnboardingPlan.State.RUNNING:
        return 0
    reached = milestones_reached(survivor_of(plan.partner))
    rows = plan.tasks.filter(state__in=rules.OPEN, milestone__in=list(reached))
    done = 0
    for row in rows.filter(~Q(milestone="")):
        row.plan = plan
        # what happened before the start was done on its first day
        at = max(reached[row.milestone].at, config.program().midnight(plan.started_on))
        _move(row, "reach", by=by, now=now, done_at=min(at, now), done_by=None)
        done += 1
    return done
