"""Desk and portal pages about partners and deals: what they show, to whom, at what cost."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.deals.services import lose_deal, win_deal
from partners.models import Partner
from prm.common import config
from tests.factories import (
    at,
    make_customer,
    make_deal,
    make_login,
    make_member,
    make_partner,
    make_rate,
    make_stage,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(**more: Any) -> Client:
    client = Client()
    client.force_login(make_user(**more))
    return client


@pytest.fixture
def desk() -> Client:
    return signed_in(staff_role="operations")


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme", tier="gold", type="reseller", region="DACH")


@pytest.fixture
def portal(acme: Partner) -> Client:
    client = Client()
    client.force_login(make_member(acme, "pat@acme.example").user)
    return client


def page(client: Client, name: str, *args: Any, query: str = "", status: int = 200) -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == status
    return response.content.decode()


def test_the_partner_list_shows_profile_deals_revenue_and_last_sign_in(
    desk: Client, acme: Partner
) -> None:
    make_deal(acme)
    make_login(make_member(acme), "2026-08-02")
    html = page(desk, "partners:partner_list")
    assert "Acme" in html
    assert "Gold" in html
    assert "DACH" in html
    assert "2 Aug 2026" in html


def test_the_partner_list_costs_the_same_for_one_and_for_many(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            make_deal(make_partner(tier="gold", type="reseller", region="DACH"))

    def cost() -> int:
        with django_assert_max_num_queries(20) as captured:
            page(desk, "partners:partner_list")
        return len(captured.captured_queries)

    fill(1)
    one = cost()
    fill(23)
    assert cost() == one


def test_partners_are_found_by_name_city_domain_and_a_contacts_address(
    desk: Client, acme: Partner
) -> None:
    make_partner("Globex", city="Oslo", domain="globex.example")
    make_member(acme, "pat@acme.example")
    for query, found in (
        ("glob", "Globex"),
        ("oslo", "Globex"),
        ("globex.ex", "Globex"),
        ("PAT@acme.example", "Acme"),
    ):
        html = page(desk, "partners:partner_list", query=f"?q={query}")
        assert found in html
        assert {"Acme": "Globex", "Globex": "Acme"}[found] not in html


def test_a_filter_without_a_match_offers_to_clear_it(desk: Client, acme: Partner) -> None:
    html = page(desk, "partners:partner_list", query="?q=nothing-like-this")
    assert "No partners match" in html
    assert "Clear filters" in html


def test_a_new_installation_says_what_will_be_here(desk: Client) -> None:
    assert "No partners yet" in page(desk, "partners:partner_list")


def test_the_partner_export_has_one_line_a_partner(desk: Client, acme: Partner) -> None:
    response = desk.get(reverse("partners:partner_list") + "?export=csv")
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith('Partner,Tier,"Revenue, quarter",Currency,vs last year')
    assert lines[1].startswith("Acme,gold,")
    assert lines[1].split(",")[3] == config.program().currency
    assert len(lines) == 2


def test_a_manager_sees_only_the_own_portfolio(acme: Partner) -> None:
    ana = make_user("ana@vendor.example", staff_role="channel_manager")
    own = make_partner("Own One", manager=ana)
    client = Client()
    client.force_login(ana)
    html = page(client, "partners:partner_list")
    assert "Own One" in html
    assert "Acme" not in html
    page(client, "partners:partner_detail", acme.public_id, status=404)
    page(client, "deals:partner_deals", acme.public_id, status=404)
    page(client, "partners:partner_detail", own.public_id)


def test_the_partner_page_shows_people_contracts_and_history(desk: Client, acme: Partner) -> None:
    member = make_member(acme, "pat@acme.example")
    make_login(member, "2026-08-02")
    make_login(member, "2026-08-09", impersonated=True)
    html = page(desk, "partners:partner_detail", acme.public_id)
    assert "pat@acme.example" in html
    assert "2 Aug 2026" in html
    assert "9 Aug 2026" not in html
    assert "running" in html
    assert reverse("deals:partner_deals", args=[acme.public_id]) in html


def test_a_merged_partner_points_to_its_survivor(desk: Client, acme: Partner) -> None:
    stub = make_partner("Acme Old", merged_into=acme, merged_at=at("2026-05-01"))
    html = page(desk, "partners:partner_detail", stub.public_id)
    assert "Merged on 1 May 2026 into" in html
    assert acme.get_absolute_url() in html


def test_a_partners_deals_show_open_ones_first(desk: Client, acme: Partner) -> None:
    make_deal(acme, name="Closed thing", won="2026-07-15")
    make_deal(acme, name="Open thing")
    html = page(desk, "deals:partner_deals", acme.public_id)
    assert html.index("Open thing") < html.index("Closed thing")


def test_the_deal_list_shows_open_deals_unless_asked_for_others(
    desk: Client, acme: Partner
) -> None:
    make_deal(acme, name="Running")
    make_deal(acme, name="Finished", won="2026-07-15")
    assert "Finished" not in page(desk, "deals:deal_list")
    both = page(desk, "deals:deal_list", query="?state=all")
    assert "Running" in both
    assert "Finished" in both


def test_the_deal_list_costs_the_same_for_one_and_for_many(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            make_deal(make_partner(), customer=make_customer(), stage=make_stage())

    def cost() -> int:
        with django_assert_max_num_queries(14) as captured:
            page(desk, "deals:deal_list")
        return len(captured.captured_queries)

    fill(1)
    one = cost()
    fill(23)
    assert cost() == one


def test_an_unknown_amount_is_not_shown_as_zero(desk: Client, acme: Partner) -> None:
    make_deal(acme, name="Vague", amount=None)
    html = page(desk, "deals:deal_list")
    assert "Not known" in html
    assert "€0" not in html


def test_the_portal_shows_the_own_deals_and_no_others(portal: Client, acme: Partner) -> None:
    own = make_deal(acme, name="Own deal")
    foreign = make_deal(make_partner("Globex"), name="Foreign deal")
    direct = make_deal(None, name="Direct deal")
    html = page(portal, "deals:portal_deal_list")
    assert "Own deal" in html
    assert "Foreign deal" not in html
    assert "Direct deal" not in html
    page(portal, "deals:portal_deal_detail", own.public_id)
    for deal in (foreign, direct):
        page(portal, "deals:portal_deal_detail", deal.public_id, status=404)


def test_partners_people_do_not_enter_the_desk(portal: Client, acme: Partner) -> None:
    for name, args in (
        ("partners:partner_list", []),
        ("partners:partner_detail", [acme.public_id]),
        ("deals:deal_list", []),
    ):
        page(portal, name, *args, status=403)


def test_a_won_and_a_lost_deal_say_so(desk: Client, acme: Partner) -> None:
    now = at("2026-09-01")
    win_deal(make_deal(acme, name="Good"), by=None, now=now)
    lose_deal(make_deal(acme, name="Bad"), by=None, now=now)
    html = page(desk, "deals:deal_list", query="?state=all")
    assert "Won</span>" in html
    assert "Lost</span>" in html


def test_a_deal_page_writes_the_currency_once(desk: Client, acme: Partner) -> None:
    deal = make_deal(acme, amount=Decimal(275000), currency="SEK")
    html = page(desk, "deals:deal_detail", deal.public_id)
    assert "<dd>SEK\u00a0275,000.00</dd>" in html


def test_the_file_of_deals_has_the_decimals_of_each_currency(desk: Client, acme: Partner) -> None:
    make_rate("JPY", "2026-01-01", "0.006")
    make_rate("KWD", "2026-01-01", "2.8")
    for amount, currency in (("16500", "EUR"), ("1200", "JPY"), ("1.5", "KWD")):
        make_deal(acme, amount=Decimal(amount), currency=currency)
    make_deal(acme, amount=None)
    response = desk.get(reverse("deals:deal_list") + "?export=csv&sort=-amount")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = [line.split(",") for line in text.splitlines()]
    where = rows[0].index("Amount")
    assert [row[where : where + 2] for row in rows[1:]] == [
        ["16500.00", "EUR"],
        ["1200", "JPY"],
        ["1.500", "KWD"],
        ["", "EUR"],
    ]


def test_a_word_keeps_its_own_capitals(desk: Client) -> None:
    make_partner("Initech", type="MSP", tier="gold")
    html = page(desk, "partners:partner_list")
    assert "MSP" in html
    assert "Msp" not in html
    assert "Gold" in html


def test_an_empty_list_of_deals_leads_to_the_import_who_may_import(desk: Client) -> None:
    link = 'href="/imports/new/?resource=deal"'
    assert link in desk.get("/deals/").content.decode()
    manager = signed_in(email="m@example.com", staff_role="channel_manager")
    page = manager.get("/deals/").content.decode()
    assert "No deals yet" in page
    assert link not in page
