"""The portal: where a company stands, what to do next, its people, what is held about it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners.accounts.services import change_profile
from partners.accounts.standing import standing_of
from partners.deals.nextsteps import SHOWN, next_steps
from partners.merging.services import merge_partner
from partners.models import Contract, Partner, PartnerProfile
from prm.common import access
from prm.common.config import program
from tests.factories import (
    at,
    make_deal,
    make_event,
    make_login,
    make_member,
    make_partner,
    make_registration,
    make_user,
)
from tests.world import World

pytestmark = pytest.mark.django_db
NOW = at("2026-08-01")


@pytest.fixture
def acme() -> Partner:
    ana = make_user("ana@vendor.example", name="Ana Manager", staff_role="channel_manager")
    return make_partner("Acme", tier="gold", type="reseller", region="DACH", manager=ana)


@pytest.fixture
def pat(acme: Partner) -> Any:
    return make_member(acme, "pat@acme.example")


@pytest.fixture
def portal(pat: Any) -> Client:
    client = Client()
    client.force_login(pat.user)
    return client


def page(client: Client, name: str) -> str:
    response = client.get(reverse(name))
    assert response.status_code == 200
    return response.content.decode()


def steps(pat: Any, now: datetime = NOW) -> list[str]:
    found = next_steps(access.actor_for(pat.user), program(), now)
    return [step.title for step in found.steps]


def test_next_steps_come_from_facts_the_most_pressing_first(acme: Partner, pat: Any) -> None:
    quiet = make_deal(acme, name="Quiet", opened="2026-05-01")
    make_event(quiet, "2026-05-20")
    make_deal(acme, name="Dateless", opened_at=None, approved_at=None)
    make_deal(acme, name="Worthless", amount=None)
    make_deal(acme, name="Late", expected_close_on=date(2026, 7, 30), amount=None)
    make_deal(acme, name="Later", expected_close_on=date(2026, 7, 1))
    make_deal(acme, name="Fine", expected_close_on=date(2026, 8, 1))
    make_deal(acme, name="Over", expected_close_on=date(2026, 7, 1), won="2026-07-20")
    make_registration(acme)
    assert steps(pat) == [
        "Say when Later will close",
        "Say when Late will close",
        "Say what Worthless is worth",
        "Say when Dateless began",
        "Is Quiet still on?",
        "1 registration waits for our answer",
    ]


def test_a_deal_is_asked_about_after_sixty_days_without_a_change(acme: Partner, pat: Any) -> None:
    make_event(make_deal(acme, name="Quiet", opened="2026-05-01"), "2026-06-01")
    assert steps(pat, at("2026-07-31")) == []
    assert steps(pat, at("2026-08-01")) == ["Is Quiet still on?"]


def test_the_steps_shown_are_few_and_all_are_counted(acme: Partner, pat: Any) -> None:
    for _ in range(SHOWN + 3):
        make_deal(acme, amount=None)
    found = next_steps(access.actor_for(pat.user), program(), NOW)
    assert (len(found.steps), found.number) == (SHOWN, SHOWN + 3)


def test_nothing_to_do_says_so(portal: Client) -> None:
    assert "All caught up" in page(portal, "kpis:portal_home")


def test_a_tier_holds_since_it_began_whatever_else_changed(acme: Partner, pat: Any) -> None:
    for day, changes in (
        ("2021-01-01", {"tier": "silver"}),
        ("2022-01-01", {"tier": "gold"}),
        ("2023-01-01", {"region": "Nordics"}),
    ):
        change_profile(acme, valid_from=date.fromisoformat(day), by=None, now=NOW, **changes)
    standing = standing_of(access.actor_for(pat.user), acme)
    assert (standing.tier, standing.tier_since) == ("gold", date(2022, 1, 1))
    assert standing.partner_since == date(2020, 1, 1)


def test_a_gap_between_profiles_begins_the_tier_anew(acme: Partner, pat: Any) -> None:
    acme.profiles.update(valid_to=date(2021, 1, 1))
    PartnerProfile.objects.create(partner=acme, tier="gold", valid_from=date(2022, 1, 1))
    actor = access.actor_for(pat.user)
    assert standing_of(actor, acme).tier_since == date(2022, 1, 1)
    acme.profiles.filter(valid_to=None).update(valid_to=date(2023, 1, 1))
    assert standing_of(actor, acme).tier_since is None


def test_home_tells_tier_deals_and_people(portal: Client, acme: Partner) -> None:
    make_deal(acme, name="Big one")
    make_login(make_member(acme), "2026-08-02")
    html = page(portal, "kpis:portal_home")
    for text in ("Gold since Jan 2020", "Big one", "2 Aug 2026", "Ana Manager", "Sales"):
        assert text in html


def test_people_shows_colleagues_with_roles_and_last_sign_in(portal: Client, acme: Partner) -> None:
    boss = make_member(acme, "boss@acme.example", "admin", "finance")
    make_login(boss, "2026-08-02")
    make_login(boss, "2026-08-09", impersonated=True)
    make_member(acme, "gone@acme.example", is_active=False)
    old = make_partner("Acme Old")
    make_member(old, "old@acme.example")
    merge_partner(old, into=acme, by=None, now=NOW)
    html = page(portal, "partners:portal_people")
    for text in ("boss@acme.example", "Administrator, Finance", "2 Aug 2026", "old@acme.example"):
        assert text in html
    assert "9 Aug 2026" not in html
    assert "gone@acme.example" not in html


def test_company_shows_what_is_held_and_who_to_write_to(portal: Client, acme: Partner) -> None:
    Partner.objects.filter(pk=acme.pk).update(city="Bonn", country="DE", domain="acme.example")
    Contract.objects.create(
        partner=acme, starts_on=date(2018, 1, 1), ends_on=date(2020, 1, 1), end_reason="secret"
    )
    html = page(portal, "partners:portal_company")
    for text in (
        "Bonn, DE", "acme.example", "Gold since 1 Jan 2020", "Running since 1 Jan 2020",
        "1 Jan 2018 to 31 Dec 2019", "mailto:ana@vendor.example", "Ana Manager",
    ):  # fmt: skip
        assert text in html
    assert "secret" not in html


def test_the_vendors_own_matters_stay_out_of_the_portal(portal: Client, acme: Partner) -> None:
    parent = make_partner("Distributor Ltd")
    Partner.objects.filter(pk=acme.pk).update(parent=parent)
    acme.profiles.update(segment="watch-list")
    for name in ("kpis:portal_home", "partners:portal_company", "partners:portal_people"):
        html = page(portal, name)
        assert "Distributor Ltd" not in html
        assert "watch-list" not in html


@pytest.mark.parametrize(
    "name", ["kpis:portal_home", "partners:portal_people", "partners:portal_company"]
)
def test_portal_pages_show_nothing_of_others_and_let_nobody_else_in(
    name: str, world: World
) -> None:
    pat, staff = Client(), Client()
    pat.force_login(world.pat.user)
    staff.force_login(world.admin)
    assert "zq7f3a" not in page(pat, name)
    assert "gil@example.com" not in page(pat, name)
    assert staff.get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302


@pytest.mark.parametrize("name", ["kpis:portal_home", "partners:portal_people"])
def test_portal_pages_cost_the_same_for_one_and_for_a_hundred(
    name: str, portal: Client, acme: Partner
) -> None:
    soon = timezone.localdate() + timedelta(days=5)

    def fill(number: int) -> None:
        for _ in range(number):
            make_login(make_member(acme), "2026-08-02")
            make_deal(acme, expected_close_on=soon - timedelta(days=30))
            make_registration(acme)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(portal, name)
        return len(captured.captured_queries)

    fill(1)
    cost()
    one = cost()
    fill(99)
    assert cost() == one
    assert one <= 45
