"""What a figure is compared with: the period before or the same one last year.

A running period is compared with as many days of the other one, never a part with a whole.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from kpis.definitions.base import Ask, Kpi
from kpis.partstore import PartStore
from kpis.store import Store
from prm.common import periods
from prm.common.config import Program
from prm.common.errors import InvalidInput
from prm.common.periods import Period

YEAR, BEFORE = "year", "before"
COMPARES = (YEAR, BEFORE)  # the first is the usual one


@dataclass(frozen=True)
class Comparison:
    """The other period. ``until``: of a running one only the days before this one count."""

    kind: str
    period: Period
    until: date | None = None


def comparison(kind: str, period: Period, program: Program, now: datetime) -> Comparison | None:
    """Return what a period is compared with; None where the calendar does not reach."""
    try:
        is_year = kind == YEAR
        other = (
            periods.year_before(period, program)
            if is_year
            else periods.shifted(period, -1, program)
        )
    except InvalidInput:
        return None
    if period.is_closed(now):
        return Comparison(kind, other)
    days = program.local_date(now) - period.starts_on + timedelta(days=1)
    until = other.starts_on + days
    return Comparison(kind, other, until if until < other.ends_on else None)


def is_part(kpi: Kpi, variant: str, against: Comparison) -> bool:
    """Whether the same days count; what is there at an instant is read at the other's end."""
    return against.until is not None and not kpi.variants[variant].takes_instant


def other_ask(kpi: Kpi, variant: str, ask: Ask, against: Comparison) -> Ask | None:
    """Return the question for the other period; None where a part of it cannot be asked."""
    if not is_part(kpi, variant, against) or against.until is None:
        return ask.previous(against.period)
    is_index = kpi.aggregation_of(variant) == "INDEX"
    if is_index or kpi.variants[variant].whole_only or kpi.unit == "ranking":
        return None
    part = part_of(ask.store, against)
    return replace(ask, store=part, period=against.period) if part else None


def part_of(store: Store, against: Comparison) -> PartStore | None:
    """Return the numbers of the days that count; None where the whole period does."""
    until = against.until
    if until is None:
        return None
    cut = max(month for month in against.period.months if month < until)
    # one for each scope, so that all KPIs of a page share what is read
    others = store.once_for_all(("parts", until, store.mode), dict[tuple[str, int, str], Store])
    key = (store.scope.text, store.scope.id, store.mode)
    if key not in others:
        PartStore(
            store.scope, store.mode, store.now, store.settings, others, store.shared,
            whole=store, cut=cut, until=until,
        )  # fmt: skip
    found = others[key]
    return found if isinstance(found, PartStore) else None
