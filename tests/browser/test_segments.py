"""The counts of segments come after the page, once, and stay when the list is swapped."""

from typing import Any

import pytest

from tests.factories import make_deal, make_partner, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_segment_counts_come_after_the_page_and_outlive_a_swap(visitor: Any) -> None:
    partner = make_partner("Nordlys Data", external_id="NORD")
    make_deal(partner, won="2026-07-15")
    make_deal(partner, opened="2026-07-01")
    make_deal(partner, opened="2026-07-02")
    visit = visitor(make_user(staff_role="operations"), 1440).open("/deals/")
    page, asked = visit.page, []
    page.on("request", lambda request: asked.append(request.url))
    chips = page.locator("#list-segments a .tally")
    assert chips.all_inner_texts() == ["2", "0", "0", "0", "0", "3"]
    page.get_by_role("link", name="All 3").click()
    page.locator("#list-segments .on", has_text="All").wait_for()
    assert page.locator("#list tbody tr").count() == 3
    assert chips.all_inner_texts() == ["2", "0", "0", "0", "0", "3"]
    assert [url for url in asked if "part=counts" in url] == []
    assert visit.complaints() == []


def test_all_columns_but_the_first_can_be_taken_away(visitor: Any) -> None:
    make_deal(make_partner("Nordlys Data"), opened="2026-07-01")
    visit = visitor(make_user(staff_role="operations"), 1440).open("/deals/?cols=name,stage")
    page = visit.page
    page.locator("#list-columns summary").click()
    page.uncheck("#column-stage")
    page.wait_for_url("**cols=name")
    page.locator("#list th", has_text="Stage").wait_for(state="detached")
    assert page.locator("#list thead th").count() == 1
