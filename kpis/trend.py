"""Trends of a KPI: the last periods beside the same ones a year before, as chart and table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kpis import values
from kpis.charts import Chart, Line, Table, TableColumn, bar_figure, line_figure, month_labels
from kpis.choices import TREND_LENGTH, period_label, short_label
from kpis.definitions.base import Kpi
from kpis.result import Number, Result
from kpis.store import Store
from kpis.tiles import shown, shown_round
from prm.common import display
from prm.common.periods import Period

PERIODS_A_YEAR = {"month": 12, "quarter": 4, "year": 1, "t12m": 12}


@dataclass(frozen=True)
class Point:
    """One period of a trend. ``last_year`` is the value of the same period a year before."""

    period: Period
    result: Result
    last_year: Number | None
    is_open: bool

    @property
    def label(self) -> str:
        """The period in words; a running one is marked."""
        return period_label(self.period) + ("*" if self.is_open else "")


def trend(
    kpi: Kpi, end: Period, *, variant: str = "", now: datetime, store: Store, count: int = 0
) -> list[Point]:
    """Return the last periods up to ``end``, oldest first, each with the year before."""
    count = count or TREND_LENGTH[end.kind]
    back = PERIODS_A_YEAR[end.kind]
    known = {
        result.period: result
        for result in values.series(
            kpi.key, end=end, count=count + back, variant=variant, now=now, store=store,
            scope=store.scope,
        )
    }  # fmt: skip
    spans = store.last_periods(end, count + back)
    before = dict(zip((span.key for span in spans[back:]), spans, strict=False))
    return [
        Point(
            span,
            known[span.key],
            known[before[span.key].key].value,
            not span.is_closed(now),
        )
        for span in spans[back:]
    ]


def spark_points(points: Sequence[Point], *, is_flow: bool) -> list[Number | None]:
    """Return the values for a sparkline; a running period's sum is left out."""
    return [point.result.value for point in points if not (is_flow and point.is_open)]


def trend_chart(
    kpi: Kpi,
    points: Sequence[Point],
    *,
    chart_id: str,
    csv_url: str,
    table_open: bool = False,
    name: str = "",
) -> Chart:
    """Return the card's inside: value, target and the year before over time, with the table."""
    name = name or str(kpi.name)
    unit, currency = points[-1].result.unit, points[-1].result.currency
    closed = [None if point.is_open else point.result.value for point in points]
    lines = [
        Line(_("A year before"), [p.last_year for p in points], "c0", 1.5, "dot"),
        Line(_("Target"), [p.result.target for p in points], "target", 1.25, "dash", steps=True),
        Line(name, closed if any(v is not None for v in closed) else
             [p.result.value for p in points], "c1", markers=True),
    ]  # fmt: skip
    lines = [line for line in lines if any(value is not None for value in line.values)]
    names = [point.label for point in points]
    labels = month_labels([(p.period.months[-1].year, short_label(p.period)) for p in points])
    if points[-1].period.kind == "year":
        labels = [short_label(point.period) for point in points]
    return Chart(
        id=chart_id,
        spec=line_figure(names, labels, lines, lambda value: shown_round(value, unit, currency)),
        summary=trend_summary(name, points),
        table=trend_table(name, points),
        legend=[line.key for line in reversed(lines)],
        csv_url=csv_url,
        note=_("* still running, left out of the line") if points[-1].is_open else "",
        table_open=table_open,
    )


def trend_summary(name: str, points: Sequence[Point]) -> str:
    """Return the chart in one sentence, for people who do not see it."""
    first, last = points[0], points[-1]
    return _("Line chart of %(name)s from %(first)s (%(from)s) to %(last)s (%(to)s).") % {
        "name": name,
        "first": period_label(first.period),
        "last": period_label(last.period),
        "from": shown(first.result.value, first.result.unit, first.result.currency),
        "to": shown(last.result.value, last.result.unit, last.result.currency),
    }


def trend_table(name: str, points: Sequence[Point]) -> Table:
    """Return the table behind the chart, one row a period."""
    has_target = any(point.result.target is not None for point in points)
    target = [_("Target")] if has_target else []
    heads = [_("Period"), name, *target, _("A year before"), _("Change on the year")]
    return Table(
        caption=_("%(name)s by period") % {"name": name},
        columns=[TableColumn(head, is_number=i > 0) for i, head in enumerate(heads)],
        rows=[_row(point, has_target=has_target) for point in points],
    )


def _row(point: Point, *, has_target: bool) -> list[str]:
    unit, currency = point.result.unit, point.result.currency
    target = [point.result.target] if has_target else []
    cells = (point.result.value, *target, point.last_year)
    return [
        point.label,
        *(shown(value, unit, currency) for value in cells),
        change(point.result.value, point.last_year, unit, currency)
        if not point.is_open
        else display.UNKNOWN,
    ]


def change(
    value: Number | None, before: Number | None, unit: str, currency: str | None = None
) -> str:
    """Return a change as people read it: per cent, points for a share, or "from $0"."""
    if value is None or before is None:
        return display.UNKNOWN
    if unit == "share":
        difference = float(value) - float(before)
        return display.signed(display.points(abs(difference)), difference, plus=True)
    share = display.growth(value, before)
    if share is None:
        has_grown = value and value != before
        word = display.from_value(shown(before, unit, currency))
        return word if has_grown else display.UNKNOWN
    return display.signed(display.percent(abs(share), 0), share, plus=True)


def breakdown_chart(
    kpi: Kpi, parts: Sequence[Result], *, chart_id: str, csv_url: str, by: str
) -> Chart:
    """Return sorted bars of the parts of a figure, each with its value beside it."""
    shares = _shares(kpi, parts)
    texts = [shown(part.value, part.unit, part.currency) for part in parts]
    written = [
        display.beside(text, share) if share else text
        for text, share in zip(texts, shares, strict=True)
    ]
    labels = [capfirst(part.label) for part in parts]
    heads = [by, str(kpi.name), *([_("Share")] if any(shares) else []), _("Based on")]
    rows = [
        [label, text, *([share] if any(shares) else []), display.number(part.n)]
        for label, text, share, part in zip(labels, texts, shares, parts, strict=True)
    ]
    return Chart(
        id=chart_id,
        spec=bar_figure(labels, [part.value for part in parts], written),
        summary=_("Bar chart of %(name)s by %(by)s.")
        % {"name": kpi.name, "by": display.inside(by)},
        table=Table(
            caption=_("%(name)s by %(by)s") % {"name": kpi.name, "by": display.inside(by)},
            columns=[TableColumn(head, is_number=i > 0) for i, head in enumerate(heads)],
            rows=rows,
        ),
        csv_url=csv_url,
        height="h-m" if len(parts) < 7 else "h-l",
    )


def _shares(kpi: Kpi, parts: Sequence[Result]) -> list[str]:
    """Return each part's share of all, where parts add up; else nothing."""
    total = sum(float(part.value or 0) for part in parts)
    if kpi.unit != "money" or kpi.aggregation not in {"SUM", "SEMI"} or total <= 0:
        return [""] * len(parts)
    return [display.percent(float(part.value or 0) / total, 0) for part in parts]
