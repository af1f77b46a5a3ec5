"""Evaluations that run at once, are killed in the middle, or meet a person who decides."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection

from kpis.tierruns import ask_due, evaluate_program
from partners.models import TierException, TierMove, TierRun, TierStanding
from partners.programs import deciding, evaluating
from prm.common.errors import InvalidTransition
from prm.common.models import AuditEntry, Job
from tests.programs.ladder import (
    at,
    ladder,
    program_with,
    reseller,
    run,
    standing,
    tier_of,
    won,
)

DAY = "2026-05-20"


def at_once(*works: Any) -> list[BaseException]:
    """Do these in threads that begin together; returns what they raised."""
    start, raised = threading.Barrier(len(works)), []

    def do(work: Any) -> None:
        start.wait()
        try:
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_two_evaluations_at_once_move_a_partner_once() -> None:
    program = program_with(ladder())
    partners = [reseller() for _place in range(5)]
    for partner in partners:
        won(partner, "2026-05-01", 150_000)
    job = Job.objects.create(
        kind="walk", key="x", args={"program": program.pk}, due_at=at(DAY), state="done"
    )
    assert not at_once(*[lambda: evaluate_program(job, at(DAY))] * 3)
    assert TierMove.objects.count() == 5
    assert AuditEntry.objects.filter(action="tierstanding.promote").count() == 5
    assert {tier_of(partner) for partner in partners} == {"silver"}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_approve_at_once_make_one_move() -> None:
    program, partner = program_with(ladder(promotion="approval")), reseller()
    won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    row = standing(partner)
    raised = at_once(*[lambda: deciding.approve(row, by=None, now=at(DAY))] * 2)
    assert [type(error) for error in raised] == [InvalidTransition]
    assert TierMove.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_exceptions_at_once_are_one() -> None:
    program, partner = program_with(ladder()), reseller()
    run(program, DAY)

    def grant() -> None:
        deciding.grant_exception(
            partner, tier="silver", last_day=date(2026, 12, 31), reason="Why", by=None, now=at(DAY)
        )

    assert len(at_once(grant, grant)) == 1
    assert TierException.objects.count() == 1
    assert TierMove.objects.count() == 1


@pytest.mark.django_db
def test_a_run_that_was_killed_after_the_moves_has_told_nobody_and_is_made_good_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program, partner, risky = program_with(ladder()), reseller(), reseller(tier="gold")
    run(program, DAY)
    won(partner, "2026-05-01", 150_000)

    def killed(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(evaluating, "_store", killed)
        with pytest.raises(KeyboardInterrupt):
            run(program, "2026-07-01")
    Job.objects.all().delete()
    assert standing(risky).state == "steady"
    assert not AuditEntry.objects.filter(action="tierstanding.warn").exists()
    run(program, "2026-07-01")
    assert standing(risky).state == "at_risk"
    assert TierMove.objects.filter(partner=partner).count() == 1
    warned = AuditEntry.objects.filter(action="tierstanding.warn")
    assert warned.filter(object_id=str(standing(risky).public_id)).count() == 1
    assert TierStanding.objects.filter(reviewed_until=date(2026, 7, 1)).count() == 2


@pytest.mark.django_db
def test_each_programme_is_evaluated_once_a_local_day_and_a_missed_day_is_over() -> None:
    program = program_with(ladder())
    reseller()
    assert ask_due(at(DAY)) == 1
    assert ask_due(at(DAY)) == 1  # it has not been done yet; the job is the same
    assert Job.objects.filter(kind="programs.evaluate").count() == 1
    evaluate_program(Job.objects.get(kind="programs.evaluate"), at(DAY))
    assert ask_due(at(DAY)) == 0
    assert ask_due(at("2026-05-24")) == 1
    assert TierRun.objects.filter(program=program).count() == 1


@pytest.mark.django_db
def test_a_partner_with_a_planned_change_of_profile_is_left_to_it() -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-05-01", 150_000)
    partner.profiles.update(valid_to="2026-06-01")
    partner.profiles.create(type="reseller", tier="gold", valid_from="2026-06-01")
    run(program, DAY)
    assert standing(partner).because == "planned_change"
    assert not TierMove.objects.exists()


@pytest.mark.django_db
def test_who_changed_the_tier_meanwhile_is_not_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-05-01", 150_000)
    real = evaluating.judge

    def slow(*args: Any) -> Any:
        found = real(*args)
        partner.profiles.update(tier="gold")  # somebody was faster
        return found

    monkeypatch.setattr(evaluating, "judge", slow)
    run(program, DAY)
    assert tier_of(partner) == "gold"
    assert standing(partner).because == "moved_meanwhile"
