"""Pages of new partners that need figures: funnel, ideal profile, how long onboarding takes."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kpis import onboarding, recruiting, scopes, topperformers
from kpis.basefacts import end_of
from kpis.choices import period_choice
from kpis.store import Store
from prm.common import access, config, periods


@require_safe
def funnel(request: HttpRequest) -> HttpResponse:
    """From a visit to first revenue: steps with time, sources with cost, cohorts."""
    now, program = timezone.now(), config.program()
    choice = period_choice(request, program, now)
    context = {
        "choice": choice,
        "steps": recruiting.funnel_steps(choice.period),
        "sources": recruiting.by_source(choice.period),
        "cohorts": recruiting.cohorts(program, periods.current("quarter", now, program), now),
        "soon": recruiting.SOON,
        "currency": program.currency,
    }
    return render(request, "kpis/recruiting.html", context)


@require_safe
def onboarding_times(request: HttpRequest) -> HttpResponse:
    """Each step of onboarding: median time, part of the whole, where partners stop."""
    now, program = timezone.now(), config.program()
    choice = period_choice(request, program, now)
    store = Store(scopes.PROGRAM, "pit", now, program)
    steps = onboarding.nameable(onboarding.step_times(store, choice.period))
    context = {
        "choice": choice,
        "steps": steps,
        "slowest": next((one for one in steps if one.median is not None), None),
        "sure": onboarding.SURE,
        "until": end_of(store, choice.period) - timedelta(days=1),
    }
    return render(request, "kpis/onboarding.html", context)


@require_POST
def derive_profile(request: HttpRequest) -> HttpResponse:
    """State what the top performers have in common as the ideal profile."""
    user = access.actor_of(request).user
    profile = topperformers.derive_profile(by=user, now=timezone.now())
    n = profile.basis.get("partners", 0)
    messages.success(
        request, _("Derived from %(n)s top performers. Look it over below.") % {"n": n}
    )
    return redirect("recruiting:ideal_profile")
