"""The list of KPIs: every declaration with its value in one period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from kpis import values
from kpis.choices import Option, PeriodChoice
from kpis.definitions import KPIS
from kpis.definitions.base import Kpi
from kpis.overview import kpi_url
from kpis.result import Number, Result
from kpis.store import Store
from kpis.tiles import Moment, reason_text, shown, status_word, target_note
from kpis.trend import spark_points, trend
from prm.common.lists import address

SORTS = {"name", "pillar", "status"}
STATUS_ORDER = {"bad": 0, "warn": 1, "grey": 2, "good": 3}


@dataclass(frozen=True)
class Row:
    """One KPI of the list."""

    kpi: Kpi
    result: Result
    url: str
    value: str
    target: str
    word: str
    points: Sequence[Number | None]

    @property
    def export(self) -> list[object]:
        """The row of the export, as plain values."""
        result = self.result
        name, pillar = str(self.kpi.name), str(self.kpi.pillar)
        return [name, pillar, result.value, result.unit, result.target, result.status]


def list_rows(request: HttpRequest, store: Store, choice: PeriodChoice, now: datetime) -> list[Row]:
    """Return the KPIs that the address asks for, sorted as it says; by pillar as usual."""
    pillar, text = request.GET.get("pillar", ""), request.GET.get("q", "").strip().lower()
    kpis = [
        kpi
        for kpi in KPIS.values()
        if pillar in {"", str(kpi.pillar)} and text in f"{kpi.name} {kpi.question}".lower()
    ]
    rows = [_row(kpi, store, choice, now) for kpi in kpis]
    sort = request.GET.get("sort", "")
    if sort.removeprefix("-") in SORTS:
        rows.sort(key=lambda row: _key(row, sort.removeprefix("-")), reverse=sort.startswith("-"))
    return rows


def _key(row: Row, sort: str) -> tuple[object, ...]:
    name = str(row.kpi.name)
    if sort == "status":
        return (STATUS_ORDER.get(row.result.status, 2), name)
    return (name,) if sort == "name" else (str(row.kpi.pillar), name)


def _row(kpi: Kpi, store: Store, choice: PeriodChoice, now: datetime) -> Row:
    if kpi.unit == "ranking":  # it has no one value to show in a line
        result = values.blank(kpi.key, period=choice.period, store=store)
    else:
        result = values.value(kpi.key, period=choice.period, now=now, store=store)
    moment = Moment(store.settings.currency, choice.is_open, choice.elapsed)
    # An index ranks all partners anew for each period: its trend is on its own page.
    has_trend = kpi.aggregation != "INDEX" and kpi.unit != "ranking"
    points = trend(kpi, choice.period, now=now, store=store) if has_trend else []
    return Row(
        kpi=kpi,
        result=result,
        url=kpi_url(kpi.key, choice),
        value=_value(kpi, result),
        target=target_note(kpi, result),
        word=status_word(kpi, result, moment),
        points=spark_points(points, is_flow=kpi.is_flow(kpi.default)),
    )


def _value(kpi: Kpi, result: Result) -> str:
    if kpi.unit == "ranking":
        return ""
    return reason_text(result) or shown(result.value, result.unit, result.currency)


def pillars_of(request: HttpRequest) -> list[Option]:
    """Return the pillars as links that narrow the list."""
    current = request.GET.get("pillar", "")
    names = dict.fromkeys(str(kpi.pillar) for kpi in KPIS.values())
    return [Option(name, name, name == current, address(request, pillar=name)) for name in names]


def sort_urls(request: HttpRequest) -> dict[str, tuple[str, str]]:
    """Return for each sortable column its address and how it is sorted now."""
    sort = request.GET.get("sort", "")
    found = {}
    for name in sorted(SORTS):
        states = {name: "ascending", f"-{name}": "descending"}
        wanted = f"-{name}" if sort == name else name
        found[name] = (address(request, sort=wanted), states.get(sort, ""))
    return found
