"""What world is wanted: sizes, seed and days; and the working calendar of that time."""

import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
NULL = np.iinfo(np.int64).min  # an empty whole number
DAY, SECOND = "datetime64[D]", "datetime64[s]"
OLDEST_PARTNER_YEARS = 7
RUN_UP = 150  # days of opened deals before the first whole month, so that it has closings
HOLIDAYS = ((1, 1), (12, 25), (12, 26))
HOUR = 3600
GOLDEN = 0.6180339887498949  # multiples of it, modulo 1, lie evenly


@dataclass(frozen=True)
class Plan:
    """Sizes, seed and today. Facts end on the last working day before ``today``."""

    seed: int
    partners: int
    deals: int
    years: int
    today: date
    zone: ZoneInfo

    @property
    def is_rich(self) -> bool:
        """Whether each step of a deal is told; the big worlds tell only beginning and end."""
        return self.deals <= 100_000

    def random(self, name: str) -> np.random.Generator:
        """The dice of one module, so that changing one does not change the others."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    @cached_property
    def work(self) -> Array:
        """All working days until before today."""
        oldest = self.start - timedelta(days=365 * OLDEST_PARTNER_YEARS + RUN_UP)
        days = np.arange(np.datetime64(oldest), np.datetime64(self.today))
        days = days[np.is_busday(days)]
        months = days.astype("datetime64[M]")
        month, day = months.astype(int) % 12 + 1, (days - months).astype(int) + 1
        free = np.zeros(len(days), bool)
        for holiday_month, holiday in HOLIDAYS:
            free |= (month == holiday_month) & (day == holiday)
        kept: Array = days[~free]
        return kept

    @property
    def last(self) -> int:
        """The last working day, as a place in ``work``."""
        return len(self.work) - 1

    @cached_property
    def last_day(self) -> date:
        """The last working day before today."""
        return date.fromisoformat(str(self.work[-1]))

    @cached_property
    def start(self) -> date:
        """The first day of the first whole month."""
        return date(self.today.year - self.years, self.today.month, 1)

    @cached_property
    def first_day(self) -> date:
        """The day from which on deals were opened."""
        return self.start - timedelta(days=RUN_UP)

    @cached_property
    def months(self) -> Array:
        """The first days of the months with business, and the first day after them."""
        first = np.datetime64(self.first_day, "M")
        months: Array = np.arange(first, np.datetime64(self.last_day, "M") + 2).astype(DAY)
        return months

    def age(self, days: Any) -> Any:
        """How far through the time of business, 0 to 1."""
        whole = (np.datetime64(self.last_day) - np.datetime64(self.first_day)).astype(int)
        since = (np.asarray(days, DAY) - np.datetime64(self.first_day)).astype(int)
        return np.clip(since / whole, 0.0, 1.0)

    def at_or_before(self, days: Any) -> Array:
        """The place in ``work`` of the last working day up to these days."""
        places = np.searchsorted(self.work, np.asarray(days, DAY), "right") - 1
        return np.clip(places, 0, self.last)

    def at_or_after(self, days: Any) -> Array:
        """The place in ``work`` of the first working day from these days on (may be past it)."""
        places: Array = np.searchsorted(self.work, np.asarray(days, DAY), "left")
        return places

    def instants(self, places: Any, seconds: Any) -> Array:
        """The UTC instants of local seconds of the day on working days."""
        days = self.work[np.asarray(places)]
        known, which = np.unique(days, return_inverse=True)
        moments: Array = days.astype(SECOND) + (
            np.asarray(seconds, int) - self._offsets(known)[which]
        )
        return moments

    def _offsets(self, days: Array) -> Array:
        """How many seconds local noon is ahead of UTC on each day."""
        noons = [datetime.combine(day, time(12), self.zone) for day in days.tolist()]
        return np.array([int((noon.utcoffset() or timedelta(0)).total_seconds()) for noon in noons])


def office_hours(dice: np.random.Generator, n: int, first: float, last: float) -> Array:
    """``n`` moments of a day between two hours, in seconds."""
    moments: Array = dice.integers(int(first * HOUR), int(last * HOUR), n)
    return moments


def shared_out(n: int, weight: Array) -> Array:
    """``n`` things over places in proportion to their weights, without luck."""
    ends = np.round(np.cumsum(weight) / weight.sum() * n).astype(int)
    parts: Array = np.diff(ends, prepend=0)
    return parts


def even_luck(dice: np.random.Generator, n: int) -> Array:
    """``n`` numbers from 0 to 1 in which each short stretch is spread evenly."""
    luck: Array = (np.arange(n) * GOLDEN + dice.random()) % 1.0
    return luck
