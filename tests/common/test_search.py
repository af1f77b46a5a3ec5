"""The search over partners, deals, KPIs and pages."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from partners.models import Customer, Deal
from tests.factories import make_deal, make_partner, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user(staff_role="admin"))
    return client


def page(client: Client, text: str) -> str:
    return client.get("/search/", {"q": text}).content.decode()


def titles(client: Client, text: str, group: str) -> list[str]:
    """The hits of one group, as the page shows them."""
    context: Any = client.get("/search/", {"q": text}).context
    return [str(hit.title) for one in context["groups"] if one.label == group for hit in one.hits]


def test_a_partner_is_found_by_a_part_of_its_name_and_beginnings_come_first(desk: Client) -> None:
    for name in ("Great Nordlys", "Nordlys Data", "Fjordline"):
        make_partner(name=name)
    assert titles(desk, "nordl", "Partners") == ["Nordlys Data", "Great Nordlys"]


def test_a_slip_of_the_pen_still_finds_the_partner(desk: Client) -> None:
    make_partner(name="Nordlys Data")
    make_partner(name="Fjordline")
    assert titles(desk, "nordlis", "Partners") == ["Nordlys Data"]


def test_a_deal_is_found_by_its_name_its_customer_and_its_id_elsewhere(desk: Client) -> None:
    customer = Customer.objects.create(name="Harbour Clinic")
    by_name = make_deal(make_partner(), name="Rollout of phones")
    by_customer = make_deal(make_partner(), name="Servers", customer=customer)
    by_id = make_deal(make_partner(), name="Desks", external_id="OPP-77")
    assert titles(desk, "out of ph", "Deals") == [by_name.name]
    assert titles(desk, "harbour", "Deals") == [by_customer.name]
    assert titles(desk, "OPP-77", "Deals") == [by_id.name]


def test_open_deals_come_before_closed_ones(desk: Client) -> None:
    partner = make_partner()
    make_deal(partner, name="Phones one", opened="2026-01-05")
    make_deal(partner, name="Phones two", won="2026-07-15")
    assert titles(desk, "phones", "Deals") == ["Phones one", "Phones two"]


def test_a_manager_finds_only_what_is_in_the_portfolio(client: Client) -> None:
    manager = make_user(staff_role="channel_manager")
    own, other = make_partner("Alder One", manager=manager), make_partner("Alder Two")
    make_deal(own, name="Alder deal")
    make_deal(other, name="Alder secret")
    make_deal(None, name="Alder direct")
    client.force_login(manager)
    assert titles(client, "alder", "Partners") == ["Alder One"]
    assert titles(client, "alder", "Deals") == ["Alder deal"]


def test_kpis_and_pages_are_found_by_their_words(desk: Client) -> None:
    assert "Win rate" in titles(desk, "rate win", "KPIs")
    assert titles(desk, "impor", "Pages") == ["Imports"]


def test_without_a_text_the_pages_of_the_menu_are_offered(desk: Client) -> None:
    assert "Partners" in titles(desk, "", "Pages")
    assert titles(desk, "", "Partners") == []


def test_what_is_typed_is_shown_and_linked_as_text(desk: Client) -> None:
    text = "<b>&x=1"
    for n in range(8):
        make_partner(name=f"{text} {n}")
    html = page(desk, text)
    assert escape(text) in html
    assert "<b>&x" not in html
    assert "/partners/?q=%3Cb%3E%26x%3D1" in html


def test_the_search_asks_as_often_for_many_rows_as_for_one(
    desk: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    make_deal(make_partner(name="Phones 0"), name="Phones 0")
    with django_assert_max_num_queries(12) as few:
        page(desk, "phones")
    for n in range(1, 30):
        make_deal(make_partner(name=f"Phones {n}"), name=f"Phones {n}")
    with django_assert_num_queries(len(few.captured_queries)):
        page(desk, "phones")
    assert Deal.objects.count() == 30
