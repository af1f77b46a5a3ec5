"""Pages of one task, on the desk and in the portal, and the partner's checklist."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners.accounts.models import Partner
from partners.onboarding import rules, services
from partners.onboarding.forms import AnswerForm, DueForm, NoteForm, SkipForm
from partners.onboarding.models import OnboardingPlan, OnboardingTask
from partners.onboarding.selectors import TaskLine, latest_plan, standing_of
from partners.onboarding.views import FOLDER, milestone_lines, today
from prm.common import access, audit
from prm.common.errors import DomainError
from prm.common.forms import tried
from prm.common.logbooks import sentences
from prm.common.worklist.selectors import DOES

HISTORY = 20
LINKS = ("plan__partner__merged_into", "handed_in_by", "done_by", "skipped_by")
FORMS: dict[str, type[Form]] = {
    "hand_in": NoteForm,
    "finish": NoteForm,
    "send_back": AnswerForm,
    "revoke": AnswerForm,
    "skip": SkipForm,
    "due": DueForm,
}
PARTNERS_STEPS = ("hand_in", "finish")


def _task(request: HttpRequest, public_id: UUID) -> OnboardingTask:
    return access.get_or_404(access.actor_of(request), OnboardingTask, public_id, *LINKS)


def _line(task: OnboardingTask) -> TaskLine:
    standing = standing_of(task.plan, task.plan.tasks.all(), today())
    found = next(line for line in standing.lines if line.task.pk == task.pk)
    return TaskLine(task, found.waits_for, found.is_late, found.turn)


def steps_for(line: TaskLine, *, is_partner: bool) -> list[str]:
    """What one side can do with a task now."""
    task = line.task
    table = OnboardingTask.NEXT[task.state]
    if task.plan.state != OnboardingPlan.State.RUNNING:
        completed = task.plan.state == OnboardingPlan.State.COMPLETED
        return ["revoke"] if completed and "revoke" in table and not is_partner else []
    found = [name for name in table if name != "reach"]
    unfit = {"finish"} if task.needs_approval else {"hand_in"}
    if line.waits_for and task.state in rules.OPEN:
        unfit |= {"hand_in", "finish"}
    if is_partner:
        if task.milestone:
            unfit |= {"finish"}
        own = PARTNERS_STEPS if task.side == rules.COMPANY else ()
        return [name for name in found if name in own and name not in unfit]
    more = [] if task.state in rules.SETTLED else ["due"]
    return [name for name in [*found, *more] if name not in unfit]


@require_safe
def task_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One task on the desk: what it is, how it stands, what can be done."""
    return _task_page(request, _task(request, public_id))


@require_safe
def portal_task(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One task in the portal."""
    return _task_page(request, _task(request, public_id))


def _task_page(request: HttpRequest, task: OnboardingTask, **failed: Form) -> HttpResponse:
    """The page of either face; a form with errors stands open on it (422)."""
    actor, line = access.actor_of(request), _line(task)
    may = actor.has(*(DOES if actor.is_partner else access.MANAGES))
    steps = steps_for(line, is_partner=actor.is_partner) if may else []
    forms = {
        f"{name}_form": kind(initial=_initial(name, task), auto_id=f"{name}_%s")
        for name, kind in FORMS.items()
    }
    context: dict[str, Any] = {
        "task": task,
        "plan": task.plan,
        "line": line,
        "may": {name: name in steps for name in [*FORMS, "approve"]},
        "is_own_hand_in": actor.user is not None and task.handed_in_by_id == actor.user.pk,
        # who of the vendor did what is the vendor's own matter
        "entries": []
        if actor.is_partner
        else sentences.rows_of(audit.entries_of(task)[:HISTORY], actor),
        "failed": next(iter(failed.values()), None),
        **forms,
        **failed,
    }
    face = "portal_task" if actor.is_partner else "task"
    return render(request, f"{FOLDER}/{face}.html", context, status=422 if failed else 200)


def _initial(name: str, task: OnboardingTask) -> dict[str, Any]:
    return {"due_on": task.due_on} if name == "due" else {}


def _step(name: str, take: Callable[..., OnboardingTask], said: Any) -> Callable[..., HttpResponse]:
    """The view of a step with its small form; both faces have it."""

    @require_POST
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        task, actor = _task(request, public_id), access.actor_of(request)
        if actor.is_partner and task.side != rules.COMPANY:
            raise Http404
        form = FORMS[name](request.POST, auto_id=f"{name}_%s")
        more = {"is_partner": actor.is_partner} if name == "finish" else {}

        def step() -> OnboardingTask:
            return take(task, by=actor.user, now=timezone.now(), **form.cleaned_data, **more)

        if not form.is_valid() or tried(form, step) is None:
            return _task_page(request, task, **{f"{name}_form": form})
        messages.success(request, str(said) % {"task": task})
        return redirect(_back(request, task))

    view.__doc__ = take.__doc__
    return view


def _back(request: HttpRequest, task: OnboardingTask) -> str:
    if access.actor_of(request).is_partner:
        return reverse("onboarding:portal_plan")
    return task.plan.get_absolute_url()


task_hand_in = _step(
    "hand_in",
    services.hand_in,
    gettext_lazy("“%(task)s” is handed in. It is looked at before it is done."),
)
task_finish = _step("finish", services.finish, gettext_lazy("“%(task)s” is done."))
task_send_back = _step(
    "send_back", services.send_back, gettext_lazy("“%(task)s” is sent back with your words.")
)
task_revoke = _step(
    "revoke", services.revoke, gettext_lazy("“%(task)s” is open again; the partner is told.")
)
task_skip = _step("skip", services.skip, gettext_lazy("“%(task)s” is skipped."))
task_due = _step("due", services.move_due, gettext_lazy("“%(task)s” has another due day."))


@require_POST
def task_approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was handed in is good."""
    task, by = _task(request, public_id), access.actor_of(request).user
    try:
        services.approve(task, by=by, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(task)
    messages.success(request, _("“%(task)s” is approved.") % {"task": task})
    return redirect(task.plan)


@require_safe
def portal_plan(request: HttpRequest) -> HttpResponse:
    """The checklist of the own company: what is to be done, by whom, by when."""
    actor = access.actor_of(request)
    partner = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    if partner is None:
        raise Http404
    plan = latest_plan(actor, partner)
    standing = standing_of(plan, plan.tasks.all(), today()) if plan else None
    context = {
        "partner": partner,
        "plan": plan,
        "standing": standing,
        "own": standing.turn_of(rules.COMPANY) if standing else [],
        "milestones": milestone_lines(partner),
        "today": today(),
    }
    return render(request, f"{FOLDER}/portal_plan.html", context)
