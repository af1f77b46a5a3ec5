"""Who is told that somebody wrote by the public directory."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from partners.accounts.worklist import answers_for, manager_of
from partners.directory.models import DirectoryEntry, DirectoryMessage
from prm.common import access
from prm.common.calendars import selectors as calendars
from prm.common.calendars.rules import add_business_days
from prm.common.config import program
from prm.common.models import Task, User
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify
from prm.common.worklist import sources
from prm.common.worklist.services import ask_for
from prm.common.worklist.sources import Source


def _wrote(message: DirectoryMessage, _args: dict[str, Any]) -> str:
    words = {"partner": message.entry.partner, "name": message.name}
    return now_("%(name)s wants to reach %(partner)s by the directory") % words


WROTE = declare(
    Kind("directory_message", _("Somebody writes to a partner of yours"), _("Partners"), "inbox",
         access.MANAGES, _wrote, action=_("Read the message"), links=("entry__partner",))
)  # fmt: skip


def _answer(_args: dict[str, Any]) -> str:
    return now_("Answer a message that came by the directory")


def _from(args: dict[str, Any]) -> str:
    return now_("From %(name)s") % {"name": args.get("name", "")}


ANSWER = sources.declare(Source("directory_message", _("Directory"), "inbox", _answer, _from))
ANSWER_DAYS = 2  # business days in which somebody who wrote hears of us


def tell_message(message: DirectoryMessage, *, now: datetime) -> None:
    """The partner's manager is told and has a task; without one, those who run the programme."""
    partner = message.entry.partner
    manager = manager_of(partner.public_id)
    owner = manager if manager is not None and manager.is_active else None
    people = [owner] if owner is not None else list(
        User.objects.filter(staff_role__in=access.RUNS_PROGRAM, is_active=True)
    )  # fmt: skip
    working = calendars.working_time(calendars.of_country(partner.country))
    task = ask_for(
        ANSWER, str(message.public_id), now=now, side=Task.Side.OURS, tells=False, owner=owner,
        company=partner.public_id, about=message, args={"name": message.name},
        due_on=add_business_days(program().local_date(now), ANSWER_DAYS, working),
        url=reverse("directory:partner_directory", args=[partner.public_id]),
    )  # fmt: skip
    url = reverse("worklist:task_detail", args=[task.public_id])
    notify(WROTE, people, key=str(message.public_id), url=url, about=message, now=now)


def _taken_off(entry: DirectoryEntry, args: dict[str, Any]) -> str:
    words = {"partner": entry.partner, "reason": args.get("reason", "")}
    return now_("%(partner)s was taken off the directory: %(reason)s") % words


TAKEN_OFF = declare(
    Kind("directory_taken_off", _("Your company’s page is taken off the directory"), _("Partners"),
         "building-2", frozenset({"partner:admin"}), _taken_off, action=_("See the page"),
         links=("partner",))
)  # fmt: skip


def tell_taken_off(entry: DirectoryEntry, reason: str, *, by: User | None, now: datetime) -> None:
    """The company's administrators learn why, and can mend it."""
    notify(
        TAKEN_OFF, answers_for(entry.partner.public_id), now=now, by=by, about=entry,
        key=f"{entry.public_id}/{now:%Y%m%dT%H%M%S%f}", url=reverse("directory:portal_entry"),
        args={"reason": reason},
    )  # fmt: skip
