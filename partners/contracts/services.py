"""A contract is signed, renewed, ended, suspended."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.accounts.models import Contract, Partner
from partners.contracts.renewals import settle
from prm.common import audit
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.signals import facts_changed

MOST_NOTICE = 730


@transaction.atomic
def sign_contract(
    partner: Partner,
    *,
    starts_on: date,
    ends_on: date | None = None,
    notice_days: int = 90,
    by: User | None,
    now: datetime,
) -> Contract:
    """A contract from ``starts_on`` until before ``ends_on`` (None: it runs on).

    Raises InvalidInput for days in the wrong order, Conflict for days that another contract of
    the partner covers.
    """
    Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    _check(starts_on, ends_on, notice_days)
    _refuse_overlap(partner, starts_on, ends_on)
    contract = Contract.objects.create(
        partner=partner, starts_on=starts_on, ends_on=ends_on, notice_days=notice_days
    )
    after: dict[str, Any] = {"partner": partner, "starts_on": starts_on, "ends_on": ends_on}
    audit.record("contract.create", contract, by=by, now=now, after=after)
    facts_changed.send(sender=Contract)
    return contract


def _check(starts_on: date, ends_on: date | None, notice_days: int) -> None:
    if ends_on is not None and ends_on <= starts_on:
        raise InvalidInput(_("Choose a last day that is not before the first one."), "last_day")
    if not 0 <= notice_days <= MOST_NOTICE:
        raise InvalidInput(
            _("Choose between 0 and %(most)s days.") % {"most": MOST_NOTICE}, "notice_days"
        )


def _refuse_overlap(partner: Partner, starts_on: date, ends_on: date | None, but: int = 0) -> None:
    rows = Contract.objects.filter(partner=partner).exclude(pk=but)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=starts_on))
    if ends_on is not None:
        rows = rows.filter(starts_on__lt=ends_on)
    if rows.exists():
        raise Conflict(
            _("Another contract of this partner covers some of these days. End that one first.")
        )


def _locked(contract: Contract) -> Contract:
    return (
        Contract.objects.select_for_update(of=("self",))
        .select_related("partner")
        .get(pk=contract.pk)
    )


@transaction.atomic
def renew_contract(
    contract: Contract, *, ends_on: date | None, by: User | None, now: datetime
) -> Contract:
    """A contract follows without a gap, until before ``ends_on`` (None: it runs on).

    Raises Conflict for one that has no end or is followed already.
    """
    contract = _locked(contract)
    if contract.ends_on is None:
        raise Conflict(_("This contract runs on: there is nothing to renew."))
    following = sign_contract(
        contract.partner,
        starts_on=contract.ends_on,
        ends_on=ends_on,
        notice_days=contract.notice_days,
        by=by,
        now=now,
    )
    settle(contract, by=by, now=now, renewed=True)
    return following


@transaction.atomic
def end_contract(
    contract: Contract, *, ends_on: date, reason: str, by: User | None, now: datetime
) -> Contract:
    """Somebody decided that the contract ends, and why; nobody is reminded of it any more.

    Raises InvalidInput without a reason or for an end before its first day, Conflict when another
    contract begins before that end.
    """
    contract = _locked(contract)
    if not reason.strip():
        raise InvalidInput(_("Say why it ends."), "reason")
    _check(contract.starts_on, ends_on, contract.notice_days)
    _refuse_overlap(contract.partner, contract.starts_on, ends_on, contract.pk)
    before = audit.snapshot(contract, ["ends_on", "end_reason"])
    contract.ends_on, contract.end_reason = ends_on, reason.strip()[:60]
    contract.save(update_fields=["ends_on", "end_reason", "updated_at"])
    after = audit.snapshot(contract, ["ends_on", "end_reason"])
    audit.record("contract.end", contract, by=by, now=now, before=before, after=after)
    settle(contract, by=by, now=now, renewed=False)
    facts_changed.send(sender=Contract)
    return contract


@transaction.atomic
def suspend_contract(
    contract: Contract, *, suspended: bool, by: User | None, now: datetime
) -> Contract:
    """Let a contract rest, or (``suspended`` false) go on. Twice changes nothing."""
    contract = _locked(contract)
    status = Contract.Status.SUSPENDED if suspended else Contract.Status.ACTIVE
    if contract.status == status:
        return contract
    before = {"status": contract.status}
    contract.status = status
    contract.save(update_fields=["status", "updated_at"])
    audit.record("contract.suspend" if suspended else "contract.resume", contract, by=by, now=now,
                 before=before, after={"status": str(status)})  # fmt: skip
    facts_changed.send(sender=Contract)
    return contract
