"""Desk pages to edit a draft of rules: how tiers are reviewed, each tier, publish, dry run."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners.programs import runs, services
from partners.programs.checks import problems
from partners.programs.forms import (
    CriterionForm,
    PolicyForm,
    TierForm,
    criterion_forms,
    requirements_of,
)
from partners.programs.guide import guide_of
from partners.programs.models import Benefit, PartnerProgram, RuleVersion
from partners.programs.rules import Rules, Tier
from partners.programs.views import saved
from partners.programs.words import tier_name
from prm.common import access
from prm.common.errors import Conflict, DomainError

NEW = -1


@require_POST
def draft_start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin a draft of a programme's rules, or go on with the one there is."""
    actor = access.actor_of(request)
    program = access.get_or_404(actor, PartnerProgram, public_id)
    draft = services.start_draft(program, by=actor.user, now=timezone.now())
    return redirect("programs:rules", draft.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def rules_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A version of rules: a draft is edited here, an older one is read."""
    version = _version(request, public_id)
    rules, is_draft = version.parsed, version.state == RuleVersion.State.DRAFT
    form = PolicyForm.of(rules, request.POST or None)
    if request.method == "POST" and form.is_valid():
        changed = replace(rules, **form.cleaned_data)
        if saved(form, lambda: _save(request, version, changed)):
            messages.success(request, _("Your changes are saved."))
            return redirect("programs:rules", version.public_id)
    actor = access.actor_of(request)
    context = {
        "version": version,
        "program": version.program,
        "form": form,
        "guide": guide_of(version),
        "is_draft": is_draft,
        "may_change": is_draft and actor.has(*access.RUNS_PROGRAM),
        "may_run": actor.has(*access.RUNS_PROGRAM),
        "problems": problems(rules) if is_draft else [],
    }
    return render(request, "programs/rules.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def tier_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One tier of a draft: name, requirements and benefits; without a place a new one on top."""
    version = _version(request, public_id)
    rules = version.parsed
    place = _place(request, rules)
    tier = Tier("") if place == NEW else rules.tiers[place]
    data = request.POST or None
    used = Q(is_active=True) | Q(public_id__in=list(tier.benefits))
    form = TierForm(data, tier=tier, benefits=list(Benefit.objects.filter(used)))
    rows = criterion_forms(tier, data)
    valid = [one.is_valid() for one in (form, *rows)] if data is not None else [False]
    if all(valid):
        changed = _with(rules, place, form, rows)
        if saved(form, lambda: _save(request, version, changed)):
            messages.success(request, _("%(tier)s is saved.") % {"tier": form.cleaned_data["key"]})
            return redirect("programs:rules", version.public_id)
    context = {
        "version": version,
        "program": version.program,
        "form": form,
        "rows": rows,
        "place": place,
        "title": tier_name(tier.key) if tier.key else _("New tier"),
        "errors": [one for one in rows if one.errors],
    }
    status = 422 if data is not None else 200
    return render(request, "programs/tier_edit.html", context, status=status)


def _with(rules: Rules, place: int, form: TierForm, rows: list[CriterionForm]) -> Rules:
    """The rules with the tier as it was typed."""
    tier = Tier(
        form.cleaned_data["key"].strip(),
        requirements_of(rows),
        form.cleaned_data["is_mandatory"],
        form.benefits(),
    )
    tiers = list(rules.tiers)
    if place == NEW:
        tiers.append(tier)
    else:
        tiers[place] = tier
    return replace(rules, tiers=tuple(tiers))


@require_POST
def tier_move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a tier one place up or down, or take it out."""
    version = _version(request, public_id)
    rules = version.parsed
    place, way = _place(request, rules), request.POST.get("way", "")
    tiers = list(rules.tiers)
    other = place + {"up": 1, "down": -1}.get(way, 0)

    def do() -> None:
        if place == NEW or (way != "remove" and not 0 <= other < len(tiers)):
            raise Conflict(_("This tier cannot go there. Load the page, then make your change."))
        if way == "remove":
            del tiers[place]
        else:
            tiers[place], tiers[other] = tiers[other], tiers[place]
        _save(request, version, replace(rules, tiers=tuple(tiers)))

    return _then(request, version, do)


@require_POST
def publish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The draft becomes the rules; nobody moves before the next evaluation."""
    version = _version(request, public_id)
    by = access.actor_of(request).user

    def do() -> None:
        services.publish(version, by=by, now=timezone.now())
        messages.success(
            request, _("The rules are published. The next evaluation uses them; nobody has moved.")
        )

    return _then(request, version, do, version.program.get_absolute_url())


@require_POST
def discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget a draft."""
    version = _version(request, public_id)

    def do() -> None:
        by = access.actor_of(request).user
        services.discard_draft(version, by=by, now=timezone.now())
        messages.success(request, _("The draft is gone. The published rules stand."))

    return _then(request, version, do, version.program.get_absolute_url())


@require_POST
def dry_run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Work out what these rules would change if they were run now."""
    version = _version(request, public_id)
    by = access.actor_of(request).user
    run = runs.ask_dry_run(version, by=by, now=timezone.now())
    return redirect("programs:run_detail", run.public_id)


def _version(request: HttpRequest, public_id: UUID) -> RuleVersion:
    return access.get_or_404(access.actor_of(request), RuleVersion, public_id, "program")


def _place(request: HttpRequest, rules: Rules) -> int:
    """Which tier is meant. Raises Http404 for one that there is not."""
    text = request.POST.get("place") or request.GET.get("place") or ""
    if text in {"", str(NEW)}:
        return NEW
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text) < len(rules.tiers)):
        raise Http404
    return int(text)


def _save(request: HttpRequest, version: RuleVersion, rules: Rules) -> None:
    """Store the rules over the edit that the person saw."""
    text = request.POST.get("edit", "")
    edit = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1
    if version.state != RuleVersion.State.DRAFT:
        raise Conflict(_("These rules are published already. Begin a new draft."))
    by = access.actor_of(request).user
    services.save_draft(version, rules, edit=edit, by=by, now=timezone.now())


def _then(
    request: HttpRequest, version: RuleVersion, do: Callable[[], None], url: str = ""
) -> HttpResponse:
    """Do it and go on; a refusal is told on the page of the rules."""
    page = reverse("programs:rules", args=[version.public_id])
    try:
        do()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(page)
    return redirect(url or page)
