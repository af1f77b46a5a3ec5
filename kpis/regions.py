"""What the facts say of customers' regions, which no cell knows; read for all regions at once."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kpis.engine.families import BY_NAME
from prm.common.models import FiscalMonth

# The facts that a measure of sales is told of; of all others it is zero, and they are not read.
# "<> 0", since the planner expects next to nothing of "= 1" where there is much.
WON, LOST = "(fact.won_n <> 0 OR fact.adjustment_id IS NOT NULL)", "fact.lost_n <> 0"
INFLUENCED = "fact.influenced_n = 1"
RULES = {
    "won_n": WON, "won_rc": WON, "cosell_won_n": WON, "adjusted_rc": WON,
    "lost_n": LOST, "lost_rc": LOST, "cosell_lost_n": LOST,
    "influenced_n": INFLUENCED, "influenced_rc": INFLUENCED,
}  # fmt: skip
COSTLY = ("influenced_n", "influenced_rc")  # to tell of a fact: read when they are asked for


def with_customer(family: str) -> str:
    """FROM: a family's facts, alias ``fact``, with the customer of their deal or registration."""
    view = BY_NAME[family].view
    return (
        f"FROM {view} AS fact JOIN partners_customer AS customer ON customer.id = fact.customer_id"
    )


def in_months(family: str, months: Collection[date], calendar: Sequence[FiscalMonth]) -> str:
    """The condition on the facts of these months: their days, and the months where one is left out.

    A condition on months that says no more than the days makes the planner expect next to nothing.
    """
    found = [month for month in calendar if month.starts_on in months]
    days = BY_NAME[family].of_days(found[0].starts_on, found[-1].ends_on)
    if found[-1].n - found[0].n + 1 == len(found):
        return days
    among = ", ".join(f"'{month.starts_on}'" for month in found)
    return f"{days} AND fact.month IN ({among})"


def days_to_close(months: Collection[date], calendar: Sequence[FiscalMonth]) -> str:
    """Region, whether direct, month, days and deals of won deals."""
    return (
        "SELECT customer.region, fact.partner_id = 0, fact.month, fact.days, sum(fact.n)::bigint"
        f" {with_customer('cycle')} WHERE {in_months('cycle', months, calendar)}"
        " GROUP BY 1, 2, 3, 4"
    )


@dataclass
class Months:
    """What was read month by month: (customer region, whether direct) → month → measures."""

    rows: dict[tuple[str, bool], dict[date, Any]] = field(default_factory=dict)
    read: set[date] = field(default_factory=set)

    def due(self, wanted: Iterable[date], foreseen: Iterable[date]) -> set[date]:
        """The months still to be read, with those foreseen; from now on they count as read."""
        due = {*wanted, *foreseen} - self.read
        self.read |= due
        return due


@dataclass
class Regions:
    """The measures of a family by customer region, read for all regions and months at once.

    Measures are read when they are asked for, together with those of the same facts.
    """

    family: str
    calendar: Sequence[FiscalMonth]
    query: Callable[[str], list[tuple[Any, ...]]]
    months: set[date] = field(default_factory=set)
    known: dict[tuple[tuple[str, bool], date], dict[str, Any]] = field(default_factory=dict)
    read: dict[str, set[date]] = field(default_factory=dict)

    def of(self, side: tuple[str, bool], wanted: Iterable[date]) -> "dict[date, Measures]":
        """The measures by month of one region, of partners or direct; no fact means zero."""
        self.months.update(wanted)
        return {month: Measures(self, side, month) for month in wanted}

    def value(self, side: tuple[str, bool], month: date, measure: str) -> Any:
        """One measure. Raises KeyError for what the family does not measure."""
        if measure not in BY_NAME[self.family].measures:
            raise KeyError(measure)
        self._read(RULES.get(measure, ""))
        return self.known.get((side, month), {}).get(measure, 0)

    def _read(self, rule: str) -> None:
        """Read the measures with this rule of all months that were named so far."""
        due = self.months - self.read.setdefault(rule, set())
        if not due:
            return
        self.read[rule] |= due
        known = BY_NAME[self.family].measures
        measures = {name: text for name, text in known.items() if RULES.get(name, "") == rule}
        found = self.query(
            "SELECT customer.region, fact.partner_id = 0, fact.month,"
            f" {', '.join(measures.values())} {with_customer(self.family)}"
            f" WHERE {in_months(self.family, due, self.calendar)} AND {rule or 'true'}"
            " GROUP BY 1, 2, 3"
        )
        for region, is_direct, month, *row in found:
            values = self.known.setdefault(((region, is_direct), month), {})
            values.update(zip(measures, row, strict=True))


class Measures(dict[str, Any]):
    """The measures of one month, read at the first use."""

    def __init__(self, source: Regions, side: tuple[str, bool], month: date) -> None:
        super().__init__()
        self.source, self.side, self.month = source, side, month

    def __missing__(self, measure: str) -> Any:
        return self.source.value(self.side, self.month, measure)

    def __bool__(self) -> bool:
        return True  # nothing is read yet, which does not mean that there is nothing
