"""What follows from judgements, done for hundreds of partners at once, in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from partners import signals
from partners.accounts.services import change_tiers
from partners.programs.models import RuleVersion, TierMove, TierStanding
from partners.programs.moves import Step
from partners.programs.moving import tiers_on
from partners.programs.positions import Member
from partners.programs.rules import Evaluation, Rules
from prm.common.transition import transition_many

CAUSES = {"promote": "promotion", "demote": "demotion", "drop": "hard"}
NEWS: dict[str, Signal] = {
    "propose_promotion": signals.promotion_proposed,
    "propose_demotion": signals.demotion_proposed,
    "warn": signals.tier_at_risk,
    "recover": signals.tier_recovered,
    "withdraw": signals.promotion_withdrawn,
}
Readings = Mapping[int, dict[str, Any]]


@dataclass(frozen=True)
class Judged:
    """What was found of a partner, and what follows."""

    member: Member
    found: Evaluation
    step: Step

    @property
    def will_be_at_risk(self) -> bool:
        """Misses its tier today, and the next review would say so."""
        return self.step.because == "until_review"


@transaction.atomic
def take_steps(
    found: Sequence[Judged],
    rules: Rules,
    version: RuleVersion,
    readings: Readings,
    today: date,
    now: datetime,
) -> dict[int, Step]:
    """Take these steps, but for partners that somebody else was faster with.

    Returns partner → what was done. All or nothing: a run that is killed here has done nothing.
    """
    if not found:
        return {}
    rows = _locked(found)
    tiers = tiers_on([row.partner_id for row in rows.values()], today)
    taken: dict[int, Step] = {}
    going: list[tuple[TierStanding, Step]] = []
    for one in found:
        pk, position = one.member.partner_id, one.member.position
        row = rows.get(pk)
        as_judged = (position.state, position.tier, position.is_locked)
        if row is None or (row.state, tiers[pk], row.is_locked) != as_judged:
            taken[pk] = Step(because="moved_meanwhile")
            continue
        taken[pk] = one.step
        going.append((row, one.step))
    moving = {row.partner_id: step.to for row, step in going
              if step.action in CAUSES and tiers[row.partner_id] != step.to}  # fmt: skip
    for pk in set(moving) - change_tiers(moving, valid_from=today, by=None, now=now):
        taken[pk] = Step(because="planned_change")
    going = [(row, step) for row, step in going if taken[row.partner_id] is step]
    _change_states(going, version, today, now)
    moved = [(row, step) for row, step in going if row.partner_id in moving]
    _record_moves(moved, tiers, rules, readings, today, now)
    _tell(going, now)
    return taken


def _locked(found: Sequence[Judged]) -> dict[int, TierStanding]:
    """The standings as they are now, held until the transaction ends, by partner."""
    keys = [one.member.standing.pk for one in found if one.member.standing is not None]
    rows = TierStanding.objects.select_for_update(of=("self",)).select_related("partner", "program")
    return {row.partner_id: row for row in rows.filter(pk__in=keys).order_by("pk")}


def _change_states(
    going: Sequence[tuple[TierStanding, Step]], version: RuleVersion, today: date, now: datetime
) -> None:
    steps = []
    for row, step in going:
        is_open = step.action in {"propose_promotion", "propose_demotion", "warn"}
        changes = {
            "pending_tier": step.to if is_open else "",
            "since": today if is_open else None,
            "grace_until": step.grace_until if step.action == "warn" else None,
        }
        steps.append((row, step.action, changes))
    transition_many(steps, by=None, now=now)
    moved = [row.pk for row, step in going if step.action in CAUSES]
    TierStanding.objects.filter(pk__in=moved).update(version=version)
    for row, step in going:
        if step.action in CAUSES:
            row.version = version


def _record_moves(
    moved: Sequence[tuple[TierStanding, Step]],
    tiers: Mapping[int, str],
    rules: Rules,
    readings: Readings,
    today: date,
    now: datetime,
) -> None:
    """Write the history of moves, and announce them."""
    told: dict[bool, list[tuple[TierStanding, TierMove]]] = defaultdict(list)
    for row, step in moved:
        before = tiers[row.partner_id]
        is_up = (rules.rank(step.to) or 0) > (rules.rank(before) or 0)
        made = TierMove(
            partner=row.partner, program=row.program, version=row.version, from_tier=before,
            to_tier=step.to, is_up=is_up, cause=CAUSES[step.action], effective_from=today, at=now,
            readings=readings[row.partner_id],
        )  # fmt: skip
        told[is_up].append((row, made))
    TierMove.objects.bulk_create([made for same in told.values() for _row, made in same])
    for is_up, same in told.items():
        news = signals.tier_raised if is_up else signals.tier_lowered
        news.send(sender=TierStanding, moved=same, by=None, now=now)


def _tell(going: Sequence[tuple[TierStanding, Step]], now: datetime) -> None:
    """Announce what is no move."""
    told: dict[str, list[TierStanding]] = defaultdict(list)
    for row, step in going:
        if step.action in NEWS:
            told[step.action].append(row)
    for action, same in told.items():
        NEWS[action].send(sender=TierStanding, standings=same, by=None, now=now)
