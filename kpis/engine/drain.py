"""The drain: marks → cells → totals. Safe to run at once, twice, and to be killed anywhere.

performance.md 2 tells why each step is needed: the shard's lock is a statement of its own
before the reading one (S2), marks are deleted before their cells are recomputed from base, and
all of it is one transaction, so that a crash leaves the marks.
"""

import time
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection, transaction

from kpis.engine import statements
from kpis.engine.families import CHUNK, FAMILIES, FULL_ABOVE, SHARDS, Family
from kpis.engine.statements import EVERY_DAY, Key
from kpis.engine.totals import drain_totals
from prm.common import config, locks, periods
from prm.common.models import FiscalMonth, Setting

HORIZON = "kpi_horizon"


@dataclass
class Drained:
    """What a drain did: marks taken, cells written and deleted, totals rebuilt, seconds."""

    marks: int = 0
    written: int = 0
    deleted: int = 0
    totals: int = 0
    seconds: float = 0.0


def drain(now: datetime) -> Drained:
    """Take all marks that no other worker is taking, until none is left."""
    began, result = time.perf_counter(), Drained()
    open_month(now)
    months = month_ends()
    for families in _large():
        _add(result, recompute_marked(families))
    for _round in range(10_000):
        shards = _shards_with_marks()
        taken = sum(_add(result, drain_shard(shard, months)) for shard in shards)
        if not taken:
            break
    result.totals = drain_totals()
    result.seconds = time.perf_counter() - began
    return result


def _add(result: Drained, more: Drained) -> int:
    result.marks += more.marks
    result.written += more.written
    result.deleted += more.deleted
    return more.marks


def month_ends() -> dict[date, date]:
    """First day → day after, for all fiscal months."""
    return dict(FiscalMonth.objects.values_list("starts_on", "ends_on"))


def _shards_with_marks() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT partner_id % {SHARDS} FROM kpis_dirtymark WHERE partner_id >= 0"
        )
        return [row[0] for row in cursor.fetchall()]


def _large() -> list[list[int]]:
    """Families with a mark for every partner, or with so many that full is cheaper."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT family FROM kpis_dirtymark GROUP BY family"
            " HAVING bool_or(partner_id = -1) OR count(*) > %s",
            [FULL_ABOVE],
        )
        families = [row[0] for row in cursor.fetchall()]
    return [families] if families else []


@transaction.atomic
def drain_shard(shard: int, months: dict[date, date], limit: int = CHUNK) -> Drained:
    """Take up to ``limit`` marks of a shard and bring their cells up to date; nothing if locked."""
    result = Drained()
    with connection.cursor() as cursor:
        plan_for_keys(cursor)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [locks.SHARD, shard])
        if not cursor.fetchone()[0]:
            return result
        cursor.execute(
            f"""
            DELETE FROM kpis_dirtymark WHERE id IN (
                SELECT id FROM kpis_dirtymark
                WHERE partner_id %% {SHARDS} = %s ORDER BY id LIMIT %s
            ) RETURNING family, partner_id, month::text""",
            [shard, limit],
        )
        marks = cursor.fetchall()
        result.marks = len(marks)
        found = _keys(marks, months)
        _prepare(cursor, (FAMILIES[number] for number in found))
        for number, keys in found.items():
            family = FAMILIES[number]
            written, deleted, changed = _merge_keys(cursor, family, keys)
            result.written += written
            result.deleted += deleted
            _mark_totals(cursor, family, changed, keys)
    return result


def plan_for_keys(cursor: Any) -> None:
    """Settings of this transaction for keyed statements: one plan for all, through the indexes."""
    cursor.execute(
        "SELECT set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true),"
        " set_config('plan_cache_mode', 'force_generic_plan', true)"
    )


def _merge_keys(cursor: Any, family: Family, keys: list[Key]) -> tuple[int, int, list[date]]:
    """Recompute the cells of these keys; returns (written, deleted, their months)."""
    cursor.execute(
        f"EXECUTE {_prepared(family)[0]} (%s, %s::date[], %s::date[])",
        [list(column) for column in zip(*keys, strict=True)],
    )
    return cursor.fetchone()  # type: ignore[no-any-return]


def _prepare(cursor: Any, families: Iterable[Family]) -> None:
    """Prepare the keyed statements once a session: planning them takes longer than running them.

    What is there is asked each time, so a pool of sessions may sit between us and the database.
    """
    cursor.execute("SELECT name FROM pg_prepared_statements")
    known = {row[0] for row in cursor.fetchall()}
    for name, text in map(_prepared, families):
        if name not in known:
            cursor.execute(f"PREPARE {name} {statements.KEY_TYPES} AS {text}")


@cache
def _prepared(family: Family) -> tuple[str, str]:
    """(name, text) of the keyed statement; the name holds what the text says."""
    text = statements.merge(family, statements.KEYS)
    return f"kpis_{family.name}_{zlib.crc32(text.encode()):08x}", text


def _keys(marks: Iterable[tuple[int, int, str]], months: dict[date, date]) -> dict[int, list[Key]]:
    """Family → distinct keys; a mark for all months of a partner swallows its single months.

    Months that follow each other become one key, so that a deal which was open through them is
    read once.
    """
    found: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for family, partner, month in marks:
        found[family].add((partner, month))
    keys: dict[int, list[Key]] = {}
    for family, pairs in found.items():
        whole = {partner for partner, month in pairs if month == EVERY_DAY[0]}
        keys[family] = [(partner, *EVERY_DAY) for partner in sorted(whole)]
        for partner, month in sorted(pairs):
            end = None if partner in whole else months.get(date.fromisoformat(month))
            if end is None:
                continue
            before = keys[family][-1] if keys[family] else None
            if before and before[0] == partner and before[2] == month:
                keys[family][-1] = (partner, before[1], str(end))
            else:
                keys[family].append((partner, month, str(end)))
    return {family: some for family, some in keys.items() if some}


def _mark_totals(cursor: Any, family: Family, changed: list[date], keys: list[Key]) -> None:
    """The months that are due in the totals: of changed cells, and all of a whole partner's.

    A partner that is marked as a whole may have moved to another tier or manager, and then its
    cells are as they were, but count elsewhere.
    """
    if family.totals is None:
        return
    whole = [partner for partner, month, _end in keys if month == EVERY_DAY[0]]
    if not changed and not whole:
        return
    cursor.execute(
        "INSERT INTO kpis_dirtytotal (family, month) SELECT %s, month FROM ("
        f" SELECT unnest(%s::date[]) AS month UNION SELECT month FROM {family.cells}"
        " WHERE partner_id = ANY(%s)) AS due",
        [family.number, changed, whole],
    )


def _mark_all_months(cursor: Any, family: Family) -> None:
    """All months: of the cells as they are now, and of totals that may hold what was deleted."""
    if family.totals is None:
        return
    cursor.execute(
        f"INSERT INTO kpis_dirtytotal (family, month)"
        f" SELECT {family.number}, month FROM {family.cells} GROUP BY month"
        f" UNION SELECT {family.number}, period FROM {family.totals.table}"
        f" WHERE dim IN ('program', 'direct') GROUP BY period"
    )


@transaction.atomic
def recompute_marked(families: list[int]) -> Drained:
    """The full statement of those of these families that are still marked.

    One worker does this; another one leaves at once and is not kept from other work. Marks that
    come meanwhile wait for the next drain.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [locks.FULL])
        if not cursor.fetchone()[0]:
            return Drained()
    return recompute_all(families, only_marked=True)


@transaction.atomic
def recompute_all(
    families: list[int], shard: int | None = None, *, only_marked: bool = False
) -> Drained:
    """The full statement of these families, merging differences only, under all locks.

    With ``shard``: only that shard's cells, under its lock. Counts the differences found.
    """
    result = Drained()
    shards = range(SHARDS) if shard is None else [shard]
    with connection.cursor() as cursor:
        plan_for_all(cursor)
        for number in shards:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.SHARD, number])
        for family in (FAMILIES[number] for number in families):
            marks = _take_marks(cursor, family, shard)
            if only_marked and not marks:
                continue
            result.marks += marks
            cursor.execute(statements.merge(family, shard=shard))
            written, deleted, _months = cursor.fetchone()
            result.written += written
            result.deleted += deleted
            _mark_all_months(cursor, family)
    return result


def plan_for_all(cursor: Any) -> None:
    """Settings of this transaction for full statements.

    Hash joins only: right after a bulk load the planner has no statistics, and a nested loop
    over everything takes minutes where the hash join takes seconds.
    """
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("SET LOCAL work_mem = '128MB'")
    cursor.execute("SET LOCAL enable_nestloop = off")


def _take_marks(cursor: Any, family: Family, shard: int | None) -> int:
    where = "" if shard is None else f" AND partner_id %% {SHARDS} = {int(shard)}"
    cursor.execute(f"DELETE FROM kpis_dirtymark WHERE family = %s{where}", [family.number])
    return int(cursor.rowcount)


@transaction.atomic
def open_month(now: datetime) -> bool:
    """Move the horizon into the month of ``now``: its stocks and contract days become due."""
    today = config.program().local_date(now)
    horizon = Setting.objects.select_for_update().get(key=HORIZON)
    if date.fromisoformat(horizon.value) >= periods.month_of(today).starts_on:
        return False
    horizon.value = str(today)
    horizon.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT kpis_refresh_rates()")
        cursor.execute(
            "INSERT INTO kpis_dirtymark (family, partner_id, month)"
            " VALUES (2, -1, '-infinity'), (3, -1, '-infinity')"
        )
    return True
