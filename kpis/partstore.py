"""The numbers of the first days of a period: whole months from cells and totals, the rest of the
days from the facts themselves.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kpis.drill import scoped_facts
from kpis.engine.families import BY_NAME
from kpis.regions import COSTLY, INFLUENCED
from kpis.scopes import Scope
from kpis.store import PartnerRow, Rows, Store, cells_of, query
from prm.common.periods import Period


class _Days(dict[str, Any]):
    """The measures of the last, cut month; costly ones are read at the first use."""

    def __init__(self, store: "PartStore", family: str) -> None:
        self.store, self.family = store, family
        measures = [one for one in BY_NAME[family].measures if one not in COSTLY]
        super().__init__(store.of_days(family, measures))

    def __missing__(self, measure: str) -> Any:
        if measure not in COSTLY:
            raise KeyError(measure)
        self.update(self.store.of_days(self.family, COSTLY))
        return self[measure]


@dataclass
class PartStore(Store):
    """A scope's numbers for the days before ``until``, which lies in the month ``cut``.

    Stocks and rankings of whole periods are not read from it.
    """

    whole: Store = field(kw_only=True)
    cut: date = field(kw_only=True)
    until: date = field(kw_only=True)

    def at(self, scope: Scope) -> Store:
        """The same days of another scope."""
        known = self.others.get((scope.text, scope.id, self.mode))
        return known or PartStore(
            scope, self.mode, self.now, self.settings, self.others, self.shared,
            whole=self.whole.at(scope), cut=self.cut, until=self.until,
        )  # fmt: skip

    @property
    def facts(self) -> Store:
        """The whole's: of whatever day, they are read once."""
        return self.whole

    def end_of(self, period: Period) -> date:
        """Facts that are read from the base tables count for the same days."""
        return min(self.until, super().end_of(period))

    def _before(self, wanted: Sequence[date]) -> tuple[date, ...]:
        return tuple(month for month in wanted if month < self.cut)

    def _last_days(self, family: str) -> tuple[str, tuple[Any, ...]]:
        """FROM … WHERE of the facts of the cut month's days, in this scope."""
        facts = scoped_facts(family, self)
        return f"{facts.text} AND {BY_NAME[family].of_days(self.cut, self.until)}", facts.params

    def months(self, name: str, wanted: Sequence[date]) -> Rows:
        """Month → measures; the cut month has its first days only."""
        full = self._before(wanted)
        rows = self.whole.months(name, full) if full else {}
        found = {month: rows[month] for month in full if month in rows}
        if self.cut in wanted:
            found[self.cut] = self.once(("days", name), lambda: self._days(name))
        return found

    def _days(self, name: str) -> dict[str, Any]:
        if name != "membership":
            return _Days(self, name)
        facts = scoped_facts(name, self)
        rows = query(
            "SELECT coalesce(sum(fact.recruits), 0) FROM (SELECT fact.contract_id, fact.recruits"
            f" {facts.text} AND {BY_NAME[name].of_days(self.cut, self.until)}) AS fact"
            " JOIN partners_contract AS contract ON contract.id = fact.contract_id"
            " WHERE contract.starts_on < %s",
            (*facts.params, self.until),
        )
        return {"recruits": rows[0][0]}

    def of_days(self, name: str, measures: Sequence[str]) -> dict[str, Any]:
        """Read measures of a family for the days of the cut month."""
        if self.scope.kind in {"program", "direct"}:  # asked together, so one scan reads both
            key = ("sides", name, *measures, self.until)
            both = self.once_for_all(key, lambda: self._sides(name, measures))
            return both.get(self.scope.kind == "direct", dict.fromkeys(measures, 0))
        text, params = self._last_days(name)
        text += _rule(measures)
        sums = ", ".join(f"coalesce({BY_NAME[name].measures[one]}, 0)" for one in measures)
        (row,) = query(f"SELECT {sums} {text}", params)
        return dict(zip(measures, row, strict=True))

    def _sides(self, name: str, measures: Sequence[str]) -> dict[bool, dict[str, Any]]:
        """Whether direct → measures: partners' and direct business of the cut month's days."""
        sums = ", ".join(BY_NAME[name].measures[one] for one in measures)
        rows = query(
            f"SELECT fact.partner_id = 0, {sums} FROM {BY_NAME[name].view} AS fact"
            f" WHERE {BY_NAME[name].of_days(self.cut, self.until)}{_rule(measures)} GROUP BY 1"
        )
        return {row[0]: dict(zip(measures, row[1:], strict=True)) for row in rows}

    def distinct(self, name: str, measure: str, period: Period) -> int:
        """Distinct partners over the days that count."""
        if measure == "active_start":  # on the first day, which counts in any case
            return self.whole.distinct(name, measure, period)
        return self.once(("distinct", name, measure), lambda: self._distinct(name, measure, period))

    def _distinct(self, name: str, measure: str, period: Period) -> int:
        cells = cells_of(BY_NAME[name], self.scope, self.mode)
        full, last = list(self._before(period.months)), (self.until - self.cut).days
        if name == "sales":
            days, params = self._last_days(name)
            text = (
                f"SELECT span.canonical_id AS one {cells.text} AND cell.month = ANY(%s)"
                f" AND cell.won_n > 0 UNION ALL SELECT span.canonical_id {days} AND fact.won_n > 0"
            )
            params = (*cells.params, full, *params)
        else:  # these cells have a bit for each day of their month
            is_end = measure == "active_end"
            bits = 1 << (last - 1) if is_end else (1 << last) - 1
            text = (
                f"SELECT span.canonical_id AS one {cells.text} AND ("
                " (cell.month = ANY(%s) AND cell.days <> 0)"
                " OR (cell.month = %s AND cell.days & %s <> 0))"
            )
            params = (*cells.params, [] if is_end else full, self.cut, bits)
        return int(query(f"SELECT count(DISTINCT one) FROM ({text}) AS partner", params)[0][0])

    def histogram(self, period: Period) -> list[tuple[int, int]]:
        """(days, deals) of the deals won on the days that count."""
        full = self._before(period.months)
        whole = self.whole.histogram(replace(period, months=full)) if full else []
        text, params = self._last_days("cycle")
        days = self.once(
            "histogram",
            lambda: query(f"SELECT fact.days, sum(fact.n)::bigint {text} GROUP BY 1", params),
        )
        found = Counter(dict(whole))
        found.update(dict(days))
        return sorted(found.items())

    def sellers(
        self, period: Period, among: Sequence[int] | None = None, first: int | None = None
    ) -> list[PartnerRow]:
        """The sales of each partner (or of these) on the days that count, the largest first."""
        cells = cells_of(BY_NAME["sales"], self.scope, self.mode)
        days, params = self._last_days("sales")
        columns = "won_rc, {0}.adjusted_rc, {0}.won_n, {0}.lost_n"
        # asked in both halves, so that only these partners' rows are read
        some = "" if among is None else " AND span.canonical_id = ANY(%s)"
        these = [] if among is None else [list(among)]
        return query(
            "SELECT one, sum(won_rc), sum(won_rc + adjusted_rc), sum(won_n)::bigint,"
            " sum(lost_n)::bigint FROM ("
            f"SELECT span.canonical_id AS one, cell.{columns.format('cell')} {cells.text}"
            f" AND cell.month = ANY(%s){some} UNION ALL"
            f" SELECT span.canonical_id, fact.{columns.format('fact')} {days}{some}"
            ") AS sale GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %s",
            (*cells.params, list(self._before(period.months)), *these, *params, *these, first),
        )


def _rule(measures: Sequence[str]) -> str:
    """Leave out the facts of which these measures are zero, where that spares telling them."""
    return f" AND {INFLUENCED}" if set(measures) <= set(COSTLY) else ""
