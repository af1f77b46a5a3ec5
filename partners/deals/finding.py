"""Finds deals by a part of their name or customer, or by the id in the other system."""

from urllib.parse import urlencode

from django.db.models import Case, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.deals.models import Deal
from partners.deals.selectors import ways_to_match
from prm.common import access
from prm.common.access import Actor
from prm.common.display import money
from prm.common.search.registry import LIMIT, Group, Hit, finds

CANDIDATES = 200  # a wide text matches very many deals; the list shows them all


@finds(30)
def deals(actor: Actor, text: str) -> Group:
    """Deals that match the text, open ones first, then the newest."""
    hits = [_hit(deal) for deal in _matches(actor, text)] if text else []
    query = urlencode({"q": text, "state": "all"})
    all_url = f"{reverse('deals:deal_list')}?{query}" if len(hits) == LIMIT else ""
    return Group(_("Deals"), "handshake", hits, all_url)


def _matches(actor: Actor, text: str) -> QuerySet[Deal]:
    known = access.scope(actor, Deal)
    some = {
        pk
        for way in ways_to_match(text)
        for pk in known.filter(way).values_list("pk", flat=True)[:CANDIDATES]
    }
    is_open = Case(When(state=Deal.State.OPEN, then=Value(0)), default=Value(1))
    return (
        known.filter(pk__in=some)
        .select_related("partner", "customer")
        .order_by(is_open, "-pk")[:LIMIT]
    )


def _hit(deal: Deal) -> Hit:
    amount = "" if deal.amount is None else money(deal.amount, deal.currency)
    partner = deal.partner.name if deal.partner else str(_("Direct"))
    sub = " · ".join(filter(None, (partner, amount, deal.get_state_display())))
    return Hit(str(deal), deal.get_absolute_url(), sub)
