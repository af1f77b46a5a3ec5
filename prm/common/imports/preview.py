"""A look at the first rows of a file: as they stand there, and as they would be stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from prm.common.config import program
from prm.common.errors import InvalidInput
from prm.common.imports import mapping as mappings
from prm.common.imports import resources, staging
from prm.common.imports.look import clean, short, table_of
from prm.common.imports.models import Import
from prm.common.imports.progress import Silent
from prm.common.imports.readers import Rows, Table
from prm.common.imports.report import BY_LINE, reason
from prm.common.imports.resources import Resource, label_of
from prm.common.imports.rowmap import row_map
from prm.common.imports.work import Work

ROWS = 8
STAGED = """
    SELECT s.line, {shown} FROM import_stage AS s
    LEFT JOIN import_ready AS r ON r.line = s.line ORDER BY s.line
"""


@dataclass
class PreviewCell:
    """A value as it would be stored; or the text of the file, and what is wrong with it."""

    text: str
    problem: str = ""


@dataclass
class PreviewRow:
    """One of the first rows."""

    line: int
    cells: list[PreviewCell] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class Preview:
    """The first rows; ``error`` says why there are none."""

    heads: list[str] = field(default_factory=list)
    rows: list[PreviewRow] = field(default_factory=list)
    error: str = ""

    @property
    def refused(self) -> int:
        """How many of the rows shown would be refused."""
        return sum(bool(row.problems) for row in self.rows)


class _FirstRows(Table):
    """The same file, as if it ended soon."""

    def rows(self) -> Rows:
        return islice(super().rows(), ROWS)


def preview(run: Import, data: dict[str, object], now: datetime) -> Preview:
    """Run the first rows through the import's own steps up to storing, and take all back."""
    resource = resources.get(run.resource)
    try:
        with transaction.atomic():
            try:
                return _look(run, resource, data, now)
            finally:
                transaction.set_rollback(True)
    except InvalidInput as refusal:
        return Preview(error=refusal.message)


def _look(run: Import, resource: Resource, data: dict[str, object], now: datetime) -> Preview:
    mapping = mappings.parse(data, resource)
    table = table_of(run, mapping)
    first = _FirstRows(**vars(table))
    rows = row_map(mapping, resource, table.header)
    work = Work(
        run=run,
        resource=resource,
        mapping=mapping,
        given=frozenset(rows.targets),
        zone=mapping.time_zone or str(program().time_zone),
        now=now,
        by=run.by,
        progress=Silent(run.pk),
    )
    staging.clear()
    staging.copy_rows(work, first, rows)
    staging.make_ready(work)
    staging.refuse_duplicates(work)
    if resource.validate:
        resource.validate(work)
    names = [name for name in resource.names if name in work.given]
    heads = [label_of(name) for name in names]
    return Preview(heads, list(_rows(names, work)))


def _rows(names: list[str], work: Work) -> Iterator[PreviewRow]:
    """All staged rows: typed where they are good, else the file's texts with their problems."""
    wrong: dict[int, list[tuple[str, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BY_LINE)
        for line, column, message, value in cursor.fetchall():
            wrong.setdefault(line, []).append((column, reason(column, message, value)))
        shown = ", ".join(_shown(name, work.resource) for name in names)
        cursor.execute(STAGED.replace("{shown}", shown), {"zone": work.zone})
        staged = {line: values for line, *values in cursor.fetchall()}
    for line in sorted({*staged, *wrong}):
        said = wrong.get(line, [])
        by_column = dict(reversed(said))
        cells = [
            PreviewCell(short(clean(text or "")), by_column.get(name, ""))
            for name, text in zip(names, staged.get(line, [""] * len(names)), strict=True)
        ]
        yield PreviewRow(line, cells, [text for _column, text in said])


def _shown(name: str, resource: Resource) -> str:
    """SQL of a cell's text: as it would be stored, or as it stands in the file."""
    kind = resource.column(name).kind
    if kind == "instant":
        local = f'r."{name}" AT TIME ZONE %(zone)s'
        return f"""coalesce(to_char({local}, 'YYYY-MM-DD HH24:MI'), s."{name}")"""
    if kind in {"day", "number"}:
        return f'coalesce(r."{name}"::text, s."{name}")'
    if kind == "flag":
        word = f"""CASE WHEN r."{name}" THEN 'yes' WHEN NOT r."{name}" THEN 'no' END"""
        return f'coalesce({word}, s."{name}")'
    if kind in {"choice", "currency", "country", "domain"}:
        return f'coalesce(r."{name}", s."{name}")'
    return f's."{name}"'
