"""Everything that is done with tasks: by people, and by features that ask for them.

`ask_for`, `finish` and `withdraw` are for features: they name a task by source and business key
and may be called again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from prm.common import audit
from prm.common.config import program
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import Task, User
from prm.common.notices.reading import thing_of
from prm.common.signinlink import is_own_path
from prm.common.transition import transition
from prm.common.worklist import sources
from prm.common.worklist.notices import tell_given, tell_overdue
from prm.common.worklist.selectors import may_own, overdue
from prm.common.worklist.sources import Source

CHANGEABLE = ("title", "args", "url", "about_type", "about_id", "side", "company", "owner",
              "due_on", "priority")  # fmt: skip


@dataclass(frozen=True)
class Asking:
    """One task that a feature asks for, by its business key."""

    key: str
    company: UUID | None = None
    owner: User | None = None
    due_on: date | None = None
    priority: int = Task.Priority.NORMAL
    title: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    about: models.Model | None = None

    def wanted(self, side: str) -> dict[str, Any]:
        """The fields of the task."""
        about_type, about_id = thing_of(self.about)
        return {
            "title": self.title, "args": self.args, "url": self.url, "about_type": about_type,
            "about_id": about_id, "side": side, "company": self.company, "owner": self.owner,
            "due_on": self.due_on, "priority": self.priority,
        }  # fmt: skip


def ask_for(
    source: Source,
    key: str,
    *,
    now: datetime,
    side: str,
    again: bool = False,
    tells: bool = True,
    by: User | None = None,
    **more: Any,
) -> Task:
    """Ask for a task, or change the one that this source asked for with this key.

    ``more`` is what an Asking can say. One that is closed stays closed, unless it is needed
    `again`. Whoever has a new task is told, unless the feature `tells` them itself, by its own
    news that leads to the task. Raises ValueError for a source that nobody declared or a `url`
    that is no path of this site.
    """
    more = {"args": more.pop("args", None) or {}, **more}
    asked = [Asking(key, **more)]
    return ask_for_many(source, asked, now=now, side=side, again=again, tells=tells, by=by)[key]


@transaction.atomic
def ask_for_many(
    source: Source,
    askings: Sequence[Asking],
    *,
    now: datetime,
    side: str,
    again: bool = False,
    tells: bool = True,
    by: User | None = None,
) -> dict[str, Task]:
    """The same for many tasks of one source and side, by their keys."""
    wrong = [one.url for one in askings if one.url and not is_own_path(one.url)]
    if sources.SOURCES.get(source.key) is not source or wrong:
        raise ValueError(f"{source.key} is not declared, or {wrong} is no path of ours.")
    fresh = {
        one.key: Task(source=source.key, key=one.key, made_by=by, created_at=now, updated_at=now,
                      **one.wanted(side))
        for one in askings
    }  # fmt: skip
    Task.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    rows = Task.objects.select_for_update(of=("self",)).filter(source=source.key, key__in=fresh)
    tasks = {task.key: task for task in rows.order_by("pk")}
    added = [one for one in tasks.values() if one.public_id == fresh[one.key].public_id]
    _added(added, by=by, now=now, tells=tells)
    new = {task.key for task in added}
    for asking in askings:
        task = tasks[asking.key]
        if asking.key in new or (task.state != Task.State.OPEN and not again):
            continue
        if task.state != Task.State.OPEN:
            task = _reopen(task, by=by, now=now)
        tasks[asking.key] = _change(task, asking.wanted(side), by=by, now=now, tells=tells)
    return tasks


def _added(tasks: Sequence[Task], *, by: User | None, now: datetime, tells: bool) -> None:
    names = ("title", "side", "company", "owner", "due_on")
    entries = []
    for task in tasks:
        after = _words({name: getattr(task, name) for name in names} | {"source": task.source})
        entries.append(audit.entry("task.create", task, by=by, now=now, after=after))
    audit.record_many(entries)
    for task in tasks if tells else ():
        tell_given(task, by=by, now=now)


def _words(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(one) if isinstance(one, UUID) else one for name, one in values.items()}


def _change(
    task: Task, wanted: dict[str, Any], *, by: User | None, now: datetime, tells: bool = True
) -> Task:
    """Store what differs of a locked task; whoever gets it is told."""
    changed = {name: value for name, value in wanted.items() if getattr(task, name) != value}
    if not changed:
        return task
    before = {name: getattr(task, name) for name in changed}
    for name, value in changed.items():
        setattr(task, name, value)
    task.updated_at = now
    task.save(update_fields=[*changed, "updated_at"])
    audit.record("task.change", task, by=by, now=now, before=_words(before), after=_words(changed))
    if "owner" in changed and tells:
        tell_given(task, by=by, now=now)
    return task


def _asked(source: Source, keys: Sequence[str]) -> dict[str, Task]:
    """The tasks, locked: who closes one at this moment is waited for, and leaves nothing to do."""
    rows = Task.objects.select_for_update(of=("self",)).filter(source=source.key, key__in=keys)
    return {row.key: row for row in rows.order_by("pk")}


def finish(source: Source, key: str, *, by: User | None, now: datetime) -> Task | None:
    """What a feature asked for is done; nothing happens if it is closed, or was never asked."""
    return finish_many(source, [key], by=by, now=now).get(key)


@transaction.atomic
def finish_many(
    source: Source, keys: Sequence[str], *, by: User | None, now: datetime
) -> dict[str, Task]:
    """The same for many tasks of one source."""
    found = _asked(source, keys)
    for key, task in found.items():
        if task.state == Task.State.OPEN:
            found[key] = _close(task, "finish", by=by, now=now, reason="")
    return found


@transaction.atomic
def withdraw(
    source: Source, key: str, *, now: datetime, reason: str = "", by: User | None = None
) -> Task | None:
    """What a feature asked for is not needed any more; nothing happens if it is closed."""
    task = _asked(source, [key]).get(key)
    if task is None or task.state != Task.State.OPEN:
        return task
    return _close(task, "dismiss", by=by, now=now, reason=reason)


@transaction.atomic
def add_task(
    *,
    title: str,
    by: User | None,
    now: datetime,
    side: str = Task.Side.OURS,
    company: UUID | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    priority: int = Task.Priority.NORMAL,
) -> Task:
    """A person gives a task to itself or to somebody else.

    Raises InvalidInput without a title, for a task of a company without a company, or for an
    owner who is not of that side.
    """
    title = " ".join(title.split())
    if not title:
        raise InvalidInput(_("Say what is to be done."), "title")
    if len(title) > 200:
        raise InvalidInput(_("Say it in at most 200 letters."), "title")
    if side not in Task.Side.values:
        raise InvalidInput(_("Choose who is to do it."), "side")
    if side == Task.Side.COMPANY and company is None:
        raise InvalidInput(_("Choose the partner who is to do it."), "company")
    _may_own(owner, side, company)
    return ask_for(
        sources.BY_PEOPLE, str(Task().key), now=now, side=side, company=company, owner=owner,
        due_on=due_on, priority=priority, title=title, by=by,
    )  # fmt: skip


def _may_own(owner: User | None, side: str, company: UUID | None) -> None:
    if owner is not None and owner not in may_own(side, company):
        raise InvalidInput(_("Choose an owner among those who are to do it."), "owner")


@transaction.atomic
def finish_task(task: Task, *, by: User | None, now: datetime) -> Task:
    """It is done. Raises InvalidTransition if closed, Conflict for one that is done elsewhere."""
    _may_close(task)
    return _close(task, "finish", by=by, now=now, reason="")


@transaction.atomic
def dismiss_task(task: Task, *, reason: str, by: User | None, now: datetime) -> Task:
    """It need not be done. Raises InvalidInput without a reason, InvalidTransition if closed,
    Conflict for one that is done elsewhere.
    """
    _may_close(task)
    if not reason.strip():
        raise InvalidInput(_("Say why it need not be done."), "reason")
    return _close(task, "dismiss", by=by, now=now, reason=reason.strip()[:300])


def _close(task: Task, action: str, *, by: User | None, now: datetime, reason: str) -> Task:
    changes = {"closed_at": now, "closed_by": by, "reason": reason, "snoozed_until": None}
    return transition(task, action, by=by, now=now, reason=reason, changes=changes)


def _may_close(task: Task) -> None:
    if sources.is_done_there(task):
        raise Conflict(_("This task closes by itself. Go to what it is about, and do it there."))


@transaction.atomic
def reopen(task: Task, *, by: User | None, now: datetime) -> Task:
    """It is to be done after all. Raises InvalidTransition for one that is open, Conflict for one
    that is done elsewhere.
    """
    _may_close(task)
    return _reopen(task, by=by, now=now)


def _reopen(task: Task, *, by: User | None, now: datetime) -> Task:
    changes = {"closed_at": None, "closed_by": None, "reason": ""}
    return transition(task, "reopen", by=by, now=now, changes=changes)


def _open(task: Task) -> Task:
    """The task as it is now, locked. Raises Conflict for one that is closed."""
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.state != Task.State.OPEN:
        raise Conflict(
            _("This task is closed (%(state)s). Reopen it first.")
            % {"state": task.get_state_display()}
        )
    return task


@transaction.atomic
def reassign(
    task: Task, owner: User | None, *, by: User | None, now: datetime, due_on: Any = ...
) -> Task:
    """Give an open task to somebody else of its side (None: to nobody), with another due date.

    Raises InvalidInput for an owner of another side, Conflict for a task that is closed.
    """
    task = _open(task)
    if owner != task.owner:
        _may_own(owner, task.side, task.company)
    wanted = {"owner": owner} | ({} if due_on is ... else {"due_on": due_on})
    return _change(task, wanted, by=by, now=now)


@transaction.atomic
def snooze(task: Task, until: date | None, *, by: User | None, now: datetime) -> Task:
    """Let an open task rest until a day (None: wake it).

    Raises InvalidInput for a day that is not ahead, Conflict for a task that is closed.
    """
    task = _open(task)
    if until is not None and until <= program().local_date(now):
        raise InvalidInput(_("Choose a day that is ahead."), "until")
    return _change(task, {"snoozed_until": until}, by=by, now=now)


def remind(now: datetime) -> int:
    """Tell of tasks whose due date has passed, once for each date; returns how many.

    Each is a transaction of its own: what broke off goes on with the next run.
    """
    today = program().local_date(now)
    late = _untold(today).order_by("pk").values_list("pk", flat=True)
    return sum(_reminded(key, today, now) for key in list(late))


def _untold(today: date) -> models.QuerySet[Task]:
    """The late tasks of whose present due date nobody was told."""
    return overdue(Task.objects.all(), today).exclude(told_due_on=models.F("due_on"))


@transaction.atomic
def _reminded(key: int, today: date, now: datetime) -> bool:
    """Tell of one late task, unless somebody else does or it was closed this very moment."""
    rows = _untold(today).select_for_update(skip_locked=True, of=("self",))
    task = rows.filter(pk=key).first()
    if task is None:
        return False
    tell_overdue(task, now=now)
    Task.objects.filter(pk=task.pk).update(told_due_on=task.due_on)
    return True
