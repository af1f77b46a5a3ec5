"""Pages about deals: list, one deal, its changes; in the desk and in the portal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.accounts.models import Partner
from partners.deals import services
from partners.deals.forms import CloseForm, DealForm, ReasonForm, closing_instant
from partners.deals.listing import deal_listing, with_links
from partners.deals.models import Deal, DealAdjustment, DealStageEvent, DealTouch
from prm.common import access, config
from prm.common.errors import InvalidInput
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of

GLANCE = 8  # deals on a partner's page
LINKS = ("partner", "customer", "stage", "registration")


@require_GET
def deal_list(request: HttpRequest) -> HttpResponseBase:
    """The deals that this person may know of, in the desk."""
    return _list(request, "partners/deals/list.html")


@require_GET
def portal_deal_list(request: HttpRequest) -> HttpResponseBase:
    """The own company's deals, in the portal."""
    return _list(request, "partners/deals/portal_list.html")


def _list(request: HttpRequest, template: str) -> HttpResponseBase:
    actor, now = access.actor_of(request), timezone.now()
    deals = with_links(access.scope(actor, Deal))
    program = config.program()
    listing = deal_listing(actor, program, now)
    if wants_file(request):
        return file_of(request, deals, listing, "deals")
    today = program.local_date(now)
    context = {"page": page_of(request, deals, listing), "today": today}
    return render(request, template, context)


@require_GET
def partner_deals(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One partner's deals at a glance: open ones first, then the latest closed; a page's card."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id)
    companies = Partner.objects.standing_for(partner)
    deals = with_links(access.scope(actor, Deal).filter(partner__in=companies))
    is_open = Case(When(state=Deal.State.OPEN, then=0), default=1)
    context = {
        "partner": partner,
        "deals": deals.order_by(is_open, "-closed_on", "expected_close_on", "pk")[:GLANCE],
        "today": config.program().local_date(timezone.now()),
    }
    return render(request, "partners/deals/of_partner.html", context)


@require_GET
def deal_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One deal in the desk: facts, stage history, adjustments, touches, what can be done."""
    deal = _deal(request, public_id)
    today = config.program().local_date(timezone.now())
    forms = {
        "win_form": CloseForm(initial={"closed_on": today}, auto_id="win_%s"),
        "lose_form": CloseForm(initial={"closed_on": today}, auto_id="lose_%s"),
        "reopen_form": ReasonForm(auto_id="reopen_%s"),
    }
    may_change = access.actor_of(request).has(*access.MANAGES)
    context = {"may_change": may_change, **_history(request, deal), **forms}
    return render(request, "partners/deals/detail.html", context)


@require_GET
def portal_deal_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One of the own company's deals, in the portal."""
    deal = _deal(request, public_id)
    return render(request, "partners/deals/portal_detail.html", _history(request, deal))


def _deal(request: HttpRequest, public_id: UUID) -> Deal:
    return access.get_or_404(access.actor_of(request), Deal, public_id, *LINKS)


def _history(request: HttpRequest, deal: Deal) -> dict[str, Any]:
    actor = access.actor_of(request)
    events = access.scope(actor, DealStageEvent).filter(deal=deal).select_related("stage")
    touches = access.scope(actor, DealTouch).filter(deal=deal).select_related("partner")
    return {
        "deal": deal,
        "events": events.order_by("-at", "-id"),
        "adjustments": access.scope(actor, DealAdjustment).filter(deal=deal).order_by("-at"),
        "touches": touches.order_by("-at"),
        "program": config.program(),
    }


@require_http_methods(["GET", "POST"])
def deal_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change amount, stage, expected close and name of a deal."""
    deal = _deal(request, public_id)
    form = DealForm(request.POST or None, actor=access.actor_of(request), deal=deal)
    if request.method == "POST" and form.is_valid() and _changed(request, deal, form):
        messages.success(request, _("Your changes are saved."))
        return redirect(deal)
    status = 422 if form.errors else 200
    context = {"deal": deal, "form": form}
    return render(request, "partners/deals/edit.html", context, status=status)


def _changed(request: HttpRequest, deal: Deal, form: DealForm) -> bool:
    """Save the change; a refusal of the service becomes an error of its field."""
    user = access.actor_of(request).user
    try:
        services.change_deal(deal, by=user, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    return True


@require_POST
def deal_win(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a deal as won."""
    deal = _deal(request, public_id)
    closing = _closing(request, deal)
    if closing is not None:
        services.win_deal(deal, **closing)
        messages.success(request, _("%(deal)s is won.") % {"deal": deal})
    return redirect(deal)


@require_POST
def deal_lose(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a deal as lost."""
    deal = _deal(request, public_id)
    closing = _closing(request, deal)
    if closing is not None:
        reason = request.POST.get("reason", "")[:300]
        services.lose_deal(deal, reason=reason, **closing)
        messages.success(request, _("%(deal)s is lost.") % {"deal": deal})
    return redirect(deal)


def _closing(request: HttpRequest, deal: Deal) -> dict[str, Any] | None:
    """Return who closes and when; a day that is none is told, and nothing happens."""
    form, now = CloseForm(request.POST), timezone.now()
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: enter a closing day like 2026-11-30."))
        return None
    closed_at = closing_instant(form.cleaned_data["closed_on"], deal, config.program(), now)
    return {"by": access.actor_of(request).user, "now": now, "closed_at": closed_at}


@require_POST
def deal_reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open a closed deal again."""
    deal, form = _deal(request, public_id), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: say why the deal is open again."))
        return redirect(deal)
    user, reason = access.actor_of(request).user, form.cleaned_data["reason"]
    services.reopen_deal(deal, by=user, now=timezone.now(), reason=reason)
    messages.success(request, _("%(deal)s is open again.") % {"deal": deal})
    return redirect(deal)
