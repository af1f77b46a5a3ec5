"""What a run refused: rows in the database for the page, and all of them as a CSV file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from prm.common.imports.models import Import, ImportProblem
from prm.common.imports.readers import Table
from prm.common.imports.rowmap import RowMap
from prm.common.imports.work import Work
from prm.common.tabular import csv_lines

SHOWN = 1_000  # problems kept as rows; the file has all
LONGEST = 4_000  # characters of a cell that can be corrected on the page
BY_LINE = """
    SELECT line, coalesce("column", ''), message, coalesce(value, '')
    FROM import_problem ORDER BY line, ctid
"""
COUNTS = """
    SELECT
        count(*) FILTER (WHERE made),
        count(*) FILTER (WHERE changed AND NOT made)
    FROM (
        SELECT line, bool_and(made) AS made, bool_or(changed) AS changed
        FROM ({plans}) AS touched GROUP BY line
    ) AS lines
"""
ONE_PLAN = """
    SELECT p.line, {made} AS made, p.id IS NULL OR c.id IS NOT NULL AS changed
    FROM {plan} AS p LEFT JOIN {plan}_changed AS c ON c.line = p.line AND c.id = p.id
"""


@dataclass
class Report:
    """The outcome of a run, to be stored in its row."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    notes: list[str] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)


def error_path(run: Import) -> Path:
    """Where the refused rows of a run are kept as a CSV file."""
    return Path(settings.PRM_FILES) / "imports" / f"{run.public_id}-errors.csv"


def make_report(work: Work, table: Table, rows: RowMap, read: int) -> Report:
    """Count what happened to the rows and write down what was refused and why."""
    [(good,)] = work.rows("SELECT count(*) FROM import_ready")
    [(rejected,)] = work.rows("SELECT count(DISTINCT line) FROM import_problem")
    created, updated = work.created, work.updated
    if work.plans:
        parts = [
            ONE_PLAN.replace("{plan}", plan).replace(
                "{made}", "p.id IS NULL" if inserts else "NULL::boolean"
            )
            for plan, inserts in work.plans.items()
        ]
        [counts] = work.rows(COUNTS, {"plans": " UNION ALL ".join(parts)})
        created, updated = created + counts[0], updated + counts[1]
    report = Report(read, created, updated, good - created - updated, rejected, work.notes)
    if rejected:
        _write_errors(work, table, rows, report)
    return report


def reason(column: str, message: str, value: str) -> str:
    """The sentence for the person, with the text that stands in the file."""
    shown = value if len(value) <= 80 else f"{value[:77]}…"
    return message.replace("%(value)s", shown)


def _write_errors(work: Work, table: Table, rows: RowMap, report: Report) -> None:
    """Read the file once more beside the problems, which are sorted by line too."""
    target = error_path(work.run)
    target.parent.mkdir(parents=True, exist_ok=True)

    def refused() -> Iterator[list[Any]]:
        for line, column, message, value, (cells, unread) in _beside_rows(table):
            text = reason(column, message, value)
            if len(report.problems) < SHOWN:
                report.problems.append(
                    ImportProblem(
                        run=work.run,
                        line=line,
                        column=column,
                        reason=text,
                        row=_stored(cells),
                        values={} if unread else _values(rows, cells),
                    )
                )
            yield [line, column, text, *cells]

    with target.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        header = [_("line"), _("column"), _("reason"), *table.header]
        file.writelines(csv_lines(header, refused()))


def _beside_rows(table: Table) -> Iterator[tuple[int, str, str, str, tuple[list[str], str]]]:
    rows = table.rows()
    at, cells, unread = 0, list[str](), ""
    for line, column, message, value in _problems():
        while at < line:
            at, cells, unread = next(rows)
        yield line, column, message, value, (cells, unread)


def _problems() -> Iterator[tuple[int, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(BY_LINE)
        while found := cursor.fetchmany(5_000):
            yield from found


def _stored(cells: list[str]) -> list[str]:
    """Cells as the database can keep them: no zero bytes, no lone halves of characters, short."""
    return [cell[:200].replace("\0", "�").encode(errors="replace").decode() for cell in cells[:100]]


def _values(rows: RowMap, cells: list[str]) -> dict[str, str]:
    """The row by the names of the format, whole, so that it can be corrected and stored.

    Empty when a cell is longer than any column takes or cannot be stored as text.
    """
    values = dict(zip(rows.targets, rows.convert(cells) or (), strict=False))
    try:
        text = "".join(value or "" for value in values.values())
        text.encode()
    except UnicodeEncodeError:
        return {}
    fits = all(len(value or "") <= LONGEST for value in values.values())
    return (
        {name: value or "" for name, value in values.items()} if fits and "\0" not in text else {}
    )
