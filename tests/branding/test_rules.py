"""From one colour to readable colours: contrasts by hand, and a property for every colour."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prm.common.branding import rules
from prm.common.branding.colours import contrast, distance, from_lch, lch
from prm.common.branding.rules import palette

TEXTS_LIGHT, TEXTS_DARK = ("#1A1B1F", "#4D4F57"), ("#ECEDEF", "#B4B8C0")
colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06X}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        # luminance 0 and 1: (1 + .05) / (0 + .05)
        ("#000000", "#FFFFFF", 21.0),
        # #777777: 119/255 = .4667 → ((.4667 + .055) / 1.055)^2.4 = .1845; 1.05 / .2345
        ("#777777", "#FFFFFF", 4.478),
        ("#767676", "#FFFFFF", 4.542),
        # pure red: .2126; 1.05 / .2626
        ("#FF0000", "#FFFFFF", 3.998),
        # pure blue on black: (.0722 + .05) / .05
        ("#0000FF", "#000000", 2.444),
    ],
)
def test_contrast_is_the_one_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.001)
    assert contrast(one, other) == contrast(other, one)


def test_the_kits_own_chart_colours_are_as_far_apart_as_the_guide_measured() -> None:
    light = (rules.C1_LIGHT, *rules.CHART_LIGHT)
    dark = (rules.C1_DARK, *rules.CHART_DARK)
    closest = [
        min(distance(*pair) for pair in itertools.combinations(found, 2)) for found in (light, dark)
    ]
    assert closest == pytest.approx([8.1, 9.1], abs=0.05)


@given(colours)
def test_a_colour_survives_the_way_to_lightness_and_back(colour: str) -> None:
    assert from_lch(*lch(colour)) == colour


@given(colours)
def test_every_brand_colour_gives_text_that_can_be_read(brand: str) -> None:
    found = palette(brand)
    for ground in (*rules.LIGHT_GROUNDS, found.soft.light):
        assert contrast(found.ink.light, ground) >= 4.5
    for ground in (*rules.DARK_GROUNDS, found.soft.dark):
        assert contrast(found.ink.dark, ground) >= 4.5
        assert contrast(found.accent.dark, ground) >= 4.5
    for accent in (found.accent, found.hover):
        assert contrast(accent.light, found.on_accent.light) >= 4.5
        assert contrast(accent.dark, found.on_accent.dark) >= 4.5
    for text in TEXTS_LIGHT:
        assert contrast(text, found.soft.light) >= 4.5
    for text in TEXTS_DARK:
        assert contrast(text, found.soft.dark) >= 4.5
    for hero in (found.hero.light, found.hero.dark):
        assert contrast(found.on_hero, hero) >= 7


@given(colours)
def test_the_chart_colour_stands_apart_from_all_others(brand: str) -> None:
    found = palette(brand)
    light = min(distance(found.c1.light, other) for other in rules.CHART_LIGHT)
    dark = min(distance(found.c1.dark, other) for other in rules.CHART_DARK)
    assert min(light, dark) >= 8
    assert contrast(found.c1.light, "#FFFFFF") >= 3
    assert contrast(found.c1.dark, "#16181D") >= 3


def test_a_readable_colour_is_not_touched_and_an_unreadable_one_says_so() -> None:
    assert palette("#7B2CBF").accent.light == "#7B2CBF"
    assert palette("#7B2CBF").darkened == ""
    yellow = palette("#FFD400")
    assert yellow.darkened == yellow.accent.light != "#FFD400"
    assert abs(lch(yellow.darkened)[2] - lch("#FFD400")[2]) < 3  # the same hue
    assert yellow.accent.dark == "#FFD400"  # bright enough for the dark theme as it is


def test_charts_keep_their_blue_when_the_brand_looks_like_their_green() -> None:
    green = palette("#0F5E4D")
    assert green.keeps_c1
    assert (green.c1.light, green.c1.dark) == ("#2F55D4", "#86A1FF")
    violet = palette("#7B2CBF")
    assert not violet.keeps_c1
    assert violet.c1 == violet.accent


def test_the_style_sheet_sets_what_a_brand_may_set_and_nothing_else() -> None:
    names = {
        part.split(":")[0].strip() for part in palette("#0F5E4D").css.split(";") if part.strip()
    }
    assert names == {
        "--accent", "--accent-hover", "--on-accent", "--accent-soft", "--accent-ink",
        "--c1", "--c1-band", "--brand-hero", "--brand-on-hero",
    }  # fmt: skip
