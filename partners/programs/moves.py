"""What follows from an evaluation: up, at risk, down, or nothing and why. Pure.

Up is quick, down is slow: a tier is lost only when a review (the end of a period) finds it missed,
grace has passed, and then by one level. A hard criterion that is missed loses it at once.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from partners.programs.rules import NO_TIER, Evaluation, Rules, TierOutcome

STEADY, AT_RISK = "steady", "at_risk"
PROMOTION, DEMOTION = "promotion_pending", "demotion_pending"


@dataclass(frozen=True)
class Position:
    """Where a partner stands before the evaluation.

    Days are the last ones of what they name: ``exempt_until`` of the time as a new partner,
    ``kept_until`` of the time that a new tier is kept, ``grace_until`` of the grace,
    ``declined_until`` of the time in which a declined promotion is not proposed again.
    ``floor`` is the tier that an exception holds.
    """

    tier: str
    state: str = STEADY
    pending: str = NO_TIER
    grace_until: date | None = None
    exempt_until: date | None = None
    kept_until: date | None = None
    declined: str = NO_TIER
    declined_until: date | None = None
    floor: str | None = None
    exception_is_over: bool = False
    is_locked: bool = False
    is_planned: bool = False  # another profile is valid from a later day on


@dataclass(frozen=True)
class Step:
    """What happens: an action of the standing's table, where it leads, or why nothing does."""

    action: str = ""
    to: str = NO_TIER
    grace_until: date | None = None
    because: str = ""


def step(
    rules: Rules,
    position: Position,
    found: Evaluation,
    review: Evaluation | None,
    today: date,
) -> Step:
    """What follows for a partner today.

    ``review`` is the evaluation at the end of a period that has passed since the last one; None
    when no review is due.
    """
    rank = rules.rank(position.tier)
    if position.is_locked:
        return Step(because="locked")
    if position.is_planned:
        return Step(because="planned_change")
    if rank is None:
        return Step(because="unknown_tier")
    own = found.of(position.tier)
    if own is not None and own.hard_failed and not _protected(rules, position, rank):
        return _drop(rules, found, position.tier)
    target = found.target
    if (rules.rank(target) or 0) > rank:
        return _up(rules, position, target, today)
    if position.state == PROMOTION:
        return Step("withdraw", position.tier, because="no_longer_met")
    if own is None or own.met is not False:
        return _kept(position, own)
    return _down(rules, position, rank, review, today)


def _protected(rules: Rules, position: Position, rank: int) -> bool:
    """An exception holds this tier or a higher one."""
    return position.floor is not None and (rules.rank(position.floor) or 0) >= rank


def _drop(rules: Rules, found: Evaluation, tier: str) -> Step:
    """Down to the highest tier that holds, however far below."""
    held = [
        one.tier.key
        for one in found.tiers
        if one.met and (rules.rank(one.tier.key) or 0) < (rules.rank(tier) or 0)
    ]
    return Step("drop", held[-1] if held else NO_TIER, because="hard")


def _up(rules: Rules, position: Position, target: str, today: date) -> Step:
    if rules.promotion == "at_once":
        return Step("promote", target)
    if position.state == PROMOTION and position.pending == target:
        return Step(because="waits_for_approval")
    declined = position.declined_until is not None and today <= position.declined_until
    if declined and (rules.rank(target) or 0) <= (rules.rank(position.declined) or 0):
        if position.state in {AT_RISK, DEMOTION}:
            return Step("recover", position.tier)
        return Step(because="declined")
    return Step("propose_promotion", target)


def _kept(position: Position, own: TierOutcome | None) -> Step:
    """The tier holds, or it is not known whether it does: then nothing changes."""
    if own is not None and own.met is None:
        return Step(because="unknown")
    if position.state in {AT_RISK, DEMOTION}:
        return Step("recover", position.tier)
    return Step(because="met")


def _down(
    rules: Rules, position: Position, rank: int, review: Evaluation | None, today: date
) -> Step:
    if _protected(rules, position, rank):
        if position.state in {AT_RISK, DEMOTION}:
            return Step("recover", position.tier, because="exception")
        return Step(because="exception")
    if position.state == DEMOTION:
        return Step(because="waits_for_approval")
    if position.state == AT_RISK:
        return _after_grace(rules, position, today)
    for until, why in ((position.exempt_until, "new_partner"), (position.kept_until, "new_tier")):
        if until is not None and today <= until:
            return Step(because=why)
    missed = review.of(position.tier) if review else None
    is_missed = missed is not None and missed.met is False
    if not is_missed and not position.exception_is_over:
        return Step(because="until_review")
    return Step("warn", rules.below(position.tier), today + timedelta(days=rules.grace_days))


def _after_grace(rules: Rules, position: Position, today: date) -> Step:
    if position.grace_until is None or today <= position.grace_until:
        return Step(because="grace")
    action = "demote" if rules.demotion == "automatic" else "propose_demotion"
    return Step(action, rules.below(position.tier))
