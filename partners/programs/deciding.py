"""What people decide about one partner's tier: approvals, exceptions, locks, moves by hand."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners import signals
from partners.accounts.models import Partner
from partners.programs.models import RuleVersion, TierException, TierMove, TierStanding
from partners.programs.moving import locked, move, tier_on
from partners.programs.rules import Rules
from partners.programs.selectors import program_of, published
from partners.programs.windows import review_of
from prm.common import audit, config
from prm.common.errors import Conflict, InvalidInput, InvalidTransition
from prm.common.models import User
from prm.common.transition import transition

LONGEST_EXCEPTION = 731  # days


@transaction.atomic
def approve(standing: TierStanding, *, by: User | None, now: datetime) -> TierStanding:
    """The proposed promotion or demotion takes place today.

    Raises InvalidTransition when nothing is proposed (any more).
    """
    standing = locked(standing)
    is_up = standing.state == TierStanding.State.PROMOTION
    action = "approve_promotion" if is_up else "approve_demotion"
    cause = TierMove.Cause.PROMOTION if is_up else TierMove.Cause.DEMOTION
    rules = _rules_of(standing)
    move(
        standing, action, standing.pending_tier, cause=cause, rules=rules,
        today=config.program().local_date(now), by=by, now=now,
    )  # fmt: skip
    return _fresh(standing)


@transaction.atomic
def decline(standing: TierStanding, *, by: User | None, now: datetime, reason: str) -> TierStanding:
    """The partner keeps its tier until the next review; the reason is on record.

    Raises InvalidInput without a reason, InvalidTransition when nothing is proposed.
    """
    reason = _reason(reason)
    standing = locked(standing)
    is_up = standing.state == TierStanding.State.PROMOTION
    program, rules = config.program(), _rules_of(standing)
    today = program.local_date(now)
    changes: dict[str, Any] = {"pending_tier": "", "since": None, "grace_until": None}
    if is_up:
        until = review_of(rules.review, today, program.months).last_day
        changes |= {"declined_tier": standing.pending_tier, "declined_until": until}
    action = "decline_promotion" if is_up else "decline_demotion"
    standing = transition(standing, action, by=by, now=now, reason=reason, changes=changes)
    news = signals.promotion_declined if is_up else signals.demotion_declined
    news.send(sender=TierStanding, standings=[standing], by=by, now=now)
    return _fresh(standing)


@transaction.atomic
def lock(standing: TierStanding, *, by: User | None, now: datetime, reason: str) -> TierStanding:
    """Evaluations leave this partner alone until somebody unlocks it."""
    reason = _reason(reason)
    standing = locked(standing)
    if standing.is_locked:
        raise InvalidTransition(_("This partner's tier is locked already. Reload the page."))
    standing.locked_at, standing.locked_by, standing.lock_reason = now, by, reason
    standing.save(update_fields=["locked_at", "locked_by", "lock_reason", "updated_at"])
    audit.record("tierstanding.lock", standing, by=by, now=now, reason=reason)
    return standing


@transaction.atomic
def unlock(standing: TierStanding, *, by: User | None, now: datetime) -> TierStanding:
    """Evaluations look at this partner again, from the next one on."""
    standing = locked(standing)
    if not standing.is_locked:
        raise InvalidTransition(_("This partner's tier is not locked any more. Reload the page."))
    standing.locked_at, standing.locked_by, standing.lock_reason = None, None, ""
    standing.save(update_fields=["locked_at", "locked_by", "lock_reason", "updated_at"])
    audit.record("tierstanding.unlock", standing, by=by, now=now)
    return standing


@transaction.atomic
def grant_exception(
    partner: Partner, *, tier: str, last_day: date, reason: str, by: User | None, now: datetime
) -> TierException:
    """The partner has this tier up to and with a day, whatever the requirements say.

    A partner in a lower tier rises to it today. Raises InvalidInput for a tier that is none of the
    programme's, a day that has passed or lies more than two years ahead, or no reason.
    """
    reason = _reason(reason)
    today = config.program().local_date(now)
    standing = locked(standing_for(partner))
    rules = _rules_of(standing)
    wanted = rules.tier(tier)
    if wanted is None:
        raise InvalidInput(_("Choose one of the programme's tiers."), "tier")
    if not today <= last_day or (last_day - today).days > LONGEST_EXCEPTION:
        raise InvalidInput(
            _("Choose a last day from today on, at most two years ahead."), "last_day"
        )
    row = TierException.objects.create(
        partner=standing.partner, tier=wanted.key, starts_on=today, last_day=last_day,
        reason=reason, given_by=by,
    )  # fmt: skip
    after = {"tier": wanted.key, "last_day": last_day}
    audit.record("tierexception.create", row, by=by, now=now, after=after, reason=reason)
    current = rules.rank(tier_on(standing.partner_id, today)) or 0
    if current < (rules.rank(wanted.key) or 0):
        move(standing, "place", wanted.key, cause=TierMove.Cause.EXCEPTION, rules=rules,
             today=today, by=by, now=now, reason=reason)  # fmt: skip
    elif standing.state in {TierStanding.State.AT_RISK, TierStanding.State.DEMOTION}:
        changes = {"pending_tier": "", "since": None, "grace_until": None}
        fresh = transition(standing, "recover", by=by, now=now, reason=reason, changes=changes)
        signals.tier_recovered.send(sender=TierStanding, standings=[fresh], by=by, now=now)
    return row


@transaction.atomic
def end_exception(row: TierException, *, by: User | None, now: datetime) -> TierException:
    """Take an exception back; the next evaluation looks at the partner as at any other."""
    row = TierException.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.ended_at is not None or row.last_day < config.program().local_date(now):
        raise InvalidTransition(_("This exception has ended already. Reload the page."))
    row.ended_at, row.ended_by = now, by
    row.save(update_fields=["ended_at", "ended_by", "updated_at"])
    audit.record("tierexception.end", row, by=by, now=now)
    return row


@transaction.atomic
def place(
    partner: Partner,
    *,
    tier: str,
    reason: str,
    by: User | None,
    now: datetime,
    is_recoding: bool = False,
) -> TierStanding:
    """Put a partner into a tier by hand, from today on.

    ``is_recoding``: the tier is only called otherwise, so that it counts as no move. Raises
    InvalidInput for a tier that is none of the programme's, or no reason.
    """
    reason = _reason(reason)
    standing = locked(standing_for(partner))
    rules = _rules_of(standing)
    wanted = rules.tier(tier)
    if wanted is None:
        raise InvalidInput(_("Choose one of the programme's tiers."), "tier")
    cause = TierMove.Cause.RECODED if is_recoding else TierMove.Cause.BY_HAND
    today = config.program().local_date(now)
    if tier_on(standing.partner_id, today) == wanted.key:
        raise Conflict(_("The partner is in this tier already."))
    move(standing, "place", wanted.key, cause=cause, rules=rules, today=today, by=by, now=now,
         reason=reason)  # fmt: skip
    return _fresh(standing)


def standing_for(partner: Partner) -> TierStanding:
    """The standing of a partner, opened if there is none yet.

    Raises Conflict for a partner that is in no programme with published rules.
    """
    survivor = partner.merged_into or partner
    program = program_of(survivor)
    version = published(program) if program else None
    if program is None or version is None:
        raise Conflict(
            _("No programme with published rules is for this partner's type. Publish rules first.")
        )
    standing, _made = TierStanding.objects.get_or_create(
        partner=survivor, defaults={"program": program}
    )
    return standing


def _rules_of(standing: TierStanding) -> Rules:
    """The published rules of the programme; those of the last evaluation where none are."""
    version: RuleVersion | None = published(standing.program) or standing.version
    return version.parsed if version else Rules()


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(_("Say why, in a few words."), "reason")
    return text[:300]


def _fresh(standing: TierStanding) -> TierStanding:
    return TierStanding.objects.select_related("partner", "program").get(pk=standing.pk)
