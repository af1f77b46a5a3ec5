"""Trends: each period beside the year before; running periods marked and left out."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kpis import overview, scopes, values
from kpis.choices import period_label, short_label
from kpis.definitions import KPIS
from kpis.engine.rebuild import rebuild
from kpis.frames import lines_of, trend_frame
from kpis.trend import change, spark_points, trend, trend_chart
from prm.common import periods
from tests.factories import make_deal, make_partner

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 20, 10, tzinfo=UTC)
REVENUE = KPIS["partner_sourced_revenue"]


@pytest.fixture
def points() -> list[Any]:
    acme = make_partner("Acme")
    for day, amount in (("2025-07-10", 400), ("2026-07-15", 500), ("2026-08-03", 70)):
        make_deal(acme, won=day, opened="2025-06-01", amount=Decimal(amount))
    rebuild(NOW)
    store = values.store_for(scopes.PROGRAM, "pit", NOW)
    return trend(REVENUE, periods.parse("2026-08"), now=NOW, store=store, count=3)


def test_each_period_stands_beside_the_same_one_a_year_before(points: list[Any]) -> None:
    found = [(point.label, point.result.value, point.last_year) for point in points]
    assert found == [
        ("Jun 2026", 0, 0),
        ("Jul 2026", Decimal(500), Decimal(400)),
        ("Aug 2026*", Decimal(70), 0),
    ]


def test_a_running_sum_is_left_out_of_sparkline_and_line(points: list[Any]) -> None:
    assert spark_points(points, is_flow=True) == [0, Decimal(500)]
    assert spark_points(points, is_flow=False) == [0, Decimal(500), Decimal(70)]
    chart = trend_chart(REVENUE, points, chart_id="t", csv_url="")
    line = chart.spec["data"][-1]
    assert list(line["y"]) == [0.0, 500.0, None]
    assert chart.note.startswith("*")


def test_the_table_tells_the_change_on_the_year_for_closed_periods_only(points: list[Any]) -> None:
    rows = trend_chart(REVENUE, points, chart_id="t", csv_url="").table.rows
    assert rows[1] == ["Jul 2026", "€500", "€400", "+25%"]
    assert rows[2][-1] == "–"


def test_the_table_has_a_column_for_the_target_where_a_period_has_one(points: list[Any]) -> None:
    def heads() -> list[str]:
        table = trend_chart(REVENUE, points, chart_id="t", csv_url="").table
        return [column.label for column in table.columns]

    assert "Target" not in heads()
    points[1] = replace(points[1], result=replace(points[1].result, target=Decimal(600)))
    assert heads()[2] == "Target"
    chart = trend_chart(REVENUE, points, chart_id="t", csv_url="")
    assert [row[2] for row in chart.table.rows] == ["–", "€600", "–"]
    assert "Target" in [key.label for key in chart.legend]


def test_the_frame_has_the_change_and_empty_cells_for_gaps(points: list[Any]) -> None:
    frame = trend_frame(points)
    by_period = dict(zip(frame["period"], lines_of(frame), strict=True))
    july = dict(zip(frame.columns, by_period["2026-07"], strict=True))
    assert july["value"] == Decimal(500)
    assert july["change"] == pytest.approx(0.25)
    assert july["target"] is None
    assert dict(zip(frame.columns, by_period["2026-06"], strict=True))["change"] is None


@pytest.mark.parametrize(
    ("value", "before", "unit", "text"),
    [
        (Decimal(120), Decimal(100), "money", "+20%"),
        (0.5, 0.45, "share", "+5.0 pts"),
        (Decimal(80), Decimal(100), "money", "−20%"),
        (1, 0, "count", "from 0"),
        (Decimal(5), Decimal(0), "money", "from $0"),
        (Decimal(200), Decimal(-100), "money", "from −$100"),  # as the lists of partners say it
        (Decimal(-100), Decimal(-100), "money", "–"),
        (0, 0, "count", "–"),
        (None, 1, "count", "–"),
    ],
)
def test_changes_are_per_cent_but_points_for_shares(
    value: Any, before: Any, unit: str, text: str
) -> None:
    assert change(value, before, unit, "USD") == text


@pytest.mark.parametrize(
    ("key", "label", "short"),
    [
        ("2026-08", "Aug 2026", "Aug"),
        ("2026-Q3", "Q3 2026", "Q3"),
        ("2026", "2026", "2026"),
        ("t12m:2026-07", "12 months to Jul 2026", "Jul"),
    ],
)
def test_periods_have_names(key: str, label: str, short: str) -> None:
    period = periods.parse(key)
    assert (period_label(period), short_label(period)) == (label, short)


def closed(value: int, last_year: int) -> Any:
    result = type("Result", (), {"value": Decimal(value)})()
    return type("Point", (), {"is_open": False, "result": result, "last_year": last_year})()


@pytest.mark.parametrize(
    ("value", "before", "title"),
    [
        (118, 100, "Revenue of the last 12 months is 18% above the year before"),
        (82, 100, "Revenue of the last 12 months is 18% below the year before"),
        (1004, 1000, "Revenue of the last 12 months is level with the year before"),
        (5, 0, "Partner-sourced revenue by month"),
    ],
)
def test_the_chart_says_what_the_year_says(value: int, before: int, title: str) -> None:
    assert overview.revenue_title([closed(value, before)] * 12) == title


def test_less_than_a_year_says_nothing() -> None:
    assert overview.revenue_title([closed(5, 1)] * 11) == "Partner-sourced revenue by month"
