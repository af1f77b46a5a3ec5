"""The lists of imports and of what one refused: columns, filters, search."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from prm.common import access
from prm.common.access import Actor
from prm.common.imports import fixing, resources, undo
from prm.common.imports.models import Import, ImportProblem
from prm.common.imports.suggest import suggestions
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.models import User
from prm.common.spans import span_filter

LIST = "imports"
ALL: tuple[str, StrOrPromise] = ("", _("All"))


def undo_until(run: Import, now: datetime) -> datetime | None:
    """Until when a run can be taken back; nothing when it cannot."""
    is_possible = run.finished_at and undo.is_possible(run, now)
    return run.finished_at + undo.KEPT_FOR if run.finished_at and is_possible else None


def import_listing(actor: Actor, now: datetime) -> Listing[Import]:
    """The runs, newest first."""
    return Listing(
        columns=(
            Column("file", _("File"), at("file_name"), "file_name", is_fixed=True),
            Column("resource", _("Holds"), at("label"), "resource"),
            Column("source", _("From"), at("source"), "source", hide_small=True),
            Column("state", _("Status"), lambda run: run.get_state_display(), "state"),
            Column("rows", _("Rows"), at("rows_read"), "rows_read", is_number=True),
            Column("created", _("New"), at("created"), "created", is_number=True, is_usual=False),
            Column("updated", _("Changed"), at("updated"), "updated", is_number=True,
                   is_usual=False),
            Column("unchanged", _("Same as before"), at("unchanged"), "unchanged",
                   is_number=True, is_usual=False),
            Column("rejected", _("Problems"), at("rejected"), "rejected", is_number=True),
            Column("by", _("Started by"), at("by"), "by__name", hide_small=True),
            Column("started", _("Started"), at("started_at"), "started_at"),
            Column("undo", _("Undo until"), at("undo_until"), hide_small=True),
        ),
        filters=(
            _choice("resource", _("Holds"),
                    [(one.name, capfirst(str(one.label))) for one in resources.ordered()]),
            Filter("state", _("Status"), [ALL, *Import.State.choices], _in_state),
            Filter("problems", _("Problems"), [ALL, ("open", _("Rows to fix"))], _with_problems),
            Filter("by", _("Started by"), _people(actor), _by_whom),
            span_filter("started_at", now),
        ),
        search=lambda rows, text: rows.filter(
            Q(file_name__icontains=text) | Q(source__icontains=text)
        ),
        default_sort="-started",
        present=lambda runs: _told(runs, now),
        key=LIST,
        segments=(
            Segment(_("All"), ""),
            Segment(_("Rows to fix"), "problems=open"),
            Segment(_("Being prepared"), "state=draft"),
        ),
        can_choose=True,
    )  # fmt: skip


def _choice(key: str, label: StrOrPromise, choices: list[tuple[str, str]]) -> Filter[Any]:
    return Filter(key, label, [ALL, *choices], lambda rows, value: rows.filter(**{key: value}))


def _in_state(runs: QuerySet[Import], value: str) -> QuerySet[Import]:
    return runs.filter(state=value)


def _with_problems(runs: QuerySet[Import], _value: str) -> QuerySet[Import]:
    """Keep runs that stored the good rows and set others aside that nobody has brought since."""
    open_ones = ImportProblem.objects.filter(fixing.STILL_OPEN).values("run")
    return runs.filter(state=Import.State.DONE, dry_run=False, rejected__gt=0, pk__in=open_ones)


def _people(actor: Actor) -> list[tuple[str, StrOrPromise]]:
    """Those who may import, and the command line, which is nobody."""
    people = access.scope(actor, User).filter(staff_role__in=access.RUNS_PROGRAM)
    found = [(str(one.public_id), str(one)) for one in people.order_by("name", "email")]
    return [ALL, *found, ("nobody", _("The command line"))]


def _by_whom(runs: QuerySet[Import], value: str) -> QuerySet[Import]:
    return runs.filter(by=None) if value == "nobody" else runs.filter(by__public_id=value)


def _told(runs: Iterable[Import], now: datetime) -> list[Any]:
    """The runs with the words of what they hold and until when they can be taken back."""
    found: list[Any] = list(runs)
    for run in found:
        run.undo_until = undo_until(run, now)
        run.label = capfirst(str(resources.get(run.resource).label))
    return found


def problem_listing(run: Import, columns: list[str]) -> Listing[ImportProblem]:
    """What one run refused, by line; `columns` are those that have problems.

    No saved views: the next run has other problems.
    """
    return Listing(
        columns=(
            Column("line", _("Row"), at("shown_line"), "line", is_number=True),
            Column("column", _("Column"), at("column"), "column"),
            Column("value", _("Value"), at("value")),
            Column("reason", _("Problem"), at("reason"), "reason"),
            Column("meant", _("Perhaps meant"), lambda problem: (problem.meant or ("",))[0],
                   export_only=True),
        ),
        filters=(
            _choice("column", _("Column"), [(name, name) for name in columns if name]),
            Filter("fix", _("Can be fixed"), [ALL, ("here", _("Here")), ("file", _("In the file"))],
                   _fixable),
        ),
        search=lambda rows, text: rows.filter(reason__icontains=text),
        default_sort="line",
        present=lambda problems: told(run, problems),
    )  # fmt: skip


def _fixable(problems: QuerySet[ImportProblem], value: str) -> QuerySet[ImportProblem]:
    return problems.exclude(values={}) if value == "here" else problems.filter(values={})


def told(run: Import, problems: list[ImportProblem]) -> list[Any]:
    """The problems with the line that people count, what was perhaps meant, and in which rows."""
    found: list[Any] = list(problems)
    can_fix = fixing.can_fix(run)
    meant = suggestions(run, resources.get(run.resource), found) if can_fix else {}
    own_lines = run.found.get("lines", {})
    seen: set[tuple[str, str]] = set()
    for problem in found:
        problem.shown_line = own_lines.get(str(problem.line), problem.line)
        pair = (problem.column, problem.value)
        problem.meant = meant.get(pair)
        same = [one.line for one in found if (one.column, one.value) == pair]
        problem.same_lines = [] if pair in seen else same
        seen.add(pair)
    return found
