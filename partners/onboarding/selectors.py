"""Who may know of which plans; what stands how; who is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet

from partners.accounts.models import Partner, PartnerProfile
from partners.onboarding import rules
from partners.onboarding.models import (
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    OnboardingTemplate,
    OnboardingVersion,
)
from prm.common import access
from prm.common.access import Actor
from prm.common.calendars import selectors as calendars
from prm.common.calendars.rules import WorkingTime


@access.rows_of(OnboardingTemplate)
def templates_of(actor: Actor) -> QuerySet[OnboardingTemplate]:
    """The vendor's own matter; partners see the tasks that were made of them."""
    rows = OnboardingTemplate.objects.all()
    return rows if actor.is_staff else rows.none()


@access.rows_of(OnboardingVersion)
def versions_of(actor: Actor) -> QuerySet[OnboardingVersion]:
    """The vendor's own matter."""
    return OnboardingVersion.objects.filter(template__in=access.scope(actor, OnboardingTemplate))


@access.rows_of(OnboardingPlan)
def plans_of(actor: Actor) -> QuerySet[OnboardingPlan]:
    """Of the partners that the actor may know of."""
    return OnboardingPlan.objects.filter(partner__in=access.scope(actor, Partner))


@access.rows_of(OnboardingTask)
def tasks_of(actor: Actor) -> QuerySet[OnboardingTask]:
    """Of the plans that the actor may know of: both sides see all of them."""
    return OnboardingTask.objects.filter(plan__in=access.scope(actor, OnboardingPlan))


@access.rows_of(Milestone)
def milestones_of(actor: Actor) -> QuerySet[Milestone]:
    """Of the partners that the actor may know of."""
    return Milestone.objects.filter(partner__in=access.scope(actor, Partner))


def survivor_of(partner: Partner) -> Partner:
    """The partner that stands for this one."""
    return partner.merged_into or partner


def published(template: OnboardingTemplate) -> OnboardingVersion | None:
    """The version that new plans are made of, if any."""
    return template.versions.filter(state=OnboardingVersion.State.PUBLISHED).first()


def running_plan(partner: Partner) -> OnboardingPlan | None:
    """The plan that runs for a partner or for a stub merged into it; its own one first."""
    rows = OnboardingPlan.objects.filter(
        partner__in=Partner.objects.standing_for(partner), state=OnboardingPlan.State.RUNNING
    )
    return rows.order_by(F("partner__merged_into").asc(nulls_first=True), "-pk").first()


def latest_plan(actor: Actor, partner: Partner) -> OnboardingPlan | None:
    """The running plan of a partner, else its last one, if the actor may know of it."""
    rows = access.scope(actor, OnboardingPlan).filter(
        partner__in=Partner.objects.standing_for(partner)
    )
    running = rows.filter(state=OnboardingPlan.State.RUNNING).first()
    return running or rows.order_by("-started_on", "-pk").first()


def fitting_templates(partner: Partner) -> list[OnboardingTemplate]:
    """Templates with a published version for a partner of this type, the most particular first."""
    profile = PartnerProfile.objects.filter(partner=partner, valid_to=None).first()
    kind = profile.type if profile else ""
    rows = OnboardingTemplate.objects.filter(
        Q(types=[]) | Q(types__contains=[kind]),
        is_active=True,
        versions__state=OnboardingVersion.State.PUBLISHED,
    )
    return sorted(rows, key=lambda one: (not one.types, len(one.types), one.name))


def working_time_for(template: OnboardingTemplate | None, partner: Partner) -> WorkingTime:
    """The days that count for a plan: the template's calendar, else that of the country."""
    own = template.calendar if template is not None else None
    return calendars.working_time(own or calendars.of_country(partner.country))


def milestones_reached(partner: Partner) -> dict[str, Milestone]:
    """Kind → the first time that a partner, or a stub merged into it, reached it."""
    found: dict[str, Milestone] = {}
    rows = Milestone.objects.filter(partner__in=Partner.objects.standing_for(partner))
    for row in rows.order_by("at"):
        found.setdefault(row.kind, row)
    return found


@dataclass(frozen=True)
class TaskLine:
    """A task as it stands today: whether its turn has come, who is next, how late."""

    task: OnboardingTask
    waits_for: tuple[str, ...]
    is_late: bool
    turn: str  # ours, company, or "" when nobody has to do anything

    @property
    def is_blocked(self) -> bool:
        """Whether other tasks come first."""
        return bool(self.waits_for) and self.task.state in rules.OPEN

    @property
    def tone(self) -> str:
        """The tone of its state."""
        if self.is_late:
            return "bad"
        return TONES[self.task.state]


TONES = {
    rules.PENDING: "",
    rules.WAITING: "info",
    rules.DONE: "good",
    rules.ACTION_NEEDED: "warn",
    rules.SKIPPED: "",
}


@dataclass(frozen=True)
class Standing:
    """How a plan stands: its lines in order, progress, what waits for whom."""

    plan: OnboardingPlan
    lines: tuple[TaskLine, ...]
    progress: rules.Progress

    @property
    def late(self) -> int:
        """How many tasks are late."""
        return sum(line.is_late for line in self.lines)

    @property
    def late_of_partner(self) -> int:
        """How many tasks of the partner are late."""
        return sum(line.is_late and line.task.side == rules.COMPANY for line in self.lines)

    def turn_of(self, side: str) -> list[TaskLine]:
        """The tasks that wait for one side, in the order of their due days."""
        own = [line for line in self.lines if line.turn == side]
        return sorted(own, key=lambda line: (line.task.due_on or date.max, line.task.place))

    @property
    def next_line(self) -> TaskLine | None:
        """What comes next, of either side."""
        own = [line for line in self.lines if line.turn]
        return min(own, key=lambda line: (line.task.due_on or date.max, line.task.place),
                   default=None)  # fmt: skip


def _is_late(task: OnboardingTask, today: date) -> bool:
    """Whether its day has passed. What was handed in by the day only waits for us."""
    if task.due_on is None or task.due_on >= today or task.state in rules.SETTLED:
        return False
    handed_in = task.handed_in_on if task.state == rules.WAITING else None
    return handed_in is None or handed_in > task.due_on


def standing_of(plan: OnboardingPlan, tasks: Iterable[OnboardingTask], today: date) -> Standing:
    """Work out how a plan stands from its tasks; asks the database nothing."""
    rows = sorted(tasks, key=lambda row: (row.place, row.pk))
    states = {row.key: row.state for row in rows}
    titles = {row.key: row.title for row in rows}
    runs = plan.state == OnboardingPlan.State.RUNNING
    lines = []
    for row in rows:
        missing = rules.missing(row.after, states)
        is_open = row.state in rules.OPEN
        late = runs and _is_late(row, today)
        turn = ""
        if runs and row.state == rules.WAITING:
            turn = rules.OURS
        elif runs and is_open and not missing:
            turn = row.side
        waits_for = tuple(titles[key] for key in missing)
        lines.append(TaskLine(row, waits_for, late, turn))
    counted = rules.progress((row.state, row.is_required) for row in rows)
    return Standing(plan, tuple(lines), counted)
