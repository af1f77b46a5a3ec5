"""Evaluations of whole programmes: every local day, when somebody asks, and dry runs.

The values of all partners are read at once; what follows is done, and told, in chunks.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

import kpis.tiers  # noqa: F401 - gives requirements their values
from kpis.engine.drain import drain
from partners.models import Partner, PartnerProgram, RuleVersion, TierRun, TierStanding
from partners.programs.evaluating import Gathered, forget_leavers, judge, record_evaluation
from partners.programs.metrics import source
from partners.programs.positions import member_ids
from partners.programs.rules import Rules
from partners.programs.runs import DRY_RUN, EVALUATE, ask_evaluation
from partners.programs.selectors import published
from partners.programs.stepping import Judged
from partners.programs.windows import last_review
from prm.common import config, jobs
from prm.common.config import Program
from prm.common.models import Job
from prm.common.rates import rates_on

CHUNK = 500
MOST_CHANGES = 2_000  # of a dry run, in words; the others are counted


def ask_due(now: datetime) -> int:
    """Ask for today's evaluation of each programme with rules that lacks it; returns how many."""
    today = config.program().local_date(now)
    done = Q(runs__kind=TierRun.Kind.DAILY, runs__day=today, runs__finished_at__isnull=False)
    due = PartnerProgram.objects.filter(versions__state=RuleVersion.State.PUBLISHED).exclude(
        pk__in=PartnerProgram.objects.filter(done).values("pk")
    )
    for program in due:
        ask_evaluation(program, now=now)
    return len(due)


def gather(rules: Rules, ids: Sequence[int], settings: Program, today: date) -> Gathered:
    """The values of these partners up to and with today; up to the last review where one is due."""
    measures, tomorrow = rules.measures(), today + timedelta(days=1)
    review_day = last_review(rules.review, today, settings.months)
    late = TierStanding.objects.filter(partner__in=ids, reviewed_until__lt=review_day)
    due = list(late.values_list("partner_id", flat=True))
    known = source()
    return Gathered(
        today=today,
        values=known.values(measures, tomorrow, settings, ids),
        rates=_rates(rules, today),
        review_day=review_day,
        review_values=known.values(measures, review_day, settings, due),
        review_rates=_rates(rules, review_day - timedelta(days=1)),
    )


def _rates(rules: Rules, day: date) -> dict[str, Any]:
    known = rates_on(day, rules.currencies())
    return {code: known.get(code) for code in rules.currencies()}


@jobs.handles(EVALUATE)
def evaluate_program(job: Job, now: datetime) -> None:
    """Today's evaluation of one programme. Doing it twice moves nobody twice."""
    program = PartnerProgram.objects.filter(pk=job.args["program"]).first()
    version = published(program) if program else None
    if program is None or version is None:
        return
    drain(now)
    settings = config.program()
    today = settings.local_date(now)
    ids = member_ids(program)
    run, _made = TierRun.objects.update_or_create(
        program=program,
        kind=TierRun.Kind.DAILY,
        day=today,
        defaults={"version": version, "version_number": version.number, "job": job, "done": 0,
                  "total": len(ids), "started_at": now, "finished_at": None},
    )  # fmt: skip
    gathered = gather(version.parsed, ids, settings, today)
    counts: dict[str, int] = {}
    for chunk in _chunks(ids):
        done = record_evaluation(program, version, chunk, gathered, settings.months, now=now)
        for action, n in done.actions.items():
            counts[action] = counts.get(action, 0) + n
        _tell(run, len(chunk))
    forget_leavers(program, ids, now=now)
    TierRun.objects.filter(pk=run.pk).update(counts=counts, finished_at=now)


@jobs.handles(DRY_RUN)
def dry_run(job: Job, now: datetime) -> None:
    """What an evaluation would change if it ran now, with the rules of a version; moves nobody."""
    run = TierRun.objects.filter(pk=job.args["run"], finished_at=None).first()
    if run is None or run.version is None:
        return
    drain(now)
    settings, rules = config.program(), run.version.parsed
    today = settings.local_date(now)
    ids = member_ids(run.program)
    TierRun.objects.filter(pk=run.pk).update(total=len(ids), done=0, started_at=now)
    gathered = gather(rules, ids, settings, today)
    counts: dict[str, int] = {}
    changes: list[dict[str, Any]] = []
    for chunk in _chunks(ids):
        found = [one for one in judge(chunk, rules, gathered, settings.months) if _what(one)]
        names = Partner.objects.in_bulk([one.member.partner_id for one in found])
        for one in found:
            what = _what(one)
            counts[what] = counts.get(what, 0) + 1
            if len(changes) < MOST_CHANGES:
                changes.append(_change(one, what, names[one.member.partner_id], rules))
        _tell(run, len(chunk))
    TierRun.objects.filter(pk=run.pk).update(counts=counts, changes=changes, finished_at=now)


def _what(one: Judged) -> str:
    """The action that would follow; ``at_review`` for whom the next one would find at risk."""
    if one.step.action:
        return one.step.action
    return "at_review" if one.will_be_at_risk else ""


def _change(one: Judged, what: str, partner: Partner, rules: Rules) -> dict[str, Any]:
    tier = one.member.position.tier
    own = one.found.of(tier)
    missed = (
        [x.criterion.measure.metric for x in own.own.outcomes() if x.met is False] if own else []
    )
    return {
        "partner": str(partner.public_id),
        "name": partner.name,
        "what": what,
        "from": tier,
        "to": one.step.to if one.step.action else rules.below(tier),
        "missed": missed,
    }


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), CHUNK):
        yield ids[first : first + CHUNK]


def _tell(run: TierRun, more: int) -> None:
    run.done += more
    TierRun.objects.filter(pk=run.pk).update(done=run.done)
