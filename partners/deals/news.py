"""What a partner's people are told about their deals."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.worklist import people_of
from partners.deals.models import Deal
from prm.common import access
from prm.common.display import money_full
from prm.common.models import User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify

FRESH = timedelta(
    days=14
)  # what closed longer ago is no news: somebody brings the books up to date
GROUP = _("Deals")
SELLS = access.PARTNER_SELLS


def _won(deal: Deal, _args: dict[str, Any]) -> str:
    return now_("%(deal)s is won: %(amount)s") % {
        "deal": deal,
        "amount": money_full(deal.amount, deal.currency),
    }


def _lost(deal: Deal, _args: dict[str, Any]) -> str:
    return now_("%(deal)s is lost") % {"deal": deal}


def _open_again(deal: Deal, _args: dict[str, Any]) -> str:
    return now_("%(deal)s is open again") % {"deal": deal}


SEE = _("See the deal")
LINKS = ("customer",)
WON = declare(
    Kind("deal_won", _("A deal of yours is won"), GROUP, "trophy", SELLS, _won, SEE, links=LINKS)
)
LOST = declare(
    Kind("deal_lost", _("A deal of yours is lost"), GROUP, "ban", SELLS, _lost, SEE, links=LINKS)
)
REOPENED = declare(
    Kind("deal_reopened", _("A closed deal of yours is open again"), GROUP, "rotate-ccw", SELLS,
         _open_again, SEE, links=LINKS)
)  # fmt: skip
CLOSED = {Deal.State.WON: WON, Deal.State.LOST: LOST}


def tell_closed(deal: Deal, *, by: User | None, now: datetime) -> None:
    """The vendor closed a partner's deal."""
    kind = CLOSED.get(Deal.State(deal.state))
    if kind is not None and deal.closed_at is not None and deal.closed_at >= now - FRESH:
        _tell(kind, deal, by=by, now=now)


def tell_reopened(deal: Deal, *, by: User | None, now: datetime) -> None:
    """A partner's closed deal is open again."""
    _tell(REOPENED, deal, by=by, now=now)


def _tell(kind: Kind, deal: Deal, *, by: User | None, now: datetime) -> None:
    if deal.partner is None:
        return
    notify(
        kind,
        people_of(deal.partner),
        key=f"{deal.public_id}/{now:%Y%m%dT%H%M%S%f}",
        url=reverse("deals:portal_deal_detail", args=[deal.public_id]),
        about=deal,
        by=by,
        now=now,
    )
