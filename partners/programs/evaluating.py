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
from partners.programs.positions import Member, members
from partners.programs.rules import Evaluation, Measure, Rules, evaluate
from partners.programs.stepping import CAUSES, Judged, take_steps
from prm.common import audit
from prm.common.models import FiscalMonth

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

    Moves and values are one transaction: a run that is killed here has done nothing.
    """
    rules = version.parsed
    _open_standings(program, ids)
    # one without a standing was merged or is gone between two statements
    found = [one for one in judge(ids, rules, gathered, months) if one.member.standing is not None]
    readings = {
        one.member.partner_id: readings_of(
            gathered.values.get(one.member.partner_id, {}), gathered.rates
        )
        for one in found
    }
    moving = [one for one in found if one.step.action]
    with transaction.atomic():  # whoever is told reads the values that it rests on
        taken = take_steps(moving, rules, version, readings, gathered.today, now)
        result, rows = Recorded(partners=len(found)), []
        for one in found:
            pk, standing = one.member.partner_id, one.member.standing
            after = taken.get(pk, one.step)
            if pk in taken:
                result.actions[after.action or after.because] += 1
            attained, asked = progress_of(rules, one.member, one.found, after)
            values: dict[str, Any] = {"readings": readings[pk], "because": after.because}
            values |= {"attained": attained, "asked": asked}
            rows.append({"id": standing.pk if standing else 0, **values})
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


@transaction.atomic
def forget_leavers(program: PartnerProgram, ids: Sequence[int], *, now: datetime) -> int:
    """Partners that are in the programme no more have no standing in it; returns how many."""
    rows = TierStanding.objects.filter(program=program).exclude(partner__in=ids)
    for standing in rows.exclude(state=TierStanding.State.STEADY):
        audit.record("tierstanding.leave", standing, by=None, now=now,
                     before={"state": standing.state})  # fmt: skip
        signals.standing_left.send(sender=TierStanding, standings=[standing], by=None, now=now)
    return rows.delete()[0]
