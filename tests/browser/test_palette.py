"""The palette: what Enter opens."""

from typing import Any

import pytest

from tests.factories import make_partner, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_enter_right_after_typing_opens_nothing_that_was_found_before(visitor: Any) -> None:
    make_partner("Acme Systems")
    visit = visitor(make_user(staff_role="operations"), 1440).open("/deals/")
    page = visit.page
    page.keyboard.press("Control+k")
    page.locator("#jump-to a").first.wait_for()
    page.keyboard.type("acme")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=acme")
    assert page.locator("#found", has_text="Acme Systems").count() == 1


def test_enter_opens_the_first_hit_once_it_has_come(visitor: Any) -> None:
    partner = make_partner("Acme Systems")
    visit = visitor(make_user(staff_role="operations"), 1440).open("/deals/")
    page = visit.page
    page.keyboard.press("Control+k")
    page.keyboard.type("acme")
    page.locator("#jump-to a", has_text="Acme Systems").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{partner.get_absolute_url()}")
