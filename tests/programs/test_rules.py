"""What a tier asks and whether values meet it: groups, operators, unknown values, ladders."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.programs.ruledoc import from_json, to_json
from partners.programs.rules import Criterion, Group, Measure, Rules, Tier, evaluate
from partners.programs.windows import months_before
from tests.programs.ladder import LOGINS, REVENUE, all_of, any_of, at_least, ladder

A, B = Measure("a/x", "now"), Measure("b/x", "now")


def met(group: Group, **values: Any) -> bool | None:
    known = {A: values.get("a"), B: values.get("b")}
    given = {m: None if v is None else Decimal(v) for m, v in known.items() if v != "?"}
    return evaluate(Rules((Tier("t", group),)), given).tiers[0].met


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("ge", 5, True), ("ge", 4, False), ("gt", 5, False), ("gt", 6, True),
        ("le", 5, True), ("le", 6, False), ("lt", 5, False), ("lt", 4, True),
    ],
)  # fmt: skip
def test_each_operator_holds_a_value_against_the_threshold(
    operator: str, value: int, expected: bool
) -> None:
    assert met(all_of(Criterion("c", A, operator, Decimal(5))), a=value) is expected


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (1, 1, True, True), (1, 0, False, True), (0, 0, False, False),
        (1, "?", None, True), (0, "?", False, None), ("?", "?", None, None),
        (None, 1, False, True),
    ],
)  # fmt: skip
def test_groups_join_by_and_or_or_and_what_is_unknown_stays_unknown(
    a: Any, b: Any, both: Any, either: Any
) -> None:
    parts = (at_least(A, 1), at_least(B, 1))
    assert met(all_of(*parts), a=a, b=b) is both
    assert met(any_of(*parts), a=a, b=b) is either


def test_groups_stand_inside_groups() -> None:
    group = all_of(any_of(at_least(A, 1), at_least(B, 1)), at_least(A, 0))
    assert met(group, a=0, b=1) is True
    assert met(group, a=0, b=0) is False


def test_an_outcome_tells_value_threshold_gap_and_share() -> None:
    found = evaluate(ladder(), {REVENUE: Decimal(75_000)}, {"EUR": Decimal(1)}).of("silver")
    assert found is not None
    (outcome,) = found.own.outcomes()
    assert (outcome.value, outcome.threshold) == (75_000, 100_000)
    assert (outcome.gap, outcome.share, outcome.met) == (25_000, 0.75, False)


def test_a_threshold_in_another_currency_follows_the_rate_of_the_day() -> None:
    rules = Rules((Tier("t", all_of(at_least(REVENUE, 100_000, currency="USD"))),))
    values = {REVENUE: Decimal(91_000)}
    assert evaluate(rules, values, {"USD": Decimal("0.9")}).tiers[0].met is True
    assert evaluate(rules, values, {"USD": Decimal("0.92")}).tiers[0].met is False


def test_without_a_rate_a_requirement_is_unknown_and_not_missed() -> None:
    rules = Rules((Tier("t", all_of(at_least(REVENUE, 100_000, currency="USD"))),))
    assert evaluate(rules, {REVENUE: Decimal(1)}, {"USD": None}).tiers[0].met is None


def test_a_cumulative_ladder_needs_the_mandatory_tiers_below() -> None:
    tiers = (Tier("low", all_of(at_least(B, 1))), Tier("high", all_of(at_least(A, 1))))
    values = {A: Decimal(1), B: Decimal(0)}
    assert evaluate(Rules(tiers), values).target == ""
    assert evaluate(Rules(tiers, is_cumulative=False), values).target == "high"
    optional = (Tier("low", tiers[0].requirements, is_mandatory=False), tiers[1])
    assert evaluate(Rules(optional), values).target == "high"


def test_the_target_is_the_highest_tier_that_holds() -> None:
    rates = {"EUR": Decimal(1)}
    amounts = {0: "registered", 100_000: "silver", 299_999: "silver", 300_000: "gold"}
    for amount, tier in amounts.items():
        assert evaluate(ladder(), {REVENUE: Decimal(amount)}, rates).target == tier


def test_a_tier_is_found_whatever_the_case_of_its_word() -> None:
    assert ladder().rank("GOLD") == 3
    assert ladder().rank("") == 0
    assert ladder().rank("ruby") is None
    assert (ladder().below("Gold"), ladder().below("registered")) == ("silver", "")
    assert (ladder().above("gold"), ladder().above("")) == ("gold", "registered")


def test_rules_are_stored_and_read_back_unchanged() -> None:
    group = all_of(any_of(at_least(REVENUE, "0.10"), at_least(LOGINS, 3, is_hard=True)))
    rules = Rules((Tier("t", group, False, {"x": "20 %"}),), "approval", "automatic", 30, "month",
                  is_cumulative=False)  # fmt: skip
    assert from_json(to_json(rules)) == rules


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        ("2026-03-31", 1, "2026-02-28"), ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 12, "2025-01-15"), ("2026-01-01", 1, "2025-12-01"),
    ],
)  # fmt: skip
def test_rolling_months_end_with_the_month_where_it_has_no_such_day(
    day: str, months: int, earlier: str
) -> None:
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(earlier)


@given(st.decimals(0, 400_000, places=2), st.decimals(0, 400_000, places=2))
def test_more_never_leads_to_a_lower_tier(one: Decimal, other: Decimal) -> None:
    rules, rates = ladder(), {"EUR": Decimal(1)}
    low, high = sorted((one, other))
    ranks = [rules.rank(evaluate(rules, {REVENUE: x}, rates).target) for x in (low, high)]
    assert ranks[0] <= ranks[1]
