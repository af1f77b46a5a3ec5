"""What follows from the news of recruiting: people are told, tasks are asked for and closed."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from partners import signals
from partners.recruiting import duties, news
from partners.recruiting.accessmodels import AccessRequest
from partners.recruiting.models import Application
from prm.common.models import User


@receiver(signals.application_received)
def on_received(application: Application, now: datetime, **_more: Any) -> None:
    """It waits for our decision."""
    task = duties.ask_to_decide(application, now=now)
    news.tell_received(application, task, now=now)


@receiver(signals.application_answered)
def on_answered(application: Application, now: datetime, **_more: Any) -> None:
    """It waits for our decision again."""
    task = duties.ask_to_decide(application, now=now)
    news.tell_answered(application, task, now=now)


@receiver(signals.application_detail_asked)
def on_detail_asked(application: Application, now: datetime, **_more: Any) -> None:
    """It waits for the applicant, who got our question by mail."""
    duties.waits_no_more(application, _("The applicant was asked for detail."), now=now)


@receiver(signals.application_withdrawn)
def on_withdrawn(
    application: Application, now: datetime, by: User | None = None, **_more: Any
) -> None:
    """Nothing is left to decide."""
    duties.waits_no_more(application, _("The application was withdrawn."), now=now)
    news.tell_withdrawn(application, duties.looks_after(application), by=by, now=now)


@receiver((signals.application_approved, signals.application_rejected))
def on_decided(
    application: Application, now: datetime, by: User | None = None, **_more: Any
) -> None:
    """We have decided; the applicant knows by mail."""
    duties.decided(application, by=by, now=now)
    news.tell_decided(application, by=by, now=now)


@receiver(signals.access_requested)
def on_access_requested(access_request: AccessRequest, now: datetime, **_more: Any) -> None:
    """The administrators of the company decide; where there are none, we do."""
    if admins := news.admins_of(access_request):
        news.tell_asked(access_request, admins, now=now)
        return
    task = duties.ask_to_give_access(access_request, now=now)
    news.tell_asked_us(access_request, task, now=now)


@receiver(signals.access_decided)
def on_access_decided(
    access_request: AccessRequest, now: datetime, by: User | None = None, **_more: Any
) -> None:
    """Nothing is left to decide; the person knows by mail."""
    duties.access_decided(access_request, by=by, now=now)
