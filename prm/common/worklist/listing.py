"""The list of tasks: columns, filters, search, segments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from prm.common.access import Actor
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.models import Task
from prm.common.worklist import sources
from prm.common.worklist.selectors import DOES, awake, lines_of, overdue

LIST = "tasks"
ALL: tuple[str, StrOrPromise] = ("", _("All"))
WEEK = timedelta(days=7)
Rows = QuerySet[Task]


@dataclass(frozen=True)
class _Narrow:
    """How the filters narrow tasks, for one reader and day."""

    actor: Actor
    today: date

    def state(self, rows: Rows, value: str) -> Rows:
        if value == "open":
            return awake(rows, self.today)
        if value == "resting":
            return rows.filter(state=Task.State.OPEN, snoozed_until__gt=self.today)
        return rows.filter(state=value)

    def whose(self, rows: Rows, value: str) -> Rows:
        if value == "mine":
            return rows.filter(owner=self.actor.user)
        if value == "nobody":
            return rows.filter(owner=None)
        return rows.filter(side=value)

    def due(self, rows: Rows, value: str) -> Rows:
        if value == "overdue":
            return overdue(rows, self.today)
        return rows.filter(due_on__range=(self.today, self.today + WEEK))

    def company(self, rows: Rows, value: str) -> Rows:
        found = _uuid(value)
        return rows.filter(company=found) if found else rows.none()

    def named(self, value: str) -> str | None:
        found = _uuid(value)
        names = sources.companies().names(self.actor, [found]) if found else {}
        return names.get(found) if found else None

    def search(self, rows: Rows, text: str) -> Rows:
        companies = [] if self.actor.is_partner else sources.companies().find(self.actor, text)
        words = rows.annotate(words=Cast("args", TextField()))
        return words.filter(
            Q(title__icontains=text) | Q(words__icontains=text) | Q(company__in=list(companies))
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def task_listing(actor: Actor, today: date) -> Listing[Task]:
    """Open tasks, the most pressing first; the vendor's people see the partner of each."""
    narrow = _Narrow(actor, today)
    is_desk = not actor.is_partner
    columns = (
        Column("what", _("Task"), at("title"), is_fixed=True),
        *((Column("company", _("Partner"), at("company")),) if is_desk else ()),
        Column("owner", _("Owner"), at("task.owner"), lambda _values: F("owner__name")),
        Column("due", _("Due"), at("task.due_on"), "due_on"),
        Column("priority", _("Priority"), lambda line: line.task.get_priority_display(),
               "priority"),
        Column("state", _("Status"), at("word"), "state"),
        Column("added", _("Added"), at("task.created_at"), "created_at", is_usual=False,
               hide_small=True),
    )  # fmt: skip
    return Listing(
        columns=columns,
        filters=_filters(narrow, is_desk=is_desk),
        search=narrow.search,
        default_sort=lambda values: "due" if values["state"] in {"open", "resting"} else "-added",
        present=lambda tasks: lines_of(tasks, actor, today),
        words=_words(may_add=actor.has(*DOES)),
        key=LIST,
        segments=_segments(is_desk=is_desk),
        can_choose=True,
    )


def _words(*, may_add: bool) -> Words:
    told = _("No task is open. Add one with a day and an owner, and whoever gets it is told.")
    return Words(
        name=_("Tasks"),
        counted=ngettext_lazy("%(shown)s task", "%(shown)s tasks", "n"),
        search=_("Task or partner"),
        no_match=_("No tasks match"),
        try_this=_("Try fewer filters."),
        none=_("All caught up"),
        none_text=told if may_add else _("No task is open."),
        action=_("Add task") if may_add else "",
        action_url=reverse_lazy("worklist:task_new") if may_add else "",
    )


def _filters(narrow: _Narrow, *, is_desk: bool) -> Sequence[Filter[Any]]:
    states = [
        ("open", pgettext_lazy("tasks", "Open")),
        ("resting", _("Resting")),
        *((value, label) for value, label in Task.State.choices if value != "open"),
        ("all", _("All")),
    ]
    whose: list[tuple[str, StrOrPromise]] = [ALL, ("mine", _("Mine")), ("nobody", _("Nobody’s"))]
    if is_desk:
        whose += Task.Side.choices
    found = [
        Filter("state", _("Status"), states, narrow.state, default="open", all_value="all"),
        Filter("whose", _("Whose"), whose, narrow.whose),
        _choice("due", _("Due"), [("overdue", _("Overdue")), ("week", _("Within 7 days"))],
                narrow.due),
        _choice("priority", _("Priority"),
                [(str(value), label) for value, label in Task.Priority.choices],
                lambda rows, value: rows.filter(priority=value)),
    ]  # fmt: skip
    if is_desk:
        found.append(Filter("company", _("Partner"), (), narrow.company, name_of=narrow.named))
    return found


def _choice(
    key: str,
    label: StrOrPromise,
    choices: list[tuple[str, Any]],
    apply: Callable[[Rows, str], Rows],
) -> Filter[Any]:
    return Filter(key, label, [ALL, *choices], apply)


def _segments(*, is_desk: bool) -> Sequence[Segment]:
    found = [
        Segment(_("All open"), ""),
        Segment(_("Mine"), "whose=mine"),
        Segment(_("Overdue"), "due=overdue"),
    ]
    if is_desk:
        found.append(Segment(_("With partners"), f"whose={Task.Side.COMPANY}"))
    return [*found, Segment(pgettext_lazy("tasks", "Done"), "state=done")]
