"""Who was with us when a period began, and who has left by its end; how long partnerships last.

The days under contract of one scope are read once; each period is then counted from them.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kpis import tenurefacts
from kpis.basefacts import all_of, end_of, of_period
from kpis.stats import Lives
from kpis.store import Store, query
from prm.common.periods import Period

KINDS = ("voluntary", "terminated", "expired", "dormant", "other")
COLUMNS = "fact.partner_id, fact.day, fact.until, fact.left_on, fact.kind"
LIFE = "fact.day, fact.out_on, fact.is_end"
# Partnerships of those who had several: to see who came back.
AGAIN = f"""
    SELECT partner_id, day, left_on FROM (
        SELECT one.*, count(*) OVER (PARTITION BY one.partner_id) AS n
        FROM ({tenurefacts.OF_SURVIVORS}) AS one
    ) AS whole WHERE n > 1
"""
Stay = tuple[int, date, date, date, str]  # partner, from, until before, end of it all, how


@dataclass(frozen=True)
class Change:
    """Of those with us on a period's first day: how many, and how the gone ones went."""

    cohort: int
    gone: Counter[str]

    @property
    def left(self) -> int:
        """How many have left."""
        return self.gone.total()


class Stays:
    """The days under contract of a scope, in the orders in which they are looked up."""

    def __init__(self, rows: list[Stay], again: dict[int, list[tuple[date, date]]]) -> None:
        self.began = sorted(row[1] for row in rows)
        self.until = sorted(row[2] for row in rows)
        self.ended = sorted((row for row in rows if row[3] != date.max), key=lambda row: row[3])
        self.ends = [row[3] for row in self.ended]
        self.again = again

    def at(self, day: date) -> int:
        """How many partners were under contract on a day."""
        return bisect_right(self.began, day) - bisect_right(self.until, day)

    def change(self, starts: date, ends: date) -> Change:
        """Of those with us on ``starts`` the ones whose partnership is over before ``ends``."""
        first, last = bisect_right(self.ends, starts), bisect_right(self.ends, ends)
        gone: Counter[str] = Counter()
        for partner, day, until, _left, kind in self.ended[first:last]:
            if day <= starts < until and kind != "merged" and not self._is_back(partner, ends):
                gone[kind] += 1
        return Change(self.at(starts), gone)

    def _is_back(self, partner: int, ends: date) -> bool:
        return any(day < ends < left_on for day, left_on in self.again.get(partner, ()))


def stays(store: Store) -> Stays:
    """The days under contract of the store's scope."""

    def again() -> dict[int, list[tuple[date, date]]]:
        found: dict[int, list[tuple[date, date]]] = {}
        for partner, day, left_on in query(AGAIN):
            found.setdefault(partner, []).append((day, left_on))
        return found

    return store.facts.once(
        "stays", lambda: Stays(all_of("stay", COLUMNS, store), store.once_for_all("again", again))
    )


def change(store: Store, period: Period) -> Change:
    """Who was with us on the first day, and who of them has left by the end (or by now)."""
    return stays(store).change(period.starts_on, end_of(store, period))


def revenue(store: Store, period: Period) -> tuple[Any, Any]:
    """Net revenue of the twelve months before: of those who left, and of the whole cohort."""
    columns = (
        f"coalesce(sum(fact.net_rc) FILTER (WHERE {tenurefacts.LEFT}), 0),"
        " coalesce(sum(fact.net_rc), 0)"
    )
    ends = f"'{end_of(store, period).isoformat()}'::date"
    rows = of_period("earlier_revenue", columns.format(ends=ends), store, period)
    return rows[0]


def brief(store: Store, period: Period) -> int:
    """Partnerships that began in the period and were over before its end."""
    end = end_of(store, period)
    rows = all_of("brief", "fact.day, fact.left_on", store)
    return sum(period.starts_on <= day < end and left_on <= end for day, left_on in rows)


@dataclass(frozen=True)
class Life:
    """A partnership: its first day, how many days it lasted or was followed, whether it is over."""

    began: date
    days: int
    is_end: bool


def partnerships(store: Store, period: Period) -> list[Life]:
    """Those that had begun, as they were known on the period's last day."""
    end = end_of(store, period)
    last, found = end - timedelta(days=1), []
    for day, out, is_end in all_of("life", LIFE, store):
        if day >= end:
            continue
        over = is_end and out <= end
        until = out if over else min(last, out)
        found.append(Life(day, max(0, (until - day).days), over))
    return found


def lives_of(rows: Iterable[Life]) -> Lives:
    """As Kaplan and Meier want them."""
    return [(row.days, row.is_end) for row in rows]


def observed(rows: Sequence[Life], days: int, last: date) -> tuple[int, int]:
    """Of those that began so many days before ``last`` or earlier: still with us then, and all.

    Who was not followed that long (a merger) is left out of both.
    """
    old = [row for row in rows if (last - row.began).days >= days]
    gone = sum(row.is_end and row.days <= days for row in old)
    there = sum(row.days >= days and not (row.is_end and row.days == days) for row in old)
    return there, there + gone
