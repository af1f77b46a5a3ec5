"""The partner page of the desk: its timeline, its facts, its forms."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from partners.accounts.services import change_partner, change_profile
from partners.deals.partner_timeline import PAGE, happenings, read_place
from partners.merging.services import merge_partner
from partners.models import Contract, DealAdjustment, Partner
from prm.common import access
from prm.common.config import program
from prm.common.errors import Conflict
from prm.common.models import AuditEntry
from tests.factories import (
    at,
    make_deal,
    make_login,
    make_member,
    make_partner,
    make_registration,
    make_user,
)
from tests.world import World

pytestmark = pytest.mark.django_db
NOW = at("2026-09-01")


@pytest.fixture
def ada() -> Any:
    return make_user("ada@vendor.example", staff_role="operations", name="Ada")


@pytest.fixture
def desk(ada: Any) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme", tier="gold", type="reseller", region="DACH")


def told(ada: Any, partner: Partner, show: str = "", before: str = "") -> Any:
    actor = access.actor_for(ada)
    return happenings(actor, partner, program=program(), now=NOW, show=show, before=before)


def titles(ada: Any, partner: Partner, show: str = "") -> list[str]:
    return [str(moment.title) for moment in told(ada, partner, show).moments]


def test_the_timeline_tells_what_happened_newest_first(ada: Any, acme: Partner) -> None:
    registration = make_registration(
        acme, name="Cloud", state="approved", submitted_at=at("2026-06-01"),
        decided_at=at("2026-06-03"),
    )  # fmt: skip
    won = make_deal(
        acme, name="Cloud", registration=registration, opened="2026-06-03", won="2026-07-15"
    )
    DealAdjustment.objects.create(
        deal=won, at=at("2026-08-20"), kind="refund", amount=Decimal(-100), currency="EUR"
    )
    make_deal(acme, name="Imported", opened="2026-05-01", lost="2026-06-10")
    change_profile(acme, valid_from=date(2026, 7, 1), tier="platinum", by=ada, now=NOW)
    member = make_member(acme)
    for day in ("2026-08-03", "2026-08-04"):
        make_login(member, day)
    make_login(member, "2026-08-05", impersonated=True)
    Contract.objects.create(
        partner=acme, starts_on=date(2018, 1, 1), ends_on=date(2026, 5, 10), end_reason="not_paid"
    )
    assert titles(ada, acme) == [
        "Refund: Cloud", "1 person signed in", "Won: Cloud", "Tier: Platinum", "Lost: Imported",
        "Approved: Cloud", "Registered: Cloud", "Contract ended", "Opened: Imported",
        "Contract began", "Became a partner", "Contract began",
    ]  # fmt: skip
    assert titles(ada, acme, "people") == ["1 person signed in"]
    assert titles(ada, acme, "company")[0] == "Tier: Platinum"
    assert "Became a partner" not in titles(ada, acme, "deals")
    week = told(ada, acme, "people").moments[0]
    assert week.details == ["2 times in this week"]


def test_what_has_not_happened_yet_is_not_told(ada: Any, acme: Partner) -> None:
    Contract.objects.filter(partner=acme).update(ends_on=date(2027, 1, 1))
    change_profile(acme, valid_from=date(2026, 12, 1), tier="platinum", by=ada, now=NOW)
    assert titles(ada, acme) == ["Contract began", "Became a partner"]


def test_changes_of_the_company_say_who_made_them(ada: Any, acme: Partner) -> None:
    change_partner(acme, by=ada, now=at("2026-08-01"), city="Bonn")
    moment = told(ada, acme, "company").moments[0]
    assert moment.details == ["City: Bonn, was –", "by Ada"]


def test_what_was_merged_into_a_partner_is_told_with_it(ada: Any, acme: Partner) -> None:
    old = make_partner("Acme Old", contract=False)
    make_deal(old, name="Old deal", opened="2026-05-01")
    merge_partner(old, into=acme, by=ada, now=at("2026-08-01"))
    found = titles(ada, acme)
    assert "Acme Old was merged into this partner" in found
    assert "Opened: Old deal" in found


def test_older_pages_lose_and_repeat_nothing_even_within_one_instant(
    ada: Any, acme: Partner
) -> None:
    for n in range(PAGE + 5):
        make_deal(acme, name=f"Deal {n}", opened="2026-05-01", won="2026-06-01")
        make_registration(acme, name=f"Wish {n}", submitted_at=at("2026-06-01"))
    seen: list[str] = []
    before, pages = "", 0
    while pages < 20:
        page = told(ada, acme, before=before)
        seen += [f"{moment.title}" for moment in page.moments]
        before, pages = page.older, pages + 1
        if not before:
            break
    assert len(seen) == len(set(seen)) == 3 * (PAGE + 5) + 2


@pytest.mark.parametrize("text", ["x", "1-2-3", "20260801T000000.0-1", "--", "9" * 50, "\0-1-1"])
def test_a_place_that_is_none_is_the_beginning(text: str, desk: Client, acme: Partner) -> None:
    assert read_place(text) is None
    url = reverse("deals:partner_timeline", args=[acme.public_id])
    assert "Became a partner" in desk.get(url, {"before": text, "show": text}).content.decode()


def test_show_older_leads_on_without_scripts(desk: Client, acme: Partner) -> None:
    for n in range(PAGE):
        make_deal(acme, name=f"Deal {n}", opened="2026-05-01")
    url = reverse("deals:partner_timeline", args=[acme.public_id])
    html = desk.get(url).content.decode()
    (link,) = re.findall(r'id="older"><a href="([^"]+)"', html)
    assert "Became a partner" not in html
    assert "Became a partner" in desk.get(link.replace("&amp;", "&")).content.decode()


def test_a_timeline_costs_the_same_for_one_and_for_a_hundred(desk: Client, acme: Partner) -> None:
    url = reverse("deals:partner_timeline", args=[acme.public_id])
    page = reverse("partners:partner_detail", args=[acme.public_id])

    def fill(number: int) -> None:
        for _ in range(number):
            deal = make_deal(acme, opened="2026-05-01", won="2026-06-01")
            make_registration(acme)
            make_login(make_member(acme), "2026-06-01")
            DealAdjustment.objects.create(
                deal=deal, at=at("2026-06-20"), kind="refund", amount=Decimal(-1), currency="EUR"
            )
            make_partner(parent=acme)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address).status_code == 200
        return len(captured.captured_queries)

    fill(1)
    before = cost(url), cost(page)
    fill(99)
    assert (cost(url), cost(page)) == before
    assert max(before) <= 24


def test_a_manager_reads_no_timeline_of_others_and_changes_none(world: World) -> None:
    ana, pat = Client(), Client()
    ana.force_login(world.ana)
    pat.force_login(world.pat.user)
    for name in ("deals:partner_timeline", "partners:partner_edit", "partners:partner_profile"):
        own, foreign = (
            reverse(name, args=[partner.public_id]) for partner in (world.acme, world.globex)
        )
        assert ana.get(own).status_code == 200
        assert ana.get(foreign).status_code == 404
        assert pat.get(own).status_code == 403
    for name in ("partners:partner_edit", "partners:partner_profile"):
        url = reverse(name, args=[world.globex.public_id])
        assert ana.post(url, {"name": "Mine", "valid_from": "2026-08-01"}).status_code == 404


def edit(client: Client, partner: Partner, name: str = "partner_edit", **sent: str) -> Any:
    return client.post(reverse(f"partners:{name}", args=[partner.public_id]), sent)


def test_a_partner_is_changed_from_its_page(desk: Client, acme: Partner) -> None:
    parent = make_partner("Ingram", domain="ingram.example")
    answer = edit(desk, acme, name="partner_edit")  # empty form
    assert answer.status_code == 422
    url = reverse("partners:partner_edit", args=[acme.public_id])
    answer = desk.post(url, {"name": "Acme Ltd", "city": "Bonn", "parent": "ingram"})
    assert (answer.status_code, answer["Location"]) == (302, acme.get_absolute_url())
    acme.refresh_from_db()
    assert (acme.name, acme.city, acme.parent) == ("Acme Ltd", "Bonn", parent)
    assert AuditEntry.objects.get(action="partner.change").actor is not None
    desk.post(url, {"name": "Acme Ltd", "city": "Bonn", "parent": "Ingram"})
    assert AuditEntry.objects.filter(action="partner.change").count() == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": ""}, "Enter the partner’s name."),
        ({"name": "Acme", "parent": "Nobody Ltd"}, "No partner has this name."),
        ({"name": "Acme", "parent": "Twin"}, "Several partners have this name."),
        ({"name": "Acme", "parent": "Acme"}, "neither the partner itself nor below it"),
    ],
)
def test_a_partner_that_cannot_be_comes_back_with_what_to_fix(
    sent: dict[str, str], sentence: str, desk: Client, acme: Partner
) -> None:
    make_partner("Twin", domain="a.example")
    make_partner("Twin", domain="b.example")
    url = reverse("partners:partner_edit", args=[acme.public_id])
    answer = desk.post(url, sent)
    assert answer.status_code == 422
    assert answer.content.decode().count(sentence) == 2
    acme.refresh_from_db()
    assert (acme.name, acme.parent) == ("Acme", None)


def test_a_manager_names_no_parent_that_he_may_not_know_of(world: World) -> None:
    ana = Client()
    ana.force_login(world.ana)
    url = reverse("partners:partner_edit", args=[world.acme.public_id])
    sent = {"name": "Acme", "parent": world.globex.name}
    unknown = ana.post(url, sent | {"parent": "Nobody"}).content.decode()
    foreign = ana.post(url, sent)
    assert foreign.status_code == 422
    assert "No partner has this name." in foreign.content.decode()
    assert "No partner has this name." in unknown


def test_a_tier_changes_from_a_day_on(desk: Client, acme: Partner, ada: Any) -> None:
    sent = {"valid_from": "2026-08-01", "tier": "platinum", "type": "reseller", "region": "DACH"}
    answer = edit(desk, acme, "partner_profile", manager=str(ada.pk), **sent)
    assert answer.status_code == 302
    old, new = acme.profiles.order_by("valid_from")
    assert (old.tier, old.valid_to) == ("gold", date(2026, 8, 1))
    assert (new.tier, new.region, new.manager) == ("platinum", "DACH", ada)


def test_a_day_before_the_last_change_comes_back_at_its_field(desk: Client, acme: Partner) -> None:
    answer = edit(desk, acme, "partner_profile", valid_from="2019-01-01", tier="silver")
    assert answer.status_code == 422
    assert answer.content.decode().count("Choose a later day.") == 2
    assert "from 1 Jan 2020 on" in answer.content.decode()  # as the page writes days
    assert edit(desk, acme, "partner_profile", valid_from="soon").status_code == 422


def test_a_day_in_the_last_profile_is_refused_with_the_day_as_people_write_it(
    acme: Partner,
) -> None:
    acme.profiles.update(valid_to=date(2026, 9, 1))
    with translation.override("de"), pytest.raises(Conflict, match=r"1\. Sept?\.? 2026"):
        change_profile(acme, valid_from=date(2026, 8, 1), tier="gold", by=None, now=NOW)


def test_a_channel_manager_does_not_hand_over_a_partner(world: World) -> None:
    ana = Client()
    ana.force_login(world.ana)
    url = reverse("partners:partner_profile", args=[world.acme.public_id])
    assert "Partner manager" not in ana.get(url).content.decode().partition("<main")[2]
    sent = {"valid_from": "2026-08-01", "tier": "silver", "manager": str(world.admin.pk)}
    assert ana.post(url, sent).status_code == 302
    current = world.acme.profiles.get(valid_to=None)
    assert (current.tier, current.manager) == ("silver", world.ana)


def test_the_page_shows_family_and_offers_changes_to_managers_only(
    desk: Client, acme: Partner
) -> None:
    make_partner("Daughter", parent=acme)
    reader = Client()
    reader.force_login(make_user(staff_role="executive"))
    assert "Daughter" in desk.get(acme.get_absolute_url()).content.decode()
    assert "Edit company" in desk.get(acme.get_absolute_url()).content.decode()
    assert "Edit company" not in reader.get(acme.get_absolute_url()).content.decode()


def test_a_profile_without_a_known_beginning_is_not_told_as_of_1990(desk: Client) -> None:
    known = make_partner("Known", tier="gold", since="2021-05-01")
    unknown = make_partner("Unknown", tier="gold", since="1990-01-01", contract=False)
    assert "partner since May 2021" in desk.get(known.get_absolute_url()).content.decode()
    html = desk.get(unknown.get_absolute_url()).content.decode()
    assert "Gold" in html
    assert "since" not in html.split("<h1", 1)[1].split("Timeline")[0]
