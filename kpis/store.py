"""Reads cells and totals for one scope; each family's months are fetched once and kept.

Where the numbers come from: totals for the programme and its dimensions as they were (PIT),
cells for one partner and for dimensions as they are now, facts for customer regions.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from django.db import connection

from kpis import regions, seats
from kpis.engine.families import BY_NAME, Family
from kpis.result import Number
from kpis.scopes import DIRECT, DYNAMIC, Scope
from prm.common import periods
from prm.common.config import Program, program
from prm.common.models import Setting
from prm.common.periods import Period

T = TypeVar("T")
Rows = Mapping[date, dict[str, Any]]
PartnerRow = tuple[int, Decimal, Decimal, int, int]  # canonical id, gross, net, won, lost


@dataclass(frozen=True)
class Source:
    """Where the months of a family come from for one scope: SQL after SELECT, and parameters."""

    text: str
    params: tuple[Any, ...]
    month: str = "cell.month"
    is_totals: bool = False


def source_of(family: Family, scope: Scope, mode: str) -> Source:
    """The rows that make up ``scope``; ``mode`` is pit (as it was) or current (as it is)."""
    in_totals = mode == "pit" or scope.kind in {"program", "direct"}
    if family.totals and in_totals and scope.kind not in {"partner", "customer_region", DYNAMIC}:
        key = "" if scope.kind in {"program", "direct"} else scope.value
        return Source(
            f"FROM {family.totals.table} AS cell WHERE cell.dim = %s AND cell.k1 = %s",
            (scope.kind, key),
            "cell.period",
            is_totals=True,
        )
    return cells_of(family, scope, mode)


def cells_of(family: Family, scope: Scope, mode: str, some: str = "") -> Source:
    """The cells (or `some` of them) that make up a scope, each month by itself."""
    cells = (
        f"FROM {some or family.cells} AS cell JOIN kpis_profilespan AS span"
        " ON span.profile_id = cell.profile_id"
    )
    if scope.kind == "partner":  # the index of the cells begins with the partner
        cells += " AND span.partner_id = cell.partner_id"
        return Source(f"{cells} WHERE span.canonical_id = %s", (scope.id,))
    if scope.kind == "customer_region":
        raise LookupError("cells do not know the customers' regions")
    if scope.kind == "program":
        return Source(f"{cells} WHERE cell.partner_id <> 0", ())
    if scope.kind == "direct":
        return Source(f"{cells} WHERE cell.partner_id = 0", ())
    if scope.kind == DYNAMIC:
        seated, params = seats.of_month(scope, "span.canonical_id", "cell.month", mode)
        return Source(f"{cells} WHERE cell.partner_id <> 0 AND {seated}", params)
    column, value = (
        ("manager_id", scope.id) if scope.kind == "manager" else (scope.kind, scope.value)
    )
    if mode == "current":
        cells += (
            " JOIN kpis_profilespan AS today ON today.partner_id = span.canonical_id"
            " AND today.ends_on = 'infinity'"
        )
        return Source(f"{cells} WHERE cell.partner_id <> 0 AND today.{column} = %s", (value,))
    return Source(f"{cells} WHERE cell.partner_id <> 0 AND span.{column} = %s", (value,))


@dataclass
class Store:
    """One scope's numbers. ``others`` are the stores of related scopes (direct, parts), and
    ``shared`` what all of them have in common, such as the calendar.
    """

    scope: Scope
    mode: str
    now: datetime
    settings: Program = field(default_factory=program)
    others: dict[tuple[str, int, str], "Store"] = field(default_factory=dict)
    shared: dict[Any, Any] = field(default_factory=dict)
    _kept: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.others.setdefault((self.scope.text, self.scope.id, self.mode), self)

    def at(self, scope: Scope) -> "Store":
        """The store of another scope, with the same settings and clock."""
        known = self.others.get((scope.text, scope.id, self.mode))
        return known or Store(scope, self.mode, self.now, self.settings, self.others, self.shared)

    def direct(self) -> "Store":
        """Direct business beside this scope (in the same customer region, if it is one)."""
        if self.scope.kind == "customer_region":
            region = self.scope
            return self.at(Scope(region.kind, region.text, region.label, region.value, -1))
        return self.at(DIRECT)

    @property
    def has_partners(self) -> bool:
        """Whether families of partners (contracts, sign-ins) mean anything in this scope."""
        return self.scope.kind not in {"direct", "customer_region"}

    def once(self, key: Any, read: Callable[[], T]) -> T:
        """What ``read`` gives, read once for this scope."""
        if key not in self._kept:
            self._kept[key] = read()
        return self._kept[key]  # type: ignore[no-any-return]

    def once_for_all(self, key: Any, read: Callable[[], T]) -> T:
        """What ``read`` gives, read once for this scope and all related ones."""
        if key not in self.shared:
            self.shared[key] = read()
        return self.shared[key]  # type: ignore[no-any-return]

    def last_periods(self, end: Period, count: int) -> list[Period]:
        """``count`` periods of the kind of ``end``, which is the last, oldest first."""
        return self.once_for_all(
            ("periods", end.key, count), lambda: periods.ending_with(end, count, self.settings)
        )

    def before(self, period: Period) -> Period | None:
        """The period before, or None at the calendar's beginning."""
        spans = self.last_periods(period, 2)
        return spans[0] if len(spans) == 2 else None

    def foresee(self, spans: Iterable[Period]) -> None:
        """Name the periods that will be asked for, so that facts are read once for all."""
        self.foreseen.update(month for span in spans for month in span.months)

    @property
    def foreseen(self) -> set[date]:
        """Those months; regions read facts, so a trend of the programme foresees none of theirs."""
        return self.shared.setdefault(("foreseen", self.scope.kind == "customer_region"), set())  # type: ignore[no-any-return]

    def months(self, name: str, wanted: Sequence[date]) -> Rows:
        """Month → measures of a family, all months (of a region: the wanted), in one query."""
        if self.scope.kind == "customer_region":
            return self._of_region(name, wanted)
        return self.once(("M", name), lambda: self._fetch(name, "M"))

    def _fetch(self, name: str, grain: str) -> Rows:
        family = BY_NAME[name]
        source = source_of(family, self.scope, self.mode)
        if source.is_totals and family.totals:
            columns = list(family.totals.measures)
            text = f"SELECT cell.period, {', '.join(f'cell.{c}' for c in columns)} {source.text}"
            params = source.params
            if not family.totals.key:
                text += " AND cell.grain = %s"
                params = (*params, grain)
        else:
            columns = list(family.measures)
            sums = ", ".join(f"sum(cell.{column})" for column in columns)
            text = f"SELECT cell.month, {sums} {source.text} GROUP BY cell.month"
            params = source.params
        return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in query(text, params)}

    @property
    def _side(self) -> tuple[str, bool]:
        """Of a customer region: its name, and whether direct business is meant."""
        return self.scope.value, self.scope.id == -1

    def _of_region(self, name: str, wanted: Sequence[date]) -> Rows:
        """This region's months; what is not yet read comes in one query for all regions."""
        read = partial(regions.Regions, name, self.settings.months, query)
        known = self.once_for_all(("regions", name), read)
        return known.of(self._side, {*wanted, *self.foreseen})

    def sum(self, name: str, measure: str, period: Period) -> Decimal:
        """An additive measure over the months of a period."""
        rows = self.months(name, period.months)
        return sum((Decimal(rows[m][measure]) for m in period.months if m in rows), Decimal(0))

    def count(self, name: str, measure: str, period: Period) -> int:
        """An additive number of facts over the months of a period."""
        return int(self.sum(name, measure, period))

    def last(self, name: str, measure: str, period: Period) -> Number:
        """A stock at the period's end; in an open period at the horizon (now)."""
        months = self.begun(period)
        row = self.months(name, months[-1:]).get(months[-1]) if months else None
        return row[measure] if row else Decimal(0)

    @property
    def facts(self) -> "Store":
        """Whose reading of all facts of the scope is kept."""
        return self

    def end_of(self, period: Period) -> date:
        """The first day that no longer counts: a period that runs ends with today."""
        return min(period.ends_on, self.settings.local_date(self.now) + timedelta(days=1))

    def horizon(self) -> date:
        """The last day for which stocks are stored."""
        stored = Setting.objects.values_list("value", flat=True).get
        return self.once_for_all("horizon", lambda: date.fromisoformat(stored(key="kpi_horizon")))

    def begun(self, period: Period) -> list[date]:
        """The months of a period that have begun: the last one holds its end so far."""
        horizon = self.horizon()
        return [month for month in period.months if month <= horizon]

    def distinct(self, name: str, measure: str, period: Period) -> int:
        """A count of distinct partners: months do not add up, so it is counted for the period."""
        family = BY_NAME[name]
        if family.totals is None:
            raise LookupError(f"{name} counts no partners")
        begun = self.begun(period) or list(period.months)
        is_stored = source_of(family, self.scope, self.mode).is_totals
        text = family.totals.distinct[measure]
        if is_stored and ("{first}" in text or "{last}" in text or period.kind == "month"):
            # what holds on one day is in that day's month; an open period ends in the open one
            month = begun[-1] if "{last}" in text else period.months[0]
            row = self.months(name, period.months).get(month)
        elif not is_stored or (row := self._whole(name, period)) is None:
            asked = family.totals.condition(measure, period.months[0], begun[-1])
            return self.once(
                ("distinct", name, measure, period.key),
                lambda: self._count_distinct(family, period.months, asked),
            )
        return int(row[measure]) if row else 0

    def _whole(self, name: str, period: Period) -> dict[str, Any] | None:
        """The totals of a quarter or a year; a year has some once it is over (else None)."""
        grain = {"quarter": "Q", "year": "Y"}.get(period.kind, "")
        rows = self.once((grain, name), lambda: self._fetch(name, grain)) if grain else {}
        return rows.get(period.months[0], {} if grain == "Q" else None)

    def _count_distinct(self, family: Family, months: Sequence[date], asked: str) -> int:
        """The partners of whom a cell of these months meets what is asked."""
        met = f"cell.month = ANY(%s) AND ({asked})"
        # of one its cells are few, found by the index; of a segment each month is its own
        if self.scope.kind in {"partner", DYNAMIC}:
            source = cells_of(family, self.scope, self.mode)
            text, params = f"{source.text} AND {met}", (*source.params, list(months))
        else:  # the months of each are made one before profiles are looked up
            some = f"SELECT DISTINCT partner_id, profile_id FROM {family.cells} AS cell WHERE {met}"
            source = cells_of(family, self.scope, self.mode, f"({some})")
            text, params = source.text, (list(months), *source.params)
        return int(query(f"SELECT count(DISTINCT span.canonical_id) {text}", params)[0][0])

    def histogram(self, period: Period) -> list[tuple[int, int]]:
        """(days, deals) of the won deals of a period, ascending, from its months' histograms."""
        is_region = self.scope.kind == "customer_region"
        known = (self.once_for_all if is_region else self.once)("cycles", regions.Months)
        due = known.due(period.months, self.foreseen)
        if due:
            for region, is_direct, month, days, n in query(*self._cycles(due, is_region=is_region)):
                months = known.rows.setdefault((region, is_direct), {})
                months.setdefault(month, []).append((days, n))
        own = known.rows.get(self._side if is_region else ("", False), {})
        found: Counter[int] = Counter()
        for month in period.months:
            found.update(dict(own.get(month, ())))
        return sorted(found.items())

    def _cycles(self, due: set[date], *, is_region: bool) -> tuple[str, tuple[Any, ...]]:
        """Region, whether direct, month, days and deals, of given months; all regions at once."""
        if is_region:
            return regions.days_to_close(due, self.settings.months), ()
        source = source_of(BY_NAME["cycle"], self.scope, self.mode)
        return (
            f"SELECT '', false, {source.month}, cell.days, sum(cell.n)::bigint {source.text}"
            f" AND {source.month} = ANY(%s) GROUP BY 3, 4",
            (*source.params, sorted(due)),
        )

    def by_partner(self, period: Period) -> list[PartnerRow]:
        """The sales of each partner with sales or a contract, the largest net revenue first.

        A partner under contract at any time of the period is in the list, with zeros. Customer
        regions do not rank partners: LookupError.
        """

        def read() -> list[PartnerRow]:
            sellers = self.sellers(period)
            with_sales = {row[0] for row in sellers}
            members = cells_of(BY_NAME["membership"], self.scope, self.mode)
            rows = query(
                f"SELECT DISTINCT span.canonical_id {members.text}"
                " AND cell.month = ANY(%s) AND cell.days <> 0",
                (*members.params, list(period.months)),
            )
            nothing = (Decimal(0), Decimal(0), 0, 0)
            idle = [(one, *nothing) for (one,) in rows if one not in with_sales]
            return sorted([*sellers, *idle], key=lambda row: (-row[2], row[0]))

        return self.once(("by_partner", period.key), read)

    def sellers(
        self, period: Period, among: Sequence[int] | None = None, first: int | None = None
    ) -> list[PartnerRow]:
        """The sales of each partner that has some (or of these), the largest net revenue first.

        ``first`` keeps so many. Customer regions do not rank partners: LookupError.
        """

        def read() -> list[PartnerRow]:
            sales = cells_of(BY_NAME["sales"], self.scope, self.mode)
            some = "" if among is None else " AND span.canonical_id = ANY(%s)"
            return query(
                "SELECT span.canonical_id, sum(cell.won_rc), sum(cell.won_rc + cell.adjusted_rc),"
                f" sum(cell.won_n)::bigint, sum(cell.lost_n)::bigint {sales.text}"
                f" AND cell.month = ANY(%s){some} GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %s",
                (
                    *sales.params,
                    list(period.months),
                    *([] if among is None else [list(among)]),
                    first,
                ),
            )

        is_whole = among is None and first is None
        return self.once(("sellers", period.key), read) if is_whole else read()


def query(text: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()  # type: ignore[no-any-return]
