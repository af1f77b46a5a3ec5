"""A contract is renewed, ended, suspended; it is signed by `accounts.agreements`."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from partners.accounts.agreements import check_days, refuse_overlap, sign_contract
from partners.accounts.models import Contract, Partner
from partners.contracts.renewals import settle
from prm.common import audit
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import User
from prm.common.signals import facts_changed

ENDING = ["ends_on", "end_reason", "end_kind"]


def _locked(contract: Contract) -> Contract:
    """The contract as it is now; its partner is locked first, as when one is signed."""
    Partner.objects.select_for_update(of=("self",)).get(pk=contract.partner_id)
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
    contract: Contract,
    *,
    ends_on: date,
    reason: str,
    kind: str = "",
    by: User | None,
    now: datetime,
) -> Contract:
    """Somebody decided that the contract ends, and why; nobody is reminded of it any more.

    ``kind`` says how it ended, for the figures; empty: as the reason lets guess. Raises
    InvalidInput without a reason or for an end before its first day, Conflict when another
    contract begins before that end.
    """
    contract = _locked(contract)
    if not reason.strip():
        raise InvalidInput(_("Say why it ends."), "reason")
    if kind and kind not in Contract.EndKind.values:
        raise InvalidInput(_("Choose how it ends."), "kind")
    check_days(contract.starts_on, ends_on, contract.notice_days)
    refuse_overlap(contract.partner, contract.starts_on, ends_on, contract.pk)
    before = audit.snapshot(contract, ENDING)
    contract.ends_on, contract.end_reason = ends_on, reason.strip()[:60]
    contract.end_kind = kind
    contract.save(update_fields=[*ENDING, "updated_at"])
    after = audit.snapshot(contract, ENDING)
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
