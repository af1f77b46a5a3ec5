"""The board of onboarding: whose turn it is with each partner, and what is late."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.onboarding import rules
from partners.onboarding.models import OnboardingPlan, OnboardingTask
from partners.onboarding.selectors import Standing, TaskLine, standing_of
from prm.common import access
from prm.common.access import Actor

CARDS = 12  # a column; the rest is in the list
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Card:
    """A plan on the board, with the task for which it stands in its column (None: none)."""

    standing: Standing
    line: TaskLine | None = None


@dataclass
class BoardColumn:
    """Plans of one situation: what it means, the most pressing cards, how many in all."""

    key: str
    name: StrOrPromise
    text: StrOrPromise
    query: str
    cards: list[Card] = field(default_factory=list)

    @property
    def number(self) -> int:
        """All plans of the column."""
        return len(self.cards)

    @property
    def shown(self) -> list[Card]:
        """The cards that the board has room for."""
        return self.cards[:CARDS]

    @property
    def more(self) -> int:
        """How many plans the column does not show."""
        return max(0, self.number - CARDS)


def _columns() -> dict[str, BoardColumn]:
    found = (
        BoardColumn("late", _("Late"), _("A due day has passed"), "turn=late"),
        BoardColumn("ours", _("Our turn"), _("Something waits for us"), "turn=ours"),
        BoardColumn("company", _("The partner’s turn"), _("In time"), "turn=company"),
        BoardColumn(
            "completed", _("Completed lately"), _("In the last 30 days"), "state=completed"
        ),
    )
    return {column.key: column for column in found}


def board_of(actor: Actor, today: date) -> list[BoardColumn]:
    """Each plan that runs stands once: late before our turn before the partner's."""
    tasks = Prefetch("tasks", OnboardingTask.objects.order_by("place", "pk"))
    known = access.scope(actor, OnboardingPlan).select_related("partner").prefetch_related(tasks)
    columns = _columns()
    for plan in known.filter(state=OnboardingPlan.State.RUNNING):
        standing = standing_of(plan, plan.tasks.all(), today)
        key = situation_of(standing)
        columns[key].cards.append(Card(standing, _headline(standing, key)))
    closed = known.filter(state=OnboardingPlan.State.COMPLETED, closed_on__gte=today - LATELY)
    columns["completed"].cards = [
        Card(standing_of(plan, plan.tasks.all(), today)) for plan in closed.order_by("-closed_at")
    ]
    for key in ("late", "ours", "company"):
        columns[key].cards.sort(key=_pressing)
    return list(columns.values())


def situation_of(standing: Standing) -> str:
    """late, ours or company."""
    if standing.late:
        return "late"
    return rules.OURS if standing.turn_of(rules.OURS) else rules.COMPANY


def _headline(standing: Standing, key: str) -> TaskLine | None:
    """The task that is latest, or the next one of the side whose turn it is."""
    if key == "late":
        found = [line for line in standing.lines if line.is_late]
        return min(found, key=lambda line: (line.task.due_on or date.max, line.task.place))
    return next(iter(standing.turn_of(key)), None)


def _pressing(card: Card) -> tuple[date, int]:
    due = card.line.task.due_on if card.line else None
    return due or date.max, card.standing.plan.pk
