"""Pages of the KPIs: what they say, to whom, at what cost."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kpis.engine.rebuild import rebuild
from kpis.services import set_target
from prm.common import access
from tests.factories import (
    make_deal,
    make_login,
    make_member,
    make_partner,
    make_user,
)
from tests.world import World

NOW = datetime(2026, 8, 20, 10, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk(world: World) -> Client:
    rebuild(NOW)
    return client_of(world.admin)


def page(client: Client, name: str, *args: Any, query: str = "", status: int = 200) -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == status
    return response.content.decode()


def lines(client: Client, name: str, *args: Any, query: str = "") -> list[str]:
    response = client.get(reverse(name, args=args) + query)
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


def test_the_overview_shows_the_revenue_that_the_facts_give(desk: Client) -> None:
    html = page(desk, "kpis:overview", query="?period=2026-Q3")
    assert "€1.00B" in html  # 1,000 of Acme and 999,999,937 of Globex
    assert "Partners brought in €1.00B net so far" in html
    assert re.search(r"as of <time [^>]*>20 Aug 2026", html)


def test_the_overview_of_a_new_installation_says_how_to_begin(admin_of_nothing: Client) -> None:
    html = page(admin_of_nothing, "kpis:overview")
    assert "Connect your data" in html
    assert reverse("imports:import_list") in html


def test_a_manager_of_a_new_installation_is_offered_no_import(db: None) -> None:
    rebuild(NOW)
    manager = client_of(make_user(staff_role="channel_manager"))
    for name in ("kpis:overview", "partners:partner_list"):
        html = page(manager, name)
        assert reverse("imports:import_list") not in html
        assert "from a file to begin" not in html
        assert "Import files" not in html


@pytest.fixture
def admin_of_nothing(db: None) -> Client:
    rebuild(NOW)
    return client_of(make_user(staff_role="admin"))


def test_a_type_in_capitals_stays_in_capitals(world: World, desk: Client) -> None:
    make_deal(make_partner("Hosters", type="MSP"), won="2026-07-15", amount=3_000_000_000)
    rebuild(NOW)
    html = page(desk, "kpis:overview", query="?period=2026-Q3")
    assert "MSP partners bring most" in html
    assert "Msp partners" not in html


def test_a_wrong_period_in_the_address_shows_this_quarter(desk: Client) -> None:
    for nonsense in ("2026-Q9", "yesterday", "9999", "t12m:", "%00"):
        assert "Q3 2026" in page(desk, "kpis:overview", query=f"?period={nonsense}")


@pytest.mark.parametrize("period", ["2026-08", "2026-Q3", "2026", "t12m:2026-07", "2025-Q4"])
def test_every_kind_of_period_opens_everywhere(period: str, desk: Client) -> None:
    page(desk, "kpis:overview", query=f"?period={period}")
    page(desk, "kpis:kpi_list", query=f"?period={period}")
    page(desk, "kpis:kpi_detail", "win_rate", query=f"?period={period}")


def test_every_kpi_has_a_page_with_its_definition_in_every_reading(desk: Client) -> None:
    from kpis.definitions import KPIS

    for key, kpi in KPIS.items():
        for variant in kpi.variants:
            html = page(desk, "kpis:kpi_detail", key, query=f"?variant={variant}")
            assert str(kpi.question).replace("'", "&#x27;") in html


def test_an_unknown_kpi_and_a_foreign_partner_do_not_exist(world: World, desk: Client) -> None:
    page(desk, "kpis:kpi_detail", "no_such_kpi", status=404)
    ana = client_of(world.ana)
    scope = f"?scope=partner:{world.globex.public_id}"
    page(ana, "kpis:kpi_detail", "win_rate", query=scope, status=404)
    page(ana, "kpis:kpi_rows", "win_rate", query=scope, status=404)
    page(ana, "kpis:partner_panel", world.globex.public_id, status=404)
    page(ana, "kpis:kpi_detail", "win_rate", query=f"?scope=partner:{world.acme.public_id}")


def test_the_rows_add_up_to_the_figure(desk: Client) -> None:
    html = page(desk, "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3")
    assert "The figure is €1,000,000,937.00." in html
    assert "These rows add up to €1,000,000,937.00." in html
    csv = lines(
        desk, "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3&export=csv"
    )
    assert len(csv) == 3
    total = sum(Decimal(line.split(",")[6]) for line in csv[1:])
    assert total == Decimal("1000000937")


def test_rows_are_ordered_paged_and_taken_along_as_a_workbook(desk: Client) -> None:
    asked = "?period=2026-Q3&part=numerator"
    html = page(desk, "kpis:kpi_rows", "partner_sourced_revenue", query=asked + "&sort=amount")
    assert html.index(">Won one<") < html.index("zq7f3a-customer")
    assert f'href="{asked.replace("&", "&amp;")}&amp;sort=-amount"' in html
    assert 'aria-sort="ascending"' in html
    largest = lines(
        desk, "kpis:kpi_rows", "partner_sourced_revenue", query=asked + "&sort=-amount&export=csv"
    )
    assert largest[1].split(",")[6] == "999999937.0000"
    url = reverse("kpis:kpi_rows", args=["partner_sourced_revenue"]) + asked
    assert "spreadsheetml" in desk.get(url + "&export=xlsx")["Content-Type"]
    assert page(desk, "kpis:kpi_rows", "win_rate", query="?sort=x&size=7&page=0")


def test_rows_outside_the_portfolio_are_summed_but_not_named(world: World, desk: Client) -> None:
    html = page(
        client_of(world.ana), "kpis:kpi_rows", "partner_sourced_revenue", query="?period=2026-Q3"
    )
    assert "zq7f3a" not in html
    assert ">1 row<" in html  # not 2: the other one is not shown
    assert (
        "The rows that you see add up to €1,000.00; with 1 more, of a partner outside your"
        " portfolio, it is €1,000,000,937.00."
    ) in html


@pytest.mark.parametrize(
    ("key", "says"),
    [
        # Acme and Globex won one deal each, no direct one; 1,000,000,937 / 2
        ("average_deal_size", "The figure: €1,000,000,937.00 ÷ 2 = €500M."),
        ("win_rate", "The figure: 2 ÷ 2 = 100.0%."),
        ("net_partner_growth", "The figure: 2 − 2 = 0."),
        ("time_to_close", "it is worked out from the rows, not added up."),
    ],
)
def test_the_rows_say_how_the_figure_comes_from_its_parts(
    key: str, says: str, desk: Client
) -> None:
    assert says in page(desk, "kpis:kpi_rows", key, query="?period=2026-Q3")


def test_one_of_one_is_a_share_and_not_the_number_one(world: World, desk: Client) -> None:
    asked = f"?period=2026-Q3&scope=partner:{world.acme.public_id}"
    assert "The figure: 1 ÷ 1 = 100.0%." in page(desk, "kpis:kpi_rows", "win_rate", query=asked)


def test_the_top_partners_name_only_the_own_portfolio(world: World, desk: Client) -> None:
    html = page(client_of(world.ana), "kpis:overview", query="?period=2026-Q3")
    assert "Acme" in html
    assert "zq7f3a" not in html
    html = page(
        client_of(world.ana), "kpis:kpi_detail", "partner_sourced_revenue",
        query="?period=2026-Q3&by=partner",
    )  # fmt: skip
    assert "zq7f3a" not in html


def test_the_trend_is_exported_with_its_parts(desk: Client) -> None:
    csv = lines(desk, "kpis:kpi_detail", "win_rate", query="?period=2026-08&export=csv")
    assert csv[0].startswith("period,starts_on,value,numerator,denominator,n,target")
    assert len(csv) == 13
    assert csv[-2].startswith("2026-07,2026-07-01,1.0,2,2,2")


def test_the_breakdown_is_exported(desk: Client) -> None:
    csv = lines(
        desk, "kpis:kpi_detail", "partner_sourced_revenue",
        query="?period=2026-Q3&by=partner&export=parts",
    )  # fmt: skip
    assert csv[0] == "part,value,numerator,denominator,n,ci_low,ci_high,reason"
    assert csv[1].startswith("Globex zq7f3a-partner-name,999999937")


def test_a_target_brings_its_status_to_the_tile(desk: Client, world: World) -> None:
    set_target(
        "partner_sourced_revenue", "program", "2026-Q3", Decimal("2e9"), by=world.admin, now=NOW
    )
    html = page(desk, "kpis:overview", query="?period=2026-Q3")
    assert "50% of €2.00B target" in html
    assert "behind target pace" in html


def test_the_portal_home_shows_own_figures_and_deals_only(world: World) -> None:
    rebuild(NOW)
    html = page(client_of(world.pat.user), "kpis:portal_home")
    assert "Acme" in html
    assert "Open one" in html
    assert "€1k" in html
    assert "zq7f3a" not in html
    assert "irect" not in html  # nothing compares with direct business


def test_the_portals_revenue_file_is_the_own_companys(world: World) -> None:
    rebuild(NOW)
    csv = lines(client_of(world.pat.user), "kpis:portal_trend")
    assert csv[-2].startswith("2026-07,2026-07-01,1000")


def test_partners_people_read_no_aggregates(world: World) -> None:
    client = client_of(world.pat.user)
    assert page(client, "kpis:overview", status=302) == ""  # led to the portal
    for name, args in (
        ("kpis:kpi_list", []),
        ("kpis:kpi_detail", ["win_rate"]),
        ("kpis:kpi_rows", ["win_rate"]),
        ("kpis:partner_panel", [world.globex.public_id]),
    ):
        page(client, name, *args, status=403)


def test_pages_cost_the_same_for_one_and_for_many_partners(
    world: World, django_assert_max_num_queries: Any
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            partner = make_partner(type="reseller", tier="gold", region="DACH", manager=world.ana)
            make_deal(partner, won="2026-07-15")
            make_deal(partner)
            make_login(make_member(partner), "2026-07-20")
        rebuild(NOW)

    def cost(ceiling: int, name: str, *args: Any, query: str = "") -> int:
        client = client_of(world.admin)
        with django_assert_max_num_queries(ceiling) as captured:
            page(client, name, *args, query=query)
        return len(captured.captured_queries)

    asked: list[tuple[Any, ...]] = [
        (36, "kpis:overview"),
        # beside the sales KPIs' 31: applications decided and agreements signed (2), whether fit
        # scores and costs are there at all (2), attainment and moves of tiers (2), whether rules
        # are published (1), the unread news of the bell (1), the settings behind their time (1)
        # onboarding's steps and starts (3), contracts and who came back (2), how long they last,
        # silence and people with their earlier values (4), visits and whether there are any (2)
        (52, "kpis:kpi_list"),
        (22, "kpis:kpi_detail", "partner_sourced_revenue"),
        # one for each thing that can wait: checks, own tasks, registrations, applications,
        # requests for access, the network, data problems; person, session, settings (2), bell (1)
        (12, "kpis:attention"),
        (20, "kpis:partner_panel", world.acme.public_id),
    ]
    fill(1)
    first = [cost(*one) for one in asked]
    year = cost(55, "kpis:overview", query="?period=2026")
    fill(20)
    assert [cost(*one) for one in asked] == first
    assert cost(55, "kpis:overview", query="?period=2026") == year


def test_every_route_of_the_kpis_is_declared() -> None:
    from kpis.urls import app_name, urlpatterns

    for pattern in urlpatterns:
        assert f"{app_name}:{pattern.name}" in access.POLICY


@pytest.mark.parametrize("kind", ["type", "partner", "manager", "nonsense"])
def test_a_scope_with_nul_shows_the_whole_programme(desk: Client, kind: str) -> None:
    html = page(desk, "kpis:kpi_detail", "win_rate", query=f"?scope={kind}:%00")
    assert '<option value="program" selected>' in html


def test_who_may_not_import_is_told_to_ask_for_the_missing_rates(world: World) -> None:
    make_deal(world.acme, won="2026-07-15", currency="SEK")
    administrator = page(client_of(world.admin), "kpis:attention")
    manager = page(client_of(world.ana), "kpis:attention")
    assert "Import the rates of these currencies." in administrator
    assert "Ask an administrator" not in administrator
    assert "Ask an administrator to import the rates of these currencies." in manager


def test_a_breakdown_that_reads_all_facts_comes_after_the_page(desk: Client) -> None:
    first = page(desk, "kpis:kpi_detail", "joint_revenue", query="?period=2026-Q3")
    assert 'hx-get="?period=2026-Q3&amp;by=customer_region"' in first
    assert 'id="parts-shown"' not in first
    after = page(
        desk, "kpis:kpi_detail", "joint_revenue", query="?period=2026-Q3&by=customer_region"
    )
    assert 'id="parts-shown"' in after
    assert "DACH" in after[after.index('id="parts-shown"') :]
