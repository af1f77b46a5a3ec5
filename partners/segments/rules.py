"""What a dynamic segment asks of partners, and whether one meets it. Pure: no database, no clock.

A rule has blocks of tests. Either all blocks must hold, of each of which one test is enough, or one
block is enough, of which all tests must hold: any combination of AND and OR can be said so.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from partners.programs.rules import Measure

ALL, ANY = "all", "any"
OTHER = {ALL: ANY, ANY: ALL}
CHOICE, TEXT, NUMBER, DAY, FLAG = "choice", "text", "number", "day", "flag"
EMPTY, FILLED = "empty", "filled"
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt,
}  # fmt: skip
KNOWN = (FILLED, EMPTY)
RECENT, NOT_RECENT, SOON = "last_days", "not_last_days", "next_days"
# What can be asked of a field of each kind.
OPERATORS: dict[str, tuple[str, ...]] = {
    CHOICE: ("in", "not_in", *KNOWN),
    TEXT: ("contains", "not_contains", "is", *KNOWN),
    NUMBER: tuple(COMPARE),
    DAY: (RECENT, NOT_RECENT, SOON, "before", "from", *KNOWN),
    FLAG: ("yes", "no"),
}
BARE = frozenset({EMPTY, FILLED, "yes", "no"})  # these need no value
IN_DAYS = frozenset({RECENT, NOT_RECENT, SOON})


@dataclass(frozen=True)
class FieldTest:
    """A field held against values: several of a choice, one of anything else."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricTest:
    """A KPI's reading over a period, held against a threshold; ``currency`` is that of money."""

    measure: Measure
    operator: str
    threshold: Decimal
    currency: str = ""


Test = FieldTest | MetricTest


@dataclass(frozen=True)
class Rule:
    """Blocks of tests; ``join`` says whether all blocks must hold or one is enough."""

    join: str = ALL
    blocks: tuple[tuple[Test, ...], ...] = ()

    def tests(self) -> Iterator[Test]:
        """Every test, in order."""
        for block in self.blocks:
            yield from block

    def fields(self) -> list[str]:
        """The fields that must be known, each once."""
        return list(dict.fromkeys(t.field for t in self.tests() if isinstance(t, FieldTest)))

    def of_fields(self) -> "Rule":
        """The rule without blocks that ask for KPIs; what is left must hold for a member."""
        return Rule(
            self.join,
            tuple(b for b in self.blocks if not any(isinstance(t, MetricTest) for t in b)),
        )

    def measures(self) -> list[Measure]:
        """The KPI readings that must be known, each once."""
        return list(dict.fromkeys(t.measure for t in self.tests() if isinstance(t, MetricTest)))

    def currencies(self) -> list[str]:
        """The currencies of thresholds."""
        return sorted(
            {t.currency for t in self.tests() if isinstance(t, MetricTest) and t.currency}
        )


@dataclass(frozen=True)
class Known:
    """What is known of one partner: values of fields and of KPI readings."""

    fields: Mapping[str, Any]
    metrics: Mapping[Measure, Decimal | None]


Match = Callable[[Known], bool]


def matcher(
    rule: Rule, kinds: Mapping[str, str], rates: Mapping[str, Decimal], today: date
) -> Match:
    """The rule as one question to a partner; an empty rule holds for nobody.

    ``kinds`` are those of the fields, ``rates`` turn a threshold's currency into the reporting one.
    """
    blocks = [[_match(test, kinds, rates, today) for test in block] for block in rule.blocks]
    if not any(blocks):
        return lambda known: False
    outer, inner = (all, any) if rule.join == ALL else (any, all)
    return lambda known: outer(inner(test(known) for test in block) for block in blocks)


def holding(
    rule: Rule, known: Known, kinds: Mapping[str, str], rates: Mapping[str, Decimal], today: date
) -> list[tuple[Test, bool]]:
    """Each test with whether this partner meets it."""
    return [(test, _match(test, kinds, rates, today)(known)) for test in rule.tests()]


def _match(
    test: Test, kinds: Mapping[str, str], rates: Mapping[str, Decimal], today: date
) -> Match:
    if isinstance(test, MetricTest):
        holds, measure = COMPARE[test.operator], test.measure
        limit = test.threshold * rates.get(test.currency, Decimal(1))

        def of_metric(known: Known) -> bool:
            value = known.metrics.get(measure)
            return value is not None and holds(value, limit)

        return of_metric
    judge, field = _judge(test, kinds[test.field], today), test.field
    return lambda known: judge(known.fields.get(field))


def _judge(test: FieldTest, kind: str, today: date) -> Callable[[Any], bool]:
    """A question to the value of a field; an unknown value meets only what asks for that."""
    asked = test.operator
    if asked in KNOWN:
        return (lambda value: not value) if asked == EMPTY else bool
    if kind == FLAG:
        return lambda value: bool(value) == (asked == "yes")
    if kind == CHOICE:
        wanted = frozenset(test.values)
        if asked == "in":
            return lambda values: not wanted.isdisjoint(values or ())
        return lambda values: wanted.isdisjoint(values or ())
    if kind == TEXT:
        return _of_text(asked, test.values[0].casefold())
    if kind == NUMBER:
        holds, limit = COMPARE[asked], Decimal(test.values[0])
        return lambda value: value is not None and holds(value, limit)
    return _of_day(asked, test.values[0], today)


def _of_text(asked: str, wanted: str) -> Callable[[Any], bool]:
    if asked == "is":
        return lambda value: (value or "").casefold() == wanted
    if asked == "contains":
        return lambda value: wanted in (value or "").casefold()
    return lambda value: wanted not in (value or "").casefold()


def _of_day(asked: str, text: str, today: date) -> Callable[[Any], bool]:
    if asked in IN_DAYS:
        span = timedelta(days=int(text))
        if asked == SOON:
            return lambda value: value is not None and today <= value <= today + span
        if asked == RECENT:
            return lambda value: value is not None and today - span < value <= today
        return lambda value: value is None or value <= today - span
    day = date.fromisoformat(text)
    if asked == "before":
        return lambda value: value is not None and value < day
    return lambda value: value is not None and value >= day
