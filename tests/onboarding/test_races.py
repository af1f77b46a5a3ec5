"""Many people at one moment: one plan, one step of a task, one milestone."""

from datetime import date
from typing import Any

import pytest

from partners.models import Milestone, OnboardingPlan, OnboardingTask, OnboardingTemplate
from partners.onboarding import services, sweeping
from partners.onboarding.rules import Step
from prm.common.models import Task
from tests.factories import at, make_deal, make_partner
from tests.onboarding.plans import NOW, in_state, make_plan, make_template
from tests.recruiting.test_races import MANY, at_once

pytestmark = pytest.mark.django_db(transaction=True)
ONE = (Step("x", "X"), Step("y", "Y"))


def test_many_starts_at_once_make_one_plan() -> None:
    acme = make_partner("Acme")
    make_template(*ONE)

    def start(_n: int) -> None:
        template = OnboardingTemplate.objects.get()
        services.start_plan(acme, template, by=None, now=NOW, started_on=date(2026, 7, 6))

    assert sorted(at_once(start)) == ["conflict"] * (MANY - 1) + ["done"]
    assert (OnboardingPlan.objects.count(), OnboardingTask.objects.count()) == (1, 2)


def test_approved_and_sent_back_at_once_ends_in_one_of_them() -> None:
    plan = make_plan(make_partner("Acme"), *ONE)
    row = in_state(plan, "x", "waiting", needs_approval=True)

    def decide(number: int) -> None:
        mine = OnboardingTask.objects.get(pk=row.pk)
        if number % 2:
            services.approve(mine, by=None, now=NOW)
        else:
            services.send_back(mine, answer="No.", by=None, now=NOW)

    assert at_once(decide).count("done") == 1


def test_the_last_tasks_finished_at_once_complete_the_plan_once() -> None:
    steps = tuple(Step(str(n), str(n)) for n in range(MANY))
    plan = make_plan(make_partner("Acme"), *steps)
    rows = list(plan.tasks.order_by("place"))

    def finish(number: int) -> None:
        services.finish(OnboardingTask.objects.get(pk=rows[number].pk), by=None, now=NOW)

    assert at_once(finish) == ["done"] * MANY
    plan.refresh_from_db()
    assert plan.state == "completed"
    assert not Task.objects.filter(source="onboarding", state="open").exists()


def test_the_sweep_runs_twice_at_once_and_does_its_work_once() -> None:
    acme = make_partner("Acme")
    plan = make_plan(acme, Step("win", "Win", milestone="first_win"), Step("y", "Y"))
    make_deal(acme, won="2026-07-15")
    done: list[int] = []

    def sweep(_n: int) -> None:
        done.append(sweeping.settle_milestones(at("2026-07-16")))

    assert at_once(sweep) == ["done"] * MANY
    assert sum(done) == 1
    assert plan.tasks.get(key="win").state == "done"


def test_first_deals_stored_at_once_leave_the_earliest_milestone() -> None:
    acme = make_partner("Acme")

    def win(number: int) -> Any:
        return make_deal(acme, won=f"2026-07-{10 + number}")

    assert at_once(win) == ["done"] * MANY
    assert Milestone.objects.get(kind="first_win").on == date(2026, 7, 10)
