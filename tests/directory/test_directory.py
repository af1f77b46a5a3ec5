"""Traits with dates, and the public directory: by consent only, and away as soon as it ends."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.directory import services
from partners.merging.services import merge_partner
from partners.models import Contract, DirectoryEntry, DirectoryMessage, Membership, Partner, Trait
from partners.recruiting.forms import STAMP_SALT
from prm.common import access
from prm.common.errors import Conflict, InvalidInput
from prm.common.models import Notice, Task, User
from tests.api.conftest import token_client
from tests.factories import at, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW, TODAY = at("2026-10-05"), date(2026, 10, 5)


@pytest.fixture
def ana() -> User:
    return make_user("ana@vendor.example", staff_role="channel_manager", name="Ana")


@pytest.fixture
def acme(ana: User) -> Partner:
    return make_partner("Acme Überall", manager=ana, city="Bonn", country="Germany")


@pytest.fixture
def boss(acme: Partner) -> Membership:
    return make_member(acme, "boss@acme.example", "admin")


@pytest.fixture
def entry(boss: Membership) -> DirectoryEntry:
    return services.describe_entry(
        boss.partner, headline="Clouds for cities", text="Since 1999.", is_public=True,
        by=boss.user, now=NOW,
    )  # fmt: skip


def window(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown() -> str:
    return Client().get("/directory/").content.decode()


def test_a_trait_holds_from_a_day_until_a_day_and_is_noted_once(acme: Partner) -> None:
    note = {"kind": "strength", "text": " First   line ", "by": None, "now": NOW}
    trait = services.note_trait(acme, valid_from=date(2026, 1, 1), **note)
    assert trait.text == "First line"
    with pytest.raises(Conflict):
        services.note_trait(acme, valid_from=TODAY, **note)
    with pytest.raises(InvalidInput):
        services.note_trait(acme, valid_from=date(2026, 10, 6), **note)
    for _ in range(2):
        ended = services.end_trait(trait, valid_to=TODAY, by=None, now=NOW)
    assert (ended.valid_from, ended.valid_to) == (date(2026, 1, 1), TODAY)
    again = services.note_trait(acme, valid_from=TODAY, **note)
    for day in (date(2026, 10, 6), date(2026, 10, 4)):  # ahead; before it began
        with pytest.raises(InvalidInput):
            services.end_trait(again, valid_to=day, by=None, now=NOW)
    services.end_trait(again, valid_to=TODAY, by=None, now=NOW)
    assert Trait.objects.count() == 1  # noted and taken back on one day


def test_a_company_sees_its_capabilities_and_never_what_we_think_of_it(
    acme: Partner, boss: Membership, ana: User
) -> None:
    for kind in Trait.Kind.values:
        services.note_trait(acme, kind=kind, text=f"a {kind}", valid_from=TODAY, by=ana, now=NOW)
    own = access.scope(access.actor_for(boss.user), Trait)
    assert [trait.kind for trait in own] == ["capability"]
    page = window(boss.user).get("/portal/company/directory/").content.decode()
    assert ("a capability" in page, "a weakness" in page) == (True, False)
    rows = token_client(boss.user).get("/api/v1/partner-traits/").json()["results"]
    assert [row["kind"] for row in rows] == ["capability"]
    desk = window(ana).get(f"/partners/{acme.public_id}/strengths/").content.decode()
    assert all(f"a {kind}" in desk for kind in Trait.Kind.values)


def test_only_companies_that_consent_are_in_the_directory(
    entry: DirectoryEntry, boss: Membership
) -> None:
    silent = make_partner("Silent")
    services.describe_entry(silent, headline="", text="", is_public=False, by=boss.user, now=NOW)
    page = shown()
    assert ("Acme Überall" in page, "Silent" in page) == (True, False)
    assert Client().get(f"/directory/{entry.slug}/").status_code == 200
    assert Client().get("/directory/silent/").status_code == 404


@pytest.mark.parametrize("way", ["consent", "merged", "test", "left"])
def test_a_page_is_gone_with_the_consent_and_with_the_partner(
    entry: DirectoryEntry, boss: Membership, way: str
) -> None:
    if way == "consent":
        window(boss.user).post("/portal/company/directory/", {"headline": "x", "text": ""})
    elif way == "merged":
        merge_partner(entry.partner, into=make_partner("Other"), by=None, now=NOW)
    elif way == "test":
        Partner.objects.filter(pk=entry.partner_id).update(is_test=True)
    else:
        Contract.objects.filter(partner=entry.partner).update(ends_on=date(2021, 1, 1))
    assert "Acme" not in shown()
    assert Client().get(f"/directory/{entry.slug}/").status_code == 404


def test_who_left_reads_so_and_is_back_with_a_new_contract_of_any_record(
    entry: DirectoryEntry, boss: Membership
) -> None:
    Contract.objects.filter(partner=entry.partner).update(ends_on=date(2021, 1, 1))
    page = window(boss.user).get("/portal/company/directory/").content.decode()
    assert ("not in the directory" in page, "See the page" in page) == (True, False)
    merge_partner(make_partner("Acme Old"), into=entry.partner, by=None, now=NOW)
    assert "Acme Überall" in shown()
    page = window(boss.user).get("/portal/company/directory/").content.decode()
    assert ("not in the directory" in page, "See the page" in page) == (False, True)


def test_the_manager_takes_a_page_off_with_a_reason_that_the_company_reads(
    entry: DirectoryEntry, boss: Membership, ana: User
) -> None:
    off = reverse("directory:take_off", args=[entry.partner.public_id])
    desk = window(ana)
    page = desk.get(f"/partners/{entry.partner.public_id}/strengths/").content.decode()
    assert "Take off the directory" in page
    assert desk.post(off, {"reason": " "}).status_code == 422
    assert "Acme Überall" in shown()
    assert desk.post(off, {"reason": "It names prices"}).status_code == 302
    assert "Acme Überall" not in shown()
    assert desk.post(off, {"reason": "Again"}).status_code == 422
    notice = Notice.objects.get()
    assert (notice.to, notice.url) == (boss.user, "/portal/company/directory/")
    inbox = window(boss.user).get("/notifications/").content.decode()
    assert "was taken off the directory: It names prices" in inbox
    foreign = reverse("directory:take_off", args=[make_partner("Foreign").public_id])
    assert desk.post(foreign, {"reason": "x"}).status_code == 404
    assert window(boss.user).post(off, {"reason": "x"}).status_code == 403


def test_one_address_sends_five_messages_an_hour(entry: DirectoryEntry) -> None:
    cache.clear()
    assert [sent(entry).status_code for _ in range(6)] == [302] * 5 + [429]
    cache.clear()


def test_a_partner_named_like_a_page_of_the_directory_has_a_page(boss: Membership) -> None:
    row = services.describe_entry(
        make_partner("Sent"), headline="", text="", is_public=True, by=boss.user, now=NOW
    )
    assert row.slug == "sent-2"


def test_a_company_does_not_read_how_we_know_of_its_capabilities(
    acme: Partner, boss: Membership, ana: User
) -> None:
    services.note_trait(
        acme, kind="capability", text="K8s", note="A rival says so", valid_from=TODAY, by=ana,
        now=NOW,
    )  # fmt: skip
    own, ours = (
        token_client(who).get("/api/v1/partner-traits/").json()["results"][0]
        for who in (boss.user, ana)
    )
    assert ("note" in own, ours["note"]) == (False, "A rival says so")


def test_nothing_is_noted_at_a_merged_record(acme: Partner) -> None:
    stub = make_partner("Acme Old")
    merge_partner(stub, into=acme, by=None, now=NOW)
    with pytest.raises(Conflict):
        services.note_trait(stub, kind="strength", text="x", valid_from=TODAY, by=None, now=NOW)


def test_only_the_company_s_administrators_consent(acme: Partner) -> None:
    sales = window(make_member(acme, "", "sales").user)
    assert sales.get("/portal/company/directory/").status_code == 403
    boss = make_member(acme, "", "admin")
    sent = {"headline": "Clouds", "text": "T", "is_public": "on"}
    assert window(boss.user).post("/portal/company/directory/", sent).status_code == 302
    assert DirectoryEntry.objects.get().consented_by == boss.user


@pytest.mark.parametrize(
    ("query", "is_found"),
    [("q=acme", True), ("q=bonn", True), ("q=kubernetes", True), ("q=clouds", True),
     ("q=zebra", False), ("country=Germany", True), ("country=Nowhere", True),
     ("q=weak+point", False)],
)  # fmt: skip
def test_people_find_by_name_place_capability_and_country(
    entry: DirectoryEntry, query: str, is_found: bool
) -> None:
    for kind, text in (("capability", "Kubernetes"), ("weakness", "weak point")):
        services.note_trait(entry.partner, kind=kind, text=text, valid_from=TODAY, by=None, now=NOW)
    page = Client().get(f"/directory/?{query}").content.decode()
    assert ("Acme Überall" in page) == is_found
    assert "weak point" not in page.replace('value="weak point"', "")


def sent(entry: DirectoryEntry, age: float = 60, **more: str) -> Any:
    """A message by the form; its page was made `age` seconds ago."""
    made = signing.TimestampSigner(salt=STAMP_SALT)
    now = signing.time.time
    signing.time.time = lambda: now() - age  # type: ignore[assignment]
    stamp = signing.dumps("", salt=STAMP_SALT)
    signing.time.time = now  # type: ignore[assignment]
    assert made
    body = {"name": "Kim", "email": "kim@customer.example", "text": "Call me", "stamp": stamp}
    return Client().post(f"/directory/{entry.slug}/", body | more)


def test_the_contact_form_reaches_the_partner_s_manager(entry: DirectoryEntry, ana: User) -> None:
    assert sent(entry).url == "/directory/sent/"
    message, notice = DirectoryMessage.objects.get(), Notice.objects.get()
    assert (message.text, notice.to, notice.kind) == ("Call me", ana, "directory_message")
    task = Task.objects.get(source="directory_message")
    assert (task.owner, task.company, task.state) == (ana, message.partner.public_id, "open")
    assert task.due_on is not None
    assert notice.url == f"/tasks/{task.public_id}/"
    assert task.url in window(ana).get(notice.url).content.decode()
    page = window(ana).get(task.url).content.decode()
    assert ("Call me" in page, "kim@customer.example" in page) == (True, True)


def test_who_was_too_fast_sends_the_same_page_again_and_need_not_wait_anew(
    entry: DirectoryEntry,
) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        page = sent(entry, age=2)
    assert page.status_code == 422
    again = re.search(r'name="stamp" value="([^"]+)"', page.content.decode())
    assert again
    with time_machine.travel(start + timedelta(seconds=2), tick=False):
        assert sent(entry, age=0, stamp=again[1]).url == "/directory/sent/"


def test_a_message_for_a_partner_without_a_manager_is_nobodys_task_and_told_to_who_runs_it(
    entry: DirectoryEntry,
) -> None:
    entry.partner.profiles.update(manager=None)
    olga = make_user("olga@vendor.example", staff_role="operations")
    sent(entry)
    assert Task.objects.get(source="directory_message").owner is None
    assert [row.to for row in Notice.objects.all()] == [olga]


def test_programs_are_kept_off_and_people_told_what_is_wrong(entry: DirectoryEntry) -> None:
    assert sent(entry, fax="x").url == "/directory/sent/"
    assert sent(entry, age=0).status_code == 422
    assert sent(entry, name="www.spam.example").status_code == 422
    assert sent(entry, email="x").status_code == 422
    assert DirectoryMessage.objects.count() == 0


def test_names_that_read_alike_get_addresses_of_their_own(boss: Membership) -> None:
    slugs = []
    for name in ("Zeta", "Zeta", "Zeta!", "株式会社", "Sent"):
        row = services.describe_entry(
            make_partner(name), headline="", text="", is_public=True, by=boss.user,
            now=timezone.now(),
        )  # fmt: skip
        slugs.append(row.slug)
    assert slugs == ["zeta", "zeta-2", "zeta-3", "partner", "sent-2"]


def test_the_desk_notes_and_ends_and_a_foreign_trait_is_not_there(acme: Partner, ana: User) -> None:
    desk, page = window(ana), f"/partners/{acme.public_id}/strengths/"
    body = {"kind": "capability", "text": "Kubernetes", "valid_from": "2026-01-01"}
    assert desk.post(page, body | {"text": ""}).status_code == 422
    assert desk.post(page, body).status_code == 302
    assert desk.post(page, body).status_code == 422
    trait = Trait.objects.get()
    desk.post(reverse("directory:trait_end", args=[trait.public_id]))
    trait.refresh_from_db()
    assert trait.valid_to is not None
    foreign = Trait.objects.create(
        partner=make_partner(), kind="strength", text="x", valid_from=TODAY
    )
    path = reverse("directory:trait_end", args=[foreign.public_id])
    assert desk.post(path).status_code == 404


def test_the_api_notes_and_ends(acme: Partner, ana: User) -> None:
    program, kind = token_client(ana), {"content_type": "application/json"}
    body = {"partner": str(acme.public_id), "kind": "weakness", "text": "Slow"}
    made = program.post("/api/v1/partner-traits/", body, **kind)
    assert made.status_code == 201
    assert program.post("/api/v1/partner-traits/", body, **kind).status_code == 409
    end = program.post(f"/api/v1/partner-traits/{made.json()['id']}/end/", {}, **kind)
    assert end.status_code == 204
