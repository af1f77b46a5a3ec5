"""Everything but drawn charts and the palette works where no script runs."""

from typing import Any

import pytest

from prm.common import access
from tests.browser.test_pages import objects_of, pages_of, story, user_of
from tests.factories import make_deal
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["story"]


def without_script(visitor: Any, user: Any, **more: Any) -> Any:
    """A window in which no script runs."""
    return visitor(user, java_script_enabled=False, **more)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["admin", "pat"])
def test_every_page_opens_and_shows_nothing_that_needs_a_script(
    who: str, visitor: Any, story: World
) -> None:
    user = user_of(story, who)
    window = without_script(visitor, user)
    wrong = {}
    for path in pages_of(access.actor_for(user), objects_of(story, user)):
        visit = window.open(path)
        found = [*visit.errors, *visit.page.evaluate("probes.dead()")]
        if visit.status != 200 or found:
            wrong[path] = (visit.status, found)
        visit.page.close()
    assert wrong == {}


def test_a_list_is_searched_filtered_sorted_and_turned(visitor: Any, story: World) -> None:
    for number in range(30):
        make_deal(story.acme, name=f"Deal {number:02}", customer=story.customer)
    page = without_script(visitor, story.admin).open("/deals/").page
    page.fill("[data-search]", "deal")
    page.get_by_role("button", name="Search").click()
    assert "q=deal" in page.url
    page.get_by_text("Add filter").click()
    page.select_option("#filter-state", "all")
    page.get_by_role("button", name="Show these").first.click()
    assert "state=all" in page.url
    page.get_by_role("link", name="Deal", exact=True).click()
    assert "sort=" in page.url
    first = page.locator("#list tbody th").first.inner_text()
    page.get_by_role("link", name="Next").click()
    assert page.locator("#list tbody th").first.inner_text() != first
    page.locator("#list-columns summary").click()
    page.uncheck("#column-stage")
    page.locator("#list-columns").get_by_role("button", name="Show these").click()
    assert "cols=" in page.url
    assert page.get_by_role("columnheader", name="Stage").count() == 0


def test_the_navigation_of_a_phone_opens(visitor: Any, story: World) -> None:
    page = without_script(visitor, story.ana, width=390).open("/").page
    menu = page.get_by_role("link", name="Deals", exact=True)
    assert not menu.is_visible()
    page.get_by_role("button", name="Open navigation").click()
    menu.click()
    page.wait_for_url("**/deals/")


def test_the_link_of_the_palette_leads_to_the_search_page(visitor: Any, story: World) -> None:
    page = without_script(visitor, story.ana).open("/").page
    page.locator(".searchbtn").click()
    page.wait_for_url("**/search/")
    page.fill("main input[name=q]", "acm")
    page.keyboard.press("Enter")
    page.locator("#found").get_by_role("link", name="Acme").first.click()
    assert page.title().startswith("Acme")


def test_the_theme_follows_the_system(visitor: Any, story: World) -> None:
    window = without_script(visitor, story.ana, theme="", color_scheme="dark")
    page = window.open("/").page
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 15, 18)"
    assert page.locator("[data-act=theme]:visible").count() == 0


def test_a_wrong_form_comes_back_with_what_is_to_be_fixed(visitor: Any, story: World) -> None:
    page = without_script(visitor, story.ana).open(f"/deals/{story.deal.public_id}/edit/").page
    page.fill("#id_amount", "a lot")
    page.get_by_role("button", name="Save deal").click()
    assert page.get_by_text("There is 1 thing to fix").is_visible()
    assert page.input_value("#id_amount") == "a lot"


def test_a_figure_is_read_for_another_part_and_period(visitor: Any, story: World) -> None:
    page = without_script(visitor, story.ana).open("/kpis/win_rate/").page
    page.select_option("[name=scope]", label="DACH")
    page.get_by_role("button", name="Apply").click()
    assert "scope=region" in page.url
    page.get_by_role("link", name="Year", exact=True).click()
    assert "scope=region" in page.url
    assert "period=" in page.url
