"""What is done on recruiting's pages can be done by the API, under the same rules."""

from typing import Any

import pytest

from partners.models import AccessRequest, Application, Cost, Membership, Territory
from tests.api.conftest import token_client
from tests.factories import at, make_application, make_form, make_member, make_partner, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/applications/"


@pytest.fixture
def client() -> Any:
    return token_client(make_user(staff_role="admin"))


def test_an_application_is_asked_about_and_approved(client: Any) -> None:
    row = make_application(make_form(), company="Newcomer")
    one = f"{URL}{row.public_id}/"
    assert client.get(URL).json()["results"][0]["company"] == "Newcomer"
    other = make_application(make_form("other"))
    asked = client.post(f"{URL}{other.public_id}/ask/", {"text": "Why?"}, format="json")
    assert asked.json()["state"] == "returned"
    done = client.post(f"{one}approve/", {"type": "msp", "tier": "gold"}, format="json")
    assert (done.status_code, done.json()["partner"]["name"]) == (200, "Newcomer")
    again = client.post(f"{one}approve/", {}, format="json")
    assert (again.status_code, "invalid_transition" in again.content.decode()) == (409, True)


def test_a_manager_approves_for_himself_alone() -> None:
    ana = make_user(staff_role="channel_manager")
    Territory.objects.create(manager=ana, region="DACH")
    row = make_application(make_form(), region="DACH")
    other = make_user("else@vendor.example", staff_role="channel_manager")
    body = {"manager": other.email, "region": "DACH"}
    answer = token_client(ana).post(f"{URL}{row.public_id}/approve/", body, format="json")
    assert answer.status_code in {200, 400}
    row.refresh_from_db()
    if row.partner is not None:
        assert row.partner.profiles.get().manager == ana


@pytest.mark.parametrize("body", [{}, {"reason": "x"}, {"reason": "other", "state": "approved"}])
def test_a_rejection_needs_a_known_reason_and_nothing_else(client: Any, body: Any) -> None:
    row = make_application(make_form())
    assert client.post(f"{URL}{row.public_id}/reject/", body, format="json").status_code == 400
    row.refresh_from_db()
    assert row.state == "pending"


def test_invitations_by_the_api_show_no_secret(client: Any) -> None:
    form = make_form()
    body = {"form": str(form.public_id), "email": "ann@acme.example", "days": 5}
    made = client.post("/api/v1/application-invitations/", body, format="json")
    assert made.status_code == 201
    assert "digest" not in made.json()
    one = f"/api/v1/application-invitations/{made.json()['id']}/"
    assert client.post(f"{one}withdraw/").json()["state"] == "withdrawn"


def test_a_partners_administrator_decides_by_the_api_for_the_own_company() -> None:
    acme = make_partner("Acme", domain="acme.example")
    globex = make_partner("Globex")
    pat = make_member(acme, "pat@acme.example", "admin")
    row = AccessRequest.objects.create(
        name="Ann",
        email="ann@acme.example",
        partner=acme,
        state="pending",
        asked_at=at("2026-07-01"),
    )
    client = token_client(pat.user)
    one = f"/api/v1/access-requests/{row.public_id}/"
    assert client.get(one).json()["name"] == "Ann"
    body = {"roles": ["sales"], "partner": str(globex.public_id)}
    assert client.post(f"{one}approve/", body, format="json").status_code == 400
    answer = client.post(f"{one}approve/", {"roles": ["sales"]}, format="json")
    assert answer.json()["state"] == "approved"
    assert Membership.objects.get(user__email="ann@acme.example").partner == acme
    assert client.get(URL).status_code == 403


def test_costs_are_recorded_and_a_managers_are_of_own_partners(client: Any) -> None:
    ana = make_user(staff_role="channel_manager")
    mine, theirs = make_partner("Mine", manager=ana), make_partner("Theirs")
    body = {
        "kind": "onboarding",
        "amount": "120.50",
        "currency": "EUR",
        "at": "2026-07-01T10:00:00Z",
    }
    assert client.post("/api/v1/costs/", body, format="json").status_code == 201
    manager = token_client(ana)
    assert manager.post("/api/v1/costs/", body, format="json").status_code == 400
    for partner, status in ((mine, 201), (theirs, 400)):
        given = {**body, "partner": str(partner.public_id)}
        assert manager.post("/api/v1/costs/", given, format="json").status_code == status
    assert [row["partner"]["name"] for row in manager.get("/api/v1/costs/").json()["results"]] == [
        "Mine"
    ]
    assert Cost.objects.count() == 2


@pytest.mark.parametrize("role", ["executive", "finance_approve"])
def test_readers_read_and_decide_nothing(role: str) -> None:
    row = make_application(make_form())
    client = token_client(make_user(staff_role=role))
    assert client.get(f"{URL}{row.public_id}/").status_code == 200
    body = {"reason": "other"}
    assert client.post(f"{URL}{row.public_id}/reject/", body, format="json").status_code == 403
    assert Application.objects.get().state == "pending"
