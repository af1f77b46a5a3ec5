"""The home of the settings, the page of what figures rest on, and the exchange rates."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_stubs_ext import StrOrPromise

from prm.common import access, config, display
from prm.common.errors import DomainError, InvalidInput
from prm.common.exports import file_of, wants_file
from prm.common.imports.resources import facts_exist
from prm.common.listpages import page_of
from prm.common.models import FxRate, User
from prm.common.programme import selectors, services
from prm.common.programme.effects import EFFECTS
from prm.common.programme.forms import GroundForm, RateForm
from prm.common.programme.listing import rate_listing
from prm.common.programme.sections import sections_for
from prm.common.segments import counts_of, wants_counts


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The sections that this person may open."""
    context = {"groups": sections_for(access.actor_of(request))}
    return render(request, "settings/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ground(request: HttpRequest) -> HttpResponse:
    """Time zone, currency, fiscal year. Once there are facts, a change is confirmed first."""
    program, has_facts = config.program(), facts_exist()
    initial = {
        "time_zone": program.time_zone.key,
        "currency": program.currency,
        "fiscal_start": str(program.fiscal_start_month),
    }
    stands = has_facts or FxRate.objects.exists()
    if request.method != "POST":
        initial["fiscal_start"] = str(_tried_start(request.GET, program))
    form = GroundForm(request.POST or None, initial=initial, currency_stands=stands)
    effects: list[StrOrPromise] = []
    if request.method == "POST" and form.is_valid():
        effects = _effects(form.changed_data) if has_facts else []
        if not effects or "confirm" in request.POST:
            if _change(form, access.actor_of(request).user):
                messages.success(request, _saved(effects))
                return redirect("settings:ground")
            effects = []
    today = program.local_date(timezone.now())
    start = _tried_start(request.POST or request.GET, program)
    context = {
        "form": form,
        "effects": effects,
        "has_facts": has_facts,
        "quarters": selectors.quarters(start, today),
        "is_tried": start != program.fiscal_start_month,
    }
    return render(request, "settings/ground.html", context, status=422 if form.errors else 200)


def _tried_start(typed: QueryDict, program: config.Program) -> int:
    """The first fiscal month to show: the one that is tried out, else the present one."""
    text = typed.get("fiscal_start", "")
    known = {str(month) for month in range(1, 13)}
    return int(text) if text in known else program.fiscal_start_month


def _effects(changed: list[str]) -> list[StrOrPromise]:
    """What a change means once there are facts, in sentences."""
    found = [sentence for field in EFFECTS for sentence in EFFECTS[field] if field in changed]
    if found:
        found.append(_("Figures are computed anew. Until that is done, pages may show less."))
    return found


def _saved(effects: list[StrOrPromise]) -> str:
    if effects:
        return _("Saved. Figures are computed anew; until that is done, pages may show less.")
    return _("Saved.")


def _change(form: GroundForm, by: User | None) -> bool:
    """Store all that differs, or nothing. False (and an error of its field): a rule said no."""
    values, now, field = form.cleaned_data, timezone.now(), "currency"
    try:
        with transaction.atomic():
            services.report_in(values["currency"], by=by, now=now)
            field = "time_zone"
            services.move_to_time_zone(values["time_zone"], by=by, now=now)
            field = "fiscal_start"
            services.start_fiscal_year_in(int(values["fiscal_start"]), by=by, now=now)
    except DomainError as refusal:
        form.add_error(field, refusal.message)
    return not form.errors


@require_http_methods(["GET", "HEAD", "POST"])
def rate_list(request: HttpRequest) -> HttpResponseBase:
    """All rates, and the form that states one."""
    actor, own = access.actor_of(request), config.program().currency
    rates = access.scope(actor, FxRate)
    declared = rate_listing(actor, timezone.now())
    if wants_file(request):
        return file_of(request, rates, declared, "exchange-rates")
    if wants_counts(request):
        return counts_of(request, rates, declared)
    usual = "EUR" if own == "USD" else "USD"
    form = RateForm(
        request.POST or None, own=own, initial={"currency": request.GET.get("currency") or usual}
    )
    if request.method == "POST" and (row := _stated(form, actor)):
        text = _("From %(day)s on, 1 %(currency)s is %(rate)s %(own)s.")
        day, rate = display.day(row.valid_from), display.rate(row.rate)
        shown = {"day": day, "currency": row.currency, "rate": rate, "own": own}
        messages.success(request, text % shown)
        return redirect("settings:rate_list")
    context = {"page": page_of(request, rates, declared), "form": form, "own": own}
    return render(request, "settings/rates.html", context, status=422 if form.errors else 200)


def _stated(form: RateForm, actor: access.Actor) -> FxRate | None:
    if not form.is_valid():
        return None
    values = form.cleaned_data
    try:
        return services.state_rate(
            values["currency"],
            values["valid_from"],
            values["rate"],
            by=actor.user,
            now=timezone.now(),
        )
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
