"""No rule of the database keeps two records of one company from being merged, or taken apart."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from partners.merging.selectors import preview
from partners.merging.services import follow_merge, merge_partner, unmerge_partner
from partners.models import (
    Apart,
    DirectoryEntry,
    DynamicSegment,
    Membership,
    Milestone,
    MovedRow,
    OnboardingPlan,
    Partner,
    PartnerLink,
    PartnerMerge,
    PartnerProfile,
    SegmentStay,
    TierException,
    TierMove,
    TierStanding,
    Trait,
)
from partners.onboarding.selectors import running_plan
from prm.common.models import Task
from tests.factories import at, make_partner, make_user
from tests.merging.test_merge import rows_of_all_tables
from tests.onboarding.plans import make_plan, make_template, task
from tests.programs.ladder import ladder, program_with

pytestmark = pytest.mark.django_db
NOW = at("2026-10-05")
BY = {"by": None, "now": NOW}
# Every unique index and exclusion constraint of a table that has a column naming a partner there.
FOUND = """
    SELECT table_.relname || '.' || index_.relname
    FROM pg_index JOIN pg_class AS index_ ON index_.oid = indexrelid
    JOIN pg_class AS table_ ON table_.oid = indrelid
    WHERE (indisunique OR indisexclusion) AND EXISTS (
        SELECT 1 FROM pg_constraint AS link
        WHERE link.conrelid = indrelid AND link.contype = 'f'
            AND link.confrelid = 'partners_partner'::regclass AND link.conkey[1] = ANY(indkey)
    )
"""


def _person(partner: Partner) -> Model:
    user = Membership.objects.values_list("user", flat=True).first()
    who = {"user_id": user} if user else {"user": make_user("pat@acme.example")}
    return Membership.objects.create(partner=partner, roles=["admin"], **who)


def _link(partner: Partner) -> Model:
    above = make_partner(f"Above {partner}")
    return PartnerLink.objects.create(child=partner, parent=above, valid_from="2021-01-01")


def _program() -> Any:
    return apps.get_model("partners", "PartnerProgram").objects.first() or program_with(ladder())


def _move(partner: Partner) -> Model:
    return TierMove.objects.create(
        partner=partner, program=_program(), from_tier="registered", to_tier="silver", is_up=True,
        cause="promotion", effective_from="2026-05-01", at=NOW,
    )  # fmt: skip


def _exception(partner: Partner) -> Model:
    return TierException.objects.create(
        partner=partner, tier="gold", starts_on="2026-09-01", last_day="2026-12-31", reason="Why"
    )


def _stay(partner: Partner, **more: Any) -> Model:
    rule = {"all": [{"field": "type", "operator": "filled"}]}
    segment, _made = DynamicSegment.objects.get_or_create(
        name="Typed", defaults={"rule": rule, "created_at": NOW}
    )
    return SegmentStay.objects.create(
        segment=segment, partner=partner, valid_from="2026-01-01", came_at=at("2026-01-01"),
        came_because="values", **more,
    )  # fmt: skip


def _past_stay(partner: Partner) -> Model:
    return _stay(partner, valid_to="2026-02-01", left_at=at("2026-02-01"), left_because="values")


# The rule of the database: a row of one partner that would break it if it named another one's.
ROWS: dict[str, Callable[[Partner], Model]] = {
    "partners_directoryentry.partner": lambda one: DirectoryEntry.objects.create(
        partner=one, slug=str(one.pk)
    ),
    "partners_link_no_overlap": _link,
    "partners_membership_once": _person,
    "partners_milestone_once": lambda one: Milestone.objects.create(
        partner=one, kind="first_win", at=NOW
    ),
    "partners_onboarding_one_running": make_plan,
    "partners_profile_no_overlap": lambda one: PartnerProfile.objects.get(partner=one),
    "partners_segment_stay_no_overlap": _past_stay,
    "partners_segment_stay_one_open": _stay,
    "partners_tierexception_no_overlap": _exception,
    "partners_tiermove_once": _move,
    "partners_tierstanding.partner": lambda one: TierStanding.objects.create(
        partner=one, program=_program()
    ),
    "partners_trait_once": lambda one: Trait.objects.create(
        partner=one, kind="strength", text="Fast", valid_from="2026-01-01"
    ),
}
# What holds whatever a merge does, with the reason.
NO_MATTER = {
    "partners_registration_partner": "the key is in it, so that two rows never clash",
    "partners_membership_id_partner": "the key is in it, so that two rows never clash",
    "partners_merge_one_open": "the log of merges names the records themselves",
    "partners_apart_once": "what was said of two records names the records themselves",
}


def test_every_rule_of_the_database_about_partners_is_tried() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FOUND)
        found = [name.split(".") for (name,) in cursor.fetchall()]
    names = {index if "_uniq" not in index and not index.endswith("_key") else f"{table}.partner"
             for table, index in found}  # fmt: skip
    assert names == set(ROWS) | set(NO_MATTER)


@pytest.mark.parametrize("rule", ROWS)
def test_two_records_that_both_have_a_row_are_merged_and_taken_apart(rule: str) -> None:
    make_template()
    _program()
    one, other = make_partner("One", type="reseller"), make_partner("Other", type="reseller")
    _kept, row = ROWS[rule](one), ROWS[rule](other)
    column = "child" if rule == "partners_link_no_overlap" else "partner"
    with pytest.raises(IntegrityError, match=rule.split(".")[0]), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**{column: one})  # they would clash
    before = rows_of_all_tables()
    preview(other, one)
    merge_partner(other, into=one, **BY)
    unmerge_partner(other, **BY)
    after = rows_of_all_tables()
    assert {name for name in before if before[name] != after[name]} == set()


def both() -> tuple[Partner, Partner, OnboardingPlan, OnboardingPlan]:
    """Two records of one company, both with an onboarding that runs."""
    one, other = make_partner("One"), make_partner("Other")
    return one, other, make_plan(one), make_plan(other)


def test_the_survivors_onboarding_goes_on_and_the_other_one_ends_as_merged() -> None:
    one, other, kept, ended = both()
    assert [number for _label, number in preview(other, one).ends] == [1]
    assert ended.state == "running"  # the preview changes nothing
    merge_partner(other, into=one, **BY)
    ended.refresh_from_db()
    kept.refresh_from_db()
    assert (ended.state, ended.reason) == ("ended", "Merged: the plan of the survivor goes on.")
    assert (kept.state, running_plan(one)) == ("running", kept)
    mine = Task.objects.filter(source="onboarding", state="open")
    assert {row.key for row in mine} == {str(task(kept, "kickoff").public_id),
        str(task(kept, "logo").public_id), str(task(kept, "sign_in").public_id)}  # fmt: skip


def test_a_plan_that_alone_runs_goes_on_for_the_survivor() -> None:
    one, other = make_partner("One"), make_partner("Other")
    plan = make_plan(other)
    assert preview(other, one).ends == []
    merge_partner(other, into=one, **BY)
    assert running_plan(one) == plan
    assert set(Task.objects.values_list("company", flat=True)) == {one.public_id}
    unmerge_partner(other, **BY)
    assert set(Task.objects.values_list("company", flat=True)) == {other.public_id}


def test_an_imported_merge_ends_the_second_onboarding_too() -> None:
    one, other, kept, ended = both()
    Partner.objects.filter(pk=other.pk).update(merged_into=one, merged_at=NOW)
    follow_merge(other, **BY)
    assert set(OnboardingPlan.objects.filter(state="running")) == {kept}
    unmerge_partner(other, **BY)
    assert set(OnboardingPlan.objects.filter(state="running")) == {kept, ended}


def test_taken_apart_the_side_that_is_left_without_a_plan_gets_its_own_back() -> None:
    bare, first, second = (make_partner(name) for name in ("Bare", "First", "Second"))
    plan, later = make_plan(first), make_plan(second)
    merge_partner(first, into=bare, **BY)
    merge_partner(second, into=bare, **BY)
    assert running_plan(bare) == plan
    unmerge_partner(first, **BY)
    assert (running_plan(first), running_plan(bare)) == (plan, later)
    assert Task.objects.filter(company=bare.public_id, state="open").count() == 3
    unmerge_partner(second, **BY)
    assert (running_plan(second), running_plan(bare)) == (later, None)
    assert not Task.objects.filter(company=bare.public_id).exists()


def test_a_plan_that_somebody_ended_stays_ended() -> None:
    one, other, _kept, ended = both()
    merge_partner(other, into=one, **BY)
    unmerge_partner(other, **BY)
    OnboardingPlan.objects.filter(pk=ended.pk).update(state="ended", closed_at=NOW, reason="No.")
    merge_partner(other, into=one, **BY)
    unmerge_partner(other, **BY)
    assert running_plan(other) is None
    assert not MovedRow.objects.filter(relation="partners.OnboardingPlan.state").exists()


def test_the_page_says_before_that_one_onboarding_ends() -> None:
    one, other, _kept, _ended = both()
    client = Client()
    client.force_login(make_user("olga@vendor.example", staff_role="operations"))
    page = reverse("merging:merge", args=[other.public_id])
    shown = client.get(page, {"into": one.public_id}).content.decode()
    assert "Ends, the survivor’s own goes on" in shown
    assert "Onboarding that runs: 1" in shown


def test_records_that_were_said_to_be_two_are_merged_all_the_same() -> None:
    one, other = make_partner("One"), make_partner("Other")
    Apart.objects.create(first=one, second=other, at=NOW)
    for _again in range(2):
        merge_partner(other, into=one, **BY)
        unmerge_partner(other, **BY)
    assert PartnerMerge.objects.filter(undone_at=None).count() == 0
