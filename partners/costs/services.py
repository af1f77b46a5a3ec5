"""Costs are recorded once and never changed: a wrong one is taken out by undoing its import."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from partners.accounts.models import Partner
from partners.costs.models import Cost
from prm.common import audit, money
from prm.common.errors import InvalidInput
from prm.common.models import User
from prm.common.signals import facts_changed


@transaction.atomic
def record_cost(
    *,
    kind: str,
    amount: Decimal,
    currency: str,
    at: datetime,
    by: User | None,
    now: datetime,
    partner: Partner | None = None,
    channel: str = "",
    note: str = "",
) -> Cost:
    """A cost of a partner, or (without one) of the programme as a whole.

    Raises InvalidInput for an unknown kind or currency, an amount that the currency cannot hold,
    or a day to come.
    """
    if kind not in Cost.Kind.values:
        raise InvalidInput(_("Choose one of the kinds of cost."), "kind")
    if currency not in money.CURRENCIES:
        raise InvalidInput(
            _("%(code)s is no currency code. Use three letters like EUR.") % {"code": currency},
            "currency",
        )
    if amount < 0 or amount != money.rounded(amount, currency):
        raise InvalidInput(
            _("Enter an amount of 0 or more with at most %(n)s decimals for %(code)s.")
            % {"n": money.exponent(currency), "code": currency},
            "amount",
        )
    if at > now:
        raise InvalidInput(_("Use a day that is not in the future."), "at")
    cost = Cost.objects.create(
        partner=partner, kind=kind, amount=amount, currency=currency, at=at, channel=channel,
        note=note.strip(),
    )  # fmt: skip
    cost.refresh_from_db()
    facts_changed.send(sender=Cost)
    after = {"kind": kind, "amount": amount, "currency": currency, "partner": partner}
    audit.record("cost.create", cost, by=by, now=now, after=after)
    return cost
