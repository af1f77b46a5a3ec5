"""Amounts as people type them."""

from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from prm.common.fields import DayField, MoneyField


@pytest.mark.parametrize(
    ("language", "typed", "amount"),
    [
        ("en", "82,000", "82000"),
        ("en", "82k", "82000"),
        ("en", "1.2m", "1200000"),
        ("en", " 82 000.50 ", "82000.50"),
        ("en", ".5", "0.5"),
        ("de", "82.000", "82000"),
        ("de", "82 Tsd.", "82000"),
        ("de", "1,2 Mio.", "1200000"),
        ("de", "82.000,50", "82000.50"),
    ],
)
def test_an_amount_is_read_in_the_persons_notation(language: str, typed: str, amount: str) -> None:
    with translation.override(language):
        assert MoneyField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("language", "typed", "advice"),
    [("en", "82.000", "Enter 82,000 or 82.00."), ("de", "1,500", "1.500 .* 1,50")],
)
def test_an_amount_that_another_notation_reads_otherwise_is_asked_back(
    language: str, typed: str, advice: str
) -> None:
    with translation.override(language), pytest.raises(forms.ValidationError, match=advice):
        MoneyField().clean(typed)


@pytest.mark.parametrize(
    "typed", ["a lot", "82,00", "1,2345", "12,", "12 apples", "-5", "1.2.3", "NaN", "1e5", ".", "²"]
)
def test_anything_else_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(forms.ValidationError, match="Enter an amount like 82,000 or 82k"):
        MoneyField().clean(typed)


def test_an_empty_amount_is_unknown_and_not_zero() -> None:
    assert MoneyField(required=False).clean("") is None


def test_a_stored_amount_is_shown_without_needless_zeros() -> None:
    assert MoneyField().prepare_value(Decimal("82000.0000")) == "82000"
    assert MoneyField().prepare_value(Decimal("82000.5000")) == "82000.5"
    assert MoneyField().clean(MoneyField().prepare_value(Decimal("1.234"))) == Decimal("1.234")
    assert MoneyField().prepare_value("82k") == "82k"


def test_a_day_that_is_none_says_how_to_write_one() -> None:
    with pytest.raises(forms.ValidationError, match="Enter a day like 2026-11-30"):
        DayField().clean("31 Feb")
