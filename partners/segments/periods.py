"""Over which days a KPI of a rule is read. Beside the windows of tiers: quarters of the year."""

from collections.abc import Sequence
from datetime import date, timedelta

from partners.programs.metrics import Metric
from partners.programs.rules import QUARTER, ROLLING, Measure
from partners.programs.windows import review_of
from prm.common.models import FiscalMonth

CLOSED_QUARTER = "last_quarter"  # the last one that is over
LENGTHS = (1, 3, 6, 12, 24, 36)  # months that the editor offers


def windows_of(metric: Metric) -> tuple[str, ...]:
    """What a KPI can be read over: stocks now, what happens in a time over any of them."""
    over_time = ROLLING in metric.windows
    return (*metric.windows, *((QUARTER, CLOSED_QUARTER) if over_time else ()))


def days_of(measure: Measure, today: date, months: Sequence[FiscalMonth]) -> tuple[Measure, date]:
    """The measure as sources read it, and the first day that no longer counts."""
    if measure.window != CLOSED_QUARTER:
        return measure, today + timedelta(days=1)
    return Measure(measure.metric, QUARTER), review_of(QUARTER, today, months).starts_on
