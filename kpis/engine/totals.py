"""Stage two: totals of the programme and its dimensions, from the cells of a month or quarter."""

from datetime import date
from typing import Any

from django.db import connection, transaction

from kpis.engine import statements
from kpis.engine.families import FAMILIES, Family, Totals
from prm.common.models import FiscalMonth

TOTALS_LOCK = 78


def drain_totals() -> int:
    """Rebuild the totals of all marked months (and their quarters); returns how many."""
    done = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT family, month FROM kpis_dirtytotal ORDER BY 1, 2")
        due = cursor.fetchall()
    quarters: dict[int, set[date]] = {}
    for family, month in due:
        if rebuild_period(FAMILIES[family], "M", [month]):
            done += 1
            totals = FAMILIES[family].totals
            if totals and "Q" in totals.grains:
                quarters.setdefault(family, set()).add(month)
    return done


def quarter_of(month: date) -> list[date]:
    """The first days of the fiscal months of this month's quarter."""
    row = FiscalMonth.objects.get(starts_on=month)
    return list(
        FiscalMonth.objects.filter(year=row.year, quarter=row.quarter)
        .order_by("n")
        .values_list("starts_on", flat=True)
    )


@transaction.atomic
def rebuild_period(family: Family, grain: str, months: list[date]) -> bool:
    """Rebuild one month's totals and its quarter's; False if another worker is at it.

    The lock is by family, so that two months of one quarter cannot overtake each other.
    """
    totals = family.totals
    if totals is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [TOTALS_LOCK, family.number])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(
            "DELETE FROM kpis_dirtytotal WHERE family = %s AND month = %s",
            [family.number, months[0]],
        )
        _write(cursor, family, totals, grain, months)
        if "Q" in totals.grains:
            _write(cursor, family, totals, "Q", quarter_of(months[0]))
    return True


def _write(cursor: Any, family: Family, totals: Totals, grain: str, months: list[date]) -> None:
    cursor.execute(statements.total_merge(family, totals, grain, months))


def total_differences(family: Family) -> list[tuple[str, date]]:
    """(grain, period) whose totals are not what the cells say, without those that are due."""
    totals = family.totals
    if totals is None:
        return []
    wrong = []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT month FROM {family.cells} GROUP BY month"
            f" UNION SELECT period FROM {totals.table} GROUP BY period"
            f" EXCEPT SELECT month FROM kpis_dirtytotal WHERE family = %s ORDER BY 1",
            [family.number],
        )
        months = [row[0] for row in cursor.fetchall()]
        for month in months:
            spans = [("M", [month])]
            if "Q" in totals.grains and (quarter := quarter_of(month)) and quarter[0] == month:
                spans.append(("Q", quarter))
            wrong += [(g, ms[0]) for g, ms in spans if _differs(cursor, family, totals, g, ms)]
    return wrong


def _differs(cursor: Any, family: Family, totals: Totals, grain: str, months: list[date]) -> bool:
    columns = statements.total_columns(totals)
    stored = f"SELECT {columns} FROM {totals.table} WHERE period = '{months[0]}'"
    stored += "" if totals.key else f" AND grain = '{grain}'"
    fresh = f"SELECT * FROM ({statements.total_select(family, totals, grain, months)}) AS fresh"
    cursor.execute(
        f"SELECT EXISTS (SELECT 1 FROM (({fresh}) EXCEPT ALL ({stored})) AS a)"
        f" OR EXISTS (SELECT 1 FROM (({stored}) EXCEPT ALL ({fresh})) AS b),"
        f" EXISTS (SELECT 1 FROM kpis_dirtytotal WHERE family = {family.number})"
    )
    differs, is_due = cursor.fetchone()
    return bool(differs and not is_due)
