"""The page on which refused rows are corrected; only the corrected ones are imported again."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from prm.common import access
from prm.common.errors import InvalidInput
from prm.common.imports import fixing, resources
from prm.common.imports.fixing import RefusedRow
from prm.common.imports.models import Import
from prm.common.imports.resources import Resource
from prm.common.imports.suggest import suggestions

ROWS = 10  # on one page
CELL = re.compile(r"r(\d{1,18})-([a-z_]{1,60})")


@dataclass
class Input:
    """One value that can be corrected."""

    name: str
    label: str
    value: str
    reasons: list[str] = field(default_factory=list)
    choices: tuple[str, ...] = ()
    meant: tuple[str, str] | None = None


@dataclass
class FixRow:
    """A refused row as the page shows it: what is wrong first, the rest behind a fold."""

    line: int
    wrong: list[Input]
    other: list[Input]
    general: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
def import_fix(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct refused rows here, then import those again."""
    actor = access.actor_of(request)
    run = access.get_or_404(actor, Import, public_id)
    if not fixing.can_fix(run):
        return redirect("imports:import_detail", run.public_id)
    problems = fixing.open_problems(actor, run)
    typed = _typed(request, resources.get(run.resource))
    error = ""
    if request.method == "POST":
        rows = fixing.refused_rows(problems, list(typed))
        try:
            corrected = {row.line: row.values | typed[row.line] for row in _changed(rows, typed)}
            again = fixing.fix_rows(run, corrected, by=actor.user, now=timezone.now())
        except InvalidInput as refusal:
            error = refusal.message
        else:
            return redirect("imports:import_detail", again.public_id)
    fixable = problems.exclude(values={})
    lines = list(fixable.order_by("line").values_list("line", flat=True).distinct())
    start = _start(request, lines)
    shown = fixing.refused_rows(fixable, lines[start : start + ROWS])
    context = {
        "run": run,
        "error": error,
        "rows": _rows(run, shown, typed),
        "first": start + 1,
        "last": start + len(shown),
        "total": len(lines),
        "next": lines[start + ROWS] if start + ROWS < len(lines) else None,
        "previous": lines[max(0, start - ROWS)] if start else None,
    }
    return render(request, "imports/fix.html", context, status=422 if error else 200)


def _start(request: HttpRequest, lines: list[int]) -> int:
    """The page of rows that begins with, or holds, the line that the address names."""
    wanted = request.GET.get("line", "")
    line = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else 0
    place = lines.index(line) if line in lines else 0
    return place - place % ROWS


def _typed(request: HttpRequest, resource: Resource) -> dict[int, dict[str, str]]:
    """What the person typed: line → field → text."""
    typed: dict[int, dict[str, str]] = {}
    for name, text in request.POST.items():
        match = CELL.fullmatch(name)
        if match and match[2] in resource.names:
            typed.setdefault(int(match[1]), {})[match[2]] = str(text).replace("\0", "").strip()
    return typed


def _changed(rows: list[RefusedRow], typed: dict[int, dict[str, str]]) -> list[RefusedRow]:
    """The rows in which something was typed. A field that the file lacks counts when filled in."""
    changed = []
    for row in rows:
        own = typed[row.line]
        for name in [name for name in own if name not in row.values and not own[name]]:
            del own[name]
        if row.can_fix and any(row.values.get(name) != text for name, text in own.items()):
            changed.append(row)
    return changed


def _rows(run: Import, shown: list[RefusedRow], typed: dict[int, dict[str, str]]) -> list[FixRow]:
    resource = resources.get(run.resource)
    meant = suggestions(run, resource, [one for row in shown for one in row.problems])
    return [_row(resource, row, typed.get(row.line, {}), meant) for row in shown]


def _row(
    resource: Resource,
    row: RefusedRow,
    typed: dict[str, str],
    meant: dict[tuple[str, str], tuple[str, str]],
) -> FixRow:
    reasons: dict[str, list[str]] = {}
    for problem in row.problems:
        reasons.setdefault(problem.column, []).append(problem.reason)

    def box(name: str) -> Input:
        column, value = resource.column(name), row.values.get(name, "")
        return Input(
            name=f"r{row.line}-{name}",
            label=column.label,
            value=typed.get(name, value),
            reasons=reasons.get(name, []),
            choices=column.choices,
            meant=meant.get((name, value)),
        )

    wrong = [name for name in resource.names if name in reasons]
    other = [name for name in resource.names if name in row.values and name not in reasons]
    general = [text for name, texts in reasons.items() if name not in wrong for text in texts]
    return FixRow(row.line, [box(name) for name in wrong], [box(name) for name in other], general)
