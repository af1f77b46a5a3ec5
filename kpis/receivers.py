"""Reactions of the KPIs to news from below: the database marks, a task is told to look."""

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

import kpis.engine.rebuild  # noqa: F401 - its jobs register themselves
from kpis.engine.totals import forget_quarters
from kpis.tasks import drain
from prm.common.jobs import send
from prm.common.programme.effects import has_effect
from prm.common.signals import calendar_changed, facts_changed

has_effect(
    "fiscal_start",
    _("Targets and baselines keep the name of their period, such as 2026-Q3. Check them."),
)


@receiver(facts_changed)
def on_facts_changed(**_kwargs: Any) -> None:
    """Drain soon after the commit; a burst of changes rings twice a second at most."""
    transaction.on_commit(_ring)


@receiver(calendar_changed)
def on_calendar_changed(**_kwargs: Any) -> None:
    """Months stay as they are; quarters are added up anew, soon after the commit."""
    forget_quarters()
    transaction.on_commit(_ring)


def _ring() -> None:
    if cache.add("kpis.drain.rung", 1, timeout=1):
        send(drain)
    elif cache.add("kpis.drain.rings_again", 1, timeout=1):
        send(drain, countdown=1)  # for whatever else the same second brings
