"""The Celery app and its schedule. The schedule is static: it is code, not data."""

import os
import signal
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

from prm.embedded.processes import die_with

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")

app = Celery("prm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["prm.common", "partners", "kpis"])

app.conf.beat_schedule = {
    "ring for jobs and mail that are due": {"task": "common.sweep", "schedule": 20.0},
    "mail what people are told": {"task": "common.deliver_notices", "schedule": 30.0},
    "tell of overdue tasks": {"task": "common.remind", "schedule": crontab(minute="*/15")},
    "drain KPI marks": {"task": "kpis.drain", "schedule": 10.0},
    "open the new month": {"task": "kpis.open_month", "schedule": crontab(minute=5)},
    "evaluate tiers, once a local day": {
        "task": "kpis.evaluate_tiers",
        "schedule": crontab(minute=20),
    },
    "evaluate dynamic segments, once a local day": {
        "task": "kpis.evaluate_segments",
        "schedule": crontab(minute=40),
    },
    "verify KPI cells": {"task": "kpis.verify", "schedule": crontab(hour=2, minute=30)},
    "count visits of application forms": {"task": "partners.count_visits", "schedule": 60.0},
    "let applications and invitations expire": {
        "task": "partners.expire_recruiting",
        "schedule": crontab(minute=35),
    },
    "remind of contracts that end": {
        "task": "partners.remind_of_renewals",
        "schedule": crontab(minute=50),
    },
    "forget old visits to the portal": {
        "task": "partners.forget_visits",
        "schedule": crontab(hour=3, minute=30),
    },
    "forget old dry runs of tiers": {
        "task": "partners.forget_dry_runs",
        "schedule": crontab(hour=3, minute=20),
    },
    "end onboarding tasks whose milestone is reached": {
        "task": "partners.settle_onboarding",
        "schedule": 60.0,
    },
    "tell of onboarding that is due or stands still": {
        "task": "partners.nudge_onboarding",
        "schedule": crontab(minute=45),
    },
    "forget the API's stored answers": {
        "task": "common.forget_answers",
        "schedule": crontab(minute=25),
    },
    "forget sessions that have ended": {
        "task": "common.forget_sessions",
        "schedule": crontab(hour=3, minute=40),
    },
    "forget what people were told long ago": {
        "task": "common.forget_notices",
        "schedule": crontab(hour=3, minute=50),
    },
    "forget old imports' undo data": {
        "task": "common.forget_undo",
        "schedule": crontab(hour=3, minute=10),
    },
}


@worker_process_init.connect
def _die_with_the_worker(**_: Any) -> None:
    """A pool process whose worker was killed has nobody to answer to."""
    die_with(os.getppid(), signal.SIGKILL)
