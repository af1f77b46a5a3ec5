"""What people are told about tasks."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from prm.common.display import day
from prm.common.models import Task, User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify
from prm.common.worklist import sources
from prm.common.worklist.selectors import DOES

GROUP = _("Tasks")


def _given(task: Task, _args: dict[str, Any]) -> str:
    title = sources.title_of(task)
    if task.state != Task.State.OPEN:
        return _closed(task)
    if task.due_on is None:
        return now_("You have a task: %(title)s") % {"title": title}
    return now_("You have a task until %(day)s: %(title)s") % {
        "title": title,
        "day": day(task.due_on),
    }


def _closed(task: Task) -> str:
    """What was asked is over by the time it is read."""
    return now_("Closed (%(state)s): %(title)s") % {
        "state": task.get_state_display(),
        "title": sources.title_of(task),
    }


def _late(task: Task, _args: dict[str, Any]) -> str:
    title = sources.title_of(task)
    if task.state != Task.State.OPEN:
        return _closed(task)
    if task.due_on is None:
        return now_("A task waits: %(title)s") % {"title": title}
    return now_("Overdue since %(day)s: %(title)s") % {"title": title, "day": day(task.due_on)}


ASSIGNED = declare(
    Kind("task_assigned", _("A task is given to you"), GROUP, "circle-check", DOES, _given)
)
OVERDUE = declare(
    Kind(
        "task_overdue",
        _("A task of yours is overdue"),
        GROUP,
        "clock",
        DOES,
        _late,
        hint=_("Also a task of your company that nobody has taken."),
    )
)


def who_answers(task: Task) -> list[User]:
    """Whom a task concerns: its owner, else who answers for its side at that company."""
    if task.owner is not None:
        return [task.owner]
    if task.company is None:
        return []
    known = sources.companies()
    if task.side == Task.Side.COMPANY:
        return known.answers_for(task.company)
    manager = known.manager(task.company)
    return [manager] if manager is not None else []


def tell_given(task: Task, *, by: User | None, now: datetime) -> None:
    """Somebody has a new task."""
    _tell(ASSIGNED, task, f"{task.public_id}/{now:%Y%m%dT%H%M%S%f}", by=by, now=now)


def tell_overdue(task: Task, *, now: datetime) -> None:
    """A task's due date has passed."""
    _tell(OVERDUE, task, f"{task.public_id}/{task.due_on}", by=None, now=now)


def _tell(kind: Kind, task: Task, key: str, *, by: User | None, now: datetime) -> None:
    url = reverse("worklist:task_detail", args=[task.public_id])
    notify(kind, who_answers(task), key=key, url=url, about=task, by=by, now=now)
