"""Tasks as their reader sees them: whose, how late, in words. The row rule stands above, where
companies are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from prm.common import access
from prm.common.access import Actor
from prm.common.display import day
from prm.common.models import Task, User
from prm.common.worklist import sources

# Who may give, do and hand on tasks; the others read them.
DOES = (access.STAFF_ROLES - {"executive"}) | (access.PARTNER_ROLES - {"partner:read_only"})
AWAKE = Q(snoozed_until=None)


def awake(tasks: QuerySet[Task], today: date) -> QuerySet[Task]:
    """The open tasks that do not rest."""
    return tasks.filter(AWAKE | Q(snoozed_until__lte=today), state=Task.State.OPEN)


def overdue(tasks: QuerySet[Task], today: date) -> QuerySet[Task]:
    """The open tasks whose due date has passed; one that rests is not."""
    return awake(tasks, today).filter(due_on__lt=today)


def pressing_first(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """By due date, then priority; those without a date last."""
    return tasks.order_by(F("due_on").asc(nulls_last=True), "priority", "pk")


def own_steps(actor: Actor, today: date) -> QuerySet[Task]:
    """What this person's side is to do now, most pressing first."""
    side = Task.Side.COMPANY if actor.is_partner else Task.Side.OURS
    return pressing_first(awake(access.scope(actor, Task).filter(side=side), today))


@dataclass(frozen=True)
class TaskLine:
    """A task in words."""

    task: Task
    title: str
    detail: str
    icon: str
    company: str
    company_url: str
    is_overdue: bool
    rests: bool
    done_there: bool = False
    action: str = ""

    @property
    def word(self) -> str:
        """Its state in a word."""
        if self.is_overdue:
            return _("Overdue")
        if self.rests:
            return _("Rests until %(day)s") % {"day": day(self.task.snoozed_until)}
        return self.task.get_state_display()

    @property
    def tone(self) -> str:
        """The tone of its state."""
        if self.task.state == Task.State.DONE:
            return "good"
        return "bad" if self.is_overdue else ""


def lines_of(tasks: Iterable[Task], actor: Actor, today: date) -> list[TaskLine]:
    """Say the tasks in the active language; one query for the names of all companies."""
    found = list(tasks)
    ids = {task.company for task in found if task.company}
    known = sources.companies()
    names = known.names(actor, ids) if ids else {}
    return [_line(task, names, actor, today) for task in found]


def _line(task: Task, names: dict[UUID, str], actor: Actor, today: date) -> TaskLine:
    name = names.get(task.company, "") if task.company else ""
    rests = bool(task.snoozed_until and task.snoozed_until > today)
    is_open = task.state == Task.State.OPEN
    return TaskLine(
        task=task,
        title=sources.title_of(task),
        detail=sources.detail_of(task),
        icon=sources.icon_of(task),
        company=name,
        company_url=sources.companies().url(actor, task.company) if name and task.company else "",
        is_overdue=bool(is_open and not rests and task.due_on and task.due_on < today),
        rests=is_open and rests,
        done_there=sources.is_done_there(task),
        action=sources.action_of(task),
    )


def may_own(side: str, company: UUID | None) -> list[User]:
    """Who can be given a task of this side: the vendor's people, or those of the company."""
    if side == Task.Side.COMPANY:
        return sources.companies().members(company) if company else []
    staff = User.objects.filter(is_active=True, staff_role__in=DOES & access.STAFF_ROLES)
    return list(staff.order_by("name", "email"))
