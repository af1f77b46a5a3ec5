"""On paper: light, without chrome and controls, tables open, cards and rows whole."""

from typing import Any

import pytest

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
