"""Values, targets and changes in the words of a page."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kpis.definitions import KPIS
from kpis.detail import facts_of
from kpis.result import Result
from kpis.tiles import (
    Framing,
    headline_value,
    part_text,
    reason_text,
    shown,
    shown_change,
    shown_round,
    tile_of,
)

CLOSED = Framing("EUR")
OPEN = Framing("EUR", is_open=True, elapsed=0.57)


def result(key: str, **more: Any) -> Result:
    kpi = KPIS[key]
    fields = {
        "key": key,
        "scope": "program",
        "label": "program",
        "period": "2026-Q3",
        "mode": "pit",
        "as_of": datetime(2026, 10, 1, tzinfo=UTC),
        "variant": kpi.default,
        "unit": kpi.unit,
        "currency": "EUR" if kpi.unit == "money" else None,
        "direction": kpi.direction,
        "definition_version": 1,
        "report_currency": "EUR",
    }
    return Result(**(fields | more))


def tile(key: str, framing: Framing = CLOSED, **more: Any) -> Any:
    return tile_of(KPIS[key], result(key, **more), framing, url="/kpis/")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Decimal(969000), "money", "€969k"),
        (0.384, "share", "38.4%"),
        (41.0, "days", "41 days"),
        (1, "days", "1 day"),
        (63, "count", "63"),
        (0.412, "index", "0.4"),
        (995.4, "index", "995"),
        (None, "money", "–"),
    ],
)
def test_a_value_is_shown_by_its_unit(value: Any, unit: str, text: str) -> None:
    assert shown(value, unit, "EUR") == text


def test_round_shares_lose_their_empty_decimal() -> None:
    assert shown_round(0.4, "share", None) == "40%"
    assert shown_round(0.405, "share", None) == "40.5%"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.053, "share", "+5.3 pts"), (-6, "days", "−6 days"), (Decimal(-38000), "money", "−€38k")],
)
def test_a_change_has_its_sign_and_shares_change_in_points(
    value: Any, unit: str, text: str
) -> None:
    assert shown_change(value, unit, "EUR") == text


def test_a_share_of_few_cases_is_told_as_a_count() -> None:
    assert headline_value(result("win_rate", value=0.75, numerator=6, denominator=8, n=8)) == (
        "6", " of 8",
    )  # fmt: skip
    assert headline_value(result("win_rate", value=0.75, numerator=9, denominator=12, n=12)) == (
        "75.0", "%",
    )  # fmt: skip


def test_no_value_says_why() -> None:
    nothing = result("win_rate", reason="no_data")
    assert headline_value(nothing) == ("–", "")
    assert reason_text(nothing) == "No data in this period"
    assert tile("win_rate", reason="no_data").versus == "No data in this period"


def test_shorter_is_better_for_days() -> None:
    faster = tile("time_to_close", value=41, n=40, delta=-6, previous=47, delta_reliable=True)
    assert (faster.delta, faster.delta_direction, faster.delta_tone) == ("−6 days", "down", "good")
    assert tile("time_to_close", value=41, target=40).target_note == "Target 40 days or less"


def test_a_change_that_may_be_chance_has_no_colour() -> None:
    unsure = tile("win_rate", value=0.4, n=12, delta=0.05, previous=0.35, delta_reliable=False)
    assert unsure.delta == "+5.0 pts"
    assert unsure.delta_tone == ""


def test_a_running_sum_is_not_compared_with_a_whole_period() -> None:
    running = tile("partner_sourced_revenue", OPEN, value=Decimal(100), n=3)
    assert running.delta == ""
    assert "vs" not in running.versus
    assert running.side_note == "57% of the period gone"
    closed = tile(
        "partner_sourced_revenue", value=Decimal(100), delta=Decimal(-900),
        previous=Decimal(1000), n=3,
    )  # fmt: skip
    assert closed.delta == "−€900"


@pytest.mark.parametrize(
    ("pace", "word"), [(None, "Not rated yet"), (0.9, "Behind so far"), (1.0, "On target so far")]
)
def test_a_running_sum_tells_its_linear_pace_in_grey(pace: float | None, word: str) -> None:
    running = tile(
        "partner_sourced_revenue", OPEN, value=Decimal(560), target=Decimal(1000),
        attainment=0.56, pace=pace,
    )  # fmt: skip
    assert (running.status, running.status_word) == ("grey", word)
    assert running.target_note == "56% of €1k target"


def test_a_missed_target_is_named_alike_whatever_is_better() -> None:
    more = {"target": 40, "attainment": 0.8, "pace": 0.8, "n": 40}
    assert tile("time_to_close", OPEN, value=50, **more).status_word == "Behind so far"
    assert tile("active_partners", OPEN, value=32, **more).status_word == "Behind so far"


def test_won_amounts_say_whether_refunds_are_in_them() -> None:
    net = tile("partner_sourced_revenue", value=Decimal(100))
    gross = tile("average_deal_size", value=Decimal(100))
    stock = tile("partner_pipeline_open", value=Decimal(100))
    assert (net.basis, gross.basis, stock.basis) == ("net of refunds", "before refunds", "")
    parts = {"numerator": Decimal(40), "denominator": Decimal(100), "n": 20}
    share = tile("partner_sourced_share", value=0.4, **parts)
    assert (share.basis, share.side_note) == ("", "€40 of €100 before refunds")
    assert tile("win_rate", value=0.4, numerator=8, denominator=20, n=20).side_note == "8 of 20"
    assert tile("partner_sourced_revenue", reason="no_data").basis == ""


def test_a_closed_period_is_rated_in_the_usual_words() -> None:
    rated = tile("win_rate", value=0.4, target=0.47, attainment=0.85, status="warn", n=40)
    assert (rated.status, rated.status_word, rated.bar_tone) == ("warn", "", "warn")


def test_a_zero_is_a_number_on_the_value_card() -> None:
    asked = result(
        "partner_sourced_revenue",
        value=Decimal(5),
        previous=Decimal(0),
        delta=Decimal(5),
        baseline=0,
    )
    facts = {fact.name: fact.value for fact in facts_of(KPIS[asked.key], asked, CLOSED)}
    assert (facts["Baseline"], facts["Change"]) == ("€0", "+€5 vs €0 the period before")
    assert "Target" not in facts


def test_without_a_target_there_is_no_status_and_no_bar() -> None:
    plain = tile("win_rate", value=0.4, n=40)
    assert plain.status == ""
    assert plain.target_note == ""
    assert not plain.has_bar


def test_parts_are_money_when_they_are_decimals() -> None:
    assert part_text(Decimal("1180664.18"), "EUR") == "€1,180,664.18"
    assert part_text(261, "EUR") == "261"
