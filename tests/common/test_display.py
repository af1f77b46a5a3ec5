"""Numbers, dates and words as pages show them (design guide, section 7)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from prm.common import display


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("969000", "USD", "$969k"),
        ("1800000", "EUR", "€1.80M"),
        ("1722400", "USD", "$1.72M"),
        ("25500", "USD", "$25.5k"),
        ("84000", "EUR", "€84k"),
        ("999499", "EUR", "€999k"),
        ("999500", "EUR", "€1.00M"),
        ("999", "EUR", "€999"),
        ("0", "EUR", "€0"),
        ("-38000", "USD", "−$38k"),
        ("12345678901", "USD", "$12.3B"),
        ("1200", "CHF", "CHF\u00a01.2k"),
        ("640", "CHF", "CHF\u00a0640"),
    ],
)
def test_money_is_shown_with_three_significant_digits(
    amount: str, currency: str, shown: str
) -> None:
    assert display.money(Decimal(amount), currency) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("1234", "JPY", "¥1,234"),
        ("1.2345", "KWD", "KWD\u00a01.235"),
        ("-5690", "EUR", "−€5,690.00"),
        ("1200", "CHF", "CHF\u00a01,200.00"),
    ],
)
def test_full_money_has_all_decimals_of_its_currency(
    amount: str, currency: str, shown: str
) -> None:
    assert display.money_full(Decimal(amount), currency) == shown


def test_the_active_language_decides_the_signs() -> None:
    with translation.override("de"):
        assert display.money_full(Decimal("1234.5"), "EUR") == "1.234,50\u00a0€"
        assert display.money(Decimal(1_800_000), "EUR") == "1,80\u00a0Mio.\u00a0€"
        assert display.money(Decimal(-38_000), "CHF") == "−38\u00a0Tsd.\u00a0CHF"
        assert display.percent(Decimal("0.0456")) == "4,6\u00a0%"


@pytest.mark.parametrize(
    ("share", "places", "shown"),
    [
        ("0.384", None, "38%"),
        ("0.046", None, "4.6%"),
        ("0", None, "0%"),
        ("1", None, "100%"),
        ("0.384", 1, "38.4%"),
        ("-0.12", None, "−12%"),
    ],
)
def test_a_percentage_has_a_decimal_only_below_ten(
    share: str, places: int | None, shown: str
) -> None:
    assert display.percent(Decimal(share), places) == shown


def test_a_change_of_a_percentage_is_told_in_points() -> None:
    assert display.points(Decimal("0.053")) == "5.3 pts"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, "1 day"),
        (41, "41 days"),
        (Decimal("41.5"), "41.5 days"),
        (Decimal("41.0"), "41 days"),
        (timedelta(days=4, hours=2), "4 d 2 h"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_durations_are_days_or_days_and_hours(value: object, shown: str) -> None:
    assert display.days(value) == shown


def test_unknown_values_are_a_dash() -> None:
    shown = [
        display.money(None, "EUR"),
        display.percent(None),
        display.days(None),
        display.day(None),
        display.number(None),
    ]
    assert shown == ["–"] * 5


def test_an_instant_becomes_the_day_of_the_active_zone() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert display.day(late) == "1 Dec 2026"
        assert display.instant(late) == "1 Dec 2026, 00:30"
    assert display.day(date(2026, 11, 30)) == "30 Nov 2026"


@pytest.mark.parametrize(
    ("language", "styles"),
    [
        ("en", ["30 Nov 2026", "30 Nov", "Nov 2026"]),
        ("de", ["30. Nov. 2026", "30. Nov.", "Nov. 2026"]),
        ("fr", ["30 novembre 2026", "30 novembre", "novembre 2026"]),
    ],
)
def test_a_date_is_written_as_the_language_does(language: str, styles: list[str]) -> None:
    day = date(2026, 11, 30)
    with translation.override(language):
        assert [display.day(day, style) for style in ("DATE", "MONTH_DAY", "YEAR_MONTH")] == styles


def test_a_sign_stays_before_its_number_in_a_right_to_left_text() -> None:
    with translation.override("he"):
        assert display.money(Decimal(-38_000), "USD") == "\u200e−$38k"
        assert display.money(Decimal(38_000), "USD") == "$38k"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Nordlys Data", "ND"), ("Kestrel", "KE"), ("", "?"), ("ana@example.com", "AE"), ("Ø", "Ø")],
)
def test_initials_are_those_of_first_and_last_word(name: str, letters: str) -> None:
    assert display.initials(name) == letters


def test_a_noun_inside_a_sentence_is_small_in_english_alone() -> None:
    assert [display.inside(noun) for noun in ("Partner type", "KPI", "")] == [
        "partner type",
        "KPI",
        "",
    ]
    with translation.override("de"):
        assert display.inside("Partnertyp") == "Partnertyp"


@pytest.mark.parametrize(("value", "shown"), [(-0.0004, "0.0\u00a0pts"), (0.0, "0.0\u00a0pts"),
                                              (-0.0006, "−0.1\u00a0pts")])  # fmt: skip
def test_a_change_that_rounds_to_nothing_has_no_sign(value: float, shown: str) -> None:
    text = display.signed(display.points(abs(value)), value, plus=True)
    assert text.replace(" ", "\u00a0") == shown
