"""What a deal is worth in the reporting currency, so that all currencies have one order."""

from datetime import date
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Value, When
from django.db.models.expressions import Combinable

from partners.deals.models import Deal
from prm.common.rates import known_rates_on

CLOSED = (Deal.State.WON, Deal.State.LOST)


def worth(today: date, state: str = "") -> Combinable:
    """Return the expression: a closed deal by its frozen amount, an open one at today's rate.

    Unknown where the amount or the rate is. Reads the rates of today, so ask when it is needed.
    Where all deals are won, or all lost, `state` says so; an index has the won ones in this order.
    """
    if state in CLOSED:
        return F("amount_rc")
    money = DecimalField(max_digits=24, decimal_places=4)
    at_rates = [
        When(state=Deal.State.OPEN, currency=currency, then=_times(rate))
        for currency, rate in known_rates_on(today).items()
    ]
    closed = When(state__in=CLOSED, then=F("amount_rc"))
    return Case(closed, *at_rates, default=None, output_field=money)


def _times(rate: Decimal) -> Combinable:
    return F("amount") * Value(rate) if rate != 1 else F("amount")
