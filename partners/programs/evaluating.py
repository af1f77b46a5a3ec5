"""Writes down what an evaluation found, and does what follows. Safe to run twice and at once."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from partners import signals
from partners.programs.models import PartnerProgram, RuleVersion, TierStanding
from partners.programs.moves import Step, step
from partners.programs.moving import locked, move, tier_on
from partners.programs.positions import Member, members
from partners.programs.rules import Evaluation, Measure, Rules, evaluate
from prm.common import audit
from prm.common.errors import Conflict
from prm.common.models import FiscalMonth
from prm.common.transition import transition

Known = Mapping[int, Mapping[Measure, Decimal | None]]
# One statement for many rows; Django's own way takes five times as long.
STORE = """
    UPDATE partners_tierstanding AS standing
    SET program_id = %s, version_id = %s, evaluated_on = %s, evaluated_at = %s,
        reviewed_until = %s, updated_at = %s, readings = found.readings,
        attained = found.attained, asked = found.asked, because = found.because
    FROM jsonb_to_recordset(%s::jsonb) AS found(
        id bigint, readings jsonb, attained float8, asked int, because text
    )
    WHERE standing.id = found.id
"""
CAUSES = {"promote": "promotion", "demote": "demotion", "drop": "hard"}


@dataclass(frozen=True)
class Gathered:
    """What is known of the partners: values up to and with today, and up to the last review.

    ``review_day`` is the first day after the last review period that is over, ``rates`` those of
    the thresholds' currencies on the day before each ``until``.
    """

    today: date
    values: Known
    rates: Mapping[str, Decimal | None]
    review_day: date
    review_values: Known
    review_rates: Mapping[str, Decimal | None]


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


@dataclass
class Recorded:
    """What an evaluation did: how many partners, which actions, and what stopped others."""

    partners: int = 0
    actions: Counter[str] = field(default_factory=Counter)


def is_due(member: Member, gathered: Gathered) -> bool:
    """Whether a review period ended since the last evaluation; nobody is judged by a period before
    the first one.
    """
    return member.reviewed_until is not None and member.reviewed_until < gathered.review_day


def judge(
    ids: Sequence[int], rules: Rules, gathered: Gathered, months: Sequence[FiscalMonth]
) -> list[Judged]:
    """Evaluate these partners; nothing is written."""
    found = []
    for member in members(ids, rules, months, gathered.today):
        today = evaluate(rules, gathered.values.get(member.partner_id, {}), gathered.rates)
        review = None
        if is_due(member, gathered):
            values = gathered.review_values.get(member.partner_id, {})
            review = evaluate(rules, values, gathered.review_rates)
        after = step(rules, member.position, today, review, gathered.today)
        found.append(Judged(member, today, after))
    return found


def readings_of(
    values: Mapping[Measure, Decimal | None], rates: Mapping[str, Decimal | None]
) -> dict[str, Any]:
    """Values and rates as they are stored."""
    return {
        "values": {
            measure.text: None if value is None else str(value) for measure, value in values.items()
        },
        "rates": {code: None if rate is None else str(rate) for code, rate in rates.items()},
    }


def record_evaluation(
    program: PartnerProgram,
    version: RuleVersion,
    ids: Sequence[int],
    gathered: Gathered,
    months: Sequence[FiscalMonth],
    *,
    now: datetime,
) -> Recorded:
    """Store what was found of these partners, and move those who are to move.

    Each move is a transaction of its own; the values are stored after the moves, so that a run
    that was killed between them is made good by the next one.
    """
    rules = version.parsed
    _open_standings(program, ids)
    result = Recorded()
    rows = []
    for judged in judge(ids, rules, gathered, months):
        standing, values = judged.member.standing, gathered.values
        if standing is None:  # merged or gone between two statements
            continue
        readings = readings_of(values.get(standing.partner_id, {}), gathered.rates)
        after = judged.step
        if after.action:
            after = _do(judged, rules, version, readings, gathered.today, now)
            result.actions[after.action or after.because] += 1
        result.partners += 1
        attained, asked = progress_of(rules, judged.member, judged.found, after)
        rows.append({"id": standing.pk, "readings": readings, "attained": attained,
                     "asked": asked, "because": after.because})  # fmt: skip
    _store(program, version, gathered, rows, now)
    return result


def _store(
    program: PartnerProgram,
    version: RuleVersion,
    gathered: Gathered,
    rows: list[dict[str, Any]],
    now: datetime,
) -> None:
    """Write down what was found of each standing."""
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            [program.pk, version.pk, gathered.today, now, gathered.review_day, now,
             json.dumps(rows)],
        )  # fmt: skip


def progress_of(rules: Rules, member: Member, found: Evaluation, after: Step) -> tuple[float, int]:
    """How far the partner is towards the next tier: the shares of its rules, and how many."""
    moved = after.action in CAUSES
    return towards(rules, after.to if moved else member.position.tier, found)


def towards(rules: Rules, tier: str, found: Evaluation) -> tuple[float, int]:
    """The shares of the rules of the tier above (at the top, of the top) added up; how many."""
    wanted = found.of(rules.above(tier))
    shares = [one.share for one in wanted.own.outcomes()] if wanted else []
    return sum(shares), len(shares)


def _open_standings(program: PartnerProgram, ids: Iterable[int]) -> None:
    known = set(TierStanding.objects.filter(partner__in=ids).values_list("partner_id", flat=True))
    TierStanding.objects.bulk_create(
        [TierStanding(partner_id=pk, program=program) for pk in ids if pk not in known],
        ignore_conflicts=True,
    )


def _do(
    judged: Judged,
    rules: Rules,
    version: RuleVersion,
    readings: dict[str, Any],
    today: date,
    now: datetime,
) -> Step:
    """Take one step, unless somebody else was faster; returns what was done."""
    member, after = judged.member, judged.step
    assert member.standing is not None  # noqa: S101 - opened before
    try:
        with transaction.atomic():
            standing = locked(member.standing)
            as_judged = (member.position.state, member.position.tier, member.position.is_locked)
            if (standing.state, tier_on(member.partner_id, today), standing.is_locked) != as_judged:
                return Step(because="moved_meanwhile")
            standing.version = version
            _take(standing, after, rules, readings, today, now)
    except Conflict:
        return Step(because="planned_change")
    return after


def _take(
    standing: TierStanding,
    after: Step,
    rules: Rules,
    readings: dict[str, Any],
    today: date,
    now: datetime,
) -> None:
    if after.action in CAUSES:
        TierStanding.objects.filter(pk=standing.pk).update(version=standing.version)
        move(
            standing, after.action, after.to, cause=CAUSES[after.action], rules=rules,
            today=today, by=None, now=now, readings=readings,
        )  # fmt: skip
        return
    changes: dict[str, Any] = {"pending_tier": "", "since": None, "grace_until": None}
    news = None
    if after.action in {"propose_promotion", "propose_demotion"}:
        changes |= {"pending_tier": after.to, "since": today}
        is_up = after.action == "propose_promotion"
        news = signals.promotion_proposed if is_up else signals.demotion_proposed
    elif after.action == "warn":
        changes |= {"pending_tier": after.to, "since": today, "grace_until": after.grace_until}
        news = signals.tier_at_risk
    elif after.action == "recover":
        news = signals.tier_recovered
    elif after.action == "withdraw":
        news = signals.promotion_withdrawn
    fresh = transition(standing, after.action, by=None, now=now, changes=changes)
    fresh.partner = standing.partner  # read already
    if news is not None:
        news.send(sender=TierStanding, standing=fresh, now=now)


@transaction.atomic
def forget_leavers(program: PartnerProgram, ids: Sequence[int], *, now: datetime) -> int:
    """Partners that are in the programme no more have no standing in it; returns how many."""
    rows = TierStanding.objects.filter(program=program).exclude(partner__in=ids)
    for standing in rows.exclude(state=TierStanding.State.STEADY):
        audit.record("tierstanding.leave", standing, by=None, now=now,
                     before={"state": standing.state})  # fmt: skip
        signals.standing_left.send(sender=TierStanding, standing=standing, now=now)
    return rows.delete()[0]
