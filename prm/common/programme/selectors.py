"""Exchange rates, and how a fiscal year would look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from prm.common import access
from prm.common.access import Actor
from prm.common.models import FxRate
from prm.common.periods import months_from

SHOWN_YEARS = 2


@access.rows_of(FxRate)
def rates_of(actor: Actor) -> QuerySet[FxRate]:
    """All for those who run the programme."""
    return FxRate.objects.all() if actor.has(*access.RUNS_PROGRAM) else FxRate.objects.none()


@dataclass(frozen=True)
class Quarter:
    """A fiscal quarter: its name, first and last day."""

    key: str
    starts_on: date
    last_day: date
    is_current: bool


def quarters(start_month: int, today: date) -> list[Quarter]:
    """The quarters of this fiscal year and the next one, if the year began in this month."""
    year = _fiscal_year(start_month, today)
    found = list(_quarters(start_month, today))
    return [one for one in found if year <= int(one.key[:4]) < year + SHOWN_YEARS]


def _fiscal_year(start_month: int, today: date) -> int:
    return today.year + (start_month > 1 and today.month >= start_month)


def _quarters(start_month: int, today: date) -> Iterator[Quarter]:
    months = list(months_from(start_month, today.year - 1, today.year + SHOWN_YEARS))
    first = next(i for i, month in enumerate(months) if month.number == 1)
    for at in range(first, len(months) - 2, 3):
        begin, end = months[at].starts_on, months[at + 2].ends_on
        key = f"{months[at].year}-Q{months[at].quarter}"
        yield Quarter(key, begin, end - timedelta(days=1), begin <= today < end)
