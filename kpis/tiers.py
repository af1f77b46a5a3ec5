"""What tier requirements can ask for, read from the cells for all partners at once.

Each number is that of the KPI for the scope of the partner and those days (tests hold them equal).
Whole months come from cells; the days of months that a window cuts come from the facts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from kpis.engine.families import BY_NAME
from kpis.stats import mean, median
from kpis.store import query
from partners.programs.metrics import OVER_TIME, SOURCES, Metric
from partners.programs.rules import NOW, Measure
from partners.programs.windows import start_of
from prm.common.config import Program

Number = Decimal | None
Sums = dict[int, tuple[Any, ...]]
Read = Callable[[tuple[Any, ...]], Number]


@dataclass(frozen=True)
class Reading:
    """How a KPI's variant is made of a family's columns; ``none`` is its value without facts."""

    label: StrOrPromise
    unit: str
    family: str
    columns: tuple[str, ...]
    read: Read
    windows: tuple[str, ...] = OVER_TIME
    is_lower_better: bool = False
    none: Number = Decimal(0)


def _sum(row: tuple[Any, ...]) -> Number:
    return sum((Decimal(value) for value in row), Decimal(0))


def _ratio(row: tuple[Any, ...]) -> Number:
    """The first column divided by the second and, where there is one, the third added to it."""
    top, below = Decimal(row[0]), sum((Decimal(value) for value in row[1:]), Decimal(0))
    return top / below if below else None


def _share(row: tuple[Any, ...]) -> Number:
    """The first column in the sum of both."""
    both = Decimal(row[0]) + Decimal(row[1])
    return Decimal(row[0]) / both if both else None


STOCKS = (NOW,)
READINGS: dict[str, Reading] = {
    "partner_sourced_revenue/net": Reading(
        _("Revenue won, net of refunds"), "money", "sales", ("won_rc", "adjusted_rc"), _sum
    ),
    "partner_sourced_revenue/gross": Reading(
        _("Revenue won, before refunds"), "money", "sales", ("won_rc",), _sum
    ),
    "win_rate/partner": Reading(
        _("Win rate"), "share", "sales", ("won_n", "lost_n"), _share, none=None
    ),
    "win_rate/by_value": Reading(
        _("Win rate by value"), "share", "sales", ("won_rc", "lost_rc"), _share, none=None
    ),
    "average_deal_size/mean": Reading(
        _("Average deal size"), "money", "sales", ("won_rc", "won_n"), _ratio, none=None
    ),
    "partner_login_rate/logins": Reading(
        _("Sign-ins to the portal"), "count", "engagement", ("logins",), _sum
    ),
    "time_to_close/partner": Reading(
        _("Median days to close"), "days", "cycle", (), _sum, is_lower_better=True, none=None
    ),
    "time_to_close/mean": Reading(
        _("Average days to close"), "days", "cycle", (), _sum, is_lower_better=True, none=None
    ),
    "partner_pipeline_open/value": Reading(
        _("Open pipeline"), "money", "stock", ("open_rc",), _sum, STOCKS
    ),
    "partner_pipeline_open/deals": Reading(
        _("Open deals"), "count", "stock", ("open_n",), _sum, STOCKS
    ),
    "active_partners/end": Reading(_("Under contract"), "flag", "membership", (), _sum, STOCKS),
}


class CellReadings:
    """Gives requirements their values."""

    def offered(self) -> Sequence[Metric]:
        """What can be required, in the words of people who read a programme's guide."""
        return [
            Metric(key, one.label, one.unit, one.windows, one.is_lower_better)
            for key, one in READINGS.items()
        ]

    def values(
        self, measures: Iterable[Measure], until: date, program: Program, ids: Sequence[int]
    ) -> Mapping[int, Mapping[Measure, Number]]:
        """Partner → its values of the days before ``until``; one that nothing reads is left out."""
        found: dict[int, dict[Measure, Number]] = {pk: {} for pk in ids}
        if not found:
            return found
        wanted = [one for one in measures if one.metric in READINGS]
        spans: dict[tuple[str, date], list[Measure]] = defaultdict(list)
        for measure in wanted:
            family = READINGS[measure.metric].family
            starts_on = until if measure.window == NOW else start_of(measure, until, program.months)
            spans[family, starts_on].append(measure)
        for (family, starts_on), same in spans.items():
            for measure, values in _read(family, same, starts_on, until, program).items():
                none = READINGS[measure.metric].none
                for pk in found:
                    found[pk][measure] = values.get(pk, none)
        return found


def _read(
    family: str, measures: list[Measure], starts_on: date, until: date, program: Program
) -> dict[Measure, dict[int, Number]]:
    """The values of measures of one family and span, of every partner that has facts."""
    if family == "cycle":
        return _cycles(measures, starts_on, until, program)
    if family == "membership":
        members = _members(until)
        return {measure: dict.fromkeys(members, Decimal(1)) for measure in measures}
    columns = list(dict.fromkeys(name for one in measures for name in READINGS[one.metric].columns))
    if family == "stock":
        rows = _stocks(columns, until)
    else:
        rows = _sums(family, columns, starts_on, until, program)
    return {
        measure: {
            pk: READINGS[measure.metric].read(
                tuple(row[columns.index(name)] for name in READINGS[measure.metric].columns)
            )
            for pk, row in rows.items()
        }
        for measure in measures
    }


def _cut(
    starts_on: date, until: date, program: Program
) -> tuple[list[date], list[tuple[date, date]]]:
    """The whole months of a span, and the days of the months that it cuts."""
    whole, days = [], []
    for month in program.months:
        first, last = max(month.starts_on, starts_on), min(month.ends_on, until)
        if first >= last:
            continue
        if (first, last) == (month.starts_on, month.ends_on):
            whole.append(month.starts_on)
        else:
            days.append((first, last))
    return whole, days


def _pieces(
    family: str, columns: Sequence[str], starts_on: date, until: date, program: Program
) -> tuple[str, list[Any]]:
    """SELECT of partner and columns: cells of whole months, facts of the days of cut ones."""
    whole, cut = _cut(starts_on, until, program)
    names = ", ".join(f"cell.{name}" for name in columns)
    text = (
        f"SELECT span.canonical_id AS one, {names} FROM {BY_NAME[family].cells} AS cell"
        " JOIN kpis_profilespan AS span ON span.profile_id = cell.profile_id"
        " WHERE cell.partner_id <> 0 AND cell.month = ANY(%s)"
    )
    params: list[Any] = [whole]
    for first, last in cut:
        text += (
            f" UNION ALL SELECT fact.canonical_id, {names.replace('cell.', 'fact.')}"
            f" FROM {BY_NAME[family].view} AS fact WHERE fact.partner_id <> 0"
            " AND fact.day >= %s AND fact.day < %s"
        )
        params += [first, last]
    return text, params


def _sums(
    family: str, columns: Sequence[str], starts_on: date, until: date, program: Program
) -> Sums:
    text, params = _pieces(family, columns, starts_on, until, program)
    sums = ", ".join(f"sum({name})" for name in columns)
    rows = query(f"SELECT one, {sums} FROM ({text}) AS piece GROUP BY one", params)
    return {row[0]: row[1:] for row in rows}


def _cycles(
    measures: list[Measure], starts_on: date, until: date, program: Program
) -> dict[Measure, dict[int, Number]]:
    """Medians and means need the histogram of each partner."""
    text, params = _pieces("cycle", ("days", "n"), starts_on, until, program)
    known: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, days, n in query(
        f"SELECT one, days, sum(n)::bigint FROM ({text}) AS piece GROUP BY 1, 2 ORDER BY 1, 2",
        params,
    ):
        known[pk].append((days, n))
    found: dict[Measure, dict[int, Number]] = {}
    for measure in measures:
        of = mean if measure.metric.endswith("/mean") else median
        found[measure] = {pk: _decimal(of(rows)) for pk, rows in known.items()}
    return found


def _decimal(value: float | None) -> Number:
    return None if value is None else Decimal(str(value))


def _stocks(columns: Sequence[str], until: date) -> Sums:
    """What stands open at the end of the month of the last day: in the running month, now."""
    sums = ", ".join(f"sum(cell.{name})" for name in columns)
    rows = query(
        f"SELECT span.canonical_id, {sums} FROM kpis_stockcell AS cell"
        " JOIN kpis_profilespan AS span ON span.profile_id = cell.profile_id"
        " JOIN common_day AS day ON day.month_id = cell.month"
        " WHERE cell.partner_id <> 0 AND day.day = %s GROUP BY 1",
        (until - timedelta(days=1),),
    )
    return {row[0]: row[1:] for row in rows}


def _members(until: date) -> set[int]:
    """The partners under contract on the last day."""
    last = until - timedelta(days=1)
    rows = query(
        "SELECT DISTINCT coalesce(partner.merged_into_id, partner.id)"
        " FROM partners_contract AS contract"
        " JOIN partners_partner AS partner ON partner.id = contract.partner_id"
        " WHERE contract.starts_on <= %s AND (contract.ends_on IS NULL OR contract.ends_on > %s)"
        " AND contract.status <> 'suspended'",
        (last, last),
    )
    return {row[0] for row in rows}


SOURCES.append(CellReadings())
