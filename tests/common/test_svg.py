"""Figures drawn by the server: geometry in attributes, never in styles."""

import re

from prm.common import svg
from prm.common.icons import icon_svg, shapes


def test_a_sparkline_spans_its_box_and_ends_at_the_last_value() -> None:
    drawn = str(svg.spark([0, 5, 10]))
    assert "M1.0 30.0L58.0 17.0L115.0 4.0" in drawn
    assert 'cx="115.0" cy="4.0"' in drawn


def test_an_unknown_month_keeps_its_place_in_a_sparkline() -> None:
    assert "M1.0 30.0L115.0 4.0" in str(svg.spark([0, None, 10]))


def test_one_value_is_no_sparkline() -> None:
    assert svg.spark([3]) == ""
    assert svg.spark([None, 3]) == ""


def test_a_level_series_is_drawn_in_the_middle() -> None:
    assert "M1.0 17.0L115.0 17.0" in str(svg.spark([4, 4]))


def test_a_bullet_puts_value_target_and_baseline_on_one_scale() -> None:
    drawn = str(svg.bullet(50, target=100, baseline=25, full=200, label="50 of 100"))
    assert 'width="25.0%" height="6"' in drawn
    assert 'class="t" x="50.0%"' in drawn
    assert 'class="b" x="12.5%"' in drawn
    assert 'aria-label="50 of 100"' in drawn


def test_a_bullet_never_leaves_its_box() -> None:
    assert 'class="v" x="0" y="1" width="100.0%"' in str(svg.bullet(500, full=200))
    assert 'width="0.0%"' in str(svg.bullet(-5, full=200))
    assert 'width="0.0%"' in str(svg.bullet(None))


def test_labels_are_escaped() -> None:
    assert "<script>" not in str(svg.bullet(1, label='"><script>'))
    assert "&lt;script&gt;" in str(svg.meter(0.5, label="<script>"))


def test_no_figure_or_icon_has_a_style_or_a_handler() -> None:
    drawn = [svg.spark([1, 2]), svg.bullet(1), svg.meter(0.5), svg.bar(0.5)]
    drawn += [icon_svg(name) for name in shapes()]
    for markup in drawn:
        assert not re.search(r"\bstyle=|\bon\w+=|<script", str(markup))
