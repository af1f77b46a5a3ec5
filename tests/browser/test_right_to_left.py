"""In a right-to-left language pages are mirrored; numbers, lines over time and charts are not."""

from pathlib import Path
from typing import Any

import pytest

from prm.common.models import User
from tests.browser.test_pages import story, user_of
from tests.languages import pseudo
from tests.world import World

__all__ = ["story"]  # a fixture
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KPI = "/kpis/partner_sourced_revenue/?period=2026-Q3"
DESK = ("/", "/partners/", "{partner}", "/deals/", "/deals/board/", "{deal}", KPI, "/imports/new/")
PORTAL = ("/portal/", "/portal/deals/", "/portal/people/", "/portal/company/", "/profile/")
# Texts that are cut off: wider than their box, and not meant to be scrolled.
CLIPPED = """() => [...document.querySelectorAll("main *, nav *")].filter((box) => {
  if (box.closest(".sr, .plot, svg, [tabindex='0'], .segments") || !box.clientWidth) return false;
  const hasText = [...box.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const style = getComputedStyle(box);
  return hasText && style.display !== "inline" && style.overflowX !== "visible"
    && box.scrollWidth > box.clientWidth + 1;
}).map((box) => box.outerHTML.slice(0, 90))"""
# Labels of a chart that stand outside of their chart.
OUTSIDE = """() => [...document.querySelectorAll(".plot.ready")].flatMap((plot) => {
  const room = plot.getBoundingClientRect();
  return [...plot.querySelectorAll(".xtick text, .ytick text")].filter((label) => {
    const at = label.getBoundingClientRect();
    return at.left < room.left - 1 || at.right > room.right + 1;
  }).map((label) => label.textContent);
})"""
SCALE = "(selector) => getComputedStyle(document.querySelector(selector)).scale"


@pytest.fixture
def hebrew(story: World, tmp_path: Path, settings: Any) -> World:
    """The cast, all of whom read a made-up Hebrew."""
    pseudo.install("he", pseudo.mirrored, tmp_path, settings)
    User.objects.update(language="he")
    return story


def left_of(page: Any, selector: str) -> float:
    """Where an element begins, in pixels from the left edge."""
    return float(page.locator(selector).first.bounding_box()["x"])


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize(("who", "paths"), [("admin", DESK), ("pat", PORTAL)])
def test_main_pages_run_from_right_to_left(
    who: str, paths: tuple[str, ...], width: int, visitor: Any, hebrew: World
) -> None:
    window = visitor(user_of(hebrew, who), width)
    wrong = {}
    for path in paths:
        places = {"partner": hebrew.acme, "deal": hebrew.deal}
        visit = window.open(path.format(**{k: v.get_absolute_url() for k, v in places.items()}))
        found = visit.complaints()
        visit.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")  # charts come then
        visit.page.wait_for_load_state("networkidle")
        found += visit.page.evaluate(CLIPPED) + visit.page.evaluate(OUTSIDE)
        if visit.page.get_attribute("html", "dir") != "rtl" or found:
            wrong[path] = found
        visit.page.close()
    assert wrong == {}


def test_the_menu_stands_on_the_right_and_arrows_point_back(visitor: Any, hebrew: World) -> None:
    page = visitor(hebrew.admin).open(KPI).page
    assert left_of(page, ".side") > left_of(page, "main")
    assert left_of(page, ".crumbs a") > left_of(page, ".crumbs .i")
    assert page.evaluate(SCALE, ".crumbs .i") == "-1 1"
    phone = visitor(hebrew.admin, 390).open("/").page
    assert left_of(phone, ".mbar [popovertarget]") > 300
    portal = visitor(hebrew.pat.user).open("/portal/").page
    assert left_of(portal, ".pnav a:first-child") > left_of(portal, ".pnav a:last-child")


def test_numbers_and_lines_over_time_are_not_mirrored(visitor: Any, hebrew: World) -> None:
    page = visitor(hebrew.admin).open("/").page
    assert page.evaluate(SCALE, ".spark") == "none"
    page.goto(page.url.rstrip("/") + KPI)
    page.wait_for_selector("[data-chart=trend] .plot.ready svg")
    ticks = page.locator("[data-chart=trend] .xtick text")
    assert ticks.first.bounding_box()["x"] < ticks.last.bounding_box()["x"]
