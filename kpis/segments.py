"""The members of dynamic segments: fields and KPI readings of all partners, held against rules.

Values flow down by call: this module works out the members and hands them to
``partners.segments.services.record_members``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

import kpis.tiers  # noqa: F401 - gives readings of KPIs for all partners at once
from partners.models import DynamicSegment, Partner, SegmentStay
from partners.programs.metrics import source
from partners.programs.rules import Measure
from partners.segments.checks import problems
from partners.segments.evaluator import EVALUATORS, SHOWN, Changes, Preview, Shown, Values
from partners.segments.fields import KINDS, partners_in, values_of
from partners.segments.periods import days_of
from partners.segments.rules import ALL, FieldTest, Known, MetricTest, Rule, holding, matcher
from partners.segments.services import lock_segment, record_members
from prm.common import access, config, jobs
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.models import Job
from prm.common.rates import rates_on

EVALUATE = "segments.evaluate"


@dataclass(frozen=True)
class Gathered:
    """What a rule needs to know of some partners on one day."""

    rule: Rule
    known: Mapping[int, Known]
    rates: Mapping[str, Decimal]
    today: date

    def members(self) -> list[int]:
        """The partners for whom the rule holds."""
        holds = matcher(self.rule, KINDS, self.rates, self.today)
        return [pk for pk, known in self.known.items() if holds(known)]

    def values(self, pk: int, *, met: bool) -> Values:
        """What decided about a partner: the values of the tests that it meets, or misses."""
        known = self.known[pk]
        tests = holding(self.rule, known, KINDS, self.rates, self.today)
        return [stored(test, known) for test, is_met in tests if is_met == met]


def stored(test: FieldTest | MetricTest, known: Known) -> dict[str, Any]:
    """The value behind a test as a stay keeps it."""
    if isinstance(test, MetricTest):
        one, reading = test.measure, known.metrics.get(test.measure)
        return {"kpi": one.metric, "window": one.window, "months": one.months,
                "value": None if reading is None else str(reading)}  # fmt: skip
    value = known.fields.get(test.field)
    if isinstance(value, date):
        value = value.isoformat()
    return {"field": test.field, "value": list(value) if isinstance(value, tuple) else value}


def gather(
    rule: Rule,
    ids: Iterable[int] | None,
    settings: Program,
    now: datetime,
    *,
    is_preview: bool = False,
) -> Gathered:
    """Values of these partners (None: all that can be in a segment), in a fixed number of queries.

    A preview asks KPIs only of whom the fields leave in: the others cannot become members.
    Raises LookupError without an exchange rate for the currency of a threshold.
    """
    today = settings.local_date(now)
    among = None if ids is None else partners_in().filter(pk__in=ids)
    fields = values_of(rule.fields(), today, among)
    asked = list(fields)
    if is_preview and rule.join == ALL and rule.of_fields().blocks:
        holds = matcher(rule.of_fields(), KINDS, {}, today)
        asked = [pk for pk in asked if holds(Known(fields[pk], {}))]
    metrics = _metrics(rule.measures(), asked, settings, today)
    known = {pk: Known(values, metrics.get(pk, {})) for pk, values in fields.items()}
    return Gathered(rule, known, _rates(rule, settings, today), today)


def _metrics(
    measures: Sequence[Measure], ids: list[int], settings: Program, today: date
) -> dict[int, dict[Measure, Decimal | None]]:
    """Partner → its KPI readings; one call for all periods that end on the same day."""
    found: dict[int, dict[Measure, Decimal | None]] = {pk: {} for pk in ids} if measures else {}
    by_end: dict[date, dict[Measure, Measure]] = {}
    for measure in measures:
        read, until = days_of(measure, today, settings.months)
        by_end.setdefault(until, {})[read] = measure
    for until, names in by_end.items():
        for pk, values in source().values(names, until, settings, ids).items():
            own = found[pk]
            for read, value in values.items():
                own[names[read]] = value
    return found


def _rates(rule: Rule, settings: Program, today: date) -> dict[str, Decimal]:
    found = {}
    foreign = [code for code in rule.currencies() if code != settings.currency]
    known = rates_on(today, foreign)
    for code in foreign:
        rate = known.get(code)
        if rate is None:
            raise LookupError(code)
        found[code] = rate
    return found


class CellEvaluator:
    """Works out members from fields and cells."""

    def preview(self, rule: Rule, actor: Actor, now: datetime) -> Preview:
        """Whom the rule would hold for, of the partners that this person may know of."""
        if not any(rule.blocks) or any(problems(rule)):
            return Preview()
        ids = None
        if not actor.has(*access.SEES_ALL_PARTNERS):
            ids = list(access.scope(actor, Partner).values_list("pk", flat=True))
        try:
            found = gather(rule, ids, config.program(), now, is_preview=True)
        except LookupError as error:
            return Preview(problem=_no_rate(str(error.args[0])))
        members = found.members()
        first = partners_in().filter(pk__in=members).order_by("name", "pk")[:SHOWN]
        return Preview(
            len(members),
            len(found.known),
            [Shown(one, found.values(one.pk, met=True)) for one in first],
        )

    def refresh(self, segment: DynamicSegment, now: datetime) -> Changes:
        """Work out the members now and write who came and went.

        The segment is held from the reading on, so that an older answer never comes after a newer
        one; killed anywhere, nothing is written. Twice changes nothing.
        """
        with transaction.atomic():
            segment = lock_segment(segment)
            rule = segment.parsed
            if segment.state != DynamicSegment.State.ACTIVE or any(problems(rule)):
                return Changes()
            try:
                found = gather(rule, None, config.program(), now)
            except LookupError:
                return Changes()  # our own gap moves nobody
            members = set(found.members())
            stays = SegmentStay.objects.filter(segment=segment, valid_to=None)
            before = set(stays.values_list("partner_id", flat=True))
            values: dict[int, Values] = {pk: [] for pk in members}
            for pk in members - before:
                values[pk] = found.values(pk, met=True)
            left = {pk: found.values(pk, met=False) for pk in before - members if pk in found.known}
            came, gone = record_members(segment, values, left=left, now=now)
        return Changes(came, gone, len(members), values)


def _no_rate(currency: str) -> str:
    return _("There is no exchange rate for %(currency)s. Add one, or choose another currency.") % {
        "currency": currency
    }


def ask_due(now: datetime) -> int:
    """Ask for today's evaluation of each segment that lacks it; returns how many."""
    today = config.program().local_date(now)
    rows = DynamicSegment.objects.filter(state=DynamicSegment.State.ACTIVE)
    due = list(rows.exclude(evaluated_on__gte=today).values_list("pk", flat=True))
    for pk in due:
        jobs.enqueue(EVALUATE, str(pk), now=now, args={"segment": pk})
    return len(due)


@jobs.handles(EVALUATE)
def evaluate_segment(job: Job, now: datetime) -> None:
    """Today's evaluation of one segment; an archived one is left alone."""
    segment = DynamicSegment.objects.filter(pk=job.args["segment"]).first()
    if segment is not None:
        CellEvaluator().refresh(segment, now)


EVALUATORS.append(CellEvaluator())
