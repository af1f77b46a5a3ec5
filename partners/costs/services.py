"""Costs are recorded, and corrected: what they were stays in the audit."""

from datetime import datetime
from decimal import Decimal
from typing import Any

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
    _check(kind=kind, amount=amount, currency=currency, at=at, now=now)
    cost = Cost.objects.create(
        partner=partner, kind=kind, amount=amount, currency=currency, at=at, channel=channel,
        note=note.strip(),
    )  # fmt: skip
    cost.refresh_from_db()
    facts_changed.send(sender=Cost)
    after = {"kind": kind, "amount": amount, "currency": currency, "partner": partner}
    audit.record("cost.create", cost, by=by, now=now, after=after)
    return cost


CORRECTABLE = ("partner", "kind", "amount", "currency", "at", "channel", "note")


@transaction.atomic
def correct_cost(cost: Cost, *, by: User | None, now: datetime, **changes: Any) -> Cost:
    """Change what was wrong about a cost (see CORRECTABLE); figures follow.

    Raises InvalidInput for other fields, and as record_cost does.
    """
    if unknown := set(changes) - set(CORRECTABLE):
        raise InvalidInput(
            _("%(names)s cannot be changed here.") % {"names": ", ".join(sorted(unknown))}
        )
    cost = Cost.objects.select_for_update(of=("self",)).get(pk=cost.pk)
    changed = {key: value for key, value in changes.items() if getattr(cost, key) != value}
    if not changed:
        return cost
    before = audit.snapshot(cost, list(changed))
    for key, value in changed.items():
        setattr(cost, key, value.strip() if isinstance(value, str) else value)
    _check(kind=cost.kind, amount=cost.amount, currency=cost.currency, at=cost.at, now=now)
    cost.save(update_fields=[*changed, "updated_at"])
    facts_changed.send(sender=Cost)
    audit.record("cost.change", cost, by=by, now=now, before=before, after=changed)
    cost.refresh_from_db()
    return cost


def _check(*, kind: str, amount: Decimal, currency: str, at: datetime, now: datetime) -> None:
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
