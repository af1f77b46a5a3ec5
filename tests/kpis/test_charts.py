"""Figures: plain series in, plotly specs that obey the page's rules out."""

import json
from decimal import Decimal

import pytest

from kpis.charts import Line, bar_figure, line_figure, month_labels, nice_ticks, with_band


def euros(value: object) -> str:
    return f"€{value}"


def figure(*lines: Line) -> dict:
    return line_figure(["Jan 2026", "Feb 2026", "Mar 2026"], ["Jan", "Feb", "Mar"], lines, euros)


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (790, [0, 200, 400, 600, 800]),
        (1, [0, 0.25, 0.5, 0.75, 1.0]),
        (41, [0, 20, 40, 60]),
        (100, [0, 25, 50, 75, 100]),
        (0, [0, 1]),
    ],
)
def test_ticks_are_round_start_at_zero_and_reach_the_top(highest: float, ticks: list) -> None:
    assert nice_ticks(highest) == pytest.approx(ticks)


def test_a_line_keeps_unknown_months_as_gaps_and_writes_values_as_people_read_them() -> None:
    spec = figure(Line("Won", [Decimal("10"), None, Decimal("30")]))
    trace = spec["data"][0]
    assert list(trace["y"]) == [10.0, None, 30.0]
    assert list(trace["customdata"]) == ["€10", "", "€30"]
    assert list(spec["layout"]["xaxis"]["ticktext"]) == ["Jan", "Feb", "Mar"]


def test_a_direct_label_stands_at_the_last_known_point() -> None:
    note = figure(Line("Won", [1, 2, None], end_label="Won €2"))["layout"]["annotations"][0]
    assert (note["x"], note["y"], note["text"]) == ("Feb 2026", 2.0, "Won €2")


def test_colours_are_names_for_the_browser_and_no_template_travels() -> None:
    text = json.dumps(figure(Line("Won", [1, 2, 3], colour="c3")))
    assert "var:--c3" in text
    assert "template" not in figure(Line("Won", [1, 2, 3]))["layout"]
    assert "style=" not in text


def test_bars_keep_the_given_order_and_leave_room_for_their_labels() -> None:
    spec = bar_figure(["A", "B"], [3, None], ["€3", "–"])
    assert list(spec["data"][0]["y"]) == ["A", "B"]
    assert list(spec["data"][0]["x"]) == [3.0, 0.0]
    assert spec["layout"]["xaxis"]["range"][1] > 3
    assert spec["horizontal"] is True


def test_the_year_stands_once_under_its_first_month() -> None:
    assert month_labels([(2025, "Nov"), (2025, "Dec"), (2026, "Jan"), (2026, "Feb")]) == [
        "Nov<br>2025",
        "Dec",
        "Jan<br>2026",
        "Feb",
    ]


def test_the_legend_names_the_swatch_of_each_line() -> None:
    assert Line("Target", [1], colour="target", dash="dash").key.css == "kt"
    assert Line("Last year", [1], colour="c0", dash="dot").key.css == "k0"


def test_a_band_is_drawn_in_steps_beside_the_line_and_cannot_be_pointed_at() -> None:
    line = figure(Line("Still with us", [1, 0.8, 0.8]))
    spec = with_band(line, ["a", "b", "c"], [1, 0.2, None], [1, 0.9, 0.9])
    shown, low, high = spec["data"]
    assert {one["line"]["shape"] for one in spec["data"]} == {"hv"}
    assert (low["y"], high["fill"], high["hoverinfo"]) == ([1.0, 0.2, None], "tonexty", "skip")
    assert "hoverinfo" not in shown
