"""Tasks of the ground: do a job, ring for what is due, hand mail to the server."""

from celery import shared_task
from django.utils import timezone

from prm.common import jobs, mail


@shared_task(name="common.run_job")
def run_job(job_id: int) -> None:
    """Do one job, if it is still to be done."""
    jobs.run(job_id, timezone.now())


@shared_task(name="common.sweep", ignore_result=True)
def sweep() -> None:
    """Ring again for jobs and mail whose first bell nobody heard."""
    now = timezone.now()
    jobs.sweep(now)
    mail.deliver_due(now)


@shared_task(name="common.deliver_mail")
def deliver_mail() -> None:
    """Send the mails that are due."""
    mail.deliver_due(timezone.now())


@shared_task(name="common.deliver_notices", ignore_result=True)
def deliver_notices() -> None:
    """Put what people are told into mails that are due now: at once, and the digests."""
    from prm.common.notices.deliveries import deliver_due

    deliver_due(timezone.now())


@shared_task(name="common.forget_notices")
def forget_notices() -> None:
    """Drop what people were told more than a year ago."""
    from prm.common.notices.services import forget_old

    forget_old(timezone.now())


@shared_task(name="common.remind", ignore_result=True)
def remind() -> None:
    """Tell of tasks whose due date has passed."""
    from prm.common.worklist.services import remind as tell

    tell(timezone.now())


@shared_task(name="common.forget_undo")
def forget_undo() -> None:
    """Drop what imports need for an undo, once the 7 days are over."""
    from prm.common.imports.undo import forget_old

    forget_old(timezone.now())


@shared_task(name="common.forget_sessions")
def forget_sessions() -> None:
    """Drop the sessions of browsers that nobody came back with in time."""
    from prm.common.people.sessions import SessionStore

    SessionStore.clear_expired()


@shared_task(name="common.forget_answers")
def forget_answers() -> None:
    """Drop the API's stored answers once the 72 hours of their keys are over."""
    from prm.common.idempotency import forget_old

    forget_old(timezone.now())
