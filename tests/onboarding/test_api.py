"""What is done on onboarding's pages can be done by the API, under the same rules."""

from typing import Any

import pytest
import time_machine

from partners.models import OnboardingPlan, OnboardingTemplate
from tests.api.conftest import token_client
from tests.factories import make_deal, make_member, make_partner, make_user
from tests.onboarding.plans import NOW, in_state, make_plan, make_template, task

pytestmark = pytest.mark.django_db
PLANS, TASKS = "/api/v1/onboarding-plans/", "/api/v1/onboarding-tasks/"
TEMPLATES = "/api/v1/onboarding-templates/"


@pytest.fixture
def client() -> Any:
    return token_client(make_user(staff_role="admin"))


def post(client: Any, url: str, **body: Any) -> Any:
    return client.post(url, body, format="json")


def test_a_plan_is_begun_read_and_ended(client: Any) -> None:
    acme, template = make_partner("Acme"), make_template()
    with time_machine.travel(NOW, tick=False):
        made = post(
            client, PLANS, partner=str(acme.public_id), template=str(template.public_id),
            started_on="2026-07-06",
        )  # fmt: skip
        assert made.status_code == 201, made.content
        told = made.json()
        assert (told["tasks_done"], told["tasks_required"], told["version"]) == (0, 3, 1)
        again = post(client, PLANS, partner=str(acme.public_id), template=str(template.public_id))
        assert again.status_code == 409
        ended = post(client, f"{PLANS}{told['id']}/end/", reason="They left.")
        assert (ended.json()["state"], ended.json()["reason"]) == ("ended", "They left.")


def test_a_task_goes_through_approval_by_two_people(client: Any) -> None:
    plan = make_plan(make_partner("Acme"))
    in_state(plan, "kickoff", "done")
    one = f"{TASKS}{task(plan, 'plan').public_id}/"
    assert post(client, f"{one}finish/").status_code == 409
    assert post(client, f"{one}hand-in/", note="Here.").json()["state"] == "waiting"
    assert post(client, f"{one}approve/").status_code == 409  # the same person
    other = token_client(make_user("b@vendor.example", staff_role="operations"))
    assert post(other, f"{one}send-back/", answer="Numbers!").json()["answer"] == "Numbers!"
    assert post(client, f"{one}hand-in/").json()["state"] == "waiting"
    assert post(other, f"{one}approve/").json()["state"] == "done"
    assert post(other, f"{one}revoke/", answer="Wrong year.").json()["state"] == "action_needed"
    assert post(other, f"{one}skip/", reason="Enough.").json()["state"] == "skipped"
    moved = client.patch(one, {"due_on": "2026-08-01", "reason": "x"}, format="json")
    assert moved.status_code == 409


def test_a_partners_people_do_their_own_tasks_alone() -> None:
    acme, globex = make_partner("Acme"), make_partner("Globex")
    pat = token_client(make_member(acme, "pat@example.com", "sales").user)
    looks_on = token_client(make_member(acme, "rea@example.com", "read_only").user)
    plan, foreign = make_plan(acme), make_plan(globex)
    assert {row["id"] for row in pat.get(PLANS).json()["results"]} == {str(plan.public_id)}
    own = f"{TASKS}{task(plan, 'logo').public_id}/finish/"
    assert post(looks_on, own).status_code == 403
    assert post(pat, f"{TASKS}{task(plan, 'kickoff').public_id}/finish/").status_code == 404
    assert post(pat, f"{TASKS}{task(foreign, 'logo').public_id}/finish/").status_code == 404
    assert post(pat, f"{TASKS}{task(plan, 'sign_in').public_id}/finish/").status_code == 409
    assert post(pat, own, note="It is there.").json()["state"] == "done"
    assert post(pat, f"{TASKS}{task(plan, 'logo').public_id}/skip/", reason="x").status_code == 403
    narrowed = pat.get(f"{TASKS}?partner={globex.public_id}")
    assert narrowed.status_code == 400
    assert pat.get(TEMPLATES).status_code == 403


def test_a_template_is_made_drafted_and_published(client: Any) -> None:
    made = post(client, TEMPLATES, name="Resellers", types=["reseller"])
    one = f"{TEMPLATES}{made.json()['id']}/"
    steps = [
        {"key": "a", "title": "First", "side": "ours", "days": 2},
        {"key": "b", "title": "Second", "side": "company", "days": 5, "after": ["a"]},
    ]
    wrong = [*steps, {"key": "c", "title": "Third", "side": "ours", "days": 9, "after": ["x"]}]
    assert post(client, f"{one}draft/", steps=wrong).status_code == 400
    assert post(client, f"{one}draft/", steps=steps).json()["draft_steps"][1]["after"] == ["a"]
    told = post(client, f"{one}publish/").json()
    assert (told["version"], len(told["steps"]), told["draft_steps"]) == (1, 2, None)
    changed = client.patch(one, {"is_active": False}, format="json")
    assert changed.json()["is_active"] is False
    assert OnboardingTemplate.objects.get().name == "Resellers"
    assert post(client, f"{one}publish/").status_code == 409


def test_milestones_are_read_by_both_sides(client: Any) -> None:
    acme, globex = make_partner("Acme"), make_partner("Globex")
    make_deal(acme, won="2026-07-15")
    make_deal(globex, won="2026-07-15")
    url = "/api/v1/milestones/?kind=first_win"
    assert len(client.get(url).json()["results"]) == 2
    pat = token_client(make_member(acme, "pat@example.com", "read_only").user)
    (row,) = pat.get(url).json()["results"]
    assert (row["partner"]["name"], row["on"]) == ("Acme", "2026-07-15")


def test_a_manager_reaches_own_partners_alone() -> None:
    ana = make_user(staff_role="channel_manager")
    acme, globex = make_partner("Acme", manager=ana), make_partner("Globex")
    make_plan(acme)
    foreign = make_plan(globex)
    client = token_client(ana)
    assert len(client.get(PLANS).json()["results"]) == 1
    assert client.get(f"{PLANS}{foreign.public_id}/").status_code == 404
    body = {"partner": str(globex.public_id),
            "template": str(OnboardingTemplate.objects.get().public_id)}  # fmt: skip
    assert post(client, PLANS, **body).status_code == 400
    assert OnboardingPlan.objects.count() == 2
