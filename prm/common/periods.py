"""Fiscal periods: half-open ranges of local days and of the instants at their midnights."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from prm.common import display
from prm.common.config import Program, program
from prm.common.errors import InvalidInput
from prm.common.models import Day, FiscalMonth

FIRST_YEAR, LAST_YEAR = 1990, 2060


@dataclass(frozen=True)
class Period:
    """[starts_on, ends_on) in local days, [starts_at, ends_at) in instants.

    ``first_n`` and ``last_n`` are the running numbers of its first and last fiscal month,
    ``months`` their first days. ``kind`` is month, quarter, year or t12m.
    """

    key: str
    kind: str
    starts_on: date
    ends_on: date
    starts_at: datetime
    ends_at: datetime
    first_n: int
    last_n: int
    months: tuple[date, ...]

    @property
    def last_day(self) -> date:
        """The last local day inside."""
        return self.ends_on - timedelta(days=1)

    def is_closed(self, now: datetime) -> bool:
        """Over at ``now``."""
        return now >= self.ends_at

    def elapsed_share(self, now: datetime) -> float:
        """How much of the period has passed at ``now``, 0 to 1."""
        span = (self.ends_at - self.starts_at).total_seconds()
        return min(1.0, max(0.0, (now - self.starts_at).total_seconds() / span))


def month_key(month: FiscalMonth) -> str:
    """``2026-07``: fiscal year and number."""
    return f"{month.year}-{month.number:02}"


def of_months(key: str, kind: str, months: list[FiscalMonth], zone: Program) -> Period:
    """The period made of these adjacent fiscal months."""
    first, last = months[0], months[-1]
    return Period(
        key=key,
        kind=kind,
        starts_on=first.starts_on,
        ends_on=last.ends_on,
        starts_at=zone.midnight(first.starts_on),
        ends_at=zone.midnight(last.ends_on),
        first_n=first.n,
        last_n=last.n,
        months=tuple(month.starts_on for month in months),
    )


def parse(text: str, zone: Program | None = None) -> Period:
    """``2026``, ``2026-Q3``, ``2026-07`` or ``t12m:2026-09`` (fiscal).

    Raises InvalidInput with examples for anything else.
    """
    zone = zone or program()
    match = re.fullmatch(r"(t12m:)?(\d{4})(?:-(?:Q([1-4])|(\d{2})))?", text.strip())
    months: list[FiscalMonth] = []
    if match:
        trailing, year, quarter, number = match.groups()
        months = [
            month
            for month in zone.months
            if month.year == int(year)
            and (not quarter or month.quarter == int(quarter))
            and (not number or month.number == int(number))
        ]
        if trailing:
            months = _trailing(months[-1], zone) if number and months else []
    if not match or not months:
        raise InvalidInput(
            _("%(text)s is no period. Write 2026, 2026-Q3, 2026-07 or t12m:2026-09.")
            % {"text": text},
            "period",
        )
    kind = "t12m" if trailing else "quarter" if quarter else "month" if number else "year"
    return of_months(text.strip(), kind, months, zone)


def _trailing(last: FiscalMonth, zone: Program) -> list[FiscalMonth]:
    return [month for month in zone.months if last.n - 12 < month.n <= last.n]


def month_of(day: date) -> FiscalMonth:
    """The fiscal month that a local day belongs to. Raises InvalidInput outside the calendar."""
    month = FiscalMonth.objects.filter(starts_on__lte=day, ends_on__gt=day).first()
    if month is None:
        raise InvalidInput(
            _("%(day)s lies outside the calendar of this installation.")
            % {"day": display.day(day)},
            "date",
        )
    return month


def current(kind: str, now: datetime, zone: Program | None = None) -> Period:
    """The month, quarter, year or trailing twelve months that ``now`` falls into."""
    zone = zone or program()
    return containing(kind, zone.local_date(now), zone)


def containing(kind: str, day: date, zone: Program | None = None) -> Period:
    """The period of this kind that holds a local day (t12m: ends with the day's month)."""
    zone = zone or program()
    found = (month for month in zone.months if month.starts_on <= day < month.ends_on)
    return parse(_key(kind, next(found, None) or month_of(day)), zone)


def shifted(period: Period, steps: int, zone: Program | None = None) -> Period:
    """The period of the same kind ``steps`` lengths later (negative: earlier).

    A trailing-twelve-months period moves by one month a step.
    """
    zone = zone or program()
    width = {"month": 1, "quarter": 3, "year": 12, "t12m": 1}[period.kind]
    n = period.last_n + steps * width
    month = next((month for month in zone.months if month.n == n), None)
    if month is None:
        raise InvalidInput(_("That lies outside the calendar of this installation."), "period")
    return containing(period.kind, month.starts_on, zone)


def ending_with(last: Period, count: int, zone: Program | None = None) -> list[Period]:
    """``count`` periods of the same kind up to and with ``last``, oldest first."""
    zone = zone or program()
    step = {"month": 1, "quarter": 3, "year": 12, "t12m": 1}[last.kind]
    width = last.last_n - last.first_n + 1
    first_n = last.last_n - step * (count - 1) - width + 1
    by_n = {month.n: month for month in zone.months if first_n <= month.n <= last.last_n}
    found = []
    for back in range(count - 1, -1, -1):
        end = last.last_n - back * step
        months = [by_n[n] for n in range(end - width + 1, end + 1) if n in by_n]
        if len(months) == width:
            found.append(of_months(_key(last.kind, months[-1]), last.kind, months, zone))
    return found


def _key(kind: str, month: FiscalMonth) -> str:
    """How the period of this kind that ends with (or holds) a month is written."""
    return {
        "month": month_key(month),
        "quarter": f"{month.year}-Q{month.quarter}",
        "year": str(month.year),
        "t12m": f"t12m:{month_key(month)}",
    }[kind]


def year_before(period: Period, zone: Program | None = None) -> Period:
    """The same fiscal period of the year before."""
    return shifted(
        period, {"month": -12, "quarter": -4, "year": -1, "t12m": -12}[period.kind], zone
    )


@dataclass(frozen=True)
class CalendarMonth:
    """A fiscal month as the rules give it, before it is stored: [starts_on, ends_on)."""

    starts_on: date
    ends_on: date
    year: int
    number: int

    @property
    def quarter(self) -> int:
        """1 to 4 within the fiscal year."""
        return (self.number - 1) // 3 + 1


def months_from(start_month: int, first_year: int, last_year: int) -> Iterator[CalendarMonth]:
    """The calendar months of these calendar years, the fiscal year starting in ``start_month``."""
    for year in range(first_year, last_year + 1):
        for month in range(1, 13):
            fiscal = year + 1 if start_month > 1 and month >= start_month else year
            yield CalendarMonth(
                date(year, month, 1),
                date(year + month // 12, month % 12 + 1, 1),
                fiscal,
                (month - start_month) % 12 + 1,
            )


@transaction.atomic
def write_calendar(
    start_month: int = 1, *, month_model: Any = FiscalMonth, day_model: Any = Day
) -> None:
    """(Re)write the table of fiscal months: calendar months, the year starting in a given month.

    A fiscal year is named after the calendar year in which it ends. 4-4-5 calendars are loaded
    as data into the same table. A migration gives the models of its own step.
    """
    months = [
        month_model(
            starts_on=month.starts_on,
            ends_on=month.ends_on,
            year=month.year,
            number=month.number,
            quarter=month.quarter,
            n=n,
        )
        for n, month in enumerate(months_from(start_month, FIRST_YEAR, LAST_YEAR), start=1)
    ]
    month_model.objects.all().delete()
    month_model.objects.bulk_create(months)
    day_model.objects.bulk_create(
        [
            day_model(day=month.starts_on + timedelta(days=i), month=month, month_n=month.n)
            for month in months
            for i in range((month.ends_on - month.starts_on).days)
        ],
        batch_size=5000,
    )
