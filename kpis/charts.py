"""Figures for the pages: plain series in, a plotly figure with its table and words out.

Colours are written "var:--c1" and looked up in the browser, so that themes and brands work without
a reload. plotly is imported inside the function that needs it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Number = Decimal | float | int
Shown = Callable[[Number], str]


@dataclass(frozen=True)
class Key:
    """One entry of a legend: the colour class of the swatch, and how its line is dashed."""

    label: str
    css: str
    dash: str = ""
    shape: str = "line"


@dataclass(frozen=True)
class TableColumn:
    """A column of the table behind a chart."""

    label: str
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """The same data as words: caption, columns, rows of texts; the first cell names the row."""

    caption: str
    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """What `components/chart.html` shows."""

    id: str
    spec: dict[str, Any]
    summary: str
    table: Table
    legend: Sequence[Key] = field(default_factory=tuple)
    csv_url: str = ""
    note: str = ""
    height: str = "h-l"
    table_open: bool = False

    @property
    def spec_id(self) -> str:
        """The id of the JSON element that holds the figure."""
        return f"{self.id}-spec"


@dataclass(frozen=True)
class Line:
    """One series of a line chart, with its look. None is a gap."""

    label: str
    values: Sequence[Number | None]
    colour: str = "c1"
    width: float = 2.25
    dash: str = ""
    markers: bool = False
    steps: bool = False
    end_label: str = ""

    @property
    def key(self) -> Key:
        """Its entry in the legend."""
        dashes = {"dash": "4 3", "dot": "1.5 3"}
        css = {"target": "kt"}.get(self.colour, f"k{self.colour.removeprefix('c')}")
        return Key(self.label, css, dashes.get(self.dash, ""))


def line_figure(
    names: Sequence[str], labels: Sequence[str], lines: Sequence[Line], shown: Shown
) -> dict[str, Any]:
    """Return the figure of a line chart.

    `names` are the points' full, distinct names ("Nov 2025"), `labels` what stands at the axis;
    `shown` writes a value as people read it. The value axis starts at 0, as money and counts must.
    """
    highest = max((float(v) for line in lines for v in line.values if v is not None), default=0.0)
    ticks = nice_ticks(highest)
    ends = [line for line in lines if line.end_label]
    layout = {
        "xaxis": {
            "type": "category",
            "tickmode": "array",
            "tickvals": list(names),
            "ticktext": list(labels),
            "tickangle": 0,
            "range": [-0.3, len(names) - 0.7],
        },
        "yaxis": {
            "range": [0, ticks[-1] * 1.04],
            "tickvals": ticks,
            "ticktext": [shown(tick) for tick in ticks],
        },
        "annotations": [_end_label(line, names) for line in ends],
    }
    if ends:
        layout["margin"] = {"l": 8, "r": 96, "t": 8, "b": 8}
    return _figure([_trace(line, names, shown) for line in lines], layout)


def with_band(
    figure: dict[str, Any],
    names: Sequence[str],
    lows: Sequence[Number | None],
    highs: Sequence[Number | None],
) -> dict[str, Any]:
    """Return a line figure in steps, with the see-through band between two limits."""
    edge = {"type": "scatter", "mode": "lines", "x": list(names), "hoverinfo": "skip",
            "line": {"width": 0, "shape": "hv"}, "connectgaps": False}  # fmt: skip
    low = {**edge, "y": [None if one is None else float(one) for one in lows]}
    high = {**edge, "y": [None if one is None else float(one) for one in highs],
            "fill": "tonexty", "fillcolor": "var:--c1-band"}  # fmt: skip
    steps = [{**one, "line": {**one["line"], "shape": "hv"}} for one in figure["data"]]
    return {**figure, "data": [*steps, low, high]}


def _trace(line: Line, names: Sequence[str], shown: Shown) -> dict[str, Any]:
    look: dict[str, Any] = {"color": f"var:--{line.colour}", "width": line.width}
    if line.dash:
        look["dash"] = line.dash
    if line.steps:
        look["shape"] = "hvh"
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers" if line.markers else "lines",
        "x": list(names),
        "y": [None if v is None else float(v) for v in line.values],
        "customdata": ["" if v is None else shown(v) for v in line.values],
        "hovertemplate": "%{customdata}",
        "name": line.label,
        "line": look,
    }
    if line.markers:
        trace["marker"] = {"size": 6, "color": f"var:--{line.colour}"}
    return trace


def _end_label(line: Line, names: Sequence[str]) -> dict[str, Any]:
    known = [(name, v) for name, v in zip(names, line.values, strict=True) if v is not None]
    name, value = known[-1] if known else (names[-1], 0)
    return {
        "x": name,
        "y": float(value),
        "text": line.end_label,
        "showarrow": False,
        "xanchor": "left",
        "xshift": 8,
        "font": {"weight": 600, "color": f"var:--{line.colour}", "size": 12},
    }


def bar_figure(
    labels: Sequence[str], values: Sequence[Number | None], texts: Sequence[str]
) -> dict[str, Any]:
    """Return the figure of sorted horizontal bars, each with its value written beside it."""
    known = [0.0 if value is None else float(value) for value in values]
    data = {
        "type": "bar",
        "orientation": "h",
        "y": list(labels),
        "x": known,
        "text": list(texts),
        "textposition": "outside",
        "cliponaxis": False,
        "constraintext": "none",
        "textangle": 0,
        "hoverinfo": "skip",
        "marker": {"color": "var:--c1"},
        "textfont": {"color": "var:--ink-2", "size": 12},
    }
    layout = {
        "xaxis": {"visible": False, "range": [0, max(known, default=0.0) * 1.35 or 1]},
        "yaxis": {"type": "category", "autorange": "reversed"},
        "hovermode": False,
    }
    return {**_figure([data], layout), "horizontal": True}


def _figure(data: list[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """Run data and layout through plotly's figure, without its template.

    Its own colour check is off: it cannot know the names that the browser resolves.
    """
    import plotly.graph_objects as go

    figure = go.Figure(data=data, layout=layout, _validate=False).to_plotly_json()
    figure["layout"].pop("template", None)
    return {"data": figure["data"], "layout": figure["layout"]}


def nice_ticks(highest: float) -> list[float]:
    """Return 4 to 6 round ticks from 0 that reach the highest value: steps of 1, 2, 2.5 or 5."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough)
    return [step * i for i in range(math.ceil(highest / step - 1e-9) + 1)]


def month_labels(months: Sequence[tuple[int, str]]) -> list[str]:
    """Return axis labels of (year, month name): the year stands under the first of each year."""
    labels, last = [], None
    for year, name in months:
        labels.append(f"{name}<br>{year}" if year != last else name)
        last = year
    return labels
