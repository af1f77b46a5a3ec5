"""What the news of tiers leads to: who is told, once; whose task it is, and how it ends."""

from typing import Any

import pytest

from partners.models import Partner
from partners.programs import deciding
from partners.programs.tasks import TELL_GUIDE, tell_programme
from prm.common import access
from prm.common.models import Job, Notice, Task, User
from prm.common.notices.reading import lines_of
from tests.factories import make_member, make_partner, make_user
from tests.programs.ladder import at, ladder, program_with, reseller, run, standing, won

pytestmark = pytest.mark.django_db
DAY = "2026-05-20"


def told(user: User) -> list[str]:
    """What this person reads, oldest first."""
    rows = Notice.objects.filter(to=user).order_by("pk")
    return [line.sentence for line in lines_of(rows, access.actors_for(user))]


@pytest.fixture
def people() -> dict[str, Any]:
    """A manager, her partner with a seller and a technician, an operator, and a stranger."""
    ana = make_user("ana@example.com", staff_role="channel_manager", name="Ana")
    partner = reseller("Acme", tier="gold", manager=ana)
    return {
        "ana": ana,
        "partner": partner,
        "seller": make_member(partner, "sales@example.com", "sales").user,
        "tech": make_member(partner, "tech@example.com", "technical").user,
        "ops": make_user("ops@example.com", staff_role="operations"),
        "stranger": make_member(make_partner("Other"), "other@example.com", "admin").user,
    }


def task_of(source: str, partner: Partner) -> Task:
    return Task.objects.get(source=source, key=str(standing(partner).public_id))


def test_a_tier_at_risk_is_a_task_of_the_partner_until_it_recovers(people: dict[str, Any]) -> None:
    program, partner = program_with(ladder(grace_days=10)), people["partner"]
    run(program, DAY)
    for _time in range(2):
        run(program, "2026-07-01")
    task = task_of("tier_at_risk", partner)
    assert (task.side, task.company, task.state) == ("company", partner.public_id, "open")
    assert task.due_on == standing(partner).grace_until
    assert told(people["seller"]) == ["Your tier Gold is at risk: catch up until 11 Jul 2026"]
    assert Notice.objects.get(to=people["seller"]).url == f"/tasks/{task.public_id}/"
    assert told(people["ana"]) == ["Acme may lose Gold on 11 Jul 2026"]
    assert told(people["tech"]) == told(people["ops"]) == told(people["stranger"]) == []
    won(partner, "2026-07-02", 400_000)
    run(program, "2026-07-02")
    assert task_of("tier_at_risk", partner).state == "done"
    assert told(people["seller"])[-1] == "Your tier Gold is safe again"
    assert told(people["ana"])[-1] == "Acme is not at risk any more"


def test_a_fall_closes_the_task_and_is_told_to_both_sides(people: dict[str, Any]) -> None:
    program, partner = program_with(ladder(grace_days=1, demotion="automatic")), people["partner"]
    run(program, DAY)
    run(program, "2026-07-01")
    run(program, "2026-07-03")
    assert task_of("tier_at_risk", partner).state == "dismissed"
    assert told(people["seller"])[-1] == "Your company's tier is Silver now, it was Gold"
    assert told(people["ana"])[-1] == "Acme has fallen from Gold to Silver"
    assert told(people["stranger"]) == []


@pytest.mark.parametrize("decision", ["approve", "decline", "withdraw"])
def test_a_proposal_is_a_task_of_those_who_decide(decision: str, people: dict[str, Any]) -> None:
    program = program_with(ladder(promotion="approval"))
    partner = reseller("Riser", manager=people["ana"])
    deal = won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    task = task_of("tier_decision", partner)
    assert (task.side, task.state) == ("ours", "open")
    assert told(people["ops"]) == ["Decide: Riser may rise to Silver"]
    assert Notice.objects.get(to=people["ops"]).url == f"/tasks/{task.public_id}/"
    assert told(people["ana"]) == []  # she cannot decide
    if decision == "approve":
        deciding.approve(standing(partner), by=people["ops"], now=at(DAY))
    elif decision == "decline":
        deciding.decline(standing(partner), by=people["ops"], now=at(DAY), reason="Wait")
    else:
        type(deal).objects.filter(pk=deal.pk).update(amount=1)
        run(program, "2026-05-21")
    assert task_of("tier_decision", partner).state == (
        "dismissed" if decision == "withdraw" else "done"
    )
    expected = {
        "approve": ["Riser has risen from Registered to Silver"],
        "decline": ["The promotion of Riser was declined"],
        "withdraw": [],
    }
    assert told(people["ana"]) == expected[decision]


def test_a_partner_that_leaves_the_programme_leaves_no_task(people: dict[str, Any]) -> None:
    program, partner = program_with(ladder(grace_days=10)), people["partner"]
    run(program, DAY)
    run(program, "2026-07-01")
    task = task_of("tier_at_risk", partner)
    partner.profiles.filter(valid_to=None).update(type="msp")
    run(program, "2026-07-02")
    task.refresh_from_db()
    assert task.state == "dismissed"


def test_new_rules_are_told_to_everybody_in_the_programme_once(people: dict[str, Any]) -> None:
    program_with(ladder())
    job = Job.objects.get(kind=TELL_GUIDE, state=Job.State.WAITING)
    for _time in range(2):
        tell_programme(job, at(DAY))
    sentence = ["The programme Resellers has new rules for its tiers"]
    for name in ("ana", "ops", "seller", "tech"):
        assert told(people[name]) == sentence, name
    assert told(people["stranger"]) == []


def test_many_proposals_of_a_day_are_told_by_name_and_then_once(people: dict[str, Any]) -> None:
    program = program_with(ladder(promotion="approval"))
    for number in range(8):
        won(reseller(f"Riser {number}"), "2026-05-01", 150_000)
    run(program, DAY)
    assert Task.objects.filter(source="tier_decision", state="open").count() == 8
    sentences = told(people["ops"])
    assert len(sentences) == 6
    assert all("may rise to Silver" in text for text in sentences[:5])
    assert sentences[5] == "More promotions or demotions wait for your decision"
    won(reseller("Late"), "2026-05-01", 150_000)
    run(program, "2026-05-21")
    assert told(people["ops"])[6:] == ["Decide: Late may rise to Silver"]
