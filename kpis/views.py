"""Pages of the KPIs: Overview, list, one KPI and its rows, a partner's panel, the portal's home."""

from dataclasses import replace
from uuid import UUID

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kpis import detail, frames, overview, panels, rows, scopes, values
from kpis.attention import attention
from kpis.choices import carried, period_choice
from kpis.funnel import funnel
from kpis.kpi_list import change_label, kpi_listing, rows_of, with_trends
from kpis.setup import checklist
from kpis.trend import trend
from partners.accounts.selectors import people_at
from partners.accounts.standing import standing_of
from partners.deals.nextsteps import next_steps
from partners.models import Deal, Partner
from partners.onboarding.selectors import running_plan
from prm.common import access, config, periods
from prm.common.exports import csv_response, file_of, file_response, wants_csv, wants_file
from prm.common.listpages import page_of

OWN_DEALS, OWN_PEOPLE = 5, 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The Overview: how the programme stands. The bare address leads partners to the portal."""
    now, actor = timezone.now(), access.actor_of(request)
    if actor.is_partner:
        return redirect("kpis:portal_home")
    store = values.store_for(scopes.PROGRAM, "pit", now)
    choice = period_choice(request, store.settings, now)
    tiles, results = overview.tiles(store, choice, overview.TILES, now=now)
    context = {
        "choice": choice,
        "headline": overview.headline(results["partner_sourced_revenue"], choice),
        "tiles": tiles,
        "bullets": overview.tiles(store, choice, overview.BULLETS, now=now, with_change=False)[0],
        "revenue": overview.revenue_chart(store, choice, now),
        "direct": overview.direct_chart(store, choice, now),
        "top": overview.top_partners(store, choice, actor),
        "types": overview.type_shares(store, choice, now),
        "currency": store.settings.currency,
        "now": now,
    }
    if not Partner.objects.exists():
        context["checklist"] = checklist(actor)
        may_import = access.POLICY["imports:import_list"].allows(actor, "GET")
        context["import_url"] = reverse("imports:import_list") if may_import else ""
    return render(request, "kpis/overview.html", context)


@require_safe
def attention_list(request: HttpRequest) -> HttpResponse:
    """What needs attention; the Overview loads it beside its figures."""
    items = attention(access.actor_of(request), config.program(), timezone.now())
    return render(request, "kpis/attention.html", {"items": items})


@require_safe
def funnel_card(request: HttpRequest) -> HttpResponse:
    """From registered to won; the Overview loads it beside its figures."""
    now = timezone.now()
    store = values.store_for(scopes.PROGRAM, "pit", now)
    choice = period_choice(request, store.settings, now)
    context = {
        "choice": choice,
        "funnel": funnel(store, choice.period, choice.against),
        "currency": store.settings.currency,
    }
    return render(request, "kpis/funnel.html", context)


@require_safe
def kpi_list(request: HttpRequest) -> HttpResponseBase:
    """All KPIs with their value in the chosen period."""
    now = timezone.now()
    store = values.store_for(scopes.PROGRAM, "pit", now)
    choice = period_choice(request, store.settings, now)
    found = rows_of(store, choice, now)
    label = change_label(choice)
    listing = replace(kpi_listing(label), carried=carried(request))
    if wants_file(request):
        return file_of(request, found, listing, f"kpis-{choice.period.key}".replace(":", "-"))
    listing = replace(listing, present=lambda rows: with_trends(rows, store, choice, now))
    page = page_of(request, found, listing)
    return render(request, "kpis/list.html", {"choice": choice, "page": page})


@require_safe
def kpi_detail(request: HttpRequest, key: str) -> HttpResponseBase:
    """One KPI: definition, value with its parts, trend, breakdown."""
    page = detail.page_of(request, values.kpi_of(key, access.actor_of(request)), timezone.now())
    if wants_file(request) and page.kpi.unit == "ranking":
        heads = [_("Type"), _("Rank"), _("Partner"), _("Net revenue"), _("Currency")]
        lines = frames.ranking_lines(page.result.items or [], page.currency)
        name = f"{key}-{page.choice.period.key}".replace(":", "-")
        return file_response(request, heads, lines, name)
    if wants_csv(request):
        frame = frames.trend_frame(page.points)
        return csv_response(list(frame.columns), frames.lines_of(frame), f"{key}-trend")
    if request.GET.get("export") == "parts":
        frame = frames.part_frame(page.parts)
        return csv_response(list(frame.columns), frames.lines_of(frame), f"{key}-by-{page.by}")
    return render(request, "kpis/detail.html", {"page": page, "kpi": page.kpi})


@require_safe
def kpi_rows(request: HttpRequest, key: str) -> HttpResponseBase:
    """The base rows behind a figure."""
    kpi, now = values.kpi_of(key, access.actor_of(request)), timezone.now()
    if wants_file(request):
        return rows.rows_file(request, kpi, now)
    behind = rows.rows_page(request, kpi, now)
    context = {"behind": behind, "page": behind.page, "kpi": kpi}
    return render(request, "kpis/rows.html", context)


@require_safe
def partner_panel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One partner's figures; its page in the desk shows them."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id, "merged_into")
    scopes.check(actor, scopes.of_partner(partner))  # a stub shows the figures of its survivor
    panel = panels.panel_of(partner, actor=actor, now=timezone.now(), in_portal=False)
    return render(request, "kpis/partner_panel.html", {"partner": partner, "panel": panel})


@require_safe
def portal_home(request: HttpRequest) -> HttpResponse:
    """The portal's home: where the own company stands, what to do next, its deals and people."""
    partner, actor, now = _own_partner(request), access.actor_of(request), timezone.now()
    panel = panels.panel_of(partner, actor=actor, now=now, in_portal=True)
    program = config.program()
    deals = access.scope(actor, Deal).filter(state=Deal.State.OPEN)
    people = people_at(actor, access.scope(actor, Partner)).filter(is_active=True)
    context = {
        "partner": partner,
        "panel": panel,
        "sentence": panels.sentence(panel),
        "standing": standing_of(actor, partner),
        "next": next_steps(actor, program, now),
        "deals": deals.select_related("customer", "stage").order_by("expected_close_on", "pk")[
            :OWN_DEALS
        ],
        "people": people.order_by(F("last_login").desc(nulls_last=True), "user__name")[:OWN_PEOPLE],
        "in_onboarding": running_plan(partner) is not None,
        "today": program.local_date(now),
    }
    return render(request, "kpis/portal_home.html", context)


@require_safe
def portal_trend(request: HttpRequest) -> HttpResponseBase:
    """The own company's revenue by month as a file."""
    scope, now = scopes.of_partner(_own_partner(request)), timezone.now()
    store = values.store_for(scope, "pit", now)
    month = periods.current("month", now, store.settings)
    kpi = values.kpi_of("partner_sourced_revenue", access.actor_of(request))
    points = trend(kpi, month, now=now, store=store, count=13)
    frame = frames.trend_frame(points)
    return csv_response(list(frame.columns), frames.lines_of(frame), "revenue-by-month")


def _own_partner(request: HttpRequest) -> Partner:
    """The company of this person. Raises Http404 if it is gone."""
    actor = access.actor_of(request)
    partner = access.scope(actor, Partner).filter(pk=actor.partner_id or 0).first()
    if partner is None:
        raise Http404
    return partner
