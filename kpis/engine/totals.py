"""Stage two: totals of the programme and its dimensions, from the cells of a month or quarter.

Fiscal years that are over have totals too. They are dropped with the first change of one of their
months and made anew at the end of the drain; where they are missing, the cells are asked.
"""

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
    done = sum(
        rebuild_quarter(FAMILIES[family], quarter)
        for family, months in due.items()
        for quarter in dict.fromkeys(quarters[month] for month in months)
    )
    for family in FAMILIES.values():
        for months in missing_years(family):
            build_year(family, months)
    return done


def quarters_of(months: Iterable[date]) -> dict[date, tuple[date, ...]]:
    """Month → the first days of the fiscal months of its quarter."""
    found: dict[tuple[int, int], list[date]] = defaultdict(list)
    calendar = FiscalMonth.objects.order_by("n").values_list("year", "quarter", "starts_on")
    for year, quarter, starts_on in calendar:
        found[year, quarter].append(starts_on)
    by_month = {day: tuple(days) for days in found.values() for day in days}
    return {month: by_month[month] for month in months}


def missing_years(family: Family) -> list[tuple[date, ...]]:
    """The months of each fiscal year that is over, holds cells and has no total of its own."""
    totals = family.totals
    if totals is None or "Y" not in totals.grains:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT array_agg(month.starts_on ORDER BY month.n)
            FROM common_fiscalmonth AS month
            LEFT JOIN {totals.table} AS total
                ON total.period = month.starts_on AND total.grain = 'M'
                AND total.dim = 'program' AND total.k1 = '' AND total.k2 = ''
            GROUP BY month.year
            HAVING max(month.ends_on) <= (
                    SELECT value::date FROM common_setting WHERE key = 'kpi_horizon')
                AND count(total.period) > 0
                AND min(month.starts_on) NOT IN (
                    SELECT period FROM {totals.table} WHERE grain = 'Y' AND dim = 'program')"""
        )
        return [tuple(months) for (months,) in cursor.fetchall()]


@transaction.atomic
def build_year(family: Family, months: tuple[date, ...]) -> None:
    """Make the totals of a year that is over; nothing while another worker is at this family."""
    totals = family.totals
    if totals is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [locks.TOTALS, family.number])
        if cursor.fetchone()[0]:
            cursor.execute(statements.total_merge(family, totals, "Y", list(months)))


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
        if due and "Y" in totals.grains:
            cursor.execute(
                f"DELETE FROM {totals.table} WHERE grain = 'Y' AND period = ("
                " SELECT min(every.starts_on) FROM common_fiscalmonth AS every"
                " JOIN common_fiscalmonth AS month ON month.year = every.year"
                " WHERE month.starts_on = %s)",
                [due[0]],
            )
    return len(due)


@transaction.atomic
def forget_quarters() -> None:
    """Quarters and years hold other months now: drop their totals, mark all months as due."""
    with connection.cursor() as cursor:
        for family in FAMILIES.values():
            if family.totals is None or "Q" not in family.totals.grains:
                continue
            cursor.execute(f"DELETE FROM {family.totals.table} WHERE grain IN ('Q', 'Y')")
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
        if "Y" in totals.grains:
            spans += [("Y", months) for months in _stored_years(cursor, totals)]
        return [
            (grain, months[0])
            for grain, months in spans
            if _differs(cursor, family, totals, grain, months)
        ]


def _stored_years(cursor: Any, totals: Totals) -> list[list[date]]:
    cursor.execute(
        "SELECT array_agg(starts_on ORDER BY n) FROM common_fiscalmonth GROUP BY year"
        f" HAVING min(starts_on) IN (SELECT period FROM {totals.table} WHERE grain = 'Y')"
    )
    return [row[0] for row in cursor.fetchall()]


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
