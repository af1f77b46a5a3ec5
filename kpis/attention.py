"""What needs attention: rules over what is known, worst first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kpis.models import Verification
from partners.accounts.listing import quiet
from partners.deals.listing import problem_counts
from partners.models import AccessRequest, Application, Deal, Partner, Registration
from prm.common import access, display, periods
from prm.common.access import Actor
from prm.common.config import Program
from prm.common.models import Task
from prm.common.worklist.selectors import overdue

PROMISE = timedelta(hours=48)
ANSWER = timedelta(days=7)


@dataclass(frozen=True)
class Item:
    """One thing to look at: how bad, what, the detail, where to act."""

    tone: str
    icon: str
    title: str
    detail: str
    url: str
    action: str


def attention(actor: Actor, program: Program, now: datetime) -> list[Item]:
    """Return everything that this person should look at."""
    found = [
        _wrong_figures(actor),
        _late_tasks(actor, program.local_date(now)),
        _stuck_queue(actor, program, now),
        _stuck_applications(actor, now),
        _access_requests(actor),
        _quiet_partners(actor, now),
    ]
    return [item for item in (*found, *_data_problems(actor, program, now)) if item]


def _wrong_figures(actor: Actor) -> Item | None:
    """What the nightly comparison with the facts found, until one finds nothing."""
    last = Verification.objects.first()
    if last is None or not last.differences:
        return None
    title = ngettext(
        "%(n)s stored figure differs from the facts",
        "%(n)s stored figures differ from the facts",
        last.differences,
    ) % {"n": display.number(last.differences)}
    detail = _("Found by the comparison of %(when)s. An administrator corrects it: %(how)s") % {
        "when": display.instant(last.at),
        "how": "manage.py kpis rebuild",
    }
    if actor.runs_back_office:
        url = reverse("admin:kpis_verification_changelist")
        return Item("bad", "circle-alert", title, detail, url, _("See what differs"))
    return Item("bad", "circle-alert", title, detail, reverse("kpis:kpi_list"), _("See the KPIs"))


def _late_tasks(actor: Actor, today: date) -> Item | None:
    """The asking person's own tasks whose day has passed."""
    tasks = overdue(access.scope(actor, Task).filter(owner=actor.user), today)
    counts = tasks.aggregate(n=Count("pk"), oldest=Min("due_on"))
    if not counts["n"]:
        return None
    title = ngettext(
        "%(n)s task of yours is overdue", "%(n)s tasks of yours are overdue", counts["n"]
    ) % {"n": display.number(counts["n"])}
    detail = _("The oldest was due on %(day)s.") % {"day": display.day(counts["oldest"])}
    url = reverse("worklist:task_list") + "?whose=mine&due=overdue"
    return Item("bad", "list-todo", title, detail, url, _("See these tasks"))


def _stuck_queue(actor: Actor, program: Program, now: datetime) -> Item | None:
    """Registrations that wait longer than promised."""
    late = Q(submitted_at__lt=now - PROMISE)
    queue = access.scope(actor, Registration).filter(state=Registration.State.SUBMITTED)
    counts = queue.aggregate(late=Count("pk", filter=late), oldest=Min("submitted_at"))
    if not counts["late"]:
        return None
    title = ngettext(
        "%(n)s deal registration waits longer than 48 hours",
        "%(n)s deal registrations wait longer than 48 hours",
        counts["late"],
    ) % {"n": display.number(counts["late"])}
    waiting = display.days(now - counts["oldest"])
    return Item(
        "bad",
        "clock",
        title,
        _("The oldest has waited %(time)s.") % {"time": waiting},
        # the rows list the reader's own portfolio, which is what was counted; the figure does not
        reverse("kpis:kpi_rows", args=["partner_pipeline_open"])
        + f"?variant=pending&period={periods.current('month', now, program).key}",
        _("See what waits"),
    )


def _stuck_applications(actor: Actor, now: datetime) -> Item | None:
    """Applications that wait for a decision longer than a week."""
    queue = access.scope(actor, Application).filter(state=Application.State.PENDING)
    late = Q(applied_at__lt=now - ANSWER)
    counts = queue.aggregate(late=Count("pk", filter=late), oldest=Min("applied_at"))
    if not counts["late"]:
        return None
    title = ngettext(
        "%(n)s application waits longer than a week",
        "%(n)s applications wait longer than a week",
        counts["late"],
    ) % {"n": display.number(counts["late"])}
    detail = _("The oldest has waited %(time)s.") % {"time": display.days(now - counts["oldest"])}
    url = reverse("recruiting:application_list")
    return Item("warn", "inbox", title, detail, url, _("See what waits"))


def _access_requests(actor: Actor) -> Item | None:
    """People who wait for access."""
    n = access.scope(actor, AccessRequest).filter(state=AccessRequest.State.PENDING).count()
    if not n:
        return None
    title = ngettext(
        "%(n)s person asks for access to the portal",
        "%(n)s people ask for access to the portal",
        n,
    ) % {"n": display.number(n)}
    detail = _("The administrators of their company can decide too.")
    url = reverse("recruiting:access_list")
    return Item("info", "key-round", title, detail, url, _("See who asks"))


def _quiet_partners(actor: Actor, now: datetime) -> Item | None:
    """Partners with open deals of whom nobody has signed in for a long time."""
    found = quiet(access.scope(actor, Partner).filter(merged_into=None), now)
    counts = found.aggregate(n=Count("pk"), name=Min("name"))
    n = counts["n"]
    if not n:
        return None
    title = ngettext(
        "%(n)s partner with open deals has not signed in for 60 days",
        "%(n)s partners with open deals have not signed in for 60 days",
        n,
    ) % {"n": display.number(n)}
    detail = (
        counts["name"]
        if n == 1
        else _("Nobody of these companies has used the portal in that time.")
    )
    url = reverse("partners:partner_list") + "?activity=quiet"
    return Item("warn", "users", title, detail, url, _("See these partners"))


def _data_problems(actor: Actor, program: Program, now: datetime) -> list[Item]:
    """Deals that lack what figures need."""
    counts = problem_counts(access.scope(actor, Deal), program.local_date(now))
    words = {
        "missing_rate": (
            "bad",
            _("Closed deals without an exchange rate: %(n)s"),
            _rates_are_missing(actor),
        ),
        "overdue_close": (
            "warn",
            _("Open deals past their expected close: %(n)s"),
            _("Ask for a new date, or close them."),
        ),
        "missing_amount": (
            "info",
            _("Open deals without an amount: %(n)s"),
            _("They count in the pipeline with nothing."),
        ),
        "missing_opened_at": (
            "info",
            _("Deals without an opening day: %(n)s"),
            _("They are left out of the time to close."),
        ),
    }
    return [
        Item(
            tone,
            "database" if tone != "warn" else "calendar",
            title % {"n": display.number(counts[key])},
            detail,
            f"{reverse('deals:deal_list')}?state=all&problem={key}",
            _("See these deals"),
        )
        for key, (tone, title, detail) in words.items()
        if counts[key]
    ]


def _rates_are_missing(actor: Actor) -> str:
    """What to do about it, for those who may import and for those who may not."""
    if actor.has(*access.RUNS_PROGRAM):
        return _("They are missing in every sum. Import the rates of these currencies.")
    return _(
        "They are missing in every sum. Ask an administrator to import the rates of these"
        " currencies."
    )
