"""From file to typed rows: COPY as text, then types, references and checks in one statement."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from prm.common import countries, domains, money
from prm.common.imports.readers import Table
from prm.common.imports.resources import Check, Column, Reference, Resource
from prm.common.imports.rowmap import RowMap
from prm.common.imports.work import Work

BATCH = 10_000
MANY = 1_000  # rows from which on whole tables are joined instead of row by row
TRUE = "'1', 'true', 'yes', 'y', 't', 'x', 'ja', 'on'"
FALSE = "'0', 'false', 'no', 'n', 'f', 'nein', 'off'"
DROP_LEFTOVERS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r' AND relname ^@ 'import_'
"""
PROBLEMS = """
    CREATE TEMPORARY TABLE import_problem
        (line bigint, "column" text, message text, value text) ON COMMIT DROP
"""
LOOKUP = """
    CREATE TEMPORARY TABLE import_ref_{name} ON COMMIT DROP AS
    SELECT {value} AS value,
        coalesce(
            min(w.id) FILTER (WHERE w.source = %(source)s),
            CASE WHEN count(*) = 1 THEN min(w.id) END
        ) AS id
    FROM {rows} AS w
    WHERE {value} IN (SELECT {raw} FROM import_stage AS s)
    GROUP BY 1
"""
READY = """
    CREATE TEMPORARY TABLE import_ready ON COMMIT DROP AS
    SELECT {columns}, {problems} AS problems
    FROM (
        SELECT typed.*, {derived}
        FROM (
            SELECT s.line, {typed} FROM import_stage AS s {lookups} OFFSET 0
        ) AS typed OFFSET 0
    ) AS r
"""
KEYED = """
    SELECT r.line, first.line::text AS value
    FROM import_ready AS r
    JOIN (
        SELECT external_id, min(line) AS line FROM import_ready
        GROUP BY external_id HAVING count(*) > 1
    ) AS first ON first.external_id = r.external_id AND first.line < r.line
"""


def clear() -> None:
    """Drop what an earlier run left in this session (its transaction may still be open)."""
    with connection.cursor() as cursor:
        cursor.execute(DROP_LEFTOVERS, [])
        names = [name for (name,) in cursor.fetchall()]
        if names:
            cursor.execute(f"DROP TABLE {', '.join(names)}")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL jit = off")


def copy_rows(work: Work, table: Table, rows: RowMap) -> int:
    """Fill ``import_stage`` from the file; unreadable rows become problems. Returns rows read."""
    columns = ", ".join(f'"{name}" text' for name in rows.targets)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE import_stage (line bigint, {columns}) ON COMMIT DROP"
        )
        cursor.execute(PROBLEMS)
        read = 0
        for good, bad in _batches(table, rows):
            read += len(good) + len(bad)
            bad += _copy(cursor, "import_stage", good)
            _copy(cursor, "import_problem", bad)
            work.progress.read(read)
        cursor.execute("ANALYZE import_stage (line)")
        if read > MANY:
            # tables that just grew have old statistics: a nested loop over them takes for ever
            cursor.execute("SET LOCAL enable_nestloop = off")
    return read


def _batches(table: Table, rows: RowMap) -> Iterator[tuple[list[Any], list[Any]]]:
    """(rows to store, problems) in batches; rows that the filter leaves out are not there."""
    good: list[Any] = []
    bad: list[Any] = []
    for line, cells, problem in table.rows():
        if problem:
            bad.append((line, "", problem, ""))
        elif (values := rows.convert(cells)) is not None:
            values.insert(0, line)  # type: ignore[arg-type]
            good.append(values)
        if len(good) + len(bad) >= BATCH:
            yield good, bad
            good, bad = [], []
    yield good, bad


def _copy(cursor: Any, table: str, rows: list[Any]) -> list[Any]:
    """COPY rows; those that no database can store are left out and returned as problems."""
    if not rows:
        return []
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    refused: list[Any] = []
    try:
        data = text.getvalue().encode()
        clean = b"\0" not in data
    except UnicodeEncodeError:
        clean = False
    if not clean:
        fine = [row for row in rows if _storable(row)]
        refused = [(row[0], "", _unstorable(), "") for row in rows if not _storable(row)]
        text = io.StringIO()
        csv.writer(text).writerows(fine)
        data = text.getvalue().encode()
    cursor.copy_expert(f"COPY {table} FROM STDIN WITH (FORMAT csv)", io.BytesIO(data))
    return refused


def _storable(row: list[Any]) -> bool:
    try:
        return b"\0" not in "".join(str(value) for value in row if value is not None).encode()
    except UnicodeEncodeError:
        return False


def _unstorable() -> str:
    return _("This row holds characters that cannot be read. Save the file as UTF-8.")


def make_ready(work: Work) -> None:
    """Make ``import_ready`` from the texts: types, references, derived columns, checks."""
    resource = work.resource
    wanted = list(resource.all_columns)
    checks = [check for column in wanted for check in column_checks(column)]
    checks += [*_id_checks(work), *resource.checks]
    lookups = [
        _lookup(work, column, column.reference)
        for column in wanted
        if column.reference and column.name in work.given
    ]
    derived = {"external_id": _external_id(resource), **dict(resource.derived)}
    names = [column.name for column in wanted if column.name != "external_id"]
    numbered = ", ".join(
        f"CASE WHEN {check.condition} THEN {number} END" for number, check in enumerate(checks)
    )
    anything = " OR ".join(f"({check.condition})" for check in checks)
    work.sql(
        READY,
        {
            "columns": ", ".join(["line", *(f'r."{name}"' for name in [*names, *derived])]),
            "problems": f"CASE WHEN {anything} THEN array_remove(ARRAY[{numbered}], NULL) END",
            "derived": ", ".join(f'{sql} AS "{name}"' for name, sql in derived.items()),
            "typed": ", ".join(_typed(work, column) for column in wanted),
            "lookups": " ".join(lookups),
        },
    )
    work.sql("ANALYZE import_ready (line, external_id)")
    _refuse(work, checks)


def _refuse(work: Work, checks: list[Check]) -> None:
    """Turn the numbers of failed checks into problems, with the text that the file has there."""
    found = work.rows(
        "SELECT DISTINCT unnest(problems) AS n FROM import_ready "
        "WHERE problems IS NOT NULL ORDER BY n"
    )
    for (number,) in found:
        check = checks[number]
        raw = f's."{check.column}"' if check.column in work.given else "NULL"
        work.sql(
            'INSERT INTO import_problem (line, "column", message, value) '
            "SELECT r.line, %(column)s, %(message)s, {raw} "
            "FROM import_ready AS r JOIN import_stage AS s ON s.line = r.line "
            "WHERE %(number)s = ANY (r.problems)",
            {"raw": raw},
            column=check.column,
            message=str(check.message),
            number=number,
        )
    if found:
        work.sql("DELETE FROM import_ready WHERE problems IS NOT NULL")


def refuse_duplicates(work: Work) -> None:
    """The same id twice: an error that names the first line, or left out if the mapping says so."""
    if work.mapping.first_of_duplicates:
        left_out = work.sql(
            "DELETE FROM import_ready AS d USING ({rows}) AS again WHERE d.line = again.line",
            {"rows": KEYED},
        )
        if left_out:
            work.note(
                _("%(count)s further rows with an id that came before were left out.")
                % {"count": left_out}
            )
        return
    work.refuse(
        work.resource.id_column(work.given),
        lazy(
            "The row has the same id as line %(value)s. Keep one of them, give them different "
            "ids, or let the first one be taken where you match the columns."
        ),
        KEYED,
    )


def _id_checks(work: Work) -> list[Check]:
    """A row that neither has an id nor the columns that make one cannot be found again."""
    resource = work.resource
    if not resource.key:
        return []
    missing = f"r.external_id IS NULL AND raw_{resource.key} IS NULL"
    return [Check(resource.id_column(work.given), missing, lazy("Fill in this column."))]


def _external_id(resource: Resource) -> str:
    """The id of a row: given, or the key column, or made from other columns (long: hashed)."""
    natural = f"({resource.natural})"
    short = f"CASE WHEN length{natural} > 200 THEN md5{natural} ELSE {natural} END"
    key = "" if resource.key in {"", "external_id"} else f"raw_{resource.key}, "
    return f"coalesce(raw_external_id, {key}{short})"


def _lookup(work: Work, column: Column, reference: Reference) -> str:
    """Find the ids behind the words of a reference: same source first, else the only match."""
    raw = f's."{column.name}"'
    names = {"name": column.name, "rows": reference.rows}
    fold = "lower({})" if reference.fold else "{}"
    names |= {"value": fold.format("w.external_id"), "raw": fold.format(raw)}
    work.sql(LOOKUP, names)
    work.sql("ANALYZE {name}", {"name": f"import_ref_{column.name}"})
    alias = f"ref_{column.name}"
    return f"LEFT JOIN import_ref_{column.name} AS {alias} ON {alias}.value = {names['raw']}"


def _typed(work: Work, column: Column) -> str:
    """The column's typed value and, as ``raw_<name>``, its text."""
    given = column.name in work.given
    raw = f's."{column.name}"' if given else "NULL::text"
    small = f'lower({raw} COLLATE "C")'
    large = f'upper({raw} COLLATE "C")'
    default = 'COLLATE "default"'
    signs = f"'{work.mapping.decimal_sign}', {_quoted(work.mapping.thousands_sign)}"
    kinds = {
        "text": raw,
        "day": f"prm_import_day({raw})",
        "instant": f"prm_import_instant({raw}, %(zone)s)",
        "number": f"prm_import_number({raw}, {signs})",
        "flag": f"CASE WHEN {small} IN ({TRUE}) THEN true WHEN {small} IN ({FALSE}) THEN false END",
        "choice": f"CASE WHEN {small} IN ({_list(column.choices)}) THEN {small} {default} END",
        "currency": f"CASE WHEN {large} IN ({_list(money.CURRENCIES)}) THEN {large} {default} END",
        "country": f"CASE WHEN {raw} !~ '{countries.CODE}' THEN {raw}"
        f" WHEN {large} IN ({_list(countries.COUNTRIES)}) THEN {large} {default} END",
        "domain": domains.domain_sql(raw),
        "reference": f"ref_{column.name}.id" if given else "NULL::bigint",
    }
    named = f'{kinds[column.kind]} AS "{column.name}"'
    if column.name == "external_id":
        return f"{raw} AS raw_external_id"
    known = f"ref_{column.name}.value IS NOT NULL" if given else "false"
    more = f", {known} AS known_{column.name}" if column.kind == "reference" else ""
    return f"{named}, {raw} AS raw_{column.name}{more}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list(words: Any) -> str:
    return ", ".join(_quoted(word) for word in sorted(words)) or "NULL"


def column_checks(column: Column) -> list[Check]:
    """What must hold for every value of a column, by its kind."""
    name, raw = column.name, f"raw_{column.name}"
    unread = f'{raw} IS NOT NULL AND r."{name}" IS NULL'
    checks = []
    if column.required:
        checks.append(Check(name, f"{raw} IS NULL", lazy("Fill in this column.")))
    if column.kind in {"text", "country", "domain"} and column.max_length:
        checks.append(
            Check(
                name,
                f"length({raw}) > {column.max_length}",
                _("Shorten the text to %(limit)s characters.") % {"limit": column.max_length},
            )
        )
    if column.kind == "reference" and column.reference:
        nobody = f" AND lower({raw}) NOT IN ({_list(column.nobody)})" if column.nobody else ""
        label = column.reference.label
        checks += [
            Check(
                name,
                f"{raw} IS NOT NULL AND NOT known_{name}{nobody}",
                _("There is no %(label)s %%(value)s. Correct it, or import it first.")
                % {"label": label},
            ),
            Check(
                name,
                f'known_{name} AND r."{name}" IS NULL',
                _("Several sources have a %(label)s %%(value)s. Import with the right --source.")
                % {"label": label},
            ),
        ]
    elif column.kind in _UNREAD:
        message: Any = _UNREAD[column.kind]
        if column.kind == "choice":
            message = _("%%(value)s is not possible. Use one of: %(choices)s.") % {
                "choices": ", ".join(column.choices)
            }
        checks.append(Check(name, unread, message))
    return checks


_UNREAD: dict[str, Any] = {
    "day": lazy(
        "%(value)s is no day. Write it like 2026-11-30, or state the date format in a mapping."
    ),
    "instant": lazy(
        "%(value)s is no day or time between 1990 and 2060. Write it like 2026-11-30 or "
        "2026-11-30T14:30:00Z, or state the date format in a mapping."
    ),
    "number": lazy(
        "%(value)s is no number like 1234.50. Correct it, or set decimal_comma or thousands "
        "in a mapping."
    ),
    "flag": lazy("%(value)s is neither yes nor no. Write 1 or 0."),
    "choice": "",
    "currency": lazy("%(value)s is no currency code. Use three letters like EUR."),
    "country": countries.NO_COUNTRY,
    "domain": domains.NO_DOMAIN,
}
