"""Desk pages of templates: the list, one template, the steps of a draft."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.onboarding import rules, templating
from partners.onboarding.forms import StepForm, TemplateForm
from partners.onboarding.models import OnboardingTemplate, OnboardingVersion
from partners.onboarding.rules import Step
from partners.onboarding.views import FOLDER
from prm.common import access
from prm.common.errors import Conflict, DomainError
from prm.common.forms import tried

NEW = -1


@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """All templates: for whom, how many steps, how many partners use them now."""
    actor = access.actor_of(request)
    rows = access.scope(actor, OnboardingTemplate).prefetch_related("versions")
    running = Count("versions__plans", filter=Q(versions__plans__state="running"))
    found = []
    for row in rows.select_related("calendar").annotate(running=running):
        by_state = {version.state: version for version in row.versions.all()}
        found.append(
            {
                "template": row,
                "published": by_state.get("published"),
                "draft": by_state.get("draft"),
            }
        )
    context = {"templates": found, "may_change": actor.has(*access.RUNS_PROGRAM)}
    return render(request, f"{FOLDER}/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: HttpRequest) -> HttpResponse:
    """Make a template; its steps come next."""
    return _form_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change name, types or calendar of a template."""
    return _form_page(
        request, access.get_or_404(access.actor_of(request), OnboardingTemplate, public_id)
    )


def _form_page(request: HttpRequest, stored: OnboardingTemplate | None) -> HttpResponse:
    by = access.actor_of(request).user
    form = TemplateForm(request.POST if request.method == "POST" else None, stored=stored)
    if request.method == "POST" and form.is_valid():

        def save() -> OnboardingTemplate:
            values, now = dict(form.cleaned_data), timezone.now()
            if stored is None:
                return templating.create_template(by=by, now=now, **values)
            return templating.change_template(stored, by=by, now=now, **values)

        template = tried(form, save)
        if template is not None:
            messages.success(request, _("Your changes are saved."))
            if stored is None:
                return redirect("onboarding:version", template.versions.get().public_id)
            return redirect(template)
    context = {"form": form, "template": stored}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/template_edit.html", context, status=status)


@require_safe
def template_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One template: the published steps, its versions, who uses it."""
    actor = access.actor_of(request)
    template = access.get_or_404(actor, OnboardingTemplate, public_id, "calendar")
    versions = list(
        template.versions.select_related("published_by")
        .annotate(used=Count("plans"))
        .order_by("-number")
    )
    by_state = {version.state: version for version in reversed(versions)}
    holds = by_state.get("published")
    context = {
        "template": template,
        "versions": versions,
        "published": holds,
        "draft": by_state.get("draft"),
        "steps": step_lines(holds.parsed) if holds else [],
        "may_change": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, f"{FOLDER}/template.html", context)


def step_lines(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Each step with the titles of those that come first."""
    titles = {step.key: step.title for step in steps}
    return [
        {"step": step, "after": [titles[key] for key in step.after if key in titles]}
        for step in steps
    ]


def _version(request: HttpRequest, public_id: UUID) -> OnboardingVersion:
    return access.get_or_404(
        access.actor_of(request), OnboardingVersion, public_id, "template", "published_by"
    )


@require_POST
def draft_start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin a draft of a template's steps, or go on with the one there is."""
    actor = access.actor_of(request)
    template = access.get_or_404(actor, OnboardingTemplate, public_id)
    draft = templating.start_draft(template, by=actor.user, now=timezone.now())
    return redirect("onboarding:version", draft.public_id)


@require_safe
def version(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A version of steps: a draft is edited here, an older one is read."""
    row, actor = _version(request, public_id), access.actor_of(request)
    is_draft = row.state == OnboardingVersion.State.DRAFT
    context = {
        "version": row,
        "template": row.template,
        "steps": step_lines(row.parsed),
        "is_draft": is_draft,
        "may_change": is_draft and actor.has(*access.RUNS_PROGRAM),
        "problems": [templating.said(one) for one in rules.problems(row.parsed)]
        if is_draft
        else [],
    }
    return render(request, f"{FOLDER}/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def step_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One step of a draft; without a place a new one at the end."""
    row = _version(request, public_id)
    steps = row.parsed
    place = _place(request, steps)
    step = Step("", "", days=_usual_days(steps)) if place == NEW else steps[place]
    others = [one for one in steps if one.key != step.key]
    form = StepForm(request.POST if request.method == "POST" else None, step=step, others=others)
    if request.method == "POST" and form.is_valid():
        key = step.key or rules.new_key(form.cleaned_data["title"], {one.key for one in steps})
        changed = list(steps)
        if place == NEW:
            changed.append(form.step(key))
        else:
            changed[place] = form.step(key)
        if tried(form, lambda: _save(request, row, changed)):
            messages.success(request, _("The step is saved."))
            return redirect("onboarding:version", row.public_id)
    context = {
        "version": row,
        "template": row.template,
        "form": form,
        "place": place,
        "title": step.title or _("New step"),
    }
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/step.html", context, status=status)


def _usual_days(steps: tuple[Step, ...]) -> int:
    return max((one.days for one in steps), default=0) + 5


def _place(request: HttpRequest, steps: tuple[Step, ...]) -> int:
    """Which step is meant. Raises Http404 for one that there is not."""
    text = request.POST.get("place") or request.GET.get("place") or ""
    if text in {"", str(NEW)}:
        return NEW
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text) < len(steps)):
        raise Http404
    return int(text)


def _save(request: HttpRequest, row: OnboardingVersion, steps: Any) -> OnboardingVersion:
    """Store the steps over the edit that the person saw."""
    text = request.POST.get("edit", "")
    edit = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1
    by = access.actor_of(request).user
    return templating.save_draft(row, steps, edit=edit, by=by, now=timezone.now())


@require_POST
def step_move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a step one place up or down, or take it out."""
    row = _version(request, public_id)
    steps = row.parsed
    place, way = _place(request, steps), request.POST.get("way", "")
    other = place + {"up": -1, "down": 1}.get(way, 0)

    def do() -> None:
        if place == NEW or (way != "remove" and not 0 <= other < len(steps)):
            raise Conflict(_("This step cannot go there. Load the page, then make your change."))
        if way == "remove":
            _save(request, row, rules.without(steps, steps[place].key))
            return
        changed = list(steps)
        changed[place], changed[other] = changed[other], changed[place]
        _save(request, row, changed)

    return _then(request, row, do)


@require_POST
def publish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """New plans are made of this draft from now on; plans that run keep their steps."""
    row, by = _version(request, public_id), access.actor_of(request).user

    def do() -> None:
        templating.publish(row, by=by, now=timezone.now())
        messages.success(request, _("The steps are published. Plans that run keep theirs."))

    return _then(request, row, do, row.template.get_absolute_url())


@require_POST
def discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget a draft."""
    row, by = _version(request, public_id), access.actor_of(request).user

    def do() -> None:
        templating.discard_draft(row, by=by, now=timezone.now())
        messages.success(request, _("The draft is gone. The published steps stand."))

    return _then(request, row, do, row.template.get_absolute_url())


def _then(
    request: HttpRequest, row: OnboardingVersion, do: Callable[[], None], url: str = ""
) -> HttpResponse:
    """Do it and go on; a refusal is told on the page of the steps."""
    page = reverse("onboarding:version", args=[row.public_id])
    try:
        do()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(page)
    return redirect(url or page)
