"""What people are told about applications and about requests for access."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Membership
from partners.accounts.worklist import answers_for
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import Application, ApplicationMessage
from prm.common import access
from prm.common.display import day, number
from prm.common.models import Task, User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.models import When
from prm.common.notices.services import notify

GROUP = _("Recruiting")
DECIDES = access.MANAGES
SEE, DECIDE = _("See the application"), _("Decide")


def _received(application: Application, _args: dict[str, Any]) -> str:
    if application.state != Application.State.PENDING:
        return _stands(application)
    return now_("%(company)s applies and waits for a decision") % {"company": application}


def _stands(application: Application) -> str:
    """What became of it by the time it is read."""
    return now_("Application of %(company)s: %(state)s") % {
        "company": application,
        "state": application.get_state_display(),
    }


def _yours(application: Application, _args: dict[str, Any]) -> str:
    if application.state != Application.State.PENDING:
        return _stands(application)
    return now_("Decide about the application of %(company)s") % {"company": application}


def _facts(application: Application, _args: dict[str, Any]) -> list[str]:
    """What one wants to know before one looks."""
    if application.state != Application.State.PENDING:
        return []
    about = ", ".join(one for one in (application.type, application.place) if one)
    score = application.fit_score
    fit = "" if score is None else now_("Fit: %(score)s of 100") % {"score": number(score)}
    came = now_("Applied on %(day)s") % {"day": day(application.applied_on)}
    return [one for one in (about, fit, came) if one]


def _answered(application: Application, _args: dict[str, Any]) -> str:
    return now_("%(company)s has answered your question") % {"company": application}


def _withdrawn(application: Application, _args: dict[str, Any]) -> str:
    return now_("%(company)s has withdrawn its application") % {"company": application}


def _decided(application: Application, _args: dict[str, Any]) -> str:
    if application.state == Application.State.APPROVED:
        return now_("%(company)s, which you invited, is a partner now") % {"company": application}
    return now_("%(company)s, which you invited, was rejected") % {"company": application}


def _asks(asked: AccessRequest, _args: dict[str, Any]) -> str:
    if asked.state != AccessRequest.State.PENDING:
        words = {"name": asked.name, "state": asked.get_state_display()}
        return now_("Request for access of %(name)s: %(state)s") % words
    return now_("%(name)s asks for access to the portal") % {"name": asked.name}


RECEIVED = declare(
    Kind("application_received", _("An application has come"), GROUP, "inbox", DECIDES, _received,
         SEE, mail=When.DAILY.value)
)  # fmt: skip
YOURS = declare(
    Kind("application_yours", _("An application waits for your decision"), GROUP, "inbox", DECIDES,
         _yours, DECIDE, details=_facts)
)  # fmt: skip
ANSWERED = declare(
    Kind("application_answered", _("An applicant has answered your question"), GROUP, "mail",
         DECIDES, _answered, DECIDE)
)  # fmt: skip
WITHDRAWN = declare(
    Kind("application_withdrawn", _("An applicant no longer wants to"), GROUP, "undo-2", DECIDES,
         _withdrawn, SEE)
)  # fmt: skip
DECIDED = declare(
    Kind("application_decided", _("A company that you invited is decided about"), GROUP,
         "circle-check", DECIDES, _decided, SEE)
)  # fmt: skip
ASKS = declare(
    Kind("access_requested", _("Somebody asks for access to the portal"), GROUP, "key-round",
         DECIDES | {"partner:admin"}, _asks, DECIDE)
)  # fmt: skip


def _moment(row: Application | AccessRequest, now: datetime) -> str:
    return f"{row.public_id}/{now:%Y%m%dT%H%M%S%f}"


def _tell(
    kind: Kind,
    application: Application,
    to: Iterable[User | None],
    *,
    now: datetime,
    by: User | None = None,
    url: str = "",
) -> None:
    url = url or application.get_absolute_url()
    notify(kind, to, key=_moment(application, now), url=url, about=application, by=by, now=now)


def _reviewers(application: Application, *, is_owned: bool) -> list[User]:
    """Who may know that an application waits: the managers of its region.

    One that nobody is to decide yet is everybody's who runs the programme.
    """
    known = Q(territories__region=application.region) if application.region else Q(pk=0)
    if not is_owned:
        known |= Q(staff_role__in=access.RUNS_PROGRAM)
    rows = User.objects.filter(known, is_active=True, staff_role__in=DECIDES)
    return list(rows.distinct().order_by("pk"))


def task_url(task: Task) -> str:
    """Where a task is read and done."""
    return reverse("worklist:task_detail", args=[task.public_id])


def tell_received(application: Application, task: Task, *, now: datetime) -> None:
    """It waits: whoever is to decide comes to the task, the reviewers may know."""
    owner = task.owner
    if owner is not None:
        _tell(YOURS, application, [owner], now=now, url=task_url(task))
    others = [user for user in _reviewers(application, is_owned=owner is not None) if user != owner]
    _tell(RECEIVED, application, others, now=now)


def tell_answered(application: Application, task: Task, *, now: datetime) -> None:
    """Whoever asked, and whoever is to decide, come to the task."""
    asked = ApplicationMessage.objects.filter(application=application).exclude(by=None)
    last = asked.select_related("by").order_by("-at", "-pk").first()
    asker = last.by if last else None
    if task.owner is not None:
        _tell(ANSWERED, application, [task.owner], now=now, url=task_url(task))
    if asker != task.owner:
        _tell(ANSWERED, application, [asker], now=now)


def tell_withdrawn(
    application: Application, owner: User | None, *, by: User | None, now: datetime
) -> None:
    """Whoever was to decide, and whoever invited the company."""
    inviter = application.invitation.by if application.invitation else None
    _tell(WITHDRAWN, application, [owner, inviter], by=by, now=now)


def tell_decided(application: Application, *, by: User | None, now: datetime) -> None:
    """Whoever invited the company."""
    if application.invitation is not None:
        _tell(DECIDED, application, [application.invitation.by], by=by, now=now)


def admins_of(asked: AccessRequest) -> list[User]:
    """The people of the company who may decide who signs in for it."""
    if asked.partner is None:
        return []
    rows = Membership.objects.filter(
        user__in=answers_for(asked.partner.public_id), is_active=True,
        roles__contains=[Membership.Role.ADMIN],
    )  # fmt: skip
    return list(dict.fromkeys(row.user for row in rows.select_related("user").order_by("pk")))


def tell_asked(asked: AccessRequest, admins: list[User], *, now: datetime) -> None:
    """The company's administrators decide."""
    url = reverse("recruiting:portal_access_detail", args=[asked.public_id])
    notify(ASKS, admins, key=_moment(asked, now), url=url, about=asked, now=now)


def tell_asked_us(asked: AccessRequest, task: Task, *, now: datetime) -> None:
    """Nobody of the company can: its manager, or else those who run the programme."""
    if task.owner is not None:
        to = [task.owner]
    else:
        rows = User.objects.filter(is_active=True, staff_role__in=access.RUNS_PROGRAM)
        to = list(rows.order_by("pk"))
    notify(ASKS, to, key=_moment(asked, now), url=task_url(task), about=asked, now=now)
