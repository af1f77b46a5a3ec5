"""The API of what a page does besides lists: the same services, the same rights, the same words."""

from typing import Any

import pytest

from kpis import topperformers
from partners.models import (
    Apart,
    ApplicationForm,
    Benefit,
    DirectoryEntry,
    IdealProfile,
    OnboardingTemplate,
    Partner,
    PartnerProgram,
    TierException,
)
from partners.recruiting.inviting import invite_to_apply
from prm.common.models import AuditEntry, BusinessCalendar
from tests import factories
from tests.access import companies, tiers
from tests.api.conftest import token_client
from tests.factories import at, make_form
from tests.world import World

UNKNOWN = "0192f000-0000-7000-8000-00000000dead"


def send(client: Any, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(f"/api/v1/{path}", body or {}, format="json")


def test_an_application_form_is_made_and_changed(world: World) -> None:
    client = token_client(world.admin)
    body = {
        "slug": "Cloud", "title": "Cloud partners", "reapply_days": None,
        "questions": [{"key": "why", "label": "Why?", "kind": "choice", "choices": ["a", "b"]}],
    }  # fmt: skip
    made = send(client, "post", "application-forms/", body)
    assert (made.status_code, made.json()["slug"]) == (201, "cloud")
    assert client.get("/apply/cloud/").status_code == 200
    again = send(client, "post", "application-forms/", body)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "slug")
    one = f"application-forms/{made.json()['id']}/"
    done = send(client, "patch", one, {"is_open": False})
    assert (done.status_code, done.json()["is_open"]) == (200, False)
    assert ApplicationForm.objects.get().questions[0]["choices"] == ["a", "b"]
    broken = {"questions": [{"key": "x", "label": "X", "kind": "choice", "choices": ["a"]}]}
    assert send(client, "patch", one, broken).status_code == 400
    assert send(token_client(world.ana), "patch", one, {"is_open": True}).status_code == 403


def test_an_invitation_is_sent_again_and_its_old_link_is_dead(world: World) -> None:
    form = make_form()
    row = invite_to_apply(form, email="a@b.example", by=world.admin, now=at("2026-07-01"))
    old = row.digest
    path = f"application-invitations/{row.public_id}/again/"
    answer = send(token_client(world.admin), "post", path)
    assert (answer.status_code, answer.json()["state"]) == (200, "open")
    row.refresh_from_db()
    assert row.digest != old


def test_the_ideal_profile_is_stated_and_derived(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = token_client(world.admin)
    body = {"criteria": [{"key": "type", "weight": 60, "wanted": ["msp"]}]}
    stated = send(client, "post", "ideal-profiles/", body)
    assert (stated.status_code, stated.json()["version"]) == (200, 1)
    assert {one["key"]: one["weight"] for one in stated.json()["criteria"]} == {
        "type": 60, "region": 0, "people": 0, "customers": 0, "certificates": 0,
    }  # fmt: skip
    assert send(client, "post", "ideal-profiles/", {"criteria": []}).status_code == 400
    assert (
        send(client, "post", "ideal-profiles/derive/").status_code == 409
    )  # too few to learn from
    monkeypatch.setattr(topperformers, "top_performers", lambda *_args: [world.acme.pk] * 5)
    derived = send(client, "post", "ideal-profiles/derive/")
    assert (derived.status_code, derived.json()["version"]) == (200, 2)
    assert IdealProfile.objects.count() == 2
    listed = token_client(world.ana).get("/api/v1/ideal-profiles/").json()
    assert [one["version"] for one in listed] == [2, 1]


def test_a_programme_and_its_benefits_are_made_and_changed(world: World) -> None:
    client = token_client(world.admin)
    made = send(client, "post", "programs/", {"name": "Resellers", "types": ["reseller"]})
    assert made.status_code == 201
    taken = send(client, "post", "programs/", {"name": "Others", "types": ["reseller"]})
    assert taken.status_code in {400, 409}
    one = f"programs/{made.json()['id']}/"
    assert send(client, "patch", one, {"summary": "Sell."}).json()["summary"] == "Sell."
    assert send(client, "patch", one, {}).status_code == 400
    assert PartnerProgram.objects.get().versions.get().state == "draft"
    benefit = send(client, "post", "benefits/", {"name": "Funds"})
    assert benefit.status_code == 201
    path = f"benefits/{benefit.json()['id']}/"
    changed = send(client, "patch", path, {"is_active": False})
    assert (changed.json()["name"], changed.json()["is_active"]) == ("Funds", False)
    assert not Benefit.objects.get().is_active
    assert send(token_client(world.ana), "post", "benefits/", {"name": "X"}).status_code == 403


def test_an_exception_is_taken_back_once(world: World) -> None:
    tiers.fill(world)
    row = TierException.objects.filter(partner=world.acme).get()
    TierException.objects.filter(pk=row.pk).update(
        starts_on="2026-01-01", last_day="2199-01-01", ended_at=None, ended_by=None
    )
    client, path = token_client(world.admin), f"tier-exceptions/{row.public_id}/end/"
    assert send(client, "post", path).json()["ended_at"]
    assert send(client, "post", path).status_code == 409
    shown = {one["partner"]["name"] for one in token_client(world.ana).get(
        "/api/v1/tier-exceptions/").json()["results"]}  # fmt: skip
    assert shown == {"Acme"}


def test_a_template_names_its_calendar_and_its_draft_is_discarded(world: World) -> None:
    client = token_client(world.admin)
    calendar = BusinessCalendar.objects.create(name="Office")
    body = {"name": "Founding", "calendar": str(calendar.public_id)}
    made = send(client, "post", "onboarding-templates/", body)
    assert (made.status_code, made.json()["calendar"]) == (201, str(calendar.public_id))
    bad = send(client, "post", "onboarding-templates/", {"name": "B", "calendar": UNKNOWN})
    assert bad.status_code == 400
    one = f"onboarding-templates/{made.json()['id']}/"
    assert send(client, "post", f"{one}discard/").status_code == 409  # its only version
    step = {"key": "a", "title": "A", "side": "company", "days": 1}
    send(client, "post", f"{one}draft/", {"steps": [step]})
    send(client, "post", f"{one}publish/")
    send(client, "post", f"{one}draft/", {"steps": [step | {"title": "B"}]})
    done = send(client, "post", f"{one}discard/").json()
    assert (done["draft_steps"], done["steps"][0]["title"]) == (None, "A")
    assert OnboardingTemplate.objects.get().versions.count() == 1


def test_two_companies_are_kept_apart_and_doubted_again(world: World) -> None:
    client = token_client(world.admin)
    ids = {"one": str(world.acme.public_id), "other": str(world.globex.public_id)}
    said = send(client, "post", "partner-apart/", ids)
    assert (said.status_code, Apart.objects.count()) == (201, 1)
    again = send(client, "post", "partner-apart/", {"one": ids["other"], "other": ids["one"]})
    assert again.json()["id"] == said.json()["id"]
    same = send(client, "post", "partner-apart/", {"one": ids["one"], "other": ids["one"]})
    assert same.status_code == 400
    assert send(client, "delete", f"partner-apart/{said.json()['id']}/").status_code == 204
    assert not Apart.objects.exists()


def test_a_company_describes_itself_and_consents_alone(world: World) -> None:
    body = {"headline": "We know clouds", "text": "Since 1999.", "is_public": True}
    done = send(token_client(world.pat.user), "post", "directory-entries/", body)
    assert (done.status_code, done.json()["partner"]["name"]) == (200, "Acme")
    entry = DirectoryEntry.objects.get()
    assert entry.consented_by == world.pat.user
    assert send(token_client(world.admin), "post", "directory-entries/", body).status_code == 403
    assert token_client(world.gil.user).get("/api/v1/directory-entries/").json()["results"] == []
    back = send(token_client(world.pat.user), "post", "directory-entries/",
                body | {"is_public": False})  # fmt: skip
    assert back.json()["consented_at"] is None


def test_a_portfolio_is_handed_over(world: World) -> None:
    bob = factories.make_user("bob@example.com", staff_role="channel_manager")
    client = token_client(world.admin)
    body = {"giver": "ana@example.com", "manager": "bob@example.com"}
    assert send(client, "post", "hand-overs/", body).json()["partners"] == 1
    assert world.acme.profiles.get(valid_to=None).manager == bob
    same = send(client, "post", "hand-overs/", body | {"manager": "ana@example.com"})
    assert same.status_code == 400
    pat = send(client, "post", "hand-overs/", body | {"manager": "pat@example.com"})
    nobody = send(client, "post", "hand-overs/", body | {"manager": "nobody@example.com"})
    assert pat.json()["errors"] == nobody.json()["errors"]
    assert send(token_client(world.ana), "post", "hand-overs/", body).status_code == 403


def test_a_manager_changes_the_own_partner_but_hands_nobody_over(world: World) -> None:
    client = token_client(world.ana)
    one = f"partners/{world.acme.public_id}/"
    assert send(client, "patch", one, {"city": "Graz", "segment": "SMB"}).status_code == 200
    assert Partner.objects.get(pk=world.acme.pk).city == "Graz"
    refused = send(client, "patch", one, {"manager": "admin@example.com"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "manager")
    theirs = f"partners/{world.globex.public_id}/"
    assert send(client, "patch", theirs, {"city": "Graz"}).status_code == 404
    stolen = send(client, "patch", one, {"parent": str(world.globex.public_id)})
    assert stolen.status_code == 400


def test_oneself_is_read_and_changed(world: World) -> None:
    client = token_client(world.pat.user)
    assert client.get("/api/v1/me/").json()["roles"] == ["partner:admin", "partner:sales"]
    done = send(client, "patch", "me/", {"language": "de", "name": "Pat P."})
    assert (done.json()["language"], done.json()["name"]) == ("de", "Pat P.")
    wrong = send(client, "patch", "me/", {"language": "xx"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "language")
    assert send(client, "patch", "me/", {"staff_role": "admin"}).status_code == 400
    assert AuditEntry.objects.filter(action="user.describe").count() == 1


def test_entries_of_the_directory_are_read_by_those_who_look_after_the_company(
    world: World,
) -> None:
    companies.fill(world, "mark")
    rows = token_client(world.ana).get("/api/v1/directory-entries/").json()["results"]
    assert [row["partner"]["name"] for row in rows] == ["Acme"]
