"""What was merged into a partner counts for it on the desk, as it does in the KPIs (E4)."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from partners.accounts.listing import present, quiet, with_profile
from partners.merging.services import merge_partner
from partners.models import Partner
from prm.common import config
from tests.factories import at, make_deal, make_login, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-08-31")


@pytest.fixture
def acme() -> Partner:
    """Acme with a won and an open deal, and what was Bolt: two of each, and a sign-in."""
    acme, bolt = make_partner("Acme"), make_partner("Bolt")
    make_deal(acme, won="2026-07-15")
    make_deal(acme, name="Own one")
    for _ in range(2):
        make_deal(bolt, won="2026-07-15", amount=Decimal(300))
        make_deal(bolt, name="Of the stub")
    make_login(make_member(bolt, "pat@bolt.example"), "2026-08-02")
    merge_partner(bolt, into=acme, by=None, now=NOW)
    return acme


def test_the_list_counts_what_was_merged_into_a_partner(acme: Partner) -> None:
    make_deal(make_partner("Other"), won="2026-07-15", amount=Decimal(7))
    listed = with_profile(Partner.objects.surviving()).order_by("name")
    rows = present(list(listed), config.program(), NOW)
    assert [(row.partner.name, row.open_deals, row.won, row.last_login) for row in rows] == [
        ("Acme", 3, Decimal(1600), at("2026-08-02")),
        ("Other", 0, Decimal(7), None),
    ]


def test_a_partner_is_not_quiet_when_a_stub_s_person_signed_in(acme: Partner) -> None:
    surviving = Partner.objects.surviving()
    assert list(quiet(surviving, NOW)) == []
    assert list(quiet(surviving, at("2026-10-30"))) == [acme]  # 89 days after the sign-in


def test_a_partner_is_quiet_by_the_open_deals_of_its_stub() -> None:
    survivor, stub = make_partner("Survivor"), make_partner("Stub")
    make_deal(stub)
    merge_partner(stub, into=survivor, by=None, now=NOW)
    assert list(quiet(Partner.objects.surviving(), NOW)) == [survivor]


def test_the_partner_page_has_the_deals_and_people_of_its_stubs(acme: Partner) -> None:
    desk = Client()
    desk.force_login(make_user(staff_role="operations"))
    card = desk.get(reverse("deals:partner_deals", args=[acme.public_id])).content.decode()
    assert (card.count("Own one"), card.count("Of the stub")) == (1, 2)
    listed = desk.get(reverse("deals:deal_list") + f"?partner={acme.public_id}").content.decode()
    assert (listed.count("Own one"), listed.count("Of the stub")) == (1, 2)
    assert "pat@bolt.example" in desk.get(acme.get_absolute_url()).content.decode()


def test_a_stub_tells_nothing_of_a_survivor_outside_the_portfolio() -> None:
    ana, ben = make_user(staff_role="channel_manager"), make_user(staff_role="channel_manager")
    stub, survivor = make_partner("Stub", manager=ana), make_partner("Secret name", manager=ben)
    make_deal(survivor, won="2026-07-15", amount=Decimal(7654321))
    merge_partner(stub, into=survivor, by=None, now=NOW)
    desk = Client()
    desk.force_login(ana)
    assert desk.get(survivor.get_absolute_url()).status_code == 404
    page = desk.get(stub.get_absolute_url()).content.decode()
    panel = reverse("kpis:partner_panel", args=[stub.public_id])
    assert "Secret name" not in page
    assert str(survivor.public_id) not in page
    assert "into a partner that somebody else looks after" in page
    assert panel not in page
    assert desk.get(panel).status_code == 404
    for route in ("deals:partner_timeline", "deals:partner_deals"):
        part = desk.get(reverse(route, args=[stub.public_id])).content.decode()
        assert "Secret name" not in part
        assert "7,654,321" not in part
    desk.force_login(make_user(staff_role="operations"))
    assert "Secret name" in desk.get(stub.get_absolute_url()).content.decode()
    assert desk.get(panel).status_code == 200
