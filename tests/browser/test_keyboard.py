"""The main ways of both faces with the keyboard alone; the focus is always seen."""

from typing import Any

import pytest

from tests.browser import looks
from tests.browser.test_pages import story, user_of
from tests.factories import make_deal
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["story"]
TOUCH = {"width": 390, "has_touch": True, "is_mobile": True}


def tab_to(page: Any, selector: str, limit: int = 150) -> None:
    """Press Tab until the focus stands on what is meant."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


FACES = [
    ("ana", "/"),
    ("ana", "/partners/"),
    ("ana", "/deals/board/"),
    ("ana", "/kpis/win_rate/"),
    ("pat", "/portal/"),
    ("pat", "/portal/deals/"),
]


@pytest.mark.parametrize("screen", [{}, TOUCH], ids=["desk", "phone"])
def test_the_focus_is_always_seen(screen: dict[str, Any], visitor: Any, story: World) -> None:
    for number in range(12):
        make_deal(story.acme, name=f"Deal {number}", customer=story.customer)
    wrong = {}
    for who, path in FACES:
        visit = visitor(user_of(story, who), **screen).open(path)
        visit.resize(screen.get("width", 1440), 640)
        stops, found = looks.focus_walk(visit.page)
        assert len(stops) >= 8
        if found:
            wrong[path] = found
        visit.page.close()
    assert wrong == {}


def test_the_first_stop_skips_to_the_content(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open("/partners/").page
    page.focus(".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('#main')")


def test_a_person_signs_in(visitor: Any, story: World) -> None:
    page = visitor(None).open("/accounts/login/").page
    page.focus(".skip")
    tab_to(page, "#id_login")
    page.keyboard.type("ana@example.com")
    tab_to(page, "#id_password")
    page.keyboard.type("secret-pass-1")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=/./")
    page.wait_for_url(lambda url: "login" not in url)


def test_the_palette_opens_closes_and_gives_the_focus_back(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open("/deals/").page
    tab_to(page, ".searchbtn")
    page.keyboard.press("Enter")
    page.wait_for_selector("#palette[open] #jump-to a")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    assert page.locator("#palette[open]").count() == 0
    assert page.evaluate("document.activeElement.className") == "searchbtn"


def test_slash_goes_to_the_search_of_a_list_that_is_sorted_and_opened(
    visitor: Any, story: World
) -> None:
    page = visitor(story.admin).open("/partners/").page
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "list-search"
    page.keyboard.type("acme")
    page.wait_for_function("() => document.querySelectorAll('#list tbody tr').length === 1")
    tab_to(page, "#sort-name")
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=**")
    page.wait_for_selector("[aria-sort] #sort-name")
    assert page.evaluate("document.activeElement.id") == "sort-name"
    tab_to(page, f"[href='{story.acme.get_absolute_url()}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{story.acme.get_absolute_url()}")


def test_a_filter_is_chosen_in_its_menu(visitor: Any, story: World) -> None:
    visit = visitor(story.admin).open("/deals/")
    page = visit.page
    page.focus("#list-search")
    tab_to(page, "#list-filters summary")
    page.keyboard.press("Enter")
    tab_to(page, "#filter-state")
    page.keyboard.press("w")  # a choice of a list is reached by its first letter
    page.wait_for_url("**state=won**")
    visit.settle()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.localName") == "summary"


def test_a_dialog_gives_the_focus_back_to_its_button(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open(story.deal.get_absolute_url()).page
    page.focus("#main")
    tab_to(page, "[commandfor=win]")
    page.keyboard.press("Enter")
    assert page.locator("dialog#win[open]").count() == 1
    assert page.evaluate("!!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.textContent.trim()") == "Mark as won"


def test_the_period_is_switched(visitor: Any, story: World) -> None:
    page = visitor(story.ana).open("/").page
    page.focus("#main")
    tab_to(page, ".seg a:last-child")
    page.keyboard.press("Enter")
    page.wait_for_url("**period=**")
    assert page.locator(".seg [aria-current]").first.inner_text() == "Year"


def test_an_import_begins(visitor: Any, story: World, tmp_path: Any, settings: Any) -> None:
    settings.PRM_FILES = tmp_path / "files"
    file = tmp_path / "customers.csv"
    file.write_text("Customer,Country\nVandelay,DE\n")
    page = visitor(story.admin).open("/imports/new/?resource=customer").page
    page.focus("#main")
    tab_to(page, "#id_file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(str(file))
    tab_to(page, "#id_source")
    page.keyboard.type("crm")
    tab_to(page, "main [type=submit].primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#preview")
    tab_to(page, "main [type=submit].primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You can leave this page")
