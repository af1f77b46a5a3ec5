"""Whatever the figures do: the moves that follow keep their promises (a machine of random days)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from partners.models import TierStanding
from partners.programs.moves import AT_RISK, DEMOTION, PROMOTION, STEADY, Position, Step, step
from partners.programs.rules import Rules, Tier, evaluate
from tests.programs.ladder import CONTRACT, REVENUE, all_of, at_least

START = date(2026, 1, 1)
AMOUNTS = st.sampled_from([0, 50_000, 100_000, 200_000, 300_000, 400_000])
DAYS = st.lists(
    st.tuples(AMOUNTS, st.sampled_from([1, 1, 1, 1, 1, 0]), st.integers(1, 40)), max_size=25
)


def rules(promotion: str, demotion: str, grace: int) -> Rules:
    hard = at_least(CONTRACT, 1, is_hard=True)
    return Rules(
        (
            Tier("registered"),
            Tier("silver", all_of(at_least(REVENUE, 100_000))),
            Tier("gold", all_of(hard, at_least(REVENUE, 300_000))),
        ),
        promotion, demotion, grace, "quarter",
    )  # fmt: skip


def after(position: Position, done: Step, today: date) -> Position:
    """The position that a step leads to, as the services write it."""
    states = TierStanding.NEXT[position.state]
    assert done.action in states, (position.state, done.action)
    state = states[done.action]
    moves = done.action in {"promote", "demote", "drop"}
    kept = today + timedelta(days=120) if done.action == "promote" else position.kept_until
    return replace(
        position,
        state=state,
        tier=done.to if moves else position.tier,
        pending="" if state == STEADY else done.to,
        grace_until=done.grace_until if state == AT_RISK else None,
        kept_until=kept,
    )


def check_direction(action: str, was: int, rank: int, ladder: Rules, contract: int) -> None:
    """Which way each action leads, and by what rule."""
    if action == "promote":
        assert (rank > was, ladder.promotion) == (True, "at_once")
    elif action == "demote":
        assert (rank, ladder.demotion) == (was - 1, "automatic")
    elif action == "drop":
        assert (rank < was, contract) == (True, 0)
    else:
        assert rank == was
    if action.startswith("propose"):
        kind = ladder.promotion if action == "propose_promotion" else ladder.demotion
        assert kind == "approval"


@given(
    DAYS,
    st.sampled_from(["at_once", "approval"]),
    st.sampled_from(["automatic", "approval"]),
    st.integers(0, 60),
    st.sampled_from(["", "registered", "silver", "gold"]),
)
@settings(max_examples=200, deadline=None)
def test_no_sequence_of_days_breaks_a_promise(
    days: list[tuple[int, int, int]], promotion: str, demotion: str, grace: int, tier: str
) -> None:
    ladder, today = rules(promotion, demotion, grace), START
    position, warned_on = Position(tier, exempt_until=START + timedelta(days=30)), START
    reviewed = today
    for amount, contract, passed in days:
        today += timedelta(days=passed)
        values = {REVENUE: Decimal(amount), CONTRACT: Decimal(contract)}
        found = evaluate(ladder, values, {"EUR": Decimal(1)})
        review = found if (today - reviewed).days > 60 else None
        reviewed = today if review else reviewed
        before, done = position, step(ladder, position, found, review, today)
        again = step(ladder, position, found, review, today)
        assert done == again
        if not done.action:
            continue
        position = after(position, done, today)
        ranks = (ladder.rank(before.tier) or 0, ladder.rank(position.tier) or 0)
        check_direction(done.action, *ranks, ladder, contract)
        if done.action == "warn":
            warned_on = today
            assert review is not None
            assert all(today > day for day in (before.exempt_until, before.kept_until) if day)
        if done.action in {"demote", "propose_demotion"}:
            assert (today - warned_on).days > grace


@given(AMOUNTS, st.sampled_from([STEADY, AT_RISK, PROMOTION, DEMOTION]))
def test_a_locked_partner_never_moves(amount: int, state: str) -> None:
    found = evaluate(rules("at_once", "automatic", 0), {REVENUE: Decimal(amount)}, {})
    position = Position("gold", state, "silver", START, is_locked=True)
    assert step(rules("at_once", "automatic", 0), position, found, found, START).action == ""
