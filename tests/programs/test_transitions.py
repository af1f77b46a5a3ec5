"""The table of a standing, pair by pair: every state with every action, by every role."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import RuleVersion, TierStanding
from partners.programs import deciding, services
from prm.common.errors import Conflict, InvalidTransition
from prm.common.models import User
from prm.common.transition import transition
from tests import factories
from tests.programs.ladder import at, ladder, program_with, reseller, tier_of

pytestmark = pytest.mark.django_db
ALLOWED = {
    ("steady", "promote"): "steady",
    ("steady", "propose_promotion"): "promotion_pending",
    ("steady", "drop"): "steady",
    ("steady", "place"): "steady",
    ("steady", "warn"): "at_risk",
    ("at_risk", "promote"): "steady",
    ("at_risk", "propose_promotion"): "promotion_pending",
    ("at_risk", "drop"): "steady",
    ("at_risk", "place"): "steady",
    ("at_risk", "recover"): "steady",
    ("at_risk", "demote"): "steady",
    ("at_risk", "propose_demotion"): "demotion_pending",
    ("promotion_pending", "promote"): "steady",
    ("promotion_pending", "propose_promotion"): "promotion_pending",
    ("promotion_pending", "drop"): "steady",
    ("promotion_pending", "place"): "steady",
    ("promotion_pending", "approve_promotion"): "steady",
    ("promotion_pending", "decline_promotion"): "steady",
    ("promotion_pending", "withdraw"): "steady",
    ("demotion_pending", "promote"): "steady",
    ("demotion_pending", "propose_promotion"): "promotion_pending",
    ("demotion_pending", "drop"): "steady",
    ("demotion_pending", "place"): "steady",
    ("demotion_pending", "recover"): "steady",
    ("demotion_pending", "approve_demotion"): "steady",
    ("demotion_pending", "decline_demotion"): "steady",
}
STATES = sorted(TierStanding.State.values)
ACTIONS = sorted({action for _state, action in ALLOWED})
ROLES = (*User.StaffRole.values, "partner", "nobody")
DECIDE = {"admin", "operations"}
# What people can do from a state: the state after it.
DECISIONS = {
    ("promotion_pending", "approve"): "steady",
    ("promotion_pending", "decline"): "steady",
    ("demotion_pending", "approve"): "steady",
    ("demotion_pending", "decline"): "steady",
}


def in_state(state: str) -> TierStanding:
    """A gold partner in a state of the programme with three tiers."""
    program, partner = program_with(ladder()), reseller(tier="gold")
    pending = {"promotion_pending": "gold", "steady": ""}.get(state, "silver")
    if state == "promotion_pending":
        partner.profiles.update(tier="silver")
    return TierStanding.objects.create(
        partner=partner, program=program, version=program.versions.get(), state=state,
        pending_tier=pending, since=date(2026, 7, 1), grace_until=date(2026, 9, 29),
    )  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", STATES)
def test_each_action_leads_where_the_table_says_or_is_refused(state: str, action: str) -> None:
    standing = in_state(state)
    changes = {"pending_tier": "x", "since": date(2026, 7, 1), "grace_until": date(2026, 9, 1)}
    if (state, action) in ALLOWED:
        after = transition(standing, action, by=None, now=at("2026-08-01"), changes=changes)
        assert after.state == ALLOWED[state, action]
    else:
        with pytest.raises(InvalidTransition):
            transition(standing, action, by=None, now=at("2026-08-01"), changes=changes)


def client_of(role: str, standing: TierStanding) -> Client:
    client = Client()
    if role == "partner":
        client.force_login(factories.make_member(standing.partner, "p@example.com", "admin").user)
    elif role != "nobody":
        user = factories.make_user(f"{role}@example.com", staff_role=role)
        standing.partner.profiles.update(manager=user)
        client.force_login(user)
    return client


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("decision", ["approve", "decline"])
@pytest.mark.parametrize("state", STATES)
def test_each_role_decides_only_what_it_may_and_what_waits(
    state: str, decision: str, role: str
) -> None:
    standing = in_state(state)
    url = reverse(f"programs:{decision}", args=[standing.public_id])
    answer = client_of(role, standing).post(url, {"reason": "Because"})
    standing.refresh_from_db()
    if role not in DECIDE:
        assert answer.status_code in {302, 403}
        assert standing.state == state
    else:
        assert standing.state == DECISIONS.get((state, decision), state)
        moved = decision == "approve" and (state, decision) in DECISIONS
        before = "silver" if state == "promotion_pending" else "gold"
        after = {"promotion_pending": "gold", "demotion_pending": "silver"}.get(state, "")
        assert tier_of(standing.partner) == (after if moved else before)


@pytest.mark.parametrize("state", STATES)
def test_the_api_answers_409_to_an_approval_of_nothing(state: str) -> None:
    standing = in_state(state)
    url = reverse("api:tier-standing-approve", args=[standing.public_id])
    answer = client_of("operations", standing).post(url)
    waits = state in {"promotion_pending", "demotion_pending"}
    assert answer.status_code == (200 if waits else 409)


@pytest.mark.parametrize("state", STATES)
def test_who_is_locked_can_be_unlocked_in_every_state_once(state: str) -> None:
    standing = in_state(state)
    locked = deciding.lock(standing, by=None, now=timezone.now(), reason="Talks")
    with pytest.raises(InvalidTransition):
        deciding.lock(locked, by=None, now=timezone.now(), reason="Talks")
    free = deciding.unlock(locked, by=None, now=timezone.now())
    with pytest.raises(InvalidTransition):
        deciding.unlock(free, by=None, now=timezone.now())
    assert free.state == state


@pytest.mark.parametrize("action", ["publish", "replace"])
@pytest.mark.parametrize("state", RuleVersion.State.values)
def test_rules_go_from_draft_to_published_to_replaced_and_never_back(
    state: str, action: str
) -> None:
    program = program_with(ladder())
    version = program.versions.get()
    if state == "draft":
        RuleVersion.objects.filter(pk=version.pk).update(state="replaced")
        version = services.start_draft(program, by=None, now=at("2026-02-01"))
    elif state == "replaced":
        RuleVersion.objects.filter(pk=version.pk).update(state="replaced")
        version.refresh_from_db()
    table = {("draft", "publish"): "published", ("published", "replace"): "replaced"}
    changes = {"published_at": at("2026-02-01")}
    if (state, action) in table:
        after = transition(version, action, by=None, now=at("2026-02-01"), changes=changes)
        assert after.state == table[state, action]
    else:
        with pytest.raises(InvalidTransition):
            transition(version, action, by=None, now=at("2026-02-01"), changes=changes)


def test_an_exception_ends_once() -> None:
    standing = in_state("steady")
    more: dict[str, Any] = {"last_day": date(2026, 12, 31), "reason": "Why", "by": None}
    row = deciding.grant_exception(standing.partner, tier="gold", now=at("2026-08-01"), **more)
    deciding.end_exception(row, by=None, now=at("2026-08-02"))
    with pytest.raises(InvalidTransition):
        deciding.end_exception(row, by=None, now=at("2026-08-03"))


def test_a_partner_is_not_put_into_the_tier_that_it_is_in() -> None:
    standing = in_state("steady")
    with pytest.raises(Conflict):
        deciding.place(standing.partner, tier="Gold", reason="Why", by=None, now=at("2026-08-01"))
