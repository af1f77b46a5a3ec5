"""A contract is signed: the one way, whichever feature asks for it."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.accounts.models import Contract, Partner
from prm.common import audit
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.signals import facts_changed

MOST_NOTICE = 730
NOTICE = 90  # days before the end


@transaction.atomic
def sign_contract(
    partner: Partner,
    *,
    starts_on: date,
    ends_on: date | None = None,
    notice_days: int = NOTICE,
    by: User | None,
    now: datetime,
) -> Contract:
    """A contract from ``starts_on`` until before ``ends_on`` (None: it runs on).

    Raises InvalidInput for days in the wrong order, Conflict for days that another contract of
    the partner covers.
    """
    Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    check_days(starts_on, ends_on, notice_days)
    refuse_overlap(partner, starts_on, ends_on)
    contract = Contract.objects.create(
        partner=partner, starts_on=starts_on, ends_on=ends_on, notice_days=notice_days
    )
    after: dict[str, Any] = {"partner": partner, "starts_on": starts_on, "ends_on": ends_on}
    audit.record("contract.create", contract, by=by, now=now, after=after)
    facts_changed.send(sender=Contract)
    return contract


def check_days(starts_on: date, ends_on: date | None, notice_days: int) -> None:
    """Raises InvalidInput for an end before the first day, or a reminder too early."""
    if ends_on is not None and ends_on <= starts_on:
        raise InvalidInput(_("Choose a last day that is not before the first one."), "last_day")
    if not 0 <= notice_days <= MOST_NOTICE:
        raise InvalidInput(
            _("Choose between 0 and %(most)s days.") % {"most": MOST_NOTICE}, "notice_days"
        )


def refuse_overlap(partner: Partner, starts_on: date, ends_on: date | None, but: int = 0) -> None:
    """Raises Conflict when another contract covers some of these days; the partner is locked."""
    rows = Contract.objects.filter(partner=partner).exclude(pk=but)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=starts_on))
    if ends_on is not None:
        rows = rows.filter(starts_on__lt=ends_on)
    if rows.exists():
        raise Conflict(
            _("Another contract of this partner covers some of these days. End that one first.")
        )
