"""The machines of onboarding, pair by pair: state × action, and who may."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import get_resolver

from partners.models import OnboardingPlan, OnboardingTask, OnboardingVersion
from partners.onboarding import services, templating
from partners.onboarding.rules import Step
from prm.common import access
from prm.common.errors import Conflict, InvalidInput, InvalidTransition
from prm.common.worklist.selectors import DOES
from tests.factories import make_partner, make_user
from tests.onboarding.plans import NOW, STEPS, in_state, make_plan, make_template

pytestmark = pytest.mark.django_db
SOME = {"by": None, "now": NOW}
ACTIONS: dict[str, Callable[[OnboardingTask], Any]] = {
    "hand_in": lambda row: services.hand_in(row, note="Here.", **SOME),
    "finish": lambda row: services.finish(row, **SOME),
    "approve": lambda row: services.approve(row, **SOME),
    "send_back": lambda row: services.send_back(row, answer="The date is missing.", **SOME),
    "revoke": lambda row: services.revoke(row, answer="It is not valid.", **SOME),
    "skip": lambda row: services.skip(row, reason="Not for them.", **SOME),
}
EXPECTED = {
    ("pending", "hand_in"): "waiting",
    ("pending", "finish"): "done",
    ("pending", "skip"): "skipped",
    ("waiting", "approve"): "done",
    ("waiting", "send_back"): "action_needed",
    ("waiting", "skip"): "skipped",
    ("action_needed", "hand_in"): "waiting",
    ("action_needed", "finish"): "done",
    ("action_needed", "skip"): "skipped",
    ("done", "revoke"): "action_needed",
}
ONE = (Step("x", "The one"), Step("y", "Another"))


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", OnboardingTask.State.values)
def test_a_task_moves_along_its_table_alone(state: str, action: str) -> None:
    plan = make_plan(make_partner("Acme"), *ONE)
    needs = action in {"hand_in", "approve", "send_back"}
    row = in_state(plan, "x", state, needs_approval=needs)
    target = EXPECTED.get((state, action))
    if target is None:
        with pytest.raises(InvalidTransition):
            ACTIONS[action](row)
        row.refresh_from_db()
        assert row.state == state
    else:
        assert ACTIONS[action](row).state == target
        row.refresh_from_db()
        assert row.state == target


def test_the_table_of_the_model_is_the_expected_one() -> None:
    table = {
        (state, action): target
        for state, steps in OnboardingTask.NEXT.items()
        for action, target in steps.items()
    }
    reached = {("pending", "reach"): "done", ("action_needed", "reach"): "done"}
    assert table == EXPECTED | reached


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", ["completed", "ended"])
def test_no_task_moves_in_a_plan_that_is_over_but_by_revoking(state: str, action: str) -> None:
    plan = make_plan(make_partner("Acme"), *ONE)
    needs = action in {"hand_in", "approve", "send_back"}
    before = {"approve": "waiting", "send_back": "waiting", "revoke": "done"}.get(action, "pending")
    row = in_state(plan, "x", before, needs_approval=needs)
    OnboardingPlan.objects.filter(pk=plan.pk).update(state=state, closed_at=NOW, reason="over")
    if (state, action) == ("completed", "revoke"):
        assert ACTIONS[action](row).state == "action_needed"
        plan.refresh_from_db()
        assert (plan.state, plan.closed_at) == ("running", None)
        return
    with pytest.raises(Conflict):
        ACTIONS[action](row)


def test_a_plan_moves_along_its_table_alone() -> None:
    assert OnboardingPlan.NEXT == {
        "running": {"complete": "completed", "end": "ended"},
        "completed": {"resume": "running"},
        "ended": {"restore": "running"},  # when a merge is taken apart
    }
    for state in ("completed", "ended"):
        plan = make_plan(make_partner(state), *ONE)
        OnboardingPlan.objects.filter(pk=plan.pk).update(state=state, closed_at=NOW, reason="x")
        with pytest.raises(InvalidTransition):
            services.end_plan(plan, reason="No.", **SOME)


@pytest.mark.parametrize("state", ["draft", "published", "replaced"])
def test_only_a_draft_is_saved_published_or_discarded(state: str) -> None:
    template = make_template()
    templating.start_draft(template, **SOME)
    if state == "replaced":
        templating.publish(template.versions.get(state="draft"), **SOME)
        templating.start_draft(template, **SOME)
    version = template.versions.get(state=state)
    steps: tuple[Callable[[OnboardingVersion], Any], ...] = (
        lambda row: templating.save_draft(row, STEPS, edit=row.edit, **SOME),
        lambda row: templating.publish(row, **SOME),
    )
    if state == "draft":
        for step in steps:
            step(template.versions.get(state=state))
        return
    for step in (*steps, lambda row: templating.discard_draft(row, **SOME)):
        with pytest.raises(Conflict):
            step(version)


DESK = ("approve", "send_back", "revoke", "skip", "due", "hand_in", "finish")
MANAGERS = {"admin", "operations", "channel_manager"}


@pytest.mark.parametrize("step", DESK)
@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES | access.PARTNER_ROLES))
def test_only_who_manages_takes_the_steps_of_the_desk(step: str, role: str) -> None:
    assert get_resolver().url_patterns
    rule = access.POLICY[f"onboarding:task_{step}"]
    assert (role in rule.methods["POST"]) is (role in MANAGERS)


@pytest.mark.parametrize("step", ["hand_in", "finish"])
@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES | access.PARTNER_ROLES))
def test_a_partners_people_hand_in_and_finish_unless_they_only_look_on(
    step: str, role: str
) -> None:
    rule = access.POLICY[f"onboarding:portal_{step}"]
    assert (role in rule.methods["POST"]) is (role in DOES & access.PARTNER_ROLES)


@pytest.mark.parametrize("role", sorted(access.STAFF_ROLES | access.PARTNER_ROLES))
def test_only_who_runs_the_programme_changes_templates(role: str) -> None:
    for name in ("publish", "discard", "step_move", "step_edit", "draft_start", "template_new"):
        rule = access.POLICY[f"onboarding:{name}"]
        assert (role in rule.methods["POST"]) is (role in {"admin", "operations"})


def test_nobody_approves_what_the_same_person_handed_in() -> None:
    ana, ben = (make_user(staff_role="channel_manager") for _n in range(2))
    plan = make_plan(make_partner("Acme"), *ONE)
    row = in_state(plan, "x", "waiting", needs_approval=True, handed_in_by=ana)
    with pytest.raises(Conflict, match="yourself"):
        services.approve(row, by=ana, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        plan.tasks.filter(key="x").update(state="done", done_at=NOW, done_by=ana)
    assert services.approve(row, by=ben, now=NOW).done_by == ben


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "done"},  # without a day
        {"state": "skipped", "skipped_at": NOW},  # without a reason
        {"state": "pending", "done_at": NOW},
        {"state": "waiting"},  # nothing was handed in
        {"state": "pending", "skipped_at": NOW},
    ],
)
def test_the_database_refuses_tasks_that_cannot_be(wrong: dict[str, Any]) -> None:
    plan = make_plan(make_partner("Acme"), *ONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        plan.tasks.filter(key="x").update(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"state": "ended", "closed_at": NOW}, {"state": "completed"}, {"closed_at": NOW}]
)
def test_the_database_refuses_plans_that_cannot_be(wrong: dict[str, Any]) -> None:
    plan = make_plan(make_partner("Acme"), *ONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        OnboardingPlan.objects.filter(pk=plan.pk).update(**wrong)


def test_a_partner_has_one_plan_that_runs() -> None:
    acme = make_partner("Acme")
    make_plan(acme, *ONE)
    with pytest.raises(Conflict):
        make_plan(acme)
    with pytest.raises(IntegrityError), transaction.atomic():
        OnboardingPlan.objects.create(partner=acme, started_on=date(2026, 7, 6))


@pytest.mark.parametrize("step", ["skip", "send_back", "revoke"])
def test_a_step_that_needs_words_is_refused_without_them(step: str) -> None:
    plan = make_plan(make_partner("Acme"), *ONE)
    state = {"skip": "pending", "send_back": "waiting", "revoke": "done"}[step]
    row = in_state(plan, "x", state, needs_approval=step == "send_back")
    name = "reason" if step == "skip" else "answer"
    with pytest.raises(InvalidInput):
        getattr(services, step)(row, **{name: "  "}, **SOME)
