"""The demo world shows every state of every machine at least once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models

from kpis import values
from partners.directory.selectors import published
from partners.merging.selectors import duplicates
from partners.models import (
    AccessRequest,
    Application,
    ApplicationInvitation,
    Contract,
    Customer,
    Deal,
    DealBelow,
    DirectoryEntry,
    DirectoryMessage,
    DynamicSegment,
    Membership,
    Milestone,
    OnboardingPlan,
    OnboardingTask,
    OnboardingVersion,
    PartnerLink,
    PartnerMerge,
    RuleVersion,
    SegmentStay,
    TierException,
    TierMove,
    TierRun,
    TierStanding,
    Trait,
)
from prm.common import access
from prm.common.logbooks.listing import STATES, row_of_mail
from prm.common.models import Import, Notice, OutboxMail, Task, User
from prm.common.worklist.selectors import overdue
from tests.test_demo_world import NOW, TODAY, demo, told

__all__ = ["demo", "told"]  # the fixtures

AT_WORK = "It lasts as long as a worker works; the demo's would take it up at once."
NEVER = "It would be an alarm, or a state that the demo's story has no room for."
TOLD_ELSEWHERE = "Rows that one person makes for itself, in the first minutes with the demo."
# What the demo world need not show, and why: a value of a field, or a whole field.
EXCUSED: dict[tuple[str, str], str] = {
    ("common.Import.state", "waiting"): AT_WORK,
    ("common.Import.state", "running"): AT_WORK,
    ("common.Import.stop_asked_at", "set"): AT_WORK,
    ("common.Import.percent_at", "set"): AT_WORK,
    ("common.Job.state", "running"): AT_WORK,
    ("common.Job.locked_until", "set"): AT_WORK,
    ("common.Job.state", "dead"): NEVER,
    ("partners.TierRun.started_at", "empty"): AT_WORK,
    ("partners.TierRun.finished_at", "empty"): AT_WORK,
    ("common.Import.all_or_nothing", "True"): "A choice of one run; its end looks like any other.",
    ("common.ImportUndo.kind", "changed"): "What an import keeps to be taken back: read by nobody.",
    ("common.ImportUndo.kind", "removed"): "What an import keeps to be taken back: read by nobody.",
    ("common.User.last_login", "set"): "Nobody has signed in to a new installation.",
    ("common.User.single_keys", "False"): TOLD_ELSEWHERE,
    ("common.OutboxMail.is_secret", "True"): "Sign-in mails are posted when somebody signs in.",
    ("partners.Partner.is_test", "True"): "It would stand in every list beside the real ones.",
    ("partners.Deal.approved_at", "empty"): "Every deal of the story begins with an approval.",
    ("partners.Deal.approved_on", "empty"): "Every deal of the story begins with an approval.",
    ("partners.Deal.expected_close_on", "empty"): NEVER,
    ("partners.DealStageEvent.expected_close_on", "empty"): NEVER,
    ("partners.OnboardingTask.due_on", "empty"): "Only imported tasks have no day.",
    ("partners.DynamicSegment.evaluated_at", "empty"): AT_WORK,
    ("partners.DynamicSegment.evaluated_on", "empty"): AT_WORK,
    ("partners.TierStanding.reviewed_until", "empty"): "Everybody was evaluated.",
    ("partners.TierStanding.evaluated_on", "empty"): "Everybody was evaluated.",
    ("partners.TierStanding.evaluated_at", "empty"): "Everybody was evaluated.",
}
# Tables that the demo leaves to those who try it, or to the machinery.
NOT_TOLD = {
    "common.ApiToken": TOLD_ELSEWHERE,
    "common.SavedView": TOLD_ELSEWHERE,
    "common.ImportMapping": TOLD_ELSEWHERE,
    "common.BrandFile": TOLD_ELSEWHERE,
    "common.Session": AT_WORK,
    "common.IdempotencyKey": AT_WORK,
    "kpis.DirtyMark": AT_WORK,
    "kpis.DirtyTotal": AT_WORK,
    "kpis.Verification": AT_WORK,
    "partners.MovedRow": "The merge of the story moved nothing that was open.",
}


def tables() -> list[type[models.Model]]:
    """Every table of ours."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in {"common", "partners", "kpis"}
        and model._meta.managed
        and not model._meta.proxy
    ]


def states() -> Iterator[tuple[type[models.Model], Any, str, models.Q]]:
    """Every value of a choice, every date set and empty, every flag: table, field, value, rows."""
    for model in tables():
        for field in model._meta.concrete_fields:
            name = field.name
            if field.choices:
                for value, _word in field.flatchoices:
                    yield model, field, str(value), models.Q(**{name: value})
            elif isinstance(field, models.BooleanField):
                for flag in (True, False):
                    yield model, field, str(flag), models.Q(**{name: flag})
            elif isinstance(field, models.DateField) and field.null:
                yield model, field, "set", models.Q(**{f"{name}__isnull": False})
                yield model, field, "empty", models.Q(**{name: None})


def test_every_state_of_everything_is_told_or_excused(told: str) -> None:
    """Found by looking at the tables, so that a new state, kind or date is not forgotten."""
    found = {
        (f"{model._meta.label}.{field.name}", value): model._default_manager.filter(rows).exists()
        for model, field, value, rows in states()
        if model._meta.label not in NOT_TOLD
    }
    assert len(found) > 250
    untold = {key for key, is_told in found.items() if not is_told}
    forgotten = sorted(untold - set(EXCUSED))
    assert not forgotten, "Tell these in prm/management/demo, or say why not."
    dead = sorted(set(EXCUSED) - untold)
    assert not dead, "These are told by now, or are gone."


def test_every_table_of_the_product_has_rows_or_a_reason(told: str) -> None:
    empty = {model._meta.label for model in tables() if not model._default_manager.exists()}
    assert empty == set(NOT_TOLD)


def test_no_machine_is_excused_but_what_a_worker_does() -> None:
    machines = {model._meta.label for model in tables() if hasattr(model, "NEXT")}
    assert len(machines) >= 10
    excused = {
        key.rsplit(".", 1)[0] for key, _value in EXCUSED if key.endswith((".state", ".status"))
    }
    assert excused == {"common.Import", "common.Job"}


def test_exceptions_are_running_taken_back_and_over(told: str) -> None:
    running = TierException.objects.filter(ended_at=None, last_day__gte=TODAY)
    over = TierException.objects.filter(ended_at=None, last_day__lt=TODAY)
    assert running.exists()
    assert over.exists()
    assert TierException.objects.exclude(ended_at=None).exists()


def test_a_dry_run_of_the_draft_moved_nobody_and_found_something(told: str) -> None:
    tried = TierRun.objects.filter(kind="dry")
    assert {row.is_draft for row in tried} == {True, False}
    assert all(row.finished_at and row.done == row.total for row in tried)
    assert any(row.changes for row in tried)


def test_imports_ended_in_every_way_and_a_mail_in_every_state(told: str) -> None:
    assert Import.objects.filter(state="done", dry_run=True).count() == 1
    assert Import.objects.get(state="failed").error
    assert not Customer.objects.filter(external_id__startswith="TEST-").exists()  # taken back
    shown = {str(row_of_mail(mail).state) for mail in OutboxMail.objects.all()}
    assert shown == {str(word) for word, _tone, _rows in STATES.values()}


def test_contracts_run_end_soon_have_ended_and_rest(told: str) -> None:
    active = Contract.objects.filter(status="active")
    assert active.filter(ends_on=None).exists()
    assert active.filter(ends_on__gt=TODAY, ends_on__lte=TODAY + timedelta(days=60)).exists()
    assert active.filter(ends_on__lte=TODAY).exclude(end_reason="").exists()
    assert Contract.objects.filter(status="suspended").exists()


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
    assert published(TODAY).count() == 3
    assert DirectoryEntry.objects.filter(consented_at=None).exists()
    assert DirectoryMessage.objects.exists()


def test_a_distributor_of_the_demo_sees_deals_of_its_resellers(told: str) -> None:
    sanna = Membership.objects.get(user__name="Sanna Lindqvist").user
    assert access.scope(access.actor_for(sanna), DealBelow).exists()


def test_dynamic_segments_are_in_use_and_archived_and_partners_came_and_went(told: str) -> None:
    assert set(DynamicSegment.objects.values_list("state", flat=True)) == set(
        DynamicSegment.State.values
    )
    assert {"", "values", "archive"} <= set(
        SegmentStay.objects.values_list("left_because", flat=True)
    )
    for segment in DynamicSegment.objects.filter(state="active"):
        assert segment.stays.filter(valid_to=None).exists(), segment
