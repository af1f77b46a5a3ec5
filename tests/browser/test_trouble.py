"""A part of a page that cannot be had says so where it was to be; nothing fails in silence."""

from typing import Any

import pytest

from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BROKEN = "<html><body><p data-advice>The problem is on our side.</p></body></html>"


def test_a_card_that_fails_names_itself_and_tries_again(world: World, visitor: Any) -> None:
    page = visitor(world.admin).open("/").page
    address = page.get_attribute("[aria-labelledby=attention-title] [hx-get]", "hx-get")
    page.route(
        f"**{address}",
        lambda route: route.fulfill(status=500, body=BROKEN, content_type="text/html"),
    )
    page.reload()
    card = page.locator("[aria-labelledby=attention-title]")
    card.get_by_text("Needs attention didn’t load").wait_for()
    assert "The problem is on our side." in card.inner_text()
    assert "The rest of this page is from" in card.inner_text()
    page.unroute(f"**{address}")
    card.get_by_role("button", name="Try again").click()
    card.locator("#attention, .feed, .pad").first.wait_for()
    assert "didn’t load" not in card.inner_text()


def test_a_list_that_cannot_be_reached_stays_and_says_so(world: World, visitor: Any) -> None:
    page = visitor(world.admin).open("/partners/").page
    rows = page.locator("#list tbody tr").count()
    page.route("**/partners/?*", lambda route: route.abort("internetdisconnected"))
    page.fill("#list-search", "acme")
    page.locator("#trouble").get_by_text("no connection").wait_for()
    assert page.locator("#list tbody tr").count() == rows
    page.unroute("**/partners/?*")
    page.locator("#trouble").get_by_role("button", name="Try again").click()
    page.wait_for_url("**q=acme**")
    assert page.locator("#trouble .note").count() == 0


def test_a_list_that_breaks_keeps_its_rows(world: World, visitor: Any) -> None:
    page = visitor(world.admin, width=390).open("/partners/").page
    page.route(
        "**/partners/?*",
        lambda route: route.fulfill(status=503, body=BROKEN, content_type="text/html"),
    )
    page.fill("#list-search", "acme")
    page.locator("#trouble").get_by_text("The problem is on our side.").wait_for()
    assert page.locator("#list tbody tr").count()


def test_a_session_that_ended_leads_to_sign_in_and_back(world: World, visitor: Any) -> None:
    guest = visitor(world.admin)
    page = guest.open("/partners/?sort=-name").page
    guest.context.clear_cookies()
    page.fill("#list-search", "acme")
    page.wait_for_url("**/accounts/login/?next=/partners/**")
