"""What a distributor sees of the deals of those below it, and hiding a deal from it (E1)."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners.accounts.models import Partner
from partners.deals.belowmodels import DealBelow
from partners.deals.listing import (
    CLOSED,
    CURRENCY,
    CUSTOMER,
    EXPECTED,
    NAME,
    OPENED,
    PRODUCT,
    STAGE,
    STATE,
    STATES,
    amount_column,
    by_state,
)
from partners.deals.models import Deal
from partners.deals.selectors import matching_few
from partners.hierarchy.selectors import below, parent_on
from prm.common import access, audit, config
from prm.common.access import Actor
from prm.common.exports import file_of, wants_file
from prm.common.listpages import page_of
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.models import User
from prm.common.segments import counts_of, wants_counts

LIST = "deals-below"
# the day that decides below whom a deal stands; a deal without any is shown to nobody above
DAY = Coalesce("opened_on", "approved_on", "closed_on")
WORDS = Words(
    name=_("Deals of your resellers"),
    counted=ngettext_lazy("%(shown)s deal", "%(shown)s deals", "n"),
    search=_("Deal, customer or id"),
    no_match=_("No deals match"),
    none=_("No deals of resellers yet"),
    none_text=_("Deals that companies below yours open stand here, unless they hide them."),
)


@access.rows_of(DealBelow)
def deals_below(actor: Actor) -> QuerySet[DealBelow]:
    """For a partner's people: deals opened while their company stood above, and not hidden.

    A company that moved to another distributor takes its old deals to nobody.
    """
    rows = DealBelow.objects.annotate(day=DAY)
    if not actor.is_partner:
        return rows.none()
    spans: dict[tuple[date, date | None], set[int]] = defaultdict(set)
    for reach in below(actor.partner_ids):
        spans[(reach.first, reach.end)].add(reach.partner)
    shown = Q(pk__in=[])
    for (first, end), partners in spans.items():
        days = Q(day__gte=first) if end is None else Q(day__gte=first, day__lt=end)
        shown |= Q(partner__in=partners) & days
    own = Q(partner__in=actor.partner_ids)
    return rows.filter(shown, is_hidden=False).exclude(own)


def day_of(deal: Deal) -> date | None:
    """The day that decides below whom a deal stands."""
    return deal.opened_on or deal.approved_on or deal.closed_on


def distributor_of(deal: Deal) -> Partner | None:
    """Who stood right above the deal's partner when it was opened."""
    return parent_on(deal.partner_id, day_of(deal)) if deal.partner_id else None


@transaction.atomic
def hide_deal(deal: Deal, *, hidden: bool, by: User | None, now: datetime) -> Deal:
    """Hide a deal from those above its partner, or show it again. Twice changes nothing."""
    deal = Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)
    if deal.is_hidden == hidden:
        return deal
    deal.is_hidden = hidden
    deal.save(update_fields=["is_hidden", "updated_at"])
    action = "deal.hide" if hidden else "deal.show"
    audit.record(
        action, deal, by=by, now=now, before={"is_hidden": not hidden}, after={"is_hidden": hidden}
    )
    return deal


def below_listing(actor: Actor) -> Listing[Any]:
    """The deals of those below, the newest first."""
    program = config.program()
    partner = Column("partner", _("Reseller"), at("partner.name"), "partner__name")
    return Listing(
        columns=(NAME, partner, CUSTOMER, STATE, STAGE, amount_column(program, timezone.now()),
                 CURRENCY, EXPECTED, OPENED, CLOSED, PRODUCT),
        words=WORDS,
        filters=(
            Filter("state", _("Status"), STATES, by_state, default="open", all_value="all"),
            Filter("reseller", _("Reseller"), _resellers(actor),
                   lambda rows, value: rows.filter(partner__public_id=value)),
        ),
        search=matching_few,
        default_sort="-opened",
        key=LIST,
        segments=(Segment(_("Open"), ""), Segment(_("Won"), "state=won"),
                  Segment(_("All"), "state=all")),
        can_choose=True,
    )  # fmt: skip


def _resellers(actor: Actor) -> list[tuple[str, Any]]:
    rows = access.scope(actor, DealBelow).order_by("partner__name")
    known = rows.values_list("partner__public_id", "partner__name").distinct()
    return [("", _("All")), *((str(key), name) for key, name in known[:100])]


def totals(rows: QuerySet[DealBelow]) -> dict[str, int | Decimal | None]:
    """What the deals of those below add up to; hidden ones are in no sum."""
    is_won = Q(state=Deal.State.WON)
    return rows.order_by().aggregate(
        open=Count("pk", filter=Q(state=Deal.State.OPEN)),
        won=Count("pk", filter=is_won),
        won_rc=Sum("amount_rc", filter=is_won),
        resellers=Count("partner", distinct=True),
    )


@require_safe
def portal_below(request: HttpRequest) -> HttpResponseBase:
    """The deals of the companies below the own one, and their sums."""
    actor, program = access.actor_of(request), config.program()
    rows = access.scope(actor, DealBelow)
    deals: QuerySet[DealBelow] = rows.select_related("partner", "customer", "stage")
    listing = below_listing(actor)
    if wants_file(request):
        return file_of(request, deals, listing, "deals-of-resellers")
    if wants_counts(request):
        return counts_of(request, deals, listing)
    context = {
        "page": page_of(request, deals, listing),
        "totals": totals(rows),
        "today": program.local_date(timezone.now()),
        "currency": program.currency,
        "is_below": True,
    }
    return render(request, "partners/deals/below.html", context)


def _switch(request: HttpRequest, public_id: UUID, *, is_portal: bool) -> HttpResponse:
    actor = access.actor_of(request)
    deal = access.get_or_404(actor, Deal, public_id)
    hidden = request.POST.get("hidden") == "1"
    hide_deal(deal, hidden=hidden, by=actor.user, now=timezone.now())
    words = now_("Hidden from distributors.") if hidden else now_("Shown to the distributor.")
    messages.success(request, words)
    if is_portal:
        return redirect("deals:portal_deal_detail", public_id)
    return redirect(deal)


@require_POST
def portal_hide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The partner hides its deal from those above, or shows it."""
    return _switch(request, public_id, is_portal=True)


@require_POST
def desk_hide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """We hide a deal from those above its partner, or show it."""
    return _switch(request, public_id, is_portal=False)
