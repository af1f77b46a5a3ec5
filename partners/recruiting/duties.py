"""What the news of recruiting gives people to do: decide about an application, or about access."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.models import Territory
from partners.accounts.worklist import manager_of
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import Application
from prm.common import access, config
from prm.common.calendars import selectors as calendars
from prm.common.calendars.rules import add_business_days
from prm.common.models import Task, User
from prm.common.worklist.services import ask_for, finish, withdraw
from prm.common.worklist.sources import Source, declare

ANSWER_DAYS = 5  # business days in which an applicant hears of us


def _decide(_args: dict[str, Any]) -> str:
    return now_("Decide about an application")


def _of_company(args: dict[str, Any]) -> str:
    return str(args.get("company", ""))


def _give_access(_args: dict[str, Any]) -> str:
    return now_("Decide about a request for access")


# Both close by themselves, with the decision.
DECISION = declare(
    Source("application", _("Recruiting"), "inbox", _decide, _of_company, done_there=True,
           action=_("Decide"))
)  # fmt: skip
ACCESS = declare(
    Source("access_request", _("Recruiting"), "key-round", _give_access, _of_company,
           done_there=True, action=_("Decide"))
)  # fmt: skip


def looks_after(application: Application) -> User | None:
    """Who is to decide: whoever invited the company, else the manager of the region."""
    invited_by = application.invitation.by if application.invitation else None
    if invited_by is not None and _decides(invited_by):
        return invited_by
    if not application.region:
        return None
    rows = Territory.objects.filter(region=application.region).select_related("manager")
    found = [row.manager for row in rows.order_by("pk") if _decides(row.manager)]
    return found[0] if len(found) == 1 else None


def _decides(user: User) -> bool:
    return user.is_active and user.staff_role in access.MANAGES


def ask_to_decide(application: Application, *, now: datetime) -> Task:
    """The application waits for us; it is decided within some business days."""
    working = calendars.working_time(calendars.of_country(application.country))
    due_on = add_business_days(config.program().local_date(now), ANSWER_DAYS, working)
    return ask_for(
        DECISION, str(application.public_id), now=now, side=Task.Side.OURS, again=True,
        tells=False, owner=looks_after(application), about=application, due_on=due_on,
        args={"company": application.company}, url=application.get_absolute_url(),
    )  # fmt: skip


def decided(application: Application, *, by: User | None, now: datetime) -> None:
    """We have decided."""
    finish(DECISION, str(application.public_id), by=by, now=now)


def waits_no_more(application: Application, reason: str, *, now: datetime) -> None:
    """It is not for us to decide, at the moment or at all."""
    withdraw(DECISION, str(application.public_id), now=now, reason=reason)


def ask_to_give_access(asked: AccessRequest, *, now: datetime) -> Task:
    """Nobody of the company can decide who signs in for it: we do."""
    owner = manager_of(asked.partner.public_id) if asked.partner else None
    return ask_for(
        ACCESS, str(asked.public_id), now=now, side=Task.Side.OURS, tells=False, owner=owner,
        company=asked.partner.public_id if asked.partner else None, about=asked,
        args={"company": asked.partner.name if asked.partner else asked.company},
        url=reverse("recruiting:access_detail", args=[asked.public_id]),
    )  # fmt: skip


def access_decided(asked: AccessRequest, *, by: User | None, now: datetime) -> None:
    """Somebody has decided."""
    finish(ACCESS, str(asked.public_id), by=by, now=now)
