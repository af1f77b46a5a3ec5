"""Partners, profiles, customers and deals through the API."""

from decimal import Decimal

import pytest
from django.utils import timezone

from partners.merging.services import merge_partner
from partners.models import Deal, Partner, PartnerProfile
from prm.common.models import AuditEntry
from tests import factories
from tests.api.conftest import token_client
from tests.world import World

OWN_PARTNER = {
    "id", "source", "external_id", "name", "domain", "country", "city", "type", "tier", "region",
    "manager", "created_at", "updated_at",
}  # fmt: skip
STAFF_ONLY = {"segment", "manager_email", "parent", "merged_into", "is_test"}
OWN_PROFILE = {
    "id", "partner", "type", "tier", "region", "valid_from", "valid_to", "created_at", "updated_at",
}  # fmt: skip
DEAL = {
    "id", "source", "external_id", "partner", "customer", "name", "product", "state", "stage",
    "amount", "currency", "amount_rc", "opened_at", "approved_at", "closed_at", "closed_on",
    "expected_close_on", "is_co_sell", "is_hidden", "created_at", "updated_at",
}  # fmt: skip


def path(name: str, row: object = None, action: str = "") -> str:
    tail = f"{row.public_id}/" if row is not None else ""
    return f"/api/v1/{name}/{tail}{action and action + '/'}"


def test_each_role_reads_its_own_fields_and_no_others(world: World) -> None:
    staff, partner = token_client(world.ana), token_client(world.pat.user)
    acme = path("partners", world.acme)
    assert set(staff.get(acme).json()) == OWN_PARTNER | STAFF_ONLY
    assert set(partner.get(acme).json()) == OWN_PARTNER
    profile = path("profiles", world.acme.profiles.get())
    assert set(partner.get(profile).json()) == OWN_PROFILE
    assert set(staff.get(profile).json()) - OWN_PROFILE == {
        "source", "external_id", "segment", "manager_email",
    }  # fmt: skip
    deal = path("deals", world.deal)
    assert set(staff.get(deal).json()) == set(partner.get(deal).json()) == DEAL


def test_a_partner_never_reads_an_e_mail_address_of_ours(world: World) -> None:
    client = token_client(world.pat.user)
    for name in ("partners", "profiles", "customers", "deals"):
        assert "ana@example.com" not in client.get(path(name)).content.decode()


def test_lists_hold_exactly_what_one_may_know_of(world: World) -> None:
    def names(user: object, resource: str) -> set[str]:
        return {row["name"] for row in token_client(user).get(path(resource)).json()["results"]}

    assert names(world.pat.user, "partners") == {"Acme"}
    assert names(world.ana, "partners") == {"Acme"}
    assert len(names(world.admin, "partners")) == 2
    assert names(world.pat.user, "deals") == {"Won one", "Open one"}
    assert names(world.ana, "deals") == {"Won one", "Open one"}
    assert names(world.pat.user, "customers") == {"Initech"}


def test_pages_by_cursor_meet_every_row_once(world: World) -> None:
    for number in range(7):
        factories.make_deal(world.acme, name=f"Deal {number % 2}")
    client = token_client(world.ana)
    for ordering in ("", "&ordering=-created_at", "&ordering=updated_at"):
        found, url = [], path("deals") + f"?limit=2{ordering}"
        while url:
            page = client.get(url).json()
            assert len(page["results"]) <= 2
            found += [row["id"] for row in page["results"]]
            url = page["next"]
        assert len(found) == len(set(found)) == 9


def test_a_page_costs_the_same_for_2_rows_and_for_100(
    world: World, django_assert_max_num_queries: object
) -> None:
    for _ in range(100):
        factories.make_deal(world.acme, customer=world.customer)
    client = token_client(world.pat.user)
    with django_assert_max_num_queries(8):
        assert len(client.get(path("deals") + "?limit=2").json()["results"]) == 2
    with django_assert_max_num_queries(8):
        assert len(client.get(path("deals") + "?limit=100").json()["results"]) == 100


def test_filters_narrow(world: World) -> None:
    client = token_client(world.admin)

    def count(query: str) -> int:
        return len(client.get(path("deals") + query).json()["results"])

    assert count("?state=won") == 2
    assert count("?state=open&is_direct=true") == 1
    assert count(f"?partner={world.acme.public_id}") == 2
    assert count("?closed_from=2026-07-15&closed_before=2026-07-16") == 2
    assert count("?closed_from=2026-07-16") == 0
    assert count("?updated_since=2999-01-01T00:00:00Z") == 0


def test_money_is_text_with_the_decimals_of_its_currency(world: World) -> None:
    deal = factories.make_deal(world.acme, amount=Decimal(5000), currency="JPY")
    body = token_client(world.ana).get(path("deals", deal)).json()
    assert body["amount"] == "5000"
    assert token_client(world.ana).get(path("deals", world.deal)).json()["amount"] == "1000.00"


def test_a_deal_is_opened_changed_won_and_reopened(world: World) -> None:
    client = token_client(world.ana)
    body = {
        "partner": str(world.acme.public_id),
        "customer": str(world.customer.public_id),
        "name": "Rollout",
        "amount": "1200.50",
        "currency": "EUR",
    }
    made = client.post(path("deals"), body, format="json")
    assert made.status_code == 201, made.content
    deal = Deal.objects.get(public_id=made.json()["id"])
    factories.make_stage("proposal", name="Proposal made")
    staged = client.patch(path("deals", deal), {"stage": "proposal"}, format="json")
    assert staged.json()["stage"] == "proposal"
    changed = client.patch(path("deals", deal), {"amount": "1300"}, format="json")
    assert changed.json()["amount"] == "1300.00"
    won = client.post(path("deals", deal, "win"), {}, format="json")
    assert (won.status_code, won.json()["state"]) == (200, "won")
    again = client.post(path("deals", deal, "win"), {}, format="json")
    assert again.status_code == 409
    assert again.json()["type"] == "/api/#problem-invalid_transition"
    reopened = client.post(path("deals", deal, "reopen"), {"reason": "signed late"}, format="json")
    assert reopened.json()["state"] == "open"
    deal.refresh_from_db()
    assert (deal.state, deal.amount, deal.partner) == ("open", Decimal("1300"), world.acme)
    audited = AuditEntry.objects.filter(object_id=str(deal.public_id), actor=world.ana)
    assert set(audited.values_list("action", flat=True)) == {
        "deal.open", "deal.change", "deal.win", "deal.reopen",
    }  # fmt: skip


def test_a_deal_without_amount_cannot_be_won_and_the_answer_says_why(world: World) -> None:
    deal = factories.make_deal(world.acme, amount=None)
    answer = token_client(world.ana).post(path("deals", deal, "win"), {}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "amount"


def test_a_manager_opens_no_direct_deals(world: World) -> None:
    answer = token_client(world.ana).post(path("deals"), {"currency": "EUR"}, format="json")
    assert answer.status_code == 400
    made = token_client(world.admin).post(path("deals"), {"currency": "EUR"}, format="json")
    assert made.status_code == 201
    assert made.json()["partner"] is None


@pytest.mark.parametrize("field", ["partner", "customer"])
def test_foreign_unknown_and_malformed_ids_in_a_body_look_alike(world: World, field: str) -> None:
    client = token_client(world.ana)
    foreign = {"partner": world.globex, "customer": world.foreign_customer}[field]
    known = {"partner": str(world.acme.public_id), "currency": "EUR"}
    ids = [str(foreign.public_id), "00000000-0000-7000-8000-000000000000", "x", 5, None, True]
    ids.remove(None)
    answers = {
        client.post(path("deals"), known | {field: value}, format="json").content for value in ids
    }
    assert len(answers) == 1
    assert b"may see" in answers.pop()


def test_a_second_row_with_the_same_external_id_is_409(world: World) -> None:
    client = token_client(world.admin)
    same = {"source": "crm", "external_id": "7"}
    named, deal = same | {"name": "A"}, same | {"currency": "EUR"}
    for resource, body in (("customers", named), ("partners", named), ("deals", deal)):
        first, second = (client.post(path(resource), body, format="json") for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 409), second.content


def test_a_partner_is_added_and_its_tier_changed_from_a_day_on(world: World) -> None:
    client = token_client(world.admin)
    body = {"name": "Stark", "tier": "gold", "manager": "ana@example.com"}
    made = client.post(path("partners"), body | {"valid_from": "2026-01-01"}, format="json")
    assert made.status_code == 201, made.content
    assert (made.json()["tier"], made.json()["manager_email"]) == ("gold", "ana@example.com")
    partner = Partner.objects.get(name="Stark")
    change = {"tier": "platinum", "valid_from": "2026-03-01"}
    changed = client.patch(path("partners", partner), change, format="json")
    assert changed.json()["tier"] == "platinum"
    history = PartnerProfile.objects.filter(partner=partner).order_by("valid_from")
    assert [(str(row.valid_from), row.tier) for row in history] == [
        ("2026-01-01", "gold"),
        ("2026-03-01", "platinum"),
    ]
    early = client.patch(
        path("partners", partner), {"tier": "x", "valid_from": "2026-02-01"}, format="json"
    )
    assert early.status_code == 409


def test_a_partner_and_its_profile_change_together_or_not_at_all(world: World) -> None:
    client = token_client(world.admin)
    acme = path("partners", world.acme)
    body = {"name": "Acme Ltd", "city": "Bonn", "parent": str(world.globex.public_id)}
    changed = client.patch(acme, body | {"tier": "platinum"}, format="json")
    assert changed.status_code == 200, changed.content
    read = changed.json()
    assert (read["name"], read["city"], read["tier"]) == ("Acme Ltd", "Bonn", "platinum")
    assert read["parent"]["id"] == str(world.globex.public_id)
    early = {"name": "Other", "tier": "gold", "valid_from": "2010-01-01"}
    assert client.patch(acme, early, format="json").status_code == 409
    world.acme.refresh_from_db()
    assert world.acme.name == "Acme Ltd"
    actions = AuditEntry.objects.filter(object_id=str(world.acme.public_id))
    assert sorted(actions.values_list("action", flat=True)) == [
        "partner.change", "partner.change_profile",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": None}, {"city": "x" * 121}, {"parent": "x"}, {"merged_into": "x"}],
)
def test_what_a_partner_cannot_become_is_refused(world: World, body: dict[str, object]) -> None:
    before = Partner.objects.filter(pk=world.acme.pk).values().get()
    answer = token_client(world.admin).patch(path("partners", world.acme), body, format="json")
    assert answer.status_code == 400
    assert Partner.objects.filter(pk=world.acme.pk).values().get() == before


def test_a_parent_below_the_partner_is_refused(world: World) -> None:
    client = token_client(world.admin)
    acme, globex = ({"parent": str(row.public_id)} for row in (world.acme, world.globex))
    assert client.patch(path("partners", world.acme), globex, format="json").status_code == 200
    answer = client.patch(path("partners", world.globex), acme, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "parent")


def test_a_deal_that_begins_in_the_future_is_refused(world: World) -> None:
    body = {"partner": str(world.acme.public_id), "currency": "EUR"}
    future = body | {"opened_at": "2199-01-01T00:00:00Z"}
    answer = token_client(world.ana).post(path("deals"), future, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "opened_at")


def test_a_manager_must_be_one_of_ours(world: World) -> None:
    client = token_client(world.admin)
    for email in ("pat@example.com", "nobody@example.com"):
        answer = client.patch(path("partners", world.acme), {"manager": email}, format="json")
        assert answer.status_code == 400


def test_every_column_that_is_not_declared_is_refused(world: World) -> None:
    client = token_client(world.admin)
    before = Deal.objects.filter(pk=world.deal.pk).values().get()
    declared = {
        "name", "product", "stage", "amount", "currency", "expected_close_on", "is_co_sell",
    }  # fmt: skip
    columns = {field.name for field in Deal._meta.get_fields()} | set(before)
    for column in columns - declared:
        answer = client.patch(path("deals", world.deal), {column: "1"}, format="json")
        assert answer.status_code == 400, column
    assert Deal.objects.filter(pk=world.deal.pk).values().get() == before


def test_a_merged_stub_s_people_see_both(world: World) -> None:
    merge_partner(world.globex, into=world.acme, by=world.admin, now=timezone.now())
    rows = token_client(world.gil.user).get(path("deals")).json()["results"]
    assert len(rows) == 4


def test_instants_are_told_and_taken_in_utc(world: World) -> None:
    client = token_client(world.ana)
    address = f"/api/v1/deals/{world.deal.public_id}/"
    assert client.get(address).json()["opened_at"] == "2026-07-01T10:00:00Z"
    won = client.post(f"{address}win/", {"closed_at": "2026-07-20T10:00:00"}, format="json")
    assert won.json()["closed_at"] == "2026-07-20T10:00:00Z"
