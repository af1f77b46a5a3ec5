"""The SQL of the engine, put together from the families' declarations only (never from input)."""

from collections.abc import Iterable
from datetime import date

from kpis.engine.families import SHARDS, Family, Totals

# (partner, first day, day after the last): the days whose cells are recomputed
Key = tuple[int, str, str]
EVERY_DAY = ("-infinity", "infinity")
DIMENSIONS = ("type", "tier", "region", "segment", "manager_id")


# The keys of a prepared statement: three arrays of one length.
KEYS = "unnest($1, $2, $3) AS key (partner_id, starts_on, ends_on)"
KEY_TYPES = "(bigint[], date[], date[])"


def key_values(keys: Iterable[Key]) -> str:
    """Given keys in the place of ``KEYS``."""
    rows = ", ".join(f"({int(p)}::bigint, '{a}'::date, '{b}'::date)" for p, a, b in keys)
    return f"(VALUES {rows}) AS key (partner_id, starts_on, ends_on)"


def fresh(family: Family, keys: str = "", shard: int | None = None) -> str:
    """Cells recomputed from the facts: all of them, one shard's, or those of a table of keys."""
    columns = ",\n    ".join(f"fact.{name}" for name in family.keys)
    measures = ",\n    ".join(f"{text} AS {name}" for name, text in family.measures.items())
    source, chosen = f"{family.view_of_all or family.view} AS fact", ""
    if keys:
        # OFFSET 0 keeps the planner from joining first: each key goes through the indexes
        source = (
            f"{keys}\nCROSS JOIN LATERAL (\n"
            f"    SELECT fact.* FROM {family.view} AS fact\n"
            f"    WHERE fact.partner_id = key.partner_id AND {family.of_key} OFFSET 0\n) AS fact"
        )
    if shard is not None:
        chosen = f"\nWHERE fact.partner_id % {SHARDS} = {int(shard)}"
    places = ", ".join(str(i + 1) for i in range(len(family.keys)))
    return f"SELECT\n    {columns},\n    {measures}\nFROM {source}{chosen}\nGROUP BY {places}"


def merge(family: Family, keys: str = "", shard: int | None = None) -> str:
    """Bring the cells to what the facts say.

    Returns how many were written and deleted (that is: differed), and in which months.
    """
    places = ", ".join(f"cell.{name}" for name in family.keys)
    scope, using = "true", ""
    if keys:
        using = f"USING {keys}"
        scope = (
            "cell.partner_id = key.partner_id AND cell.month >= key.starts_on"
            " AND cell.month < key.ends_on"
        )
    elif shard is not None:
        scope = f"cell.partner_id % {SHARDS} = {int(shard)}"
    columns = ", ".join((*family.keys, *family.measures))
    new = ", ".join(f"excluded.{name}" for name in family.measures)
    old = ", ".join(f"cell.{name}" for name in family.measures)
    changes = ", ".join(f"{name} = excluded.{name}" for name in family.measures)
    # in the order of months, so that a month's totals find its cells side by side
    order = "" if keys else " ORDER BY month"
    return f"""
WITH fresh AS MATERIALIZED (
{fresh(family, keys, shard)}
), gone AS (
    DELETE FROM {family.cells} AS cell {using}
    WHERE {scope} AND ({places}) NOT IN (SELECT {", ".join(family.keys)} FROM fresh)
    RETURNING cell.month
), written AS (
    INSERT INTO {family.cells} AS cell ({columns})
    SELECT {columns} FROM fresh{order}
    ON CONFLICT ({", ".join(family.keys)}) DO UPDATE SET {changes}
    WHERE ({old}) IS DISTINCT FROM ({new})
    RETURNING cell.month
)
SELECT
    (SELECT count(*) FROM written),
    (SELECT count(*) FROM gone),
    ARRAY(SELECT month FROM written UNION SELECT month FROM gone)"""


def differences(family: Family) -> str:
    """Cells that are not what the facts say, without those that are marked as due."""
    columns = ", ".join((*family.keys, *family.measures))
    return f"""
WITH fresh AS MATERIALIZED (
{fresh(family)}
), differing AS (
    (SELECT {columns} FROM fresh EXCEPT ALL SELECT {columns} FROM {family.cells})
    UNION ALL
    (SELECT {columns} FROM {family.cells} EXCEPT ALL SELECT {columns} FROM fresh)
)
SELECT DISTINCT cell.partner_id, cell.month
FROM differing AS cell
WHERE NOT EXISTS (
    SELECT 1 FROM kpis_dirtymark AS mark
    WHERE mark.family = {family.number}
        AND mark.partner_id IN (cell.partner_id, -1)
        AND mark.month IN (cell.month, '-infinity')
)
ORDER BY 2, 1"""


DIM = """CASE grouping(part.type, part.tier, part.region, part.segment, part.manager_id)
            WHEN 31 THEN 'program' WHEN 15 THEN 'type' WHEN 23 THEN 'tier' WHEN 27 THEN 'region'
            WHEN 29 THEN 'segment' WHEN 30 THEN 'manager' ELSE 'tier_region' END"""
K1 = """CASE grouping(part.type, part.tier, part.region, part.segment, part.manager_id)
            WHEN 15 THEN part.type WHEN 23 THEN part.tier WHEN 27 THEN part.region
            WHEN 29 THEN part.segment WHEN 30 THEN part.manager_id::text
            WHEN 19 THEN part.tier ELSE '' END"""
K2 = """CASE grouping(part.type, part.tier, part.region, part.segment, part.manager_id)
            WHEN 19 THEN part.region ELSE '' END"""


def _by_combination(family: Family, totals: Totals, months: list[date]) -> str:
    """Cells added up by combination of dimensions, which are few.

    A partner with several combinations in the period (it changed its tier) stays apart as
    ``several``, so that only those need a distinct count (sorting all partners once a dimension
    cost three times as much).
    """
    place = {"first": f"'{months[0]}'::date", "last": f"'{months[-1]}'::date"}
    names = ", ".join(DIMENSIONS) + (f", {totals.key}" if totals.key else "")
    spans = ", ".join(f"span.{name}" for name in DIMENSIONS)
    spans += f", cell.{totals.key}" if totals.key else ""
    measures = [f"sum(cell.{name}) AS {name}" for name in totals.sums] + [
        f"bool_or({condition.format(**place)})::int AS {name}"
        for name, condition in totals.distinct.items()
    ]
    who, several = "", "NULL::bigint"
    if totals.distinct:
        who = "span.canonical_id, "
        several = "CASE WHEN count(*) OVER (PARTITION BY canonical_id) > 1 THEN canonical_id END"
    return f"""
        SELECT {names}, several, {", ".join(f"sum({name}) AS {name}" for name in totals.measures)}
        FROM (
            SELECT partner.*, {several} AS several
            FROM (
                SELECT {who}{spans}, {", ".join(measures)}
                FROM {family.cells} AS cell
                JOIN kpis_profilespan AS span ON span.profile_id = cell.profile_id
                WHERE cell.month IN ({_among(months)}) AND cell.partner_id <> 0
                GROUP BY {who}{spans}
            ) AS partner
        ) AS partner
        GROUP BY {names}, several"""


def _among(months: list[date]) -> str:
    return ", ".join(f"'{month}'" for month in months)


def total_select(family: Family, totals: Totals, grain: str, months: list[date]) -> str:
    """One period (its ``months``) from the cells: programme, each dimension, direct."""
    period = f"'{months[0]}'::date" if totals.key else f"'{grain}', '{months[0]}'::date"
    part, cell = (f", {of}.{totals.key}" if totals.key else "" for of in ("part", "cell"))
    sums = [f"sum(part.{name})" for name in totals.sums] + [
        f"coalesce(sum(part.{name}) FILTER (WHERE part.several IS NULL), 0)"
        f" + count(DISTINCT part.several) FILTER (WHERE part.{name} > 0)"
        for name in totals.distinct
    ]
    sets = ", ".join(
        f"({', '.join(filter(None, [columns, part.removeprefix(', ')]))})"
        for columns in ("", *(f"part.{name}" for name in DIMENSIONS), "part.tier, part.region")
    )
    direct = [f"sum(cell.{name})" for name in totals.sums] + ["0"] * len(totals.distinct)
    return f"""
    WITH part AS ({_by_combination(family, totals, months)}
    )
    SELECT {DIM} AS dim, {K1} AS k1, {K2} AS k2, {period}{part}, {", ".join(sums)}
    FROM part
    GROUP BY GROUPING SETS ({sets})
    HAVING count(*) > 0
    UNION ALL
    SELECT 'direct', '', '', {period}{cell}, {", ".join(direct)}
    FROM {family.cells} AS cell
    WHERE cell.month IN ({_among(months)}) AND cell.partner_id = 0
    {"GROUP BY" + cell.removeprefix(",") if totals.key else ""}
    HAVING count(*) > 0"""


def total_keys(totals: Totals) -> tuple[str, ...]:
    """The key columns of a totals table, in the order of ``total_select``."""
    return ("dim", "k1", "k2", *(("period", totals.key) if totals.key else ("grain", "period")))


def total_columns(totals: Totals) -> str:
    """All columns of a totals table in the order of ``total_select``."""
    return ", ".join([*total_keys(totals), *totals.measures])


def total_merge(family: Family, totals: Totals, grain: str, months: list[date]) -> str:
    """Bring the totals of one period to what the cells say; unchanged rows are not written."""
    keys, columns = total_keys(totals), total_columns(totals)
    same = " AND ".join(f"fresh.{name} = total.{name}" for name in keys)
    period = f"total.period = '{months[0]}'" + (
        "" if totals.key else f" AND total.grain = '{grain}'"
    )
    return f"""
WITH fresh ({columns}) AS MATERIALIZED ({total_select(family, totals, grain, months)}
), gone AS (
    DELETE FROM {totals.table} AS total
    WHERE {period} AND NOT EXISTS (SELECT 1 FROM fresh WHERE {same})
)
INSERT INTO {totals.table} AS total ({columns})
SELECT {columns} FROM fresh EXCEPT SELECT {columns} FROM {totals.table} AS total WHERE {period}
ON CONFLICT ({", ".join(keys)}) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in totals.measures)}"""
