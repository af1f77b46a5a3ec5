"""What a rule says, how it is judged, how it is spelled; nothing of it needs a database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from partners.programs.rules import Measure
from partners.segments.checks import check
from partners.segments.fields import KINDS
from partners.segments.ruledoc import from_json, to_json
from partners.segments.rules import FieldTest, Known, MetricTest, Rule, matcher
from partners.segments.words import Names, blocks, sentence
from prm.common.errors import InvalidInput

TODAY = date(2026, 11, 22)
NET = Measure("partner_sourced_revenue/net", "rolling", 12)
NOBODY = Names({})


def holds(rule: Rule, rates: Any = None, metrics: Any = None, **fields: Any) -> bool:
    return matcher(rule, KINDS, rates or {}, TODAY)(Known(fields, metrics or {}))


def one(field: str, operator: str, *values: str) -> Rule:
    return Rule("all", ((FieldTest(field, operator, values),),))


@pytest.mark.parametrize(
    ("field", "operator", "values", "meets", "misses"),
    [
        ("region", "in", ("DACH", "UK"), [("DACH",)], [("France",), (), None]),
        ("region", "not_in", ("DACH",), [("France",), (), None], [("DACH",)]),
        ("capability", "in", ("Retail",), [("Retail", "Linux")], [("Linux",)]),
        ("region", "empty", (), [(), None], [("DACH",)]),
        ("region", "filled", (), [("DACH",)], [(), None]),
        ("name", "contains", ("data",), ["Nordlys Data"], ["Fjord", "", None]),
        ("name", "not_contains", ("data",), ["Fjord", None], ["Nordlys DATA"]),
        ("city", "is", ("Oulu",), ["oulu"], ["Oulunsalo", None]),
        ("people", "ge", ("3",), [3, 4], [2, None]),
        ("people", "gt", ("3",), [4], [3, None]),
        ("people", "le", ("3",), [3, 0], [4, None]),
        ("people", "lt", ("3",), [2], [3, None]),
        ("in_directory", "yes", (), [True], [False, None]),
        ("in_directory", "no", (), [False, None], [True]),
        ("last_sign_in", "last_days", ("7",), [date(2026, 11, 16), TODAY],
         [date(2026, 11, 15), None]),
        ("last_sign_in", "not_last_days", ("7",), [date(2026, 11, 15), None],
         [date(2026, 11, 16)]),
        ("contract_end", "next_days", ("7",), [TODAY, date(2026, 11, 29)],
         [date(2026, 11, 30), date(2026, 11, 21), None]),
        ("contract_end", "before", ("2026-11-22",), [date(2026, 11, 21)], [TODAY, None]),
        ("contract_end", "from", ("2026-11-22",), [TODAY], [date(2026, 11, 21), None]),
    ],
)  # fmt: skip
def test_each_comparison_holds_for_what_it_says_and_an_unknown_value_seldom(
    field: str, operator: str, values: tuple[str, ...], meets: list[Any], misses: list[Any]
) -> None:
    rule = one(field, operator, *values)
    assert all(holds(rule, **{field: value}) for value in meets)
    assert not any(holds(rule, **{field: value}) for value in misses)


def test_all_wants_every_block_with_one_of_its_conditions_and_any_one_block_whole() -> None:
    a, b, c = (FieldTest("region", "in", (name,)) for name in "ABC")
    every = Rule("all", ((a, b), (FieldTest("tier", "in", ("gold",)),)))
    assert holds(every, region=("B",), tier=("gold",))
    assert not holds(every, region=("C",), tier=("gold",))
    assert not holds(every, region=("A",), tier=())
    some = Rule("any", ((a, FieldTest("tier", "in", ("gold",))), (c,)))
    assert holds(some, region=("C",), tier=())
    assert holds(some, region=("A",), tier=("gold",))
    assert not holds(some, region=("A",), tier=())


def test_a_rule_without_conditions_holds_for_nobody() -> None:
    assert not holds(Rule("all", ()))
    assert not holds(Rule("any", ()))


def test_a_kpi_is_held_against_the_threshold_in_its_currency_and_no_value_meets_nothing() -> None:
    rule = Rule("all", ((MetricTest(NET, "ge", Decimal(100), "USD"),),))
    rates = {"USD": Decimal("0.9")}
    assert holds(rule, rates, {NET: Decimal(90)})
    assert not holds(rule, rates, {NET: Decimal("89.99")})
    assert not holds(rule, rates, {NET: None})
    assert not holds(rule, rates, {})


STORED = {
    "all": [
        {"field": "region", "operator": "in", "values": ["DACH", "UK"]},
        {"any": [
            {"field": "in_directory", "operator": "yes"},
            {"kpi": "win_rate/partner", "period": "last_quarter", "operator": "lt", "value": "0.3"},
        ]},
        {"kpi": "partner_sourced_revenue/net", "period": "last_12_months", "operator": "ge",
         "value": "100000", "currency": "EUR"},
    ]
}  # fmt: skip


def test_what_is_stored_reads_back_as_the_same_rule() -> None:
    assert to_json(from_json(STORED)) == STORED


@pytest.mark.django_db
def test_the_rule_is_told_in_a_sentence_that_a_manager_reads() -> None:
    names = Names({"region": {"DACH": "Germany, Austria, Switzerland"}})
    assert sentence(from_json(STORED), names) == (
        "Partners of whom this holds: Region is Germany, Austria, Switzerland or UK and"
        " (In the public directory: yes or Win rate, last quarter is less than 30%) and"
        " Revenue won, net of refunds, last 12 months is €100k or more."
    )
    assert len(blocks(from_json(STORED), names)) == 3


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "Send an object with all or any"),
        ([], "Send an object with all or any"),
        ({"all": [], "any": []}, "Send an object with all or any"),
        ({"all": []}, "Add at least one condition"),
        ({"all": [{"any": []}]}, "A group is empty"),
        ({"all": [{"all": [{"field": "tier", "operator": "empty"}]}]}, "nothing deeper"),
        ({"all": [{"any": [{"all": []}]}]}, "nothing deeper"),
        ({"all": ["tier"]}, "names a field or a kpi"),
        ({"all": [{"field": "shoe_size", "operator": "ge", "values": [1]}]}, "Choose one of: type"),
        ({"all": [{"field": "tier", "operator": "ge", "values": ["gold"]}]}, "compared by: in"),
        ({"all": [{"field": "tier", "operator": "in"}]}, "Say what Tier is compared with"),
        ({"all": [{"field": "name", "operator": "is", "values": ["a", "b"]}]}, "with one value"),
        ({"all": [{"field": "people", "operator": "ge", "values": ["x"]}]}, "whole number"),
        ({"all": [{"field": "last_sign_in", "operator": "last_days", "values": [0]}]}, "1 to"),
        ({"all": [{"field": "contract_end", "operator": "from", "values": ["soon"]}]}, "day like"),
        ({"all": [{"field": "tier", "operator": "in", "values": "gold"}]}, "as a list"),
        ({"all": [{"field": "tier", "operator": "in", "values": [True]}]}, "as a list"),
        ({"all": [{"field": "tier", "operator": "empty", "eval": "1"}]}, "has no eval"),
        ({"all": [{"kpi": "mood/now", "period": "quarter", "operator": "ge", "value": 1}]},
         "No KPI mood/now can be read"),
        ({"all": [{"kpi": "active_partners/end", "period": "now", "operator": "ge", "value": 1}]},
         "No KPI active_partners/end"),
        ({"all": [{"kpi": "win_rate/partner", "operator": "ge", "value": 1}]}, "Name the period"),
        ({"all": [{"kpi": "win_rate/partner", "period": "last_99_months", "operator": "ge",
                   "value": 1}]}, "N from 1 to 60"),
        ({"all": [{"kpi": "win_rate/partner", "period": "now", "operator": "ge", "value": 1}]},
         "cannot be read over this period"),
        ({"all": [{"kpi": "win_rate/partner", "period": "quarter", "operator": "in",
                   "value": 1}]}, "compared by: ge"),
        ({"all": [{"kpi": "win_rate/partner", "period": "quarter", "operator": "ge",
                   "value": "NaN"}]}, "as a number"),
        ({"all": [{"kpi": "win_rate/partner", "period": "quarter", "operator": "ge",
                   "value": 1, "currency": "EUR"}]}, "leave the currency out"),
        ({"all": [{"kpi": "partner_sourced_revenue/net", "period": "quarter", "operator": "ge",
                   "value": 1}]}, "give the currency"),
        ({"all": [{"kpi": "partner_sourced_revenue/net", "period": "quarter", "operator": "ge",
                   "value": 1, "currency": ["EUR"]}]}, "give the currency"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_worked_out_is_refused_with_what_to_do(rule: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(from_json(rule))
    assert said in refused.value.message
