"""Pages about one partner's tier: the explanation on both sides, and what is decided about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.models import Partner
from partners.programs import deciding, words
from partners.programs.explaining import Explanation, explanation_of
from partners.programs.forms import ExceptionForm, PlaceForm, ReasonForm
from partners.programs.guide import guide_of
from partners.programs.models import TierException, TierStanding
from partners.programs.rules import Rules
from partners.programs.selectors import program_of, published
from partners.programs.views import form_page, saved
from prm.common import access, config
from prm.common.errors import DomainError


@require_safe
def partner_tier(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Why a partner is in its tier, what it misses, and what can be decided about it."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id, "merged_into")
    program = program_of(partner)
    context = {
        "partner": partner,
        "program": program,
        "told": _told(partner),
        "may_decide": actor.has(*access.RUNS_PROGRAM) and partner.merged_into is None,
        "has_rules": program is not None and published(program) is not None,
    }
    return render(request, "programs/partner.html", context)


@require_safe
def portal_tier(request: HttpRequest) -> HttpResponse:
    """Where the own company stands, what is missing, until when, and what it brings; the guide."""
    actor = access.actor_of(request)
    partner = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    if partner is None:
        raise Http404
    program = program_of(partner)
    version = published(program) if program else None
    told = _told(partner)
    settings = config.program()
    profile = partner.profiles.filter(valid_to=None).first()
    context = {
        "partner": partner,
        "program": program,
        "told": told,
        "guide": guide_of(version, profile.tier if profile else "") if version else None,
        "today": settings.local_date(timezone.now()),
    }
    return render(request, "programs/portal.html", context)


def _told(partner: Partner) -> Explanation | None:
    settings = config.program()
    return explanation_of(partner, settings.local_date(timezone.now()), settings)


@require_http_methods(["GET", "HEAD", "POST"])
def partner_place(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a partner into another tier by hand."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id)
    form = PlaceForm(request.POST or None, rules=_rules(partner))

    def save(data: dict[str, Any]) -> None:
        deciding.place(partner, **data, by=actor.user, now=timezone.now())

    title = _("Put %(name)s into another tier") % {"name": partner.name}
    return _decision(request, partner, form, save, title, _("Change tier"))


@require_http_methods(["GET", "HEAD", "POST"])
def partner_exception(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let a partner have a tier although it misses the requirements, up to a day."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id)
    form = ExceptionForm(request.POST or None, rules=_rules(partner))

    def save(data: dict[str, Any]) -> None:
        deciding.grant_exception(partner, **data, by=actor.user, now=timezone.now())

    title = _("An exception for %(name)s") % {"name": partner.name}
    return _decision(request, partner, form, save, title, _("Grant exception"))


@require_http_methods(["GET", "HEAD", "POST"])
def partner_lock(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Lock a partner's tier: evaluations leave it as it is."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id)
    form = ReasonForm(request.POST or None)

    def save(data: dict[str, Any]) -> None:
        standing = deciding.standing_for(partner)
        deciding.lock(standing, **data, by=actor.user, now=timezone.now())

    title = _("Lock the tier of %(name)s") % {"name": partner.name}
    return _decision(request, partner, form, save, title, _("Lock tier"))


@require_POST
def standing_unlock(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Evaluations look at the partner again."""
    actor = access.actor_of(request)
    standing = access.get_or_404(actor, TierStanding, public_id, "partner")

    def do() -> None:
        deciding.unlock(standing, by=actor.user, now=timezone.now())

    return _done(request, standing.partner, do, _("The tier is not locked any more."))


@require_POST
def standing_approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The proposed promotion or demotion takes place."""
    actor = access.actor_of(request)
    standing = access.get_or_404(actor, TierStanding, public_id, "partner")

    def do() -> None:
        deciding.approve(standing, by=actor.user, now=timezone.now())

    done = _("%(partner)s is in its new tier from today on.") % {"partner": standing.partner}
    return _done(request, standing.partner, do, done, "programs:decision_list")


@require_http_methods(["GET", "HEAD", "POST"])
def standing_decline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The partner keeps its tier; the reason is asked for."""
    actor = access.actor_of(request)
    standing = access.get_or_404(actor, TierStanding, public_id, "partner")
    form = ReasonForm(request.POST or None)

    def save(data: dict[str, Any]) -> None:
        deciding.decline(standing, **data, by=actor.user, now=timezone.now())

    title = _("%(partner)s keeps its tier") % {"partner": standing.partner}
    lead = _("Proposed: %(tier)s") % {"tier": words.tier_name(standing.pending_tier)}
    return _decision(request, standing.partner, form, save, title, _("Decline"), lead)


@require_POST
def exception_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take an exception back."""
    actor = access.actor_of(request)
    row = access.get_or_404(actor, TierException, public_id, "partner")

    def do() -> None:
        deciding.end_exception(row, by=actor.user, now=timezone.now())

    return _done(request, row.partner, do, _("The exception has ended."))


def _rules(partner: Partner) -> Rules:
    """The published rules of the partner's programme; empty ones where there are none."""
    program = program_of(partner)
    version = published(program) if program else None
    return version.parsed if version else Rules()


def _decision(
    request: HttpRequest,
    partner: Partner,
    form: ReasonForm,
    save: Callable[[dict[str, Any]], None],
    title: str,
    button: str,
    lead: str = "",
) -> HttpResponse:
    """The page of one decision."""
    if (
        request.method == "POST"
        and form.is_valid()
        and saved(form, lambda: save(form.cleaned_data))
    ):
        messages.success(request, _("Your decision is saved."))
        return redirect("programs:partner_tier", partner.public_id)
    more = {"partner": partner, "title": title, "button": button, "lead": lead}
    return form_page(request, "programs/decide.html", form, **more)


def _done(
    request: HttpRequest, partner: Partner, do: Callable[[], None], text: str, page: str = ""
) -> HttpResponse:
    """Do it and say so; a refusal is told on the page."""
    try:
        do()
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, text)
    return redirect(page) if page else redirect("programs:partner_tier", partner.public_id)
