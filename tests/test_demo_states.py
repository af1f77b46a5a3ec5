"""The demo world shows every state of every machine at least once."""

from kpis import values
from partners.directory.selectors import published
from partners.merging.selectors import duplicates
from partners.models import (
    AccessRequest,
    Application,
    ApplicationInvitation,
    Contract,
    Deal,
    DealBelow,
    DirectoryEntry,
    DirectoryMessage,
    Membership,
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    OnboardingVersion,
    PartnerLink,
    PartnerMerge,
    RuleVersion,
    TierException,
    TierMove,
    TierStanding,
    Trait,
)
from prm.common import access
from prm.common.models import Notice, Task, User
from prm.common.worklist.selectors import overdue
from tests.test_demo_world import NOW, TODAY, demo, told

__all__ = ["demo", "told"]  # the fixtures


def test_tasks_of_both_sides_are_in_every_state_and_some_rest_or_are_late(told: str) -> None:
    found = set(Task.objects.values_list("side", "state"))
    assert found == {(side, state) for side in Task.Side.values for state in Task.State.values}
    assert {row.side for row in Task.objects.exclude(snoozed_until=None)} == set(Task.Side.values)
    assert {row.side for row in overdue(Task.objects.all(), TODAY)} == set(Task.Side.values)


def test_some_notices_are_read_and_a_digest_waits(told: str) -> None:
    read = Notice.objects.exclude(read_at=None)
    assert read.exists()
    assert Notice.objects.filter(read_at=None).count() > 5
    waiting = Notice.objects.filter(mail="daily", mail_due_at__gt=NOW)
    assert waiting.count() == 2
    assert {row.to.staff_role for row in waiting} == {"channel_manager"}


def test_every_state_of_rules_and_of_a_tier_is_told(told: str) -> None:
    assert set(TierStanding.objects.values_list("state", flat=True)) == set(
        TierStanding.State.values
    )
    assert set(RuleVersion.objects.values_list("state", flat=True)) == set(RuleVersion.State.values)
    assert TierStanding.objects.exclude(locked_at=None).exists()
    assert TierException.objects.filter(ended_at=None).exists()
    assert TierException.objects.exclude(ended_at=None).exists()
    causes = set(TierMove.objects.values_list("cause", flat=True))
    assert {"promotion", "demotion", "hard"} <= causes


def test_recruiting_shows_every_state_of_its_machines_and_a_year_of_costs(told: str) -> None:
    for model in (Application, ApplicationInvitation, AccessRequest):
        states = set(model.objects.values_list("state", flat=True))
        assert states == set(model.State.values), model
    for key in ("application_conversion", "time_to_sign", "partner_fit_score",
                "partner_acquisition_cost"):  # fmt: skip
        assert values.value(key, period="2024", now=NOW).value is not None, key
    waiting = Application.objects.filter(state="pending")
    assert waiting.count() >= 6
    assert {row.fit_version for row in waiting} == {1}


def test_onboarding_shows_every_state_on_both_sides_and_what_is_late(told: str) -> None:
    for model in (OnboardingPlan, OnboardingVersion):
        states = set(model.objects.values_list("state", flat=True))
        assert states == set(model.State.values), model
    found = set(OnboardingTask.objects.values_list("side", "state"))
    assert {state for _side, state in found} == set(OnboardingTask.State.values)
    assert {("ours", "pending"), ("ours", "done"), ("company", "action_needed")} <= found
    running = OnboardingTask.objects.filter(plan__state="running", state="pending")
    assert running.filter(due_on__lt=TODAY).exists()
    assert set(Milestone.objects.values_list("kind", flat=True)) == set(Milestone.Kind.values)
    assert OnboardingTask.objects.filter(state="skipped").exclude(skipped_by=None).exists()
    for key in ("onboarding_completion", "onboarding_on_time", "onboarding_bottleneck",
                "time_to_productive"):  # fmt: skip
        assert values.value(key, period="2025-Q2", now=NOW).value is not None, key
    assert Task.objects.filter(source="onboarding", state="open").exists()
    assert Task.objects.filter(source="onboarding_approval", state="open").exists()


def test_companies_show_every_state_of_theirs(told: str) -> None:
    admin = access.actor_for(User.objects.filter(staff_role="admin").order_by("pk")[0])
    pairs = duplicates(admin)
    assert {pair.apart is None for pair in pairs} == {True, False}
    merges = PartnerMerge.objects.values_list("undone_at", flat=True)
    assert {at is None for at in merges} == {True, False}
    assert {link.valid_to is None for link in PartnerLink.objects.all()} == {True, False}
    assert {deal.is_hidden for deal in Deal.objects.all()[:100_000]} == {True, False}
    assert set(Contract.objects.values_list("status", flat=True)) == set(Contract.Status.values)
    assert Task.objects.filter(source="contract_renewal", state="open").exists()
    found = {(row.kind, row.valid_to is None) for row in Trait.objects.all()}
    assert {kind for kind, _open in found} == set(Trait.Kind.values)
    assert ("weakness", False) in found
    assert published().count() == 3
    assert DirectoryEntry.objects.filter(consented_at=None).exists()
    assert DirectoryMessage.objects.exists()


def test_a_distributor_of_the_demo_sees_deals_of_its_resellers(told: str) -> None:
    sanna = Membership.objects.get(user__name="Sanna Lindqvist").user
    assert access.scope(access.actor_for(sanna), DealBelow).exists()
