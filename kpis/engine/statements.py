"""The SQL of the engine, put together from the families' declarations only (never from input)."""

from collections.abc import Iterable
from datetime import date

from kpis.engine.families import SHARDS, Family, Totals

# (partner, first day, day after the last): the days whose cells are recomputed
Key = tuple[int, str, str]
EVERY_DAY = ("-infinity", "infinity")
DIMENSIONS = ("type", "tier", "region", "segment", "manager_id")


def key_values(keys: Iterable[Key]) -> str:
    """The keys as a table; their number is then known to the planner (unnest's is not)."""
    rows = ", ".join(f"({int(p)}::bigint, '{a}'::date, '{b}'::date)" for p, a, b in keys)
    return f"(VALUES {rows}) AS key (partner_id, starts_on, ends_on)"


def fresh(family: Family, keys: list[Key] | None = None, shard: int | None = None) -> str:
    """Cells recomputed from the facts: all of them, one shard's, or those of given keys."""
    columns = ",\n    ".join(f"fact.{name}" for name in family.keys)
    measures = ",\n    ".join(f"{text} AS {name}" for name, text in family.measures.items())
    chosen = ""
    if keys is not None:
        chosen = (
            f"\nJOIN {key_values(keys)}\n    ON fact.partner_id = key.partner_id AND {family.where}"
        )
    if shard is not None:
        chosen = f"\nWHERE fact.partner_id % {SHARDS} = {int(shard)}"
    places = ", ".join(str(i + 1) for i in range(len(family.keys)))
    return (
        f"SELECT\n    {columns},\n    {measures}\nFROM {family.view} AS fact{chosen}\n"
        f"GROUP BY {places}"
    )


def merge(family: Family, keys: list[Key] | None = None, shard: int | None = None) -> str:
    """Bring the cells to what the facts say; returns (written, deleted), counting differences."""
    same = " AND ".join(f"fresh.{name} = cell.{name}" for name in family.keys)
    scope, using = "true", ""
    if keys is not None:
        using = f"USING {key_values(keys)}"
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
    return f"""
WITH fresh AS MATERIALIZED (
{fresh(family, keys, shard)}
), gone AS (
    DELETE FROM {family.cells} AS cell {using}
    WHERE {scope} AND NOT EXISTS (SELECT 1 FROM fresh WHERE {same})
    RETURNING 1
), written AS (
    INSERT INTO {family.cells} AS cell ({columns})
    SELECT {columns} FROM fresh
    ON CONFLICT ({", ".join(family.keys)}) DO UPDATE SET {changes}
    WHERE ({old}) IS DISTINCT FROM ({new})
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)"""


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


def total_select(family: Family, totals: Totals, grain: str, months: list[date]) -> str:
    """One period (its ``months``) from the cells: programme, each dimension, direct."""
    first, last = f"'{months[0]}'::date", f"'{months[-1]}'::date"
    measures = ",\n        ".join(
        f"coalesce({text.format(first=first, last=last)}, 0) AS {name}"
        for name, text in totals.measures.items()
    )
    extra = f", cell.{totals.key}" if totals.key else ""
    sets = ", ".join(
        f"({', '.join(filter(None, [names, extra.removeprefix(', ')]))})"
        for names in ("", *(f"span.{name}" for name in DIMENSIONS), "span.tier, span.region")
    )
    among = ", ".join(f"'{month}'" for month in months)
    source = f"""FROM {family.cells} AS cell
    JOIN kpis_profilespan AS span ON span.profile_id = cell.profile_id
    WHERE cell.month IN ({among})"""
    period = f"'{grain}', {first}" if len(totals.grains) > 1 or not totals.key else first
    return f"""
    SELECT
        CASE grouping({", ".join(f"span.{name}" for name in DIMENSIONS)})
            WHEN 31 THEN 'program' WHEN 15 THEN 'type' WHEN 23 THEN 'tier' WHEN 27 THEN 'region'
            WHEN 29 THEN 'segment' WHEN 30 THEN 'manager' ELSE 'tier_region' END AS dim,
        CASE grouping({", ".join(f"span.{name}" for name in DIMENSIONS)})
            WHEN 15 THEN span.type WHEN 23 THEN span.tier WHEN 27 THEN span.region
            WHEN 29 THEN span.segment WHEN 30 THEN span.manager_id::text WHEN 19 THEN span.tier
            ELSE '' END AS k1,
        CASE grouping({", ".join(f"span.{name}" for name in DIMENSIONS)})
            WHEN 19 THEN span.region ELSE '' END AS k2,
        {period}{extra},
        {measures}
    {source} AND cell.partner_id <> 0
    GROUP BY GROUPING SETS ({sets})
    HAVING count(*) > 0
    UNION ALL
    SELECT 'direct', '', '', {period}{extra},
        {measures}
    {source} AND cell.partner_id = 0
    {"GROUP BY" + extra.removeprefix(",") if extra else ""}
    HAVING count(*) > 0"""


def total_columns(totals: Totals) -> str:
    """The columns of a totals table in the order of ``total_select``."""
    keys = ["dim", "k1", "k2"] + (["period", totals.key] if totals.key else ["grain", "period"])
    return ", ".join([*keys, *totals.measures])
