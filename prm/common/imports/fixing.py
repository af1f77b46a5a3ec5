"""Refused rows, corrected on the page and imported again: a run of their own beside the first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from prm.common import access, audit
from prm.common.access import Actor
from prm.common.errors import Conflict, InvalidInput
from prm.common.ids import uuid7
from prm.common.imports import resources, services
from prm.common.imports.models import Import, ImportProblem
from prm.common.imports.readers import sha256_of
from prm.common.imports.store import stored_path
from prm.common.models import User
from prm.common.tabular import csv_lines

# The parts of a mapping that say how cells are written; the others have done their work.
NOTATION = ("dates", "decimal_comma", "thousands", "time_zone", "blank", "first_of_duplicates")
GIVEN_UP = (Import.State.FAILED, Import.State.STOPPED, Import.State.UNDONE)
STILL_OPEN = Q(fixed_in=None) | Q(fixed_in__state__in=GIVEN_UP)


@dataclass
class RefusedRow:
    """A row that was refused, with all that is wrong with it."""

    line: int
    values: dict[str, str]
    problems: list[ImportProblem] = field(default_factory=list)

    @property
    def can_fix(self) -> bool:
        """Its cells are known; a row that could not be read is corrected in the file."""
        return bool(self.values)


def open_problems(actor: Actor, run: Import) -> QuerySet[ImportProblem]:
    """What was refused and not yet brought by a later import of corrected rows."""
    return access.scope(actor, ImportProblem).filter(STILL_OPEN, run=run)


def can_fix(run: Import) -> bool:
    """Whether rows of it can be corrected on the page: it stored the others and still stands."""
    return run.state == Import.State.DONE and not run.dry_run and run.rejected > 0


def refused_rows(problems: QuerySet[ImportProblem], lines: list[int]) -> list[RefusedRow]:
    """The refused rows of these lines, in their order."""
    rows: dict[int, RefusedRow] = {}
    for problem in problems.filter(line__in=lines):
        row = rows.setdefault(problem.line, RefusedRow(problem.line, dict(problem.values)))
        row.problems.append(problem)
    return list(rows.values())


def fix_rows(
    run: Import, corrected: dict[int, dict[str, str]], *, by: User | None, now: datetime
) -> Import:
    """Import corrected rows of a run: line → all values of the row, by the names of the format.

    They are a run of their own, with its own problems and undo. Raises InvalidInput when nothing
    is corrected or a column is filled in for some of the rows only, Conflict when somebody else
    corrected one of the rows meanwhile.
    """
    if not corrected:
        raise InvalidInput(_("Change at least one value, then import the corrected rows."))
    resource = resources.get(run.resource)
    columns = [name for name in resource.names if any(name in row for row in corrected.values())]
    for name in columns:
        if any(name not in row for row in corrected.values()):
            raise InvalidInput(
                _("The file has no column %(name)s. Fill it in for all rows that you correct.")
                % {"name": resources.label_of(name)}
            )
    mapping = {key: run.mapping[key] for key in NOTATION if key in run.mapping}
    again = services.new_run(
        run.file_name,
        resource=run.resource,
        source=run.source,
        by=by,
        now=now,
        mapping=mapping | {"delimiter": ",", "encoding": "utf-8-sig"},
        save=False,
    )
    again.fixes, again.rows_total = run, len(corrected)
    again.found = {"lines": _write(again, columns, corrected)}
    try:
        _begin(run, again, list(corrected), by=by, now=now)
    except BaseException:
        stored_path(again).unlink(missing_ok=True)
        raise
    return again


def _begin(run: Import, again: Import, lines: list[int], *, by: User | None, now: datetime) -> None:
    with transaction.atomic():
        Import.objects.select_for_update(of=("self",)).get(pk=run.pk)
        wanted = ImportProblem.objects.filter(run=run, line__in=lines)
        if wanted.exclude(pk__in=wanted.filter(STILL_OPEN)).exists():
            raise Conflict(_("Somebody corrected one of these rows a moment ago. Look again."))
        again.save()
        wanted.update(fixed_in=again)
        services.enqueue(again, now=now)
        after: dict[str, Any] = {"of": str(run.public_id), "rows": len(lines)}
        audit.record("import.fix", again, by=by, now=now, after=after)


def _write(again: Import, columns: list[str], rows: dict[int, dict[str, str]]) -> dict[str, int]:
    """Write the corrected rows as a file; returns its lines with those of the first file."""
    again.stored_file = f"imports/{uuid7()}.upload"
    path = Path(settings.PRM_FILES) / again.stored_file
    path.parent.mkdir(parents=True, exist_ok=True)
    lines: dict[str, int] = {}

    def cells() -> Iterator[list[str]]:
        at = 2
        for line, values in sorted(rows.items()):
            row = [values[name].replace("\0", "") for name in columns]
            lines[str(at)] = line
            at += 1 + sum(value.replace("\r\n", "\n").count("\n") for value in row)
            yield row

    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        file.writelines(csv_lines(columns, cells()))
    again.file_hash, again.file_bytes = sha256_of(path), path.stat().st_size
    return lines
