"""Desk pages of onboarding: the board, the list, one plan with its tasks, the start."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.models import Partner
from partners.onboarding import services, sweeping
from partners.onboarding.board import board_of
from partners.onboarding.forms import EndForm, StartForm
from partners.onboarding.listing import PLAN_TONES, plan_listing, with_links
from partners.onboarding.models import Milestone, OnboardingPlan
from partners.onboarding.rules import due_days
from partners.onboarding.selectors import (
    fitting_templates,
    latest_plan,
    milestones_reached,
    published,
    standing_of,
    survivor_of,
    working_time_for,
)
from prm.common import access, config
from prm.common.errors import DomainError
from prm.common.exports import file_of, wants_file
from prm.common.forms import tried
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

FOLDER = "partners/onboarding"


def today() -> date:
    """The business day."""
    return config.program().local_date(timezone.now())


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Whose turn it is with each new partner."""
    actor = access.actor_of(request)
    columns = board_of(actor, today())
    context = {
        "columns": columns,
        "number": sum(column.number for column in columns),
        "today": today(),
        "may_run": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, f"{FOLDER}/board.html", context)


@require_safe
def plan_list(request: HttpRequest) -> HttpResponseBase:
    """All plans."""
    actor = access.actor_of(request)
    listing = plan_listing(actor, today())
    rows = with_links(access.scope(actor, OnboardingPlan))
    if wants_file(request):
        return file_of(request, rows, listing, "onboarding")
    if wants_counts(request):
        return counts_of(request, rows, listing)
    context = {"page": page_of(request, rows, listing), "tones": PLAN_TONES, "today": today()}
    return render(request, f"{FOLDER}/list.html", context)


@require_safe
def of_partner(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The onboarding of a partner: its plan, else what it reached and how one begins."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id, "merged_into")
    plan = latest_plan(actor, partner)
    if plan is not None:
        return redirect(plan)
    context = {
        "partner": partner,
        "milestones": milestone_lines(partner),
        "may_start": actor.has(*access.MANAGES) and partner.merged_into is None,
    }
    return render(request, f"{FOLDER}/none.html", context)


def milestone_lines(partner: Partner) -> list[dict[str, Any]]:
    """Each milestone with the day on which it was reached."""
    reached = milestones_reached(survivor_of(partner))
    start = partner.contracts.order_by("starts_on").first()
    return [
        {
            "label": label,
            "on": reached[kind].on if kind in reached else None,
            "days": (reached[kind].on - start.starts_on).days
            if kind in reached and start is not None and reached[kind].on >= start.starts_on
            else None,
        }
        for kind, label in Milestone.Kind.choices
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def plan_start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Choose a template and a day; the due days are shown before it begins."""
    actor, now = access.actor_of(request), timezone.now()
    partner = access.get_or_404(actor, Partner, public_id)
    templates = fitting_templates(partner)
    data = request.POST if request.method == "POST" else None
    form = StartForm(data, templates=templates, today=today())
    if data is not None and form.is_valid() and "preview" not in request.POST:

        def start() -> OnboardingPlan:
            return services.start_plan(partner, by=actor.user, now=now, **form.values())

        plan = tried(form, start)
        if plan is not None:
            messages.success(request, _("The onboarding has begun. The partner is told."))
            return redirect(plan)
    context = {
        "partner": partner,
        "form": form,
        "templates": templates,
        "steps": _preview(partner, form, templates),
        "may_run": actor.has(*access.RUNS_PROGRAM),
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/start.html", context, status=status)


def _preview(partner: Partner, form: StartForm, templates: list[Any]) -> list[dict[str, Any]]:
    """The steps with the days that the chosen template and start give them."""
    chosen: dict[str, Any] = {"template": templates[0] if templates else None, "started_on": None}
    if form.is_bound and not form.errors:
        chosen = form.values()
    version = published(chosen["template"]) if chosen["template"] else None
    if version is None:
        return []
    working = working_time_for(chosen["template"], partner)
    due = due_days(version.parsed, chosen["started_on"] or today(), working)
    return [{"step": step, "due": due[step.key]} for step in version.parsed]


def _plan(request: HttpRequest, public_id: UUID) -> OnboardingPlan:
    actor = access.actor_of(request)
    return access.get_or_404(
        actor, OnboardingPlan, public_id, "partner__merged_into", "version__template", "started_by"
    )


@require_safe
def plan_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One plan: every task with whose turn it is, the milestones, what can be done."""
    return plan_page(request, _plan(request, public_id), EndForm(auto_id="end_%s"))


def plan_page(request: HttpRequest, plan: OnboardingPlan, end_form: Form) -> HttpResponse:
    """The page of a plan; a form with errors stands open on it (422)."""
    actor = access.actor_of(request)
    standing = standing_of(plan, plan.tasks.select_related("done_by", "skipped_by"), today())
    may_change = actor.has(*access.MANAGES)
    context = {
        "plan": plan,
        "partner": plan.partner,
        "standing": standing,
        "tone": PLAN_TONES[plan.state],
        "milestones": milestone_lines(plan.partner),
        "may_change": may_change and plan.state == OnboardingPlan.State.RUNNING,
        "may_start": may_change
        and plan.state != OnboardingPlan.State.RUNNING
        and plan.partner.merged_into_id is None,
        "waits_for_partner": bool(standing.turn_of("company")),
        "end_form": end_form,
        "today": today(),
    }
    status = 422 if end_form.errors else 200
    return render(request, f"{FOLDER}/plan.html", context, status=status)


@require_POST
def plan_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop an onboarding before it is completed."""
    plan, form = _plan(request, public_id), EndForm(request.POST, auto_id="end_%s")
    by = access.actor_of(request).user

    def end() -> OnboardingPlan:
        return services.end_plan(plan, by=by, now=timezone.now(), **form.cleaned_data)

    if not form.is_valid() or tried(form, end) is None:
        return plan_page(request, plan, form)
    messages.success(request, _("The onboarding has ended."))
    return redirect(plan)


@require_POST
def plan_remind(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remind the partner's people of what waits for them."""
    plan, by = _plan(request, public_id), access.actor_of(request).user
    try:
        sweeping.remind_partner(plan, by=by, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The partner is reminded."))
    return redirect(plan)
