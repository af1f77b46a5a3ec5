"""What requirements can ask for: the KPIs that an upper app offers, and their values.

This app stands below the figures, so it only says what it needs: whoever has them registers a
source (as ``partners.accounts.figures``). What no source offers cannot be required.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.programs.rules import CALENDAR_YEAR, FISCAL_YEAR, LIFETIME, NOW, ROLLING, Measure
from prm.common.config import Program

OVER_TIME = (ROLLING, CALENDAR_YEAR, FISCAL_YEAR, LIFETIME)
WINDOW_WORDS: dict[str, StrOrPromise] = {
    ROLLING: _("last months"),
    CALENDAR_YEAR: _("this calendar year"),
    FISCAL_YEAR: _("this fiscal year"),
    LIFETIME: _("since the beginning"),
    NOW: _("today"),
}


@dataclass(frozen=True)
class Metric:
    """A reading of a KPI. ``unit``: money, share, count, days, flag."""

    key: str
    label: StrOrPromise
    unit: str
    windows: tuple[str, ...] = OVER_TIME
    is_lower_better: bool = False


class MetricSource(Protocol):
    """Who knows the values."""

    def offered(self) -> Sequence[Metric]:
        """What can be required."""

    def values(
        self, measures: Iterable[Measure], until: date, program: Program, ids: Sequence[int]
    ) -> Mapping[int, Mapping[Measure, Decimal | None]]:
        """Partner → its values of the days before ``until``, in a fixed number of queries."""


SOURCES: list[MetricSource] = []


def source() -> MetricSource:
    """Who gives values. Raises LookupError when nobody does."""
    if not SOURCES:
        raise LookupError("no app gives values to tier requirements")
    return SOURCES[0]


def offered() -> dict[str, Metric]:
    """What can be required, by key."""
    return {metric.key: metric for metric in source().offered()} if SOURCES else {}
