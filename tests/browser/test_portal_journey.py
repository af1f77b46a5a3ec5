"""A partner on a phone gets a mailed link, sees where it stands, and finds one deal."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from kpis.engine.rebuild import rebuild
from kpis.services import set_target
from prm.common import periods
from prm.common.config import program
from tests.factories import make_event, make_stage
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = 390


@pytest.fixture
def story(world: World) -> World:
    stage = make_stage("proposal", order=2)
    make_stage("qualified", order=1)
    type(world.deal).objects.filter(pk=world.deal.pk).update(
        stage=stage, expected_close_on=date(2026, 7, 31)
    )
    make_event(world.deal, "2026-07-01", stage=stage, amount=Decimal(1000), currency="EUR")
    quarter = periods.current("quarter", timezone.now(), program())
    set_target(
        "partner_sourced_revenue", f"partner:{world.acme.public_id}", quarter.key, Decimal(9000),
        by=world.admin, now=quarter.starts_at,
    )  # fmt: skip
    rebuild(timezone.now())
    return world


def mailed_link(laptop: Any, mailoutbox: list[Any]) -> str:
    """Ask for a page at the laptop, then for a mail; the path of its link."""
    page = laptop.open("/portal/deals/").page
    page.click("text=E-mail me a sign-in code")
    page.fill("#id_email", "pat@example.com")
    page.get_by_role("button", name="Send code").click()
    page.wait_for_url("**/confirm/**")
    link = next(line for line in mailoutbox[0].body.splitlines() if "/login/link/#" in line)
    return link[link.index("/accounts/") :]


def test_a_partner_on_a_phone_gets_a_link_sees_where_it_stands_and_finds_a_deal(
    visitor: Any, story: World, mailoutbox: list[Any], pictures: Path
) -> None:
    laptop, phone = visitor(None), visitor(None, PHONE, has_touch=True, is_mobile=True)
    visit = phone.open(mailed_link(laptop, mailoutbox))
    page = visit.page
    assert "#" not in page.url
    page.screenshot(path=pictures / "1-link.png")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("text=Sign in as")  # asked for on another device
    page.screenshot(path=pictures / "2-who.png")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/portal/deals/")  # the page that the laptop asked for
    page.screenshot(path=pictures / "3-deals.png", full_page=True)

    tabs = page.get_by_role("navigation", name="Tabs")
    tabs.get_by_role("link", name="Home").click()
    page.wait_for_url("**/portal/")
    page.wait_for_load_state("networkidle")
    hero = page.locator(".hero")
    assert "has been Gold since Jan 2020" in hero.inner_text()
    assert "€9k" in hero.inner_text()
    assert hero.get_by_role("img").count() == 1
    steps = page.locator(".todo").first
    assert "Say when Open one will close" in steps.inner_text()
    page.screenshot(path=pictures / "4-home.png", full_page=True)
    assert visit.complaints() == []

    steps.get_by_role("link", name="Open").first.click()
    page.wait_for_url("**/portal/deals/*/")
    assert page.locator("h1").inner_text() == "Open one"
    assert page.locator(".steps [aria-current=step]").inner_text() == "Proposal"
    page.screenshot(path=pictures / "5-deal.png", full_page=True)
    assert visit.complaints() == []

    for name, found in (("People", "pat@example.com"), ("Company", "Ana Manager")):
        tabs.get_by_role("link", name=name).click()
        page.wait_for_load_state("networkidle")
        assert found in page.locator("main").inner_text()
        page.screenshot(path=pictures / f"6-{name.lower()}.png", full_page=True)
        assert visit.complaints() == []


def test_the_timeline_of_a_partner_grows_in_place_and_keeps_the_focus(
    visitor: Any, story: World
) -> None:
    for day in range(1, 29):
        make_event(story.deal, f"2026-08-{day:02}")
        type(story.deal).objects.create(
            partner=story.acme, name=f"Deal {day}", currency="EUR",
            opened_at=timezone.now(), amount=1,
        )  # fmt: skip
    visit = visitor(story.ana).open(story.acme.get_absolute_url())
    page = visit.page
    before = page.locator("#timeline li").count()
    page.get_by_role("link", name="Show older").click()
    page.locator("#timeline li").nth(before).wait_for()
    assert page.url.endswith(story.acme.get_absolute_url())
    assert page.evaluate("document.activeElement.className") == "timeline"
    page.get_by_role("link", name="Company", exact=True).click()
    page.wait_for_selector("#timeline >> text=Became a partner")
    assert page.locator("#timeline [aria-current]").inner_text() == "Company"
    assert page.title() == "Acme · PRM"
    assert visit.complaints() == []


def test_a_deal_moves_by_keyboard_alone(visitor: Any, story: World) -> None:
    visit = visitor(story.ana).open("/deals/board/")
    page = visit.page
    page.locator(".move summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#deal-*")
    assert "Open one is in Qualified now." in page.locator("#messages").inner_text()
    story.deal.refresh_from_db()
    assert story.deal.stage.key == "qualified"
    assert visit.complaints() == []


def test_a_decision_that_cannot_be_stands_open_with_its_summary(visitor: Any, story: World) -> None:
    visit = visitor(story.ana).open(story.deal.get_absolute_url())
    page = visit.page
    page.get_by_role("button", name="Mark as won").click()
    page.fill("#win_closed_on", "2999-01-01")
    page.locator("#win button[type=submit]").click()
    page.wait_for_selector("dialog[open] .errsum")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    assert page.title().startswith("Error:")
