"""Tasks of the KPIs: drain the marks, open a new month, prove the cells."""

import logging

from celery import shared_task
from django.utils import timezone

from kpis import segments, tierruns
from kpis.engine import drain as engine
from kpis.engine import rebuild

log = logging.getLogger(__name__)


@shared_task(name="kpis.drain")
def drain() -> None:
    """Take what is marked."""
    engine.drain(timezone.now())


@shared_task(name="kpis.open_month")
def open_month() -> None:
    """Bring the stocks into the present month."""
    if engine.open_month(timezone.now()):
        engine.drain(timezone.now())


@shared_task(name="kpis.verify")
def verify() -> None:
    """Every night: cells equal a rebuild from the facts, or an alarm."""
    result = rebuild.verify(timezone.now())
    if result.differences:
        log.error("KPI cells differ from the facts: %s %s", result.differences, result.details[:5])


@shared_task(name="kpis.evaluate_tiers")
def evaluate_tiers() -> None:
    """Once a local day: ask for the evaluation of each programme; a day that was missed is over."""
    tierruns.ask_due(timezone.now())


@shared_task(name="kpis.evaluate_segments")
def evaluate_segments() -> None:
    """Once a local day: ask for the members of each dynamic segment; a missed day is over."""
    segments.ask_due(timezone.now())
