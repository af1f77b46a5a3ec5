"""The lists of imports, of what one refused and of saved mappings: columns, filters, search."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from prm.common import access
from prm.common.access import Actor
from prm.common.imports import fixing, resources, undo
from prm.common.imports.models import Import, ImportMapping, ImportProblem
from prm.common.imports.suggest import suggestions
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.models import User
from prm.common.spans import span_filter

LIST, MAPPINGS = "imports", "mappings"
ALL: tuple[str, StrOrPromise] = ("", _("All"))
IMPORT_WORDS = Words(
    name=_("Imports"),
    counted=ngettext_lazy("%(shown)s import", "%(shown)s imports", "n"),
    search=_("File name or where it is from"),
    no_match=_("No imports match"),
    none=_("No imports yet"),
    none_text=_(
        "Upload a file from your CRM: you see first how its columns are understood and "
        "which rows cannot be used. Nothing is stored before you say so, and an import can "
        "be undone for 7 days."
    ),
    action=_("New import"),
)
MAPPING_WORDS = Words(
    name=_("Saved mappings"),
    counted=ngettext_lazy("%(shown)s mapping", "%(shown)s mappings", "n"),
    search=_("Name"),
    no_match=_("No mappings match"),
    none=_("No saved mappings yet"),
    none_text=_(
        "Match the columns of a file once and save the choices under a name; the next file "
        "of that kind needs no matching."
    ),
    action=_("New import"),
)


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
            Column("source", _("Source"), at("source"), "source", hide_small=True),
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
        words=replace(IMPORT_WORDS, action_url=reverse("imports:import_new")),
        filters=(
            _choice("resource", _("Holds"), _resources()),
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


def _resources() -> list[tuple[str, str]]:
    return [(one.name, capfirst(str(one.label))) for one in resources.ordered()]


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
            Column("column", _("Column"), at("label"), "column", is_fixed=True),
            Column("value", _("Value"), at("value")),
            Column("reason", _("Problem"), at("reason"), "reason"),
            Column("meant", _("Perhaps meant"), lambda problem: (problem.meant or ("",))[0],
                   export_only=True, beside="reason"),
            Column("cells", _("Cells of the row"), lambda problem: " | ".join(problem.row),
                   is_usual=False),
        ),
        words=_problem_words(run),
        filters=(
            _choice("column", _("Column"), _labels(columns)),
            Filter("fix", _("Can be fixed"), [ALL, ("here", _("Here")), ("file", _("In the file"))],
                   _fixable),
        ),
        search=lambda rows, text: rows.filter(reason__icontains=text),
        default_sort="line",
        present=lambda problems: told(run, problems),
        can_choose=True,
    )  # fmt: skip


def _labels(columns: list[str]) -> list[tuple[str, str]]:
    return [(name, resources.label_of(name)) for name in columns if name]


def _problem_words(run: Import) -> Words:
    is_open = run.state == Import.State.DRAFT or run.is_working
    later = _("Rows that cannot be imported stand here once the file is checked.")
    all_in = _("Every row of this file was imported, or its correction was.")
    return Words(
        name=_("Problems"),
        counted=ngettext_lazy("%(shown)s problem", "%(shown)s problems", "n"),
        search=_("Words of the problem"),
        no_match=_("No problems match"),
        none=_("Not checked yet") if is_open else _("No problems are left"),
        none_text=later if is_open else all_in,
        action=_("Back to the import"),
        action_url=reverse("imports:import_detail", args=[run.public_id]),
    )


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
        problem.label = resources.label_of(problem.column) if problem.column else ""
        pair = (problem.column, problem.value)
        problem.meant = meant.get(pair)
        same = [one.line for one in found if (one.column, one.value) == pair]
        problem.same_lines = [] if pair in seen else same
        seen.add(pair)
    return found


def mapping_listing(actor: Actor) -> Listing[ImportMapping]:
    """The saved mappings, by name."""
    return Listing(
        columns=(
            Column("name", _("Name"), at("name"), "name", is_fixed=True),
            Column("resource", _("For"), at("label"), "resource"),
            Column("by", _("Saved by"), at("by"), "by__name"),
            Column("saved", _("Saved"), at("updated_at"), "updated_at"),
            Column("used", _("Imports"), at("used"), "used", is_number=True, is_usual=False),
            Column("last", _("Last used"), at("last_used"), "last_used", is_usual=False),
        ),
        words=replace(MAPPING_WORDS, action_url=reverse("imports:import_new")),
        filters=(
            _choice("resource", _("For"), _resources()),
            Filter("by", _("Saved by"), _people(actor)[:-1], _by_whom),
        ),
        search=lambda rows, text: rows.filter(name__icontains=text),
        default_sort="name",
        present=_with_labels,
        key=MAPPINGS,
        can_choose=True,
    )  # fmt: skip


def with_use(mappings: QuerySet[ImportMapping]) -> QuerySet[ImportMapping]:
    """Add how many imports used each, and when the last one began."""
    runs = Import.objects.filter(saved_mapping=OuterRef("pk")).order_by().values("saved_mapping")
    return mappings.select_related("by").annotate(
        used=Coalesce(Subquery(runs.annotate(n=Count("pk")).values("n")), 0),
        last_used=Subquery(runs.annotate(last=Max("started_at")).values("last")),
    )


def _with_labels(mappings: Iterable[ImportMapping]) -> list[Any]:
    found: list[Any] = list(mappings)
    for mapping in found:
        mapping.label = capfirst(str(resources.get(mapping.resource).label))
    return found
