"""On paper: light, without chrome and controls, tables open, cards and rows whole."""

from typing import Any

import pytest
from django.utils import timezone

from kpis.engine.rebuild import rebuild
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STYLE = "(node, name) => getComputedStyle(node)[name]"


@pytest.mark.parametrize("path", ["/", "/partners/", "/kpis/win_rate/"])
def test_a_printed_page_holds_facts_and_no_controls(world: World, visitor: Any, path: str) -> None:
    page = visitor(world.admin, 690, "dark").open(path).page
    page.emulate_media(media="print")
    for chrome in (".side", ".mbar", ".seg", ".filterbar", ".pager", ".btn", ".crumbs", ".trouble"):
        assert not any(node.is_visible() for node in page.locator(chrome).all()), chrome
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    for table in page.locator("details.data table").all():
        assert table.is_visible()
    heads = page.locator("thead").all()
    assert all(head.evaluate(STYLE, "display") == "table-header-group" for head in heads)
    cards = page.locator(".card").all()
    assert {card.evaluate(STYLE, "breakInside") for card in cards} == {"avoid"}


# Cards that stand in a grid or beside each other: a page break would print one over the other.
BESIDE = """() => [...document.querySelectorAll("main .card")].filter((card) => {
  for (let box = card.parentElement; box.tagName !== "MAIN"; box = box.parentElement) {
    if (["grid", "flex"].includes(getComputedStyle(box).display)) return true;
  }
  return false;
}).map((card) => card.textContent.trim().slice(0, 40))"""


@pytest.mark.parametrize("path", ["/", "/kpis/win_rate/", "{partner}"])
def test_printed_cards_follow_each_other(world: World, visitor: Any, path: str) -> None:
    address = path.format(partner=world.acme.get_absolute_url())
    page = visitor(world.admin).open(address).page
    page.emulate_media(media="print")
    assert page.locator("main .card").count() > 1
    assert page.evaluate(BESIDE) == []


def test_a_chart_shrinks_to_the_paper_and_grows_back(world: World, visitor: Any) -> None:
    rebuild(timezone.now())
    page = visitor(world.admin).open("/kpis/partner_sourced_revenue/?period=2026-Q3").page
    page.wait_for_selector("[data-chart=trend] .plot.ready .main-svg")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.evaluate("document.querySelector('[data-chart=trend]').style.inlineSize = '300px'")
    drawing = page.locator("[data-chart=trend] .main-svg").first
    assert drawing.bounding_box()["width"] <= 300
    assert drawing.evaluate("(svg) => svg.viewBox.baseVal?.width") > 300
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert drawing.get_attribute("viewBox") is None


def test_a_chart_of_the_dark_theme_is_printed_in_light_colours(world: World, visitor: Any) -> None:
    rebuild(timezone.now())
    page = visitor(world.admin, 1440, "dark").open("/kpis/win_rate/?period=2026-Q3").page
    page.wait_for_selector("[data-chart=trend] .plot.ready .main-svg")
    label = page.locator("[data-chart=trend] .xtick text").first
    dark = label.evaluate(STYLE, "fill")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert label.evaluate(STYLE, "fill") == "rgb(100, 102, 110)"  # --ink-3 of the light theme
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert label.evaluate(STYLE, "fill") == dark != "rgb(100, 102, 110)"
    assert page.get_attribute("html", "data-theme") == "dark"
