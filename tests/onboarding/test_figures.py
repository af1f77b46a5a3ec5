"""The KPIs of onboarding on facts worked out by hand; imports that feed them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from kpis import values
from kpis.engine.drain import drain
from partners.models import Contract, Milestone, OnboardingPlan, OnboardingTask, Partner
from partners.onboarding.rules import Step
from prm.common.access import actor_for
from tests.factories import at, make_deal, make_member, make_partner
from tests.imports.sets import counts, run
from tests.onboarding.plans import NOW, in_state, make_plan

pytestmark = pytest.mark.django_db
LATER = at("2026-10-05")
STEPS = tuple(Step(key, key.title(), days=5 * n) for n, key in enumerate("abcd", 1))


def partner(name: str, start: str = "2026-07-01", **more: Any) -> Partner:
    row = make_partner(name, **more)
    if not row.contracts.exists():
        Contract.objects.create(partner=row, starts_on=start)
    row.contracts.update(starts_on=start)
    row.profiles.update(valid_from=start)
    drain(LATER)
    return row


def read(key: str, variant: str = "", scope: str = "program", period: str = "2026-Q3") -> Any:
    drain(LATER)
    return values.value(key, period=period, variant=variant, scope=scope, now=LATER)


def test_without_plans_progress_is_not_connected() -> None:
    assert read("onboarding_completion").reason == "not_connected"
    assert read("onboarding_on_time").reason == "not_connected"
    assert read("onboarding_bottleneck").reason == "not_connected"


def test_completed_partners_leave_the_whole_and_keep_their_own_figure() -> None:
    acme, globex = partner("Acme"), partner("Globex")
    first, second = make_plan(acme, *STEPS), make_plan(globex)
    in_state(first, "a", "done")
    in_state(first, "b", "skipped")
    result = read("onboarding_completion")
    assert (result.numerator, result.denominator) == (1, 7)
    second.tasks.update(state="done", done_at=NOW)
    OnboardingPlan.objects.filter(pk=second.pk).update(state="completed", closed_at=NOW)
    result = read("onboarding_completion")
    assert (result.numerator, result.denominator) == (1, 3)
    own = read("onboarding_completion", scope=f"partner:{globex.public_id}")
    assert own.value == 1


def test_steps_in_time_are_read_by_side_and_period() -> None:
    plan = make_plan(partner("Acme"), *STEPS)
    plan.tasks.filter(key="a").update(side="ours", state="done", done_at=at("2026-07-10"))
    plan.tasks.filter(key="b").update(state="done", done_at=at("2026-07-30"))
    # handed in on its day, approved a week later: the partner was in time
    plan.tasks.filter(key="c").update(
        state="done", handed_in_at=at("2026-07-27"), done_at=at("2026-08-04")
    )
    found = {name: read("onboarding_on_time", name) for name in ("rate", "ours", "partner")}
    assert [(one.numerator, one.denominator) for one in found.values()] == [(2, 4), (1, 1), (1, 3)]
    plan.tasks.filter(key="d").update(due_on="2026-10-20")
    assert read("onboarding_on_time").denominator == 3
    assert read("onboarding_on_time", "period", period="2026-Q4").denominator == 0
    assert read("onboarding_on_time", "period").denominator == 3


def test_what_is_due_today_is_not_late_yet() -> None:
    plan = make_plan(partner("Acme"), *STEPS)
    plan.tasks.update(due_on="2026-10-05")
    assert read("onboarding_on_time", period="2026-Q4").value is None


def test_the_slowest_step_needs_five_finished_ones() -> None:
    for number in range(5):
        plan = make_plan(partner(f"P{number}"), *STEPS)
        plan.tasks.filter(key="a").update(state="done", done_at=at(f"2026-07-1{number}"))
        if number < 4:
            plan.tasks.filter(key="b").update(state="done", done_at=at("2026-08-06"))
    result = read("onboarding_bottleneck")
    assert (result.value, result.items[0]["step"]) == (6, "a")  # 4, 5, 6, 7, 8 days
    assert next(one for one in result.items if one["step"] == "b")["median"] is None


def test_a_step_that_stands_in_one_plan_alone_is_not_named() -> None:
    plan = make_plan(partner("Acme"), *STEPS)
    plan.tasks.filter(key="a").update(key="secret", title="Secret of Acme")
    result = read("onboarding_bottleneck")
    assert {one["step"] for one in result.items} == {"b", "c", "d"}
    assert (result.value, result.reason) == (None, "insufficient_n")


def test_time_to_first_revenue_counts_who_has_none_and_who_left() -> None:
    for number, won in enumerate(("2026-07-11", "2026-07-21", None, None)):
        row = partner(f"P{number}")
        if won:
            make_deal(row, won=won)
    Contract.objects.filter(partner__name="P3").update(ends_on="2026-07-05")
    drain(LATER)
    result = read("time_to_productive")
    # at day 10: 1 of 3 still followed; at day 20: 1 of 2 → a third is left
    assert (result.value, result.numerator, result.denominator) == (20, 2, 4)
    assert read("time_to_productive", "within_90").value == pytest.approx(2 / 3)
    assert read("time_to_productive", "sign_in").reason == "not_reached"


def test_a_young_cohort_has_an_estimate_and_no_rate() -> None:
    first, second = partner("Acme", "2026-07-02"), partner("Globex", "2026-09-10")
    make_deal(first, opened="2026-07-20")
    assert read("activation_rate_90d").reason == "insufficient_history"
    assert read("activation_rate_90d", "estimate").value == pytest.approx(0.5)
    second.contracts.update(starts_on="2026-07-03")
    drain(LATER)
    assert read("activation_rate_90d").value == 0.5


def test_partners_people_read_their_own_progress_alone() -> None:
    acme = partner("Acme")
    make_plan(acme, *STEPS)
    actor = actor_for(make_member(acme, "pat@example.com", "admin").user)
    for key in ("onboarding_completion", "onboarding_on_time"):
        assert "rate" in values.readings(values.KPIS[key], actor)
    for key in ("onboarding_bottleneck", "time_to_productive", "activation_rate_90d"):
        assert values.readings(values.KPIS[key], actor) == ()


def load(tmp_path: Path, resource: str, text: str) -> Any:
    path = tmp_path / f"{resource}.csv"
    path.write_text(text)
    return counts(run("import_csv", resource, str(path), "--source", "crm"))


HEAD = "partner_id,step,required,due_date,completed_at\n"


def test_steps_of_another_system_make_a_plan_that_runs_and_is_completed(tmp_path: Path) -> None:
    make_partner("Acme", source="crm", external_id="P1")
    rows = f"{HEAD}P1,contract_signed,1,2026-07-10,2026-07-10\nP1,portal_access,1,2026-07-17,\n"
    assert load(tmp_path, "onboarding_step", rows) == (2, 0, 0, 0)
    plan = OnboardingPlan.objects.get()
    assert (plan.state, plan.version, plan.started_on) == (
        "running",
        None,
        date(2020, 1, 1),
    )  # its contract
    assert OnboardingTask.objects.get(key="portal_access").title == "Portal access"
    assert load(tmp_path, "onboarding_step", rows) == (0, 0, 2, 0)
    done = rows.replace("2026-07-17,\n", "2026-07-17,2026-07-15\n")
    assert load(tmp_path, "onboarding_step", done) == (0, 1, 1, 0)
    plan.refresh_from_db()
    assert (plan.state, plan.closed_on) == ("completed", date(2026, 7, 15))
    # a blank completion takes back nothing that is done here
    assert load(tmp_path, "onboarding_step", rows) == (0, 0, 2, 0)


def test_steps_for_a_partner_whose_plan_runs_here_are_refused(tmp_path: Path) -> None:
    make_plan(make_partner("Acme", source="crm", external_id="P1"))
    path = tmp_path / "onboarding_step.csv"
    path.write_text(f"{HEAD}P1,contract_signed,1,2026-07-10,\n")
    with pytest.raises(CommandError):
        run("import_csv", "onboarding_step", str(path), "--source", "crm")
    assert OnboardingPlan.objects.count() == 1


def test_first_wins_of_old_books_are_milestones_that_only_go_back(tmp_path: Path) -> None:
    acme = make_partner("Acme", source="crm", external_id="P1")
    make_deal(acme, won="2026-07-15")
    head = "partner_id,first_won_on\n"
    assert load(tmp_path, "partner_first_win", f"{head}P1,2024-06-01\n") == (0, 1, 0, 0)
    assert Milestone.objects.get(kind="first_win").on == date(2024, 6, 1)
    assert load(tmp_path, "partner_first_win", f"{head}P1,2025-06-01\n") == (0, 0, 1, 0)
