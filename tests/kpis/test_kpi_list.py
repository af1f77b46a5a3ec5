"""The list of KPIs: a list like any other, made in memory."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kpis.definitions import KPIS
from kpis.engine.rebuild import rebuild
from kpis.kpi_list import STANDINGS
from kpis.services import set_target
from prm.common import config
from prm.common.models import SavedView
from tests.factories import make_deal, make_partner, make_user
from tests.world import World

NOW = datetime(2026, 10, 20, 10, tzinfo=UTC)
Q3 = "?period=2026-Q3"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(world: World) -> Client:
    rebuild(NOW)
    client = Client()
    client.force_login(world.admin)
    return client


def page(desk: Client, query: str = "") -> str:
    response = desk.get(reverse("kpis:kpi_list") + query)
    assert response.status_code == 200
    return response.content.decode()


def names(desk: Client, query: str) -> list[str]:
    response = desk.get(reverse("kpis:kpi_list") + query + "&export=csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return [line.split(",")[0] for line in text.splitlines()[1:]]


def targets(world: World, **wanted: str) -> None:
    for key, value in wanted.items():
        set_target(key, "program", "2026-Q3", Decimal(value), by=world.admin, now=NOW)


def test_all_kpis_stand_by_pillar_in_the_order_of_their_declaration(desk: Client) -> None:
    html = page(desk)
    assert f"{len(KPIS)} KPIs" in html
    groups = [html.index(f'<th scope="rowgroup" colspan="6">{name}<') for name in
              ("Strategize", "Recruit", "Sell", "Enable", "Accelerate")]  # fmt: skip
    assert groups == sorted(groups)
    assert html.index("Active partners") < html.index("Net partner growth") < groups[1]


def test_pillar_and_search_narrow_the_list(desk: Client) -> None:
    assert "Active partners" not in names(desk, "?pillar=sell")
    assert "Win rate" in names(desk, "?pillar=sell")
    assert names(desk, "?q=concentration") == ["Revenue concentration"]
    html = page(desk, "?q=nothing+like+this&period=2026-Q3")
    assert "No KPIs match" in html
    assert 'href="?period=2026-Q3"' in html  # the way out keeps the period


def test_status_finds_what_is_behind_its_target(desk: Client, world: World) -> None:
    targets(world, partner_sourced_revenue="5e9", partner_sourced_share="0.01", win_rate="0.99")
    behind = names(desk, Q3 + "&status=behind")
    assert "Partner-sourced revenue" in behind
    assert "Partner-sourced share" not in behind
    assert names(desk, Q3 + "&status=good") == ["Partner-sourced share"]
    assert "Active partners" in names(desk, Q3 + "&status=unrated")


@pytest.mark.parametrize("query", [Q3, "?period=2026-Q4"])
def test_a_row_says_its_status_in_the_words_of_the_filter(
    desk: Client, world: World, query: str
) -> None:
    goals = {"partner_sourced_revenue": "5e9", "partner_sourced_share": "0.01", "win_rate": "0.99"}
    for key, value in goals.items():
        for period in ("2026-Q3", "2026-Q4"):
            set_target(key, "program", period, Decimal(value), by=world.admin, now=NOW)
    seen = []
    for key, label in STANDINGS.items():
        response = desk.get(reverse("kpis:kpi_list") + f"{query}&status={key}")
        words = [row.word for row in response.context["page"].rows]
        seen += words
        assert all(str(label).lower() in word.lower() for word in words), (label, words)
        assert all(word in response.content.decode() for word in words)
    assert len(seen) == len(KPIS)


def test_by_status_comes_first_what_needs_a_look_and_last_what_is_not_rated(
    desk: Client, world: World
) -> None:
    targets(world, partner_sourced_revenue="5e9", partner_sourced_share="0.01")
    by_status = names(desk, Q3 + "&sort=status")
    assert by_status[0] == "Partner-sourced revenue"
    assert by_status[1] == "Partner-sourced share"
    assert names(desk, Q3 + "&sort=-name") == sorted(names(desk, Q3), key=str.lower, reverse=True)


def test_the_file_has_the_seen_columns_and_the_links_keep_the_period(desk: Client) -> None:
    response = desk.get(reverse("kpis:kpi_list") + Q3 + "&cols=name,value&export=csv")
    head, *lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert head == "KPI,Value,Unit"
    units = {line.split(",")[0]: line.split(",")[-1] for line in lines}
    assert units["Partner-sourced revenue"] == config.program().currency
    assert units["Win rate"] == "share"
    html = page(desk, Q3 + "&pillar=sell")
    assert 'href="?period=2026-Q3&amp;pillar=sell&amp;sort=name"' in html
    assert '<input type="hidden" name="period" value="2026-Q3">' in html


def test_the_file_has_no_column_of_drawings(desk: Client) -> None:
    response = desk.get(reverse("kpis:kpi_list") + Q3 + "&export=csv")
    head = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()[0]
    assert head.endswith("Compared with,Target,Status")
    assert "Trend" in page(desk, Q3)


def test_a_saved_view_of_the_kpis_holds_no_period(desk: Client) -> None:
    desk.post(
        reverse("views:view_save"),
        {"list_key": "kpis", "name": "Behind", "query": "status=behind&period=2026-Q3"},
    )
    assert SavedView.objects.get().query == "status=behind"
    assert "Behind" in page(desk)


def test_the_list_costs_the_same_for_one_and_for_many_partners(
    desk: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    def cost() -> int:
        with django_assert_max_num_queries(45) as captured:
            page(desk, Q3)
        return len(captured.captured_queries)

    page(desk, Q3)
    first = cost()
    for _ in range(20):
        make_deal(make_partner(type="reseller"), won="2026-07-15")
    rebuild(NOW)
    assert cost() == first


def test_the_page_counts_its_segments_itself(client: Client) -> None:
    client.force_login(make_user(staff_role="operations"))
    page: Any = client.get("/kpis/")
    html = page.content.decode()
    assert "part=counts" not in html
    assert "hx-preserve" not in html
    counts = [one.count for one in page.context["page"].segments]
    assert counts
    assert all(count.isdigit() for count in counts)
    assert all(f">{count}</span>" in html for count in counts)
