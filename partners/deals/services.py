"""Everything that changes customers and deals."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.accounts.models import Partner
from partners.deals.models import (
    Customer,
    Deal,
    DealStageEvent,
    Stage,
)
from partners.deals.news import tell_closed, tell_reopened
from prm.common import audit, money
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.signals import facts_changed
from prm.common.transition import transition

CHANGEABLE = ("name", "product", "stage", "amount", "currency", "expected_close_on", "is_co_sell")


@transaction.atomic
def create_customer(*, name: str, by: User | None, now: datetime, **fields: Any) -> Customer:
    """A new end customer."""
    customer = Customer.objects.create(name=name, **fields)
    audit.record("customer.create", customer, by=by, now=now, after={"name": name, **fields})
    return customer


def checked_amount(amount: Decimal | None, currency: str) -> Decimal | None:
    """``amount`` if this currency can hold it. Raises InvalidInput otherwise."""
    if currency not in money.CURRENCIES:
        raise InvalidInput(
            _("%(code)s is no currency code. Use three letters like EUR.") % {"code": currency},
            "currency",
        )
    if amount is not None and (amount < 0 or amount != money.rounded(amount, currency)):
        raise InvalidInput(
            _("Enter an amount of 0 or more with at most %(n)s decimals for %(code)s.")
            % {"n": money.exponent(currency), "code": currency},
            "amount",
        )
    return amount


@transaction.atomic
def open_deal(
    *,
    partner: Partner | None,
    customer: Customer | None,
    currency: str,
    by: User | None,
    now: datetime,
    amount: Decimal | None = None,
    stage: Stage | None = None,
    opened_at: datetime | None = None,
    **fields: Any,
) -> Deal:
    """A deal begins: a partner's (approved today) or, without partner, our own direct one.

    Raises InvalidInput for an amount that its currency cannot hold, or an opening in the future.
    """
    checked_amount(amount, currency)
    opened_at = opened_at or now
    if opened_at > now:
        raise InvalidInput(_("Use an opening that is not in the future."), "opened_at")
    deal = Deal.objects.create(
        partner=partner,
        customer=customer,
        currency=currency,
        amount=amount,
        stage=stage or Stage.objects.first(),
        opened_at=opened_at,
        approved_at=opened_at,
        **fields,
    )
    _remember(deal, opened_at)
    audit.record(
        "deal.open",
        deal,
        by=by,
        now=now,
        after={"partner": partner, "customer": customer, "amount": amount, "currency": currency},
    )
    return deal


def _remember(deal: Deal, at: datetime) -> DealStageEvent:
    """Add to the history what the deal is from ``at`` on, and announce the change."""
    facts_changed.send(sender=Deal)
    return DealStageEvent.objects.create(
        deal=deal,
        at=at,
        state=deal.state,
        stage=deal.stage,
        amount=deal.amount,
        currency=deal.currency,
        expected_close_on=deal.expected_close_on,
    )


@transaction.atomic
def change_deal(deal: Deal, *, by: User | None, now: datetime, **changes: Any) -> Deal:
    """Change name, product, stage, amount, currency, expected close or co-sell of a deal.

    An open deal's change becomes history. Raises InvalidInput for other fields or bad amounts.
    """
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise InvalidInput(
            _("%(names)s cannot be changed here.") % {"names": ", ".join(sorted(unknown))}
        )
    deal = Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)
    changed = {key: value for key, value in changes.items() if getattr(deal, key) != value}
    if not changed:
        return deal
    before = audit.snapshot(deal, list(changed))
    for key, value in changed.items():
        setattr(deal, key, value)
    checked_amount(deal.amount, deal.currency)
    if deal.state == Deal.State.WON and deal.amount is None:
        raise InvalidInput(_("A won deal needs an amount; enter 0 if it brought none."), "amount")
    deal.save(update_fields=[*changed, "updated_at"])
    if deal.state == Deal.State.OPEN and changed.keys() - {"name", "product", "is_co_sell"}:
        _remember(deal, now)
    facts_changed.send(sender=Deal)
    audit.record("deal.change", deal, by=by, now=now, before=before, after=changed)
    deal.refresh_from_db()
    return deal


@transaction.atomic
def move_deal_to_stage(deal: Deal, stage: Stage, *, by: User | None, now: datetime) -> Deal:
    """An open deal is in another stage from now on; its history says so.

    Raises Conflict when the deal is not open any more.
    """
    deal = Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)
    if deal.state != Deal.State.OPEN:
        raise Conflict(
            _("%(deal)s is not open any more (%(state)s), so it stays where it is.")
            % {"deal": deal, "state": deal.get_state_display()}
        )
    return change_deal(deal, by=by, now=now, stage=stage)


@transaction.atomic
def win_deal(
    deal: Deal, *, by: User | None, now: datetime, closed_at: datetime | None = None
) -> Deal:
    """Close a deal as won. Raises InvalidInput without an amount, InvalidTransition if closed."""
    return _close(deal, "win", by=by, now=now, closed_at=closed_at)


@transaction.atomic
def lose_deal(
    deal: Deal,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    closed_at: datetime | None = None,
) -> Deal:
    """Close a deal as lost; 'no decision' counts as lost too."""
    return _close(deal, "lose", by=by, now=now, closed_at=closed_at, reason=reason)


def _close(
    deal: Deal,
    action: str,
    *,
    by: User | None,
    now: datetime,
    closed_at: datetime | None,
    reason: str = "",
) -> Deal:
    closed_at = closed_at or now
    deal = Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)
    if action == "win" and deal.amount is None:
        raise InvalidInput(_("Enter the amount before you mark the deal as won."), "amount")
    if closed_at > now or (deal.opened_at and closed_at < deal.opened_at):
        raise InvalidInput(
            _("Enter a closing date between the opening of the deal and today."), "closed_at"
        )
    deal = transition(deal, action, by=by, now=now, reason=reason, changes={"closed_at": closed_at})
    _remember(deal, closed_at)
    tell_closed(deal, by=by, now=now)
    return deal


@transaction.atomic
def reopen_deal(deal: Deal, *, by: User | None, now: datetime, reason: str) -> Deal:
    """A closed deal is open again: its earlier close is withdrawn everywhere (E5)."""
    deal = transition(deal, "reopen", by=by, now=now, reason=reason, changes={"closed_at": None})
    _remember(deal, now)
    tell_reopened(deal, by=by, now=now)
    return deal
