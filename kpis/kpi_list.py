"""The list of KPIs: every declaration with its value in one period."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from kpis import values
from kpis.choices import PeriodChoice
from kpis.definitions import KPIS
from kpis.definitions.base import Kpi
from kpis.definitions.parts import PILLARS
from kpis.overview import framing_of, kpi_url
from kpis.result import Number, Result
from kpis.store import Store
from kpis.tiles import (
    Change,
    basis_text,
    change_of,
    reason_text,
    shown,
    shown_round,
    status_word,
)
from kpis.trend import spark_points, trend
from prm.common import display
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words
from prm.common.templatetags.ui import STATUSES

LIST = "kpis"
WORDS = Words(
    name=_("KPIs"),
    counted=ngettext_lazy("%(shown)s KPI", "%(shown)s KPIs", "n"),
    search=_("Name or question"),
    no_match=_("No KPIs match"),
    try_this=_("Try fewer filters or another word."),
)
# What one can filter by; what a row says begins with the same words, or is a shade of them.
STANDINGS: dict[str, StrOrPromise] = {
    "good": _("On target"),
    "behind": _("Behind"),
    "unrated": _("Not rated"),
}
# Sorted from what needs a look to what does not.
STATUS_ORDER = {"bad": 0, "warn": 1, "behind": 2, "good": 3, "so far": 4}


@dataclass(frozen=True)
class Row:
    """One KPI of the list."""

    kpi: Kpi
    result: Result
    url: str
    value: str
    target: str
    word: str
    change: Change
    baseline: str
    reached: str
    basis: str = ""
    points: Sequence[Number | None] = ()

    @property
    def is_flow(self) -> bool:
        """Whether the value adds up over the period, so that a part of the target is reached."""
        return self.kpi.is_flow(self.result.variant)

    @property
    def standing(self) -> str:
        """Good, behind or unrated; a running period by its pace."""
        if self.result.target is None:
            return "unrated"
        if self.result.status != "grey":
            return "good" if self.result.status == "good" else "behind"
        if self.result.pace is None:
            return "unrated"
        return "good" if self.result.pace >= 1 else "behind"

    @property
    def urgency(self) -> int | None:
        """What the list is sorted by when sorted by status; None for what is not rated."""
        if self.standing == "unrated":
            return None
        running = "so far" if self.standing == "good" else "behind"
        return STATUS_ORDER[running if self.result.status == "grey" else self.result.status]


def rows_of(store: Store, choice: PeriodChoice, now: datetime) -> list[Row]:
    """Return every KPI with its value in the period, in the order of their declaration."""
    return [_row(kpi, store, choice, now) for kpi in KPIS.values()]


def _row(kpi: Kpi, store: Store, choice: PeriodChoice, now: datetime) -> Row:
    if kpi.unit == "ranking":  # it has no one value to show in a line
        result = values.blank(kpi.key, period=choice.period, store=store)
    else:
        result = values.value(
            kpi.key, period=choice.period, now=now, store=store, against=choice.against
        )
    framing = framing_of(choice, store)
    return Row(
        kpi=kpi,
        result=result,
        url=kpi_url(kpi.key, choice),
        value=_value(kpi, result),
        target=_target(kpi, result),
        word=status_word(result, framing) or str(STATUSES[result.status][2]),
        change=change_of(kpi, result, framing),
        baseline=_stated(result.baseline, result),
        reached="" if result.attainment is None else display.percent(result.attainment, 0),
        basis=basis_text(kpi, result),
    )


def _value(kpi: Kpi, result: Result) -> str:
    if kpi.unit == "ranking":
        return ""
    return reason_text(result) or shown(result.value, result.unit, result.currency)


def _unit(row: Row) -> str:
    """Return what the number counts, for the export: of money, its currency."""
    return row.result.currency or row.result.unit


def _stated(value: Number | None, result: Result) -> str:
    return "" if value is None else shown_round(value, result.unit, result.currency)


def _target(kpi: Kpi, result: Result) -> str:
    """Return the target as its column shows it: "40%", "40 days or less"."""
    target = _stated(result.target, result)
    if target and kpi.direction == "lower":
        return gettext("%(target)s or less") % {"target": target}
    return target


def with_trends(rows: list[Row], store: Store, choice: PeriodChoice, now: datetime) -> list[Row]:
    """Return the rows with the points of their sparklines, for those that a page shows.

    An index ranks all partners anew for each period: its trend is on its own page.
    """

    def points(kpi: Kpi) -> Sequence[Number | None]:
        if kpi.aggregation == "INDEX" or kpi.is_costly or kpi.unit == "ranking":
            return ()
        found = trend(kpi, choice.period, now=now, store=store)
        return spark_points(found, is_flow=kpi.is_flow(kpi.default))

    return [replace(row, points=points(row.kpi)) for row in rows]


def kpi_listing(change: StrOrPromise = "") -> Listing[Any]:
    """Return the list as declared; its rows are made in memory, one for each KPI.

    `change` says what the change is told to.
    """
    pillar_order = {str(name): number for number, name in enumerate(PILLARS.values())}
    return Listing(
        columns=(
            Column("name", _("KPI"), at("kpi.name"), by=lambda row: str(row.kpi.name).lower(),
                   is_fixed=True),
            Column("pillar", _("Pillar"), at("kpi.pillar"), is_usual=False,
                   by=lambda row: pillar_order[str(row.kpi.pillar)]),
            Column("value", _("Value"), at("result.value"), is_number=True),
            Column("unit", _("Unit"), _unit, export_only=True, beside="value"),
            Column("change", change or _("Change"), at("result.delta"), is_number=True),
            Column("before", _("Compared with"), at("result.previous"), export_only=True,
                   beside="change"),
            Column("trend", _("Trend"), lambda row: None, hide_small=True, page_only=True),
            Column("target", _("Target"), at("result.target")),
            Column("reached", _("Reached"), at("result.attainment"), is_number=True,
                   by=at("result.attainment"), is_usual=False),
            Column("baseline", _("Baseline"), at("result.baseline"), is_number=True,
                   is_usual=False),
            Column("based", _("Based on"), at("result.n"), is_number=True, is_usual=False),
            Column("status", _("Status"), lambda row: row.word,
                   by=at("urgency")),
        ),
        words=WORDS,
        filters=(
            Filter("pillar", _("Pillar"), [("", _("All")), *PILLARS.items()], _in_pillar),
            Filter("status", _("Status"), [("", _("All")), *STANDINGS.items()], _standing),
        ),
        search=_matching,
        default_sort="pillar",
        page_size=50,
        key=LIST,
        segments=[
            Segment(_("All"), ""),
            *(Segment(name, f"pillar={key}") for key, name in PILLARS.items()),
            Segment(_("Behind"), "status=behind"),
        ],
        can_choose=True,
    )  # fmt: skip


def change_label(choice: PeriodChoice) -> str:
    """Return the head of the changes: "vs Q4 2025", of a running period "vs same days of …"."""
    if choice.against is None:
        return gettext("Change")
    if choice.against.until:
        return gettext("vs same days of %(period)s") % {"period": choice.other}
    return gettext("vs %(period)s") % {"period": choice.other}


def _in_pillar(rows: list[Row], value: str) -> list[Row]:
    return [row for row in rows if str(row.kpi.pillar) == str(PILLARS[value])]


def _standing(rows: list[Row], value: str) -> list[Row]:
    return [row for row in rows if row.standing == value]


def _matching(rows: list[Row], text: str) -> list[Row]:
    """Find KPIs by a part of their name or question."""
    wanted = text.lower()
    return [row for row in rows if wanted in f"{row.kpi.name} {row.kpi.question}".lower()]
