"""Desk pages: programmes with their guide, moves, risks, decisions, evaluations, benefits."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, F, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.programs import runs, services, words
from partners.programs.forms import BenefitForm, ProgramForm
from partners.programs.guide import guide_of
from partners.programs.listing import (
    decisions_listing,
    moves_listing,
    risks_listing,
    with_profile,
)
from partners.programs.metrics import offered
from partners.programs.models import (
    Benefit,
    PartnerProgram,
    RuleVersion,
    TierRun,
    TierStanding,
    TierStep,
)
from prm.common import access, config
from prm.common.errors import DomainError
from prm.common.exports import file_of, wants_file
from prm.common.forms import show_refusal
from prm.common.listpages import page_of

SHOWN = 500  # changes of a dry run on its page
OLD_VERSIONS, DRY_RUNS = 12, 3


@require_safe
def program_list(request: HttpRequest) -> HttpResponse:
    """All programmes: for whom, in how many tiers, and what waits."""
    actor = access.actor_of(request)
    programs = access.scope(actor, PartnerProgram).prefetch_related("types", "versions")
    standings = access.scope(actor, TierStanding)
    counts = {
        (row["program_id"], row["state"]): row["n"]
        for row in standings.order_by().values("program_id", "state").annotate(n=Count("pk"))
    }
    context = {
        "programs": [_overview(program, counts) for program in programs],
        "may_change": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, "programs/list.html", context)


def _overview(program: PartnerProgram, counts: dict[tuple[int, str], int]) -> dict[str, object]:
    """A programme as the list shows it."""
    versions = {version.state: version for version in program.versions.all()}
    state = TierStanding.State
    own = {name: counts.get((program.pk, str(name)), 0) for name in state}
    holds = versions.get(RuleVersion.State.PUBLISHED)
    return {
        "program": program,
        "published": holds,
        "tiers": holds.parsed.tiers if holds else (),
        "draft": versions.get(RuleVersion.State.DRAFT),
        "partners": sum(own.values()),
        "at_risk": own[state.AT_RISK],
        "waiting": own[state.PROMOTION] + own[state.DEMOTION],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def program_new(request: HttpRequest) -> HttpResponse:
    """Begin a programme."""
    actor = access.actor_of(request)
    form = ProgramForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made: list[PartnerProgram] = []

        def save() -> None:
            by, now = actor.user, timezone.now()
            made.append(services.create_program(**form.cleaned_data, by=by, now=now))

        if saved(form, save):
            draft = made[0].versions.get()
            return redirect("programs:rules", draft.public_id)
    return form_page(request, "programs/edit.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
def program_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change name, sentence or types of a programme."""
    actor = access.actor_of(request)
    program = access.get_or_404(actor, PartnerProgram, public_id)
    initial = {
        "name": program.name,
        "summary": program.summary,
        "types": list(program.types.values_list("type", flat=True)),
    }
    form = ProgramForm(request.POST or None, initial=initial, program=program)
    if request.method == "POST" and form.is_valid():

        def save() -> None:
            services.change_program(program, by=actor.user, now=timezone.now(), **form.cleaned_data)

        if saved(form, save):
            messages.success(request, _("Your changes are saved."))
            return redirect(program)
    return form_page(request, "programs/edit.html", form, program=program)


@require_safe
def program_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One programme: the published guide, how partners stand, when it was last evaluated."""
    actor = access.actor_of(request)
    program = access.get_or_404(actor, PartnerProgram, public_id)
    versions = list(program.versions.select_related("published_by").order_by("-number"))
    by_state = {version.state: version for version in reversed(versions)}
    holds = by_state.get(RuleVersion.State.PUBLISHED)
    standings = access.scope(actor, TierStanding).filter(program=program)
    context = {
        "program": program,
        "guide": guide_of(holds) if holds else None,
        "published": holds,
        "draft": by_state.get(RuleVersion.State.DRAFT),
        "versions": versions[:OLD_VERSIONS],
        "ladder": _ladder(holds, standings) if holds else [],
        "states": _states(standings),
        "dry_runs": access.scope(actor, TierRun)
        .filter(program=program, kind=TierRun.Kind.DRY)
        .order_by("-pk")[:DRY_RUNS],
        "last": program.runs.filter(kind=TierRun.Kind.DAILY).order_by("-day").first(),
        "may_change": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, "programs/detail.html", context)


def _ladder(version: RuleVersion, standings: QuerySet[TierStanding]) -> list[dict[str, object]]:
    """How many partners are in each tier today, the highest first."""
    rows = (
        standings.filter(partner__profiles__valid_to=None)
        .order_by()
        .values_list("partner__profiles__tier")
        .annotate(n=Count("pk"))
    )
    counts: dict[str, int] = {}
    for tier, n in rows:
        counts[tier.casefold()] = counts.get(tier.casefold(), 0) + n
    most = max(counts.values(), default=0)
    return [
        {
            "tier": tier.key,
            "n": counts.get(tier.key.casefold(), 0),
            "share": counts.get(tier.key.casefold(), 0) / most if most else 0,
        }
        for tier in reversed(version.parsed.tiers)
    ]


def _states(standings: QuerySet[TierStanding]) -> dict[str, int]:
    return {
        row["state"]: row["n"]
        for row in standings.order_by().values("state").annotate(n=Count("pk"))
    }


@require_POST
def evaluate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Evaluate all partners of a programme now, beside the request."""
    actor = access.actor_of(request)
    program = access.get_or_404(actor, PartnerProgram, public_id)
    try:
        runs.ask_evaluation(program, by=actor.user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The evaluation begins. You can leave this page."))
    return redirect(program)


@require_safe
def run_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A dry run: how far it is, then what would change. The page can be left and found again."""
    run = access.get_or_404(
        access.actor_of(request), TierRun, public_id, "program", "version", "by", "job"
    )
    known = offered()
    changes = [
        {**change, "missed": [known[key].label for key in change["missed"] if key in known]}
        for change in run.changes[:SHOWN]
    ]
    context = {
        "run": run,
        "groups": [
            {
                "word": word,
                "tone": tone,
                "n": run.counts[what],
                "changes": [change for change in changes if change["what"] == what],
            }
            for what, (word, tone) in words.CHANGES.items()
            if run.counts.get(what)
        ],
        "has_failed": run.job is not None and run.job.state == run.job.State.DEAD,
    }
    return render(request, "programs/run.html", context)


@require_safe
def move_list(request: HttpRequest) -> HttpResponseBase:
    """Who came into another tier, when and why."""
    actor, settings = access.actor_of(request), config.program()
    rows = access.scope(actor, TierStep).filter(partner__is_test=False)
    rows = rows.exclude(direction=0).select_related("partner", "move", "move__by")
    listing = moves_listing(settings, settings.local_date(timezone.now()))
    if wants_file(request):
        return file_of(request, rows, listing, "tier-moves")
    return render(request, "programs/moves.html", {"page": page_of(request, rows, listing)})


@require_safe
def risk_list(request: HttpRequest) -> HttpResponseBase:
    """Partners at risk, with what they miss and until when."""
    rows = _open(request, TierStanding.State.AT_RISK)
    listing = risks_listing()
    if wants_file(request):
        return file_of(request, rows, listing, "tier-risks")
    return render(request, "programs/risks.html", {"page": page_of(request, rows, listing)})


@require_safe
def decision_list(request: HttpRequest) -> HttpResponseBase:
    """Promotions and demotions that wait for approval."""
    rows = _open(request, TierStanding.State.PROMOTION, TierStanding.State.DEMOTION)
    listing = decisions_listing()
    if wants_file(request):
        return file_of(request, rows, listing, "tier-decisions")
    context = {
        "page": page_of(request, rows, listing),
        "may_decide": access.actor_of(request).has(*access.RUNS_PROGRAM),
    }
    return render(request, "programs/decisions.html", context)


def _open(request: HttpRequest, *states: str) -> QuerySet[TierStanding]:
    rows = access.scope(access.actor_of(request), TierStanding).filter(state__in=states)
    return with_profile(rows).annotate(tier=F("partner__profiles__tier"))


@require_safe
def benefit_list(request: HttpRequest) -> HttpResponse:
    """The library of benefits."""
    actor = access.actor_of(request)
    context = {
        "benefits": access.scope(actor, Benefit),
        "may_change": actor.has(*access.RUNS_PROGRAM),
    }
    return render(request, "programs/benefits.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def benefit_new(request: HttpRequest) -> HttpResponse:
    """Add a benefit to the library."""
    return _benefit_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def benefit_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a benefit of the library."""
    return _benefit_page(request, access.get_or_404(access.actor_of(request), Benefit, public_id))


def _benefit_page(request: HttpRequest, benefit: Benefit | None) -> HttpResponse:
    names = ("name", "description", "is_active")
    initial = {name: getattr(benefit, name) for name in names} if benefit else None
    form = BenefitForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():

        def save() -> None:
            by, now = access.actor_of(request).user, timezone.now()
            services.save_benefit(benefit, **form.cleaned_data, by=by, now=now)

        if saved(form, save):
            messages.success(request, _("Your changes are saved."))
            return redirect("programs:benefit_list")
    return form_page(request, "programs/benefit.html", form, benefit=benefit)


def saved(form: Form, save: Callable[[], None]) -> bool:
    """Save; a refusal of the service stands at its field, or above the form."""
    try:
        save()
    except DomainError as refusal:
        show_refusal(form, refusal)
        return False
    return True


def form_page(request: HttpRequest, template: str, form: Form, **more: object) -> HttpResponse:
    """The page of a form; with errors it answers 422."""
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, **more}, status=status)
