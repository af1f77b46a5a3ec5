"""Rows behind a figure are found by name and side, and say what they add up to."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis.engine.rebuild import rebuild
from tests.factories import make_deal
from tests.kpis.test_pages import NOW, desk, lines, page
from tests.world import World

pytestmark = pytest.mark.django_db
__all__ = ["desk"]  # the fixture


def test_rows_are_found_by_partner_deal_and_side_and_say_what_they_add_up_to(
    desk: Client, world: World
) -> None:
    make_deal(None, won="2026-07-16", amount=50, name="100% direct_one")
    rebuild(NOW)
    asked = "?period=2026-Q3&export=csv"

    def deals(kpi: str, query: str) -> list[str]:
        return [line.split(",")[2] for line in lines(desk, "kpis:kpi_rows", kpi, query=query)[1:]]

    assert deals("partner_sourced_revenue", asked + "&q=acme") == ["Won one"]
    assert deals("partner_sourced_revenue", asked + "&q=WON+ONE") == ["Won one"]
    share = f"{asked}&part=denominator"
    assert deals("partner_sourced_share", f"{share}&side=direct&q=100%25") == ["100% direct_one"]
    assert deals("partner_sourced_share", f"{share}&side=direct&q=1%25d") == []
    assert "100% direct_one" not in deals("partner_sourced_share", f"{share}&side=partner")
    html = page(desk, "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3&q=acme")
    assert "The rows found add up to €1,000.00 of €1,000,000,937.00." in html
    assert "1 row<" in html
    nothing = page(desk, "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3&q=xyz")
    assert "No rows match" in nothing


def test_a_link_past_the_last_page_shows_the_last_one(desk: Client) -> None:
    rebuild(NOW)
    last = page(desk, "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3&page=99")
    assert "Won one" in last
    assert "Nothing happened in this period" not in last


def test_a_narrowed_page_scans_the_facts_as_often_as_a_whole_one(desk: Client) -> None:
    def scans(query: str) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            page(desk, "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3" + query)
        return [one["sql"] for one in seen.captured_queries if ") AS row" in one["sql"]]

    for query in ("", "&q=acme", "&side=partner"):
        found = scans(query)
        assert len(found) == 2, query
        assert sum("ORDER BY" in sql for sql in found) == 1, query
