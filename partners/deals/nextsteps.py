"""What a partner's people could do next, asked of them and told from their deals."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, F, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.deals.models import Deal, DealStageEvent, Registration
from partners.recruiting.accessmodels import AccessRequest
from prm.common import access, display
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.worklist.selectors import TaskLine, lines_of, own_steps

QUIET = timedelta(days=60)
SHOWN = 5
OVERDUE, NO_AMOUNT, NO_OPENING, UNCHANGED = range(4)


@dataclass(frozen=True)
class NextStep:
    """One thing to do: what, why; where, unless it is only to be known."""

    icon: str
    title: str
    detail: str
    url: str = ""


@dataclass(frozen=True)
class NextSteps:
    """The most pressing steps, and how many there are in all."""

    steps: list[NextStep] = field(default_factory=list)
    number: int = 0


def next_steps(actor: Actor, program: Program, now: datetime) -> NextSteps:
    """Return what waits for this partner's people, and what they wait for, most pressing first."""
    today = program.local_date(now)
    tasks = own_steps(actor, today)
    given = [_task(line) for line in lines_of(tasks.select_related("owner")[:SHOWN], actor, today)]
    deals = _in_need(actor, today, now)
    number = deals.count() + (len(given) if len(given) < SHOWN else tasks.count())
    steps = given + [_step(deal, today, program) for deal in deals[: SHOWN - len(given)]]
    more = [step for step in (_access_requests(actor), _waiting(actor)) if step]
    return NextSteps([*steps, *more], number + len(more))


def _task(line: TaskLine) -> NextStep:
    """What somebody asked for, by when and of whom."""
    task = line.task
    due = ""
    if task.due_on and line.is_overdue:
        due = _("Overdue since %(day)s.") % {"day": display.day(task.due_on)}
    elif task.due_on:
        due = _("Due on %(day)s.") % {"day": display.day(task.due_on)}
    owner = _("For %(name)s.") % {"name": task.owner} if task.owner else ""
    detail = " ".join(text for text in (due, owner, line.detail) if text)
    icon = "clock" if line.is_overdue else line.icon
    url = reverse("worklist:task_detail", args=[task.public_id])
    return NextStep(icon, line.title, detail, url)


def _in_need(actor: Actor, today: date, now: datetime) -> QuerySet[Deal]:
    """The open deals that need a look, each with its most pressing reason (`rank`)."""
    events = DealStageEvent.objects.filter(deal=OuterRef("pk")).order_by("-at")
    overdue = Q(expected_close_on__lt=today)
    return (
        access.scope(actor, Deal)
        .filter(state=Deal.State.OPEN)
        .annotate(
            changed_at=Coalesce(
                Subquery(events.values("at")[:1]), "opened_at", "approved_at", "created_at"
            ),
            rank=Case(
                When(overdue, then=OVERDUE),
                When(amount=None, then=NO_AMOUNT),
                When(opened_at=None, then=NO_OPENING),
                When(changed_at__lt=now - QUIET, then=UNCHANGED),
            ),
            since=Case(When(overdue, then=F("expected_close_on"))),
        )
        .exclude(rank=None)
        .select_related("customer")
        .order_by("rank", "since", "pk")
    )


def _step(deal: Deal, today: date, program: Program) -> NextStep:
    rank = deal.rank  # type: ignore[attr-defined]
    name, url = {"deal": deal}, reverse("deals:portal_deal_detail", args=[deal.public_id])
    if rank == OVERDUE and deal.expected_close_on:
        title = _("Say when %(deal)s will close") % name
        late = display.days((today - deal.expected_close_on).days)
        detail = _("It was expected on %(day)s, %(late)s ago.") % {
            "day": display.day(deal.expected_close_on),
            "late": late,
        }
        return NextStep("calendar", title, detail, url)
    if rank == NO_AMOUNT:
        title = _("Say what %(deal)s is worth") % name
        return NextStep("wallet", title, _("It has no amount yet, so it counts nothing."), url)
    if rank == NO_OPENING:
        title = _("Say when %(deal)s began") % name
        return NextStep("clock", title, _("Its opening day is not known."), url)
    quiet = today - program.local_date(deal.changed_at)  # type: ignore[attr-defined]
    title = _("Is %(deal)s still on?") % name
    detail = _("Nothing has changed for %(days)s.") % {"days": display.days(quiet.days)}
    return NextStep("history", title, detail, url)


def _access_requests(actor: Actor) -> NextStep | None:
    """Colleagues who ask for access, for the company's administrators."""
    if not actor.has("partner:admin"):
        return None
    n = access.scope(actor, AccessRequest).filter(state=AccessRequest.State.PENDING).count()
    if not n:
        return None
    title = ngettext(
        "%(n)s colleague asks for access",
        "%(n)s colleagues ask for access",
        n,
    ) % {"n": display.number(n)}
    url = reverse("recruiting:portal_access_list")
    return NextStep("key-round", title, _("You decide who uses this portal."), url)


def _waiting(actor: Actor) -> NextStep | None:
    """Registrations that wait for the vendor: nothing to do, but good to know."""
    rows = access.scope(actor, Registration).filter(state=Registration.State.SUBMITTED)
    counts = rows.aggregate(n=Count("pk"), oldest=Min("submitted_on"))
    if not counts["n"]:
        return None
    title = ngettext(
        "%(n)s registration waits for our answer",
        "%(n)s registrations wait for our answer",
        counts["n"],
    ) % {"n": display.number(counts["n"])}
    detail = _("The oldest was sent on %(day)s. You need not do anything.")
    return NextStep("inbox", title, detail % {"day": display.day(counts["oldest"])})
