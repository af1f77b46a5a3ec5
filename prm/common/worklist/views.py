"""Pages about tasks, on the desk and in the portal: the list, one task, what is done with it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prm.common import access, audit, config
from prm.common.access import Actor
from prm.common.exports import file_of, wants_file
from prm.common.forms import Form, tried
from prm.common.listpages import page_of
from prm.common.logbooks import sentences
from prm.common.models import Task
from prm.common.segments import counts_of, wants_counts
from prm.common.signinlink import is_own_path
from prm.common.worklist import services, sources
from prm.common.worklist.forms import DismissForm, HandOverForm, SnoozeForm, TaskForm
from prm.common.worklist.listing import task_listing
from prm.common.worklist.selectors import DOES, lines_of

HISTORY = 20  # changes of one task on its page


def _today() -> date:
    return config.program().local_date(timezone.now())


@require_safe
def task_list(request: HttpRequest) -> HttpResponseBase:
    """The tasks that this person may know of."""
    actor, today = access.actor_of(request), _today()
    tasks = access.scope(actor, Task).select_related("owner")
    listing = task_listing(actor, today)
    if wants_file(request):
        return file_of(request, tasks, listing, "tasks")
    if wants_counts(request):
        return counts_of(request, tasks, listing)
    context = {
        "page": page_of(request, tasks, listing),
        "today": today,
        "may_change": actor.has(*DOES),
    }
    return render(request, "worklist/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def task_new(request: HttpRequest) -> HttpResponse:
    """Give a task to oneself, a colleague, or the people of a partner."""
    actor = access.actor_of(request)
    company = _company(request, actor)
    form = TaskForm(request.POST or None, actor=actor, company=company)
    if request.method == "POST" and form.is_valid():

        def add() -> Task:
            return services.add_task(**form.values(), by=actor.user, now=timezone.now())

        if task := tried(form, add):
            messages.success(request, _("The task is added."))
            return redirect("worklist:task_detail", task.public_id)
    names = sources.companies().names(actor, [company]) if company else {}
    context = {"form": form, "company": names.get(company, "") if company else ""}
    return render(request, "worklist/new.html", context, status=422 if form.errors else 200)


def _company(request: HttpRequest, actor: Actor) -> UUID | None:
    """The company of the address, or one's own. Raises Http404 for one that is not known."""
    known = sources.companies()
    if actor.is_partner:
        return known.own(actor)
    text = request.GET.get("company", "")
    if not text:
        return None
    try:
        company = UUID(text)
    except ValueError:
        raise Http404 from None
    if company not in known.names(actor, [company]):
        raise Http404
    return company


def _task(request: HttpRequest, public_id: UUID) -> Task:
    return access.get_or_404(access.actor_of(request), Task, public_id, "owner", "closed_by")


@require_http_methods(["GET", "HEAD", "POST"])
def task_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One task: what, who, by when, what was done with it; POST hands it on."""
    task, actor = _task(request, public_id), access.actor_of(request)
    form = HandOverForm(request.POST if request.method == "POST" else None, task=task)
    if request.method == "POST" and form.is_valid():

        def hand_over() -> Task:
            return services.reassign(task, by=actor.user, now=timezone.now(), **form.values())

        if tried(form, hand_over):
            messages.success(request, _("Your changes are saved."))
            return redirect("worklist:task_detail", task.public_id)
    return _page(request, task, form=form)


def _page(request: HttpRequest, task: Task, **forms: Form) -> HttpResponse:
    actor = access.actor_of(request)
    (line,) = lines_of([task], actor, _today())
    shown: dict[str, Any] = {
        "form": forms.get("form") or HandOverForm(None, task=task),
        "snooze_form": forms.get("snooze_form") or SnoozeForm(),
        "dismiss_form": forms.get("dismiss_form") or DismissForm(),
    }
    context = {
        "line": line,
        "task": task,
        "more": sources.lines_of(task) if task.state == Task.State.OPEN else [],
        "may_change": actor.has(*DOES),
        # who of the vendor did what about it is the vendor's own matter
        "entries": sentences.rows_of(audit.entries_of(task)[:HISTORY], actor)
        if actor.is_staff
        else [],
        **shown,
    }
    is_wrong = any(form.errors for form in shown.values())
    return render(request, "worklist/detail.html", context, status=422 if is_wrong else 200)


def _step(take: Callable[..., Task], done: Callable[[], str]) -> Callable[..., HttpResponse]:
    """The view of one step without further words: take it, say so, back to where it began."""

    @require_POST
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        task = _task(request, public_id)
        take(task, by=access.actor_of(request).user, now=timezone.now())
        messages.success(request, done() % {"task": sources.title_of(task)})
        back = request.POST.get("back", "")[:1000]
        return redirect(back if is_own_path(back) else task_url(task))

    view.__doc__ = take.__doc__
    return view


def task_url(task: Task) -> str:
    """The page of a task."""
    from django.urls import reverse

    return reverse("worklist:task_detail", args=[task.public_id])


task_finish = _step(services.finish_task, lambda: _("“%(task)s” is done."))
task_reopen = _step(services.reopen, lambda: _("“%(task)s” is open again."))
task_wake = _step(
    lambda task, **by: services.snooze(task, None, **by), lambda: _("“%(task)s” rests no more.")
)


@require_POST
def task_snooze(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let a task rest until a day."""
    task, form = _task(request, public_id), SnoozeForm(request.POST)
    by, now = access.actor_of(request).user, timezone.now()

    def step() -> Task:
        return services.snooze(task, form.cleaned_data["until"], by=by, now=now)

    if form.is_valid() and tried(form, step) is not None:
        messages.success(request, _("The task rests until then."))
        return redirect(task_url(task))
    return _page(request, task, snooze_form=form)


@require_POST
def task_dismiss(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say why a task need not be done."""
    task, form = _task(request, public_id), DismissForm(request.POST)
    by, now = access.actor_of(request).user, timezone.now()

    def step() -> Task:
        return services.dismiss_task(task, by=by, now=now, **form.cleaned_data)

    if form.is_valid() and tried(form, step) is not None:
        messages.success(request, _("The task is closed as not needed."))
        return redirect(task_url(task))
    return _page(request, task, dismiss_form=form)
