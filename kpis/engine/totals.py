"""Stage two: totals of the programme and its dimensions, from the cells of a month or quarter."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection, transaction

from kpis.engine import statements
from kpis.engine.families import FAMILIES, Family, Totals
from prm.common import locks
from prm.common.models import FiscalMonth


def drain_totals() -> int:
    """Rebuild the totals of all marked months and of their quarters; returns how many months."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT family, month FROM kpis_dirtytotal ORDER BY 1, 2")
        due: dict[int, list[date]] = defaultdict(list)
        for family, month in cursor.fetchall():
            due[family].append(month)
    quarters = quarters_of({month for months in due.values() for month in months})
    return sum(
        rebuild_quarter(FAMILIES[family], quarter)
        for family, months in due.items()
        for quarter in dict.fromkeys(quarters[month] for month in months)
    )


def quarters_of(months: Iterable[date]) -> dict[date, tuple[date, ...]]:
    """Month → the first days of the fiscal months of its quarter."""
    found: dict[tuple[int, int], list[date]] = defaultdict(list)
    calendar = FiscalMonth.objects.order_by("n").values_list("year", "quarter", "starts_on")
    for year, quarter, starts_on in calendar:
        found[year, quarter].append(starts_on)
    by_month = {day: tuple(days) for days in found.values() for day in days}
    return {month: by_month[month] for month in months}


@transaction.atomic
def rebuild_quarter(family: Family, months: tuple[date, ...]) -> int:
    """Rebuild the totals of a quarter's marked months and its own; returns how many months.

    0 if another worker is at this family: the lock is by family, so that two months of one
    quarter cannot overtake each other.
    """
    totals = family.totals
    if totals is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [locks.TOTALS, family.number])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            "DELETE FROM kpis_dirtytotal WHERE family = %s AND month = ANY(%s) RETURNING month",
            [family.number, list(months)],
        )
        due = sorted({row[0] for row in cursor.fetchall()})
        for month in due:
            cursor.execute(statements.total_merge(family, totals, "M", [month]))
        if due and "Q" in totals.grains:
            cursor.execute(statements.total_merge(family, totals, "Q", list(months)))
    return len(due)


@transaction.atomic
def forget_quarters() -> None:
    """Quarters hold other months than before: drop their totals and mark all months as due."""
    with connection.cursor() as cursor:
        for family in FAMILIES.values():
            if family.totals is None or "Q" not in family.totals.grains:
                continue
            cursor.execute(f"DELETE FROM {family.totals.table} WHERE grain = 'Q'")
            cursor.execute(
                "INSERT INTO kpis_dirtytotal (family, month)"
                f" SELECT DISTINCT %s, month FROM {family.cells}",
                [family.number],
            )


def total_differences(family: Family) -> list[tuple[str, date]]:
    """(grain, period) whose totals are not what the cells say, without those that are due."""
    totals = family.totals
    if totals is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT month FROM {family.cells} UNION SELECT period FROM {totals.table} ORDER BY 1"
        )
        known = [row[0] for row in cursor.fetchall()]
        quarters = quarters_of(known)
        spans = [("M", [month]) for month in known]
        if "Q" in totals.grains:
            spans += [("Q", list(months)) for months in dict.fromkeys(quarters.values())]
        return [
            (grain, months[0])
            for grain, months in spans
            if _differs(cursor, family, totals, grain, months)
        ]


def _differs(cursor: Any, family: Family, totals: Totals, grain: str, months: list[date]) -> bool:
    columns = statements.total_columns(totals)
    stored = f"SELECT {columns} FROM {totals.table} WHERE period = '{months[0]}'"
    stored += "" if totals.key else f" AND grain = '{grain}'"
    fresh = f"SELECT * FROM ({statements.total_select(family, totals, grain, months)}) AS fresh"
    cursor.execute(
        f"SELECT EXISTS (SELECT 1 FROM (({fresh}) EXCEPT ALL ({stored})) AS a)"
        f" OR EXISTS (SELECT 1 FROM (({stored}) EXCEPT ALL ({fresh})) AS b),"
        " EXISTS (SELECT 1 FROM kpis_dirtytotal WHERE family = %s AND month = ANY(%s))",
        [family.number, months],
    )
    differs, is_due = cursor.fetchone()
    return bool(differs and not is_due)
