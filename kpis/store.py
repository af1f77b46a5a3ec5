"""Reads cells and totals for one scope; each family's months are fetched once and kept.

Where the numbers come from: totals for the programme and its dimensions as they were (PIT),
cells for one partner and for dimensions as they are now, facts for customer regions.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from kpis.engine.families import BY_NAME, Family
from kpis.result import Number
from kpis.scopes import DIRECT, Scope
from prm.common.config import Program, program
from prm.common.models import Setting
from prm.common.periods import Period

# Aggregates over any months, for what months do not add up to: {m} is the months' condition.
DISTINCT = {
    ("sales", "winners"): ("sales", "cell.won_n > 0", None),
    ("membership", "active_any"): ("membership", "cell.days <> 0", None),
    ("membership", "active_start"): ("membership", "cell.at_start = 1", "first"),
    ("membership", "active_end"): ("membership", "cell.at_end = 1", "last"),
    ("engagement", "partners"): ("engagement", "true", None),
}
Rows = dict[date, dict[str, Any]]


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
    if family.totals and in_totals and scope.kind not in {"partner", "customer_region"}:
        key = "" if scope.kind in {"program", "direct"} else scope.value
        return Source(
            f"FROM {family.totals.table} AS cell WHERE cell.dim = %s AND cell.k1 = %s",
            (scope.kind, key),
            "cell.period",
            is_totals=True,
        )
    return _cells(family, scope, mode)


def _cells(family: Family, scope: Scope, mode: str) -> Source:
    cells = (
        f"FROM {family.cells} AS cell JOIN kpis_profilespan AS span"
        " ON span.profile_id = cell.profile_id"
    )
    if scope.kind == "partner":
        return Source(f"{cells} WHERE span.canonical_id = %s", (scope.id,))
    if scope.kind == "customer_region":
        return _facts_of_region(family, scope)
    if scope.kind == "program":
        return Source(f"{cells} WHERE cell.partner_id <> 0", ())
    if scope.kind == "direct":
        return Source(f"{cells} WHERE cell.partner_id = 0", ())
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


def _facts_of_region(family: Family, scope: Scope) -> Source:
    side = "cell.partner_id = 0" if scope.id == -1 else "cell.partner_id <> 0"
    return Source(
        f"FROM (SELECT fact.*, 1 AS one FROM {family.view} AS fact) AS cell"
        " JOIN kpis_profilespan AS span ON span.profile_id = cell.profile_id"
        " JOIN partners_deal AS deal ON deal.id = cell.deal_id"
        " JOIN partners_customer AS customer ON customer.id = deal.customer_id"
        f" WHERE customer.region = %s AND {side}",
        (scope.value,),
    )


@dataclass
class Store:
    """One scope's numbers. ``others`` shares the stores of related scopes (direct, previous)."""

    scope: Scope
    mode: str
    now: datetime
    settings: Program = field(default_factory=program)
    others: dict[tuple[str, int, str], "Store"] = field(default_factory=dict)
    _months: dict[str, Rows] = field(default_factory=dict)
    _quarters: dict[str, Rows] = field(default_factory=dict)
    _cache: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.others.setdefault((self.scope.text, self.scope.id, self.mode), self)

    def at(self, scope: Scope) -> "Store":
        """The store of another scope, with the same settings and clock."""
        known = self.others.get((scope.text, scope.id, self.mode))
        return known or Store(scope, self.mode, self.now, self.settings, self.others)

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

    def months(self, name: str) -> Rows:
        """Month → measures of a family, all months, in one query."""
        if name not in self._months:
            self._months[name] = self._fetch(name, "M")
        return self._months[name]

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

    def sum(self, name: str, measure: str, period: Period) -> Decimal:
        """An additive measure over the months of a period."""
        rows = self.months(name)
        return sum((Decimal(rows[m][measure]) for m in period.months if m in rows), Decimal(0))

    def count(self, name: str, measure: str, period: Period) -> int:
        """An additive number of facts over the months of a period."""
        return int(self.sum(name, measure, period))

    def last(self, name: str, measure: str, period: Period) -> Number:
        """A stock at the period's end; in an open period at the horizon (now)."""
        horizon = self.horizon()
        months = [month for month in period.months if month <= horizon]
        row = self.months(name).get(months[-1]) if months else None
        return row[measure] if row else Decimal(0)

    def horizon(self) -> date:
        """The last day for which stocks are stored."""
        if "horizon" not in self._cache:
            value = Setting.objects.values_list("value", flat=True).get(key="kpi_horizon")
            self._cache["horizon"] = date.fromisoformat(value)
        return self._cache["horizon"]  # type: ignore[no-any-return]

    def distinct(self, name: str, measure: str, period: Period) -> int:
        """A count of distinct partners: months do not add up, so it is counted for the period."""
        family = BY_NAME[name]
        until = [month for month in period.months if month <= self.horizon()]
        if DISTINCT[name, measure][2] == "last" and until and len(until) < len(period.months):
            # the period still runs: its end so far is the end of the open month
            period = replace(period, key=f"{period.key} so far", kind="month", months=(until[-1],))
        if source_of(family, self.scope, self.mode).is_totals and period.kind in {
            "month",
            "quarter",
        }:
            return self._total(name, measure, period)
        key = (name, measure, period.key)
        if key not in self._cache:
            self._cache[key] = self._count_distinct(name, measure, period)
        return int(self._cache[key])

    def _total(self, name: str, measure: str, period: Period) -> int:
        if period.kind == "month":
            rows = self.months(name)
        else:
            if name not in self._quarters:
                self._quarters[name] = self._fetch(name, "Q")
            rows = self._quarters[name]
        row = rows.get(period.months[0])
        return int(row[measure]) if row else 0

    def _count_distinct(self, name: str, measure: str, period: Period) -> int:
        of, condition, where = DISTINCT[name, measure]
        months = {"first": period.months[:1], "last": period.months[-1:]}.get(
            where or "", period.months
        )
        source = _cells(BY_NAME[of], self.scope, self.mode)
        text = (
            f"SELECT count(DISTINCT span.canonical_id) {source.text}"
            f" AND {condition} AND cell.month = ANY(%s)"
        )
        return int(query(text, (*source.params, list(months)))[0][0])

    def histogram(self, period: Period) -> list[tuple[int, int]]:
        """(days, deals) of the won deals of a period."""
        family = BY_NAME["cycle"]
        key = ("cycle", period.key)
        if key not in self._cache:
            source = source_of(family, self.scope, self.mode)
            month = source.month
            text = (
                f"SELECT cell.days, sum(cell.n)::bigint {source.text} AND {month} = ANY(%s)"
                " GROUP BY cell.days ORDER BY cell.days"
            )
            self._cache[key] = query(text, (*source.params, list(period.months)))
        return self._cache[key]  # type: ignore[no-any-return]

    def by_partner(self, period: Period) -> list[tuple[int, Decimal, Decimal, int, int]]:
        """(canonical partner, gross, net, won, lost) of each partner with sales or a contract.

        A partner under contract at any time of the period is in the list, with zeros.
        """
        key = ("by_partner", period.key)
        if key not in self._cache:
            sales = _cells(BY_NAME["sales"], self.scope, self.mode)
            members = _cells(BY_NAME["membership"], self.scope, self.mode)
            if self.scope.kind == "customer_region":
                raise LookupError("partners are not ranked by customer region")
            text = (
                "SELECT part.id, sum(part.gross), sum(part.gross + part.adjusted),"
                " sum(part.won)::bigint, sum(part.lost)::bigint FROM ("
                " SELECT span.canonical_id AS id, cell.won_rc AS gross,"
                " cell.adjusted_rc AS adjusted, cell.won_n AS won, cell.lost_n AS lost"
                f" {sales.text} AND cell.month = ANY(%s) UNION ALL"
                " SELECT span.canonical_id, 0, 0, 0, 0"
                f" {members.text} AND cell.month = ANY(%s) AND cell.days <> 0"
                ") AS part GROUP BY part.id ORDER BY 3 DESC, 1"
            )
            months = list(period.months)
            self._cache[key] = query(text, (*sales.params, months, *members.params, months))
        return self._cache[key]  # type: ignore[no-any-return]


def query(text: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()  # type: ignore[no-any-return]
