"""Pages about deals: list, one deal, its changes; in the desk and in the portal."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, When
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners.accounts.models import Partner
from partners.deals import services
from partners.deals.below import distributor_of
from partners.deals.board import board_listing, board_of, kept_query, open_deals
from partners.deals.forms import CloseForm, DealForm, ReasonForm, WinForm, closing_instant
from partners.deals.listing import deal_listing, with_links
from partners.deals.models import Deal, Stage
from partners.deals.partner_timeline import SHOWS, happenings
from partners.deals.timeline import steps_of, timeline
from partners.hierarchy.selectors import has_below
from prm.common import access, config
from prm.common.errors import InvalidInput
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.segments import counts_of, wants_counts

GLANCE = 8  # deals on a partner's page
LINKS = ("partner", "customer", "stage", "registration")


@require_safe
def deal_list(request: HttpRequest) -> HttpResponseBase:
    """The deals that this person may know of, in the desk."""
    return _list(request, "partners/deals/list.html")


@require_safe
def deal_board(request: HttpRequest) -> HttpResponse:
    """The open deals by stage, in the desk."""
    program, now, actor = config.program(), timezone.now(), access.actor_of(request)
    if wants_counts(request):
        return counts_of(request, open_deals(actor), board_listing(actor, program, now))
    context = {
        "board": board_of(request, program, now),
        "today": program.local_date(now),
        "currency": program.currency,
        "may_change": actor.has(*access.MANAGES),
    }
    return render(request, "partners/deals/board.html", context)


@require_POST
def deal_move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Move a deal to another stage; back to the board, to the card of this deal."""
    deal, actor = _deal(request, public_id), access.actor_of(request)
    wanted = request.POST.get("stage", "").replace("\0", "")
    stage = access.scope(actor, Stage).filter(key=wanted).first()
    if stage is None:
        messages.error(request, _("Nothing was changed: choose one of the stages."))
    else:
        deal = services.move_deal_to_stage(deal, stage, by=actor.user, now=timezone.now())
        messages.success(
            request, _("%(deal)s is in %(stage)s now.") % {"deal": deal, "stage": stage}
        )
    query = kept_query(QueryDict(request.POST.get("back", "")[:1000]))
    return redirect(f"{reverse('deals:deal_board')}?{query}#deal-{deal.public_id}")


@require_safe
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
    if wants_counts(request):
        return counts_of(request, deals, listing)
    context = {
        "page": page_of(request, deals, listing),
        "today": program.local_date(now),
        "currency": program.currency,
        "board_query": kept_query(request.GET),
        "has_below": actor.is_partner and has_below(actor.partner_ids),
    }
    return render(request, template, context)


@require_safe
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


@require_safe
def partner_timeline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What happened with one partner, a page at a time; its page shows the newest."""
    actor = access.actor_of(request)
    partner = access.get_or_404(actor, Partner, public_id)
    before, show = request.GET.get("before", ""), request.GET.get("show", "")
    show = show if show in dict(SHOWS) else ""
    page = happenings(
        actor, partner, program=config.program(), now=timezone.now(), show=show, before=before
    )
    context = {
        "partner": partner,
        "page": page,
        "shows": SHOWS,
        "show": show,
        "before": before,
        "url": reverse("deals:partner_timeline", args=[partner.public_id]),
    }
    return render(request, "partners/deals/partner_timeline.html", context)


@require_safe
def deal_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One deal in the desk: its stages, what happened, facts, what can be done."""
    return _detail(request, _deal(request, public_id))


def _detail(request: HttpRequest, deal: Deal, **failed: Form) -> HttpResponse:
    """The page of a deal; a form that came back with errors stands open on it (422)."""
    today = {"closed_on": config.program().local_date(timezone.now())}
    context = {
        "may_change": access.actor_of(request).has(*access.MANAGES),
        "win_form": WinForm(initial=today, auto_id="win_%s"),
        "lose_form": CloseForm(initial=today, auto_id="lose_%s"),
        "reopen_form": ReasonForm(auto_id="reopen_%s"),
        "failed": next(iter(failed.values()), None),
        **_history(request, deal),
        **failed,
    }
    status = 422 if failed else 200
    return render(request, "partners/deals/detail.html", context, status=status)


@require_safe
def portal_deal_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One of the own company's deals, in the portal."""
    deal = _deal(request, public_id)
    return render(request, "partners/deals/portal_detail.html", _history(request, deal))


def _deal(request: HttpRequest, public_id: UUID) -> Deal:
    return access.get_or_404(access.actor_of(request), Deal, public_id, *LINKS)


def _history(request: HttpRequest, deal: Deal) -> dict[str, Any]:
    actor, program = access.actor_of(request), config.program()
    distributor = distributor_of(deal)
    return {
        "distributor": distributor,
        "distributor_seen": distributor is not None and _is_known(actor, distributor),
        "may_hide": actor.has(*access.PARTNER_SELLS, *access.MANAGES),
        "deal": deal,
        "steps": steps_of(actor, deal),
        "moments": timeline(actor, deal, program),
        "program": program,
        "today": program.local_date(timezone.now()),
    }


def _is_known(actor: access.Actor, partner: Partner) -> bool:
    return access.scope(actor, Partner).filter(pk=partner.pk).exists()


@require_http_methods(["GET", "HEAD", "POST"])
def deal_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change amount, stage, expected close and name of a deal."""
    deal = _deal(request, public_id)
    form = DealForm(
        request.POST if request.method == "POST" else None,
        actor=access.actor_of(request),
        deal=deal,
    )
    if request.method == "POST" and form.is_valid() and _changed(request, deal, form):
        return redirect(deal)
    status = 422 if form.errors else 200
    context = {"deal": deal, "form": form}
    return render(request, "partners/deals/edit.html", context, status=status)


def _changed(request: HttpRequest, deal: Deal, form: DealForm) -> bool:
    """Save what differs, if anything; a refusal of the service becomes an error of its field."""
    user, changes = access.actor_of(request).user, form.changes()
    if not changes:
        messages.info(request, _("Nothing was changed."))
        return True
    try:
        services.change_deal(deal, by=user, now=timezone.now(), **changes)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    messages.success(request, _("Your changes are saved."))
    return True


@require_POST
def deal_win(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a deal as won."""
    deal, form = _deal(request, public_id), WinForm(request.POST, auto_id="win_%s")
    if form.is_valid() and _closed(request, deal, form, services.win_deal):
        messages.success(request, _("%(deal)s is won.") % {"deal": deal})
        return redirect(deal)
    return _detail(request, deal, win_form=form)


@require_POST
def deal_lose(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a deal as lost."""
    deal, form = _deal(request, public_id), CloseForm(request.POST, auto_id="lose_%s")
    if form.is_valid() and _closed(
        request, deal, form, services.lose_deal, reason=form.cleaned_data["reason"]
    ):
        messages.success(request, _("%(deal)s is lost.") % {"deal": deal})
        return redirect(deal)
    return _detail(request, deal, lose_form=form)


def _closed(
    request: HttpRequest, deal: Deal, form: WinForm, close: Callable[..., Deal], **more: str
) -> bool:
    """Close the deal; a refusal of the service becomes an error of the form."""
    now = timezone.now()
    closed_at = closing_instant(form.cleaned_data["closed_on"], deal, config.program(), now)
    try:
        close(deal, by=access.actor_of(request).user, now=now, closed_at=closed_at, **more)
    except InvalidInput as refusal:
        form.add_error("closed_on" if refusal.field == "closed_at" else None, refusal.message)
        return False
    return True


@require_POST
def deal_reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open a closed deal again."""
    deal, form = _deal(request, public_id), ReasonForm(request.POST, auto_id="reopen_%s")
    if not form.is_valid():
        return _detail(request, deal, reopen_form=form)
    user, reason = access.actor_of(request).user, form.cleaned_data["reason"]
    services.reopen_deal(deal, by=user, now=timezone.now(), reason=reason)
    messages.success(request, _("%(deal)s is open again.") % {"deal": deal})
    return redirect(deal)
