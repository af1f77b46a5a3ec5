"""Work outside the request. The Job row is the truth; a task is only told to look at it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from prm.common import locks
from prm.common.models import Job

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=35)  # longer than the tasks' time limit
_HANDLERS: dict[str, Callable[[Job, datetime], None]] = {}


def handles(kind: str) -> Callable[[Callable[[Job, datetime], None]], Any]:
    """Register the function that does jobs of this kind. It must be safe to run twice."""

    def register(handler: Callable[[Job, datetime], None]) -> Any:
        _HANDLERS[kind] = handler
        return handler

    return register


def enqueue(kind: str, key: str, *, now: datetime, args: dict[str, Any] | None = None) -> Job:
    """Ask for work; the same work that is already waiting or running is not asked for twice.

    The bell is rung after commit; when nobody hears it, the sweep finds the row.
    """
    with transaction.atomic():
        Job.objects.bulk_create(
            [Job(kind=kind, key=key, args=args or {}, due_at=now)], ignore_conflicts=True
        )
        job = Job.objects.get(kind=kind, key=key, state__in=[Job.State.WAITING, Job.State.RUNNING])
        transaction.on_commit(lambda: ring(job.pk))
    return job


def ring(job_id: int) -> None:
    """Tell a worker about a job. A broker that is away is no error: the sweep asks again."""
    from prm.common.tasks import run_job

    send(run_job, job_id)


def send(task: Any, *args: Any, countdown: int = 0) -> bool:
    """Hand a task to the broker, to be done in ``countdown`` seconds at the earliest.

    False (and a line in the log) when the broker is away.
    """
    try:
        task.apply_async(args, retry=False, countdown=countdown or None)
    except Exception as error:
        log.warning("broker away, %s waits for the sweep: %s", task.name, type(error).__name__)
        return False
    return True


def claim(job_id: int, now: datetime) -> Job | None:
    """Take the lease of a due job, or None if somebody else has it or it is finished."""
    free = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, locked_until__lt=now)
    taken = Job.objects.filter(free, pk=job_id, due_at__lte=now).update(
        state=Job.State.RUNNING,
        locked_until=now + LEASE,
        attempts=F("attempts") + 1,
        started_at=now,
    )
    return Job.objects.get(pk=job_id) if taken else None


def run(job_id: int, now: datetime) -> None:
    """Claim and do one job; a failure is stored, tried again later, and at last left visible."""
    job = claim(job_id, now)
    if job is None:
        return
    if not _hold(job.pk):
        return
    try:
        _HANDLERS[job.kind](job, now)
    except Exception as error:
        log.exception("job %s %s failed", job.kind, job.key)
        dead = job.attempts >= Job.MAX_ATTEMPTS
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.DEAD if dead else Job.State.WAITING,
            due_at=now + timedelta(seconds=10 * 2**job.attempts),
            locked_until=None,
            error=f"{type(error).__name__}: {error}"[:2000],
        )
        return
    finally:
        _release(job.pk)
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE, locked_until=None, finished_at=now, error=""
    )


def _hold(job_id: int) -> bool:
    """A session lock says 'alive' better than a lease: it ends when the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [locks.JOB, job_id % 2**31])
        return bool(cursor.fetchone()[0])


def _release(job_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [locks.JOB, job_id % 2**31])


def release_orphans(now: datetime) -> int:
    """Jobs that are 'running' but whose process is gone: due again at once.

    A running job's process holds a session lock; whoever can take it knows the process died.
    """
    freed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for job_id in Job.objects.filter(
            state=Job.State.RUNNING, started_at__lt=now - timedelta(seconds=15)
        ).values_list("pk", flat=True):
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [locks.JOB, job_id % 2**31])
            if cursor.fetchone()[0]:
                freed += Job.objects.filter(pk=job_id, state=Job.State.RUNNING).update(
                    state=Job.State.WAITING, locked_until=None, due_at=now
                )
    return freed


def sweep(now: datetime) -> int:
    """Ring for everything that is due; returns how many bells were rung."""
    release_orphans(now)
    due = Job.objects.filter(
        Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, locked_until__lt=now),
        due_at__lte=now,
    ).order_by("due_at")[:200]
    for job in due:
        ring(job.pk)
    return len(due)
