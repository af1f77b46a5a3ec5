"""Who reads which names: rankings, breakdowns, top lists, and the file of rows."""

from decimal import Decimal
from typing import Any

import pytest

from kpis import values
from kpis.engine.rebuild import rebuild
from partners.models import DealAdjustment
from prm.common import access
from tests.factories import at, make_deal, make_partner, make_rate
from tests.kpis.test_pages import NOW, client_of, lines, page, today  # noqa: F401
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.mark.parametrize("limit", [1, 50])
def test_a_manager_sees_own_partners_however_many_foreign_ones_are_larger(
    world: World, limit: int
) -> None:
    for number in range(61):
        make_deal(make_partner(f"Large {number}"), won="2026-07-15", amount=5000 + number)
    rebuild(NOW)
    html = page(client_of(world.ana), "kpis:overview", query="?period=2026-Q3")
    assert "Acme" in html
    found = values.breakdown(
        "partner_sourced_revenue", by="partner", period="2026-Q3", now=NOW,
        actor=access.actor_for(world.ana), limit=limit,
    )  # fmt: skip
    assert [part.label for part in found] == ["Acme"]


def test_a_ranking_names_own_partners_with_their_rank_among_all(world: World) -> None:
    rebuild(NOW)
    for user, named, hidden in (
        (world.admin, [(1, "Globex zq7f3a-partner-name"), (2, "Acme")], (0, 0)),
        (world.ana, [(2, "Acme")], (1, 999999937)),
    ):
        found = values.value(
            "top_partners_by_type", period="2026-Q3", now=NOW, actor=access.actor_for(user)
        )
        (item,) = found.items or []
        assert [(one["rank"], one["name"]) for one in item["partners"]] == named
        assert (item["hidden"]["partners"], item["hidden"]["net"]) == hidden
    html = page(
        client_of(world.ana), "kpis:kpi_detail", "top_partners_by_type", query="?period=2026-Q3"
    )
    assert "zq7f3a" not in html
    assert "1 more partner is outside your portfolio; it brought €1.00B." in html


def test_a_file_of_a_ranking_names_own_partners_and_sums_up_the_others(world: World) -> None:
    rebuild(NOW)
    at_page = ("kpis:kpi_detail", "top_partners_by_type")
    for by in ("", "&by=type"):
        found = lines(client_of(world.ana), *at_page, query=f"?period=2026-Q3&export=csv{by}")
        assert found == [
            "Type,Rank,Partner,Net revenue,Currency",
            "reseller,2,Acme,1000.00,EUR",
            "reseller,,1 other partner,999999937.00,EUR",
        ]
    html = page(client_of(world.ana), *at_page, query="?period=2026-Q3")
    assert 'href="?period=2026-Q3&amp;export=csv"' in html


def test_a_file_of_a_ranking_without_revenue_holds_its_heads(world: World) -> None:
    rebuild(NOW)
    found = lines(
        client_of(world.admin), "kpis:kpi_detail", "top_partners_by_type",
        query="?period=2020-Q1&export=csv",
    )  # fmt: skip
    assert found == ["Type,Rank,Partner,Net revenue,Currency"]


def test_without_a_reader_a_ranking_names_nobody(world: World) -> None:
    rebuild(NOW)
    (item,) = values.value("top_partners_by_type", period="2026-Q3", now=NOW).items or []
    assert (item["partners"], item["active"]) == ([], 2)


def test_a_file_of_rows_lists_each_row_once_with_amounts_of_its_own_currency(
    world: World, django_assert_max_num_queries: Any
) -> None:
    make_rate("USD", "2020-01-01", "0.5")
    deal = make_deal(world.acme, won="2026-07-16", amount=1000, name="In euros")
    DealAdjustment.objects.create(
        deal=deal, at=at("2026-07-20"), kind="refund", amount=Decimal(-40), currency="USD"
    )
    for _ in range(50):
        make_deal(world.acme, won="2026-07-16", amount=1000, name="All alike")
    rebuild(NOW)
    admin = client_of(world.admin)
    with django_assert_max_num_queries(12):
        csv = lines(
            admin, "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3&export=csv"
        )
    assert csv[0] == "Day,Partner,Deal,Original amount,Currency,Rate,Counts"
    assert len(csv) == 1 + 2 + 51 + 1
    first = csv[1].split(",")
    assert (first[0], *first[3:]) == (
        "2026-07-20", "-40.0000", "USD", "0.5000000000", "-20.0000",
    )  # fmt: skip


def test_no_rows_say_why_and_speak_of_portfolios_only_to_whom_has_one(world: World) -> None:
    rebuild(NOW)
    desk = client_of(world.admin)
    asked = "?period=2020-Q1"
    html = page(desk, "kpis:kpi_rows", "partner_sourced_revenue", query=asked)
    assert "Nothing happened in this period that counts for this figure." in html
    assert "portfolio" not in html
    make_deal(make_partner("Foreign"), won="2020-02-01", opened="2020-01-01")
    rebuild(NOW)
    html = page(client_of(world.ana), "kpis:kpi_rows", "partner_sourced_revenue", query=asked)
    assert "All rows of this figure belong to partners outside your portfolio." in html
    assert "cannot be listed" not in html
    html = page(desk, "kpis:kpi_rows", "top_partners_by_type", query=asked)
    assert "This reading is not made of rows that can be listed." in html
