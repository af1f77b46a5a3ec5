"""Behaviour B7: what the daily evaluation does to partners, and what it leaves alone."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from partners.models import DealAdjustment, Partner, TierMove
from partners.programs import deciding
from partners.programs.moves import AT_RISK, DEMOTION, PROMOTION, STEADY
from partners.programs.rules import Rules, Tier
from prm.common.models import AuditEntry
from tests import factories
from tests.programs.ladder import (
    CONTRACT,
    REVENUE,
    all_of,
    at,
    at_least,
    days_after,
    ladder,
    program_with,
    reseller,
    run,
    standing,
    tier_of,
    won,
)

pytestmark = pytest.mark.django_db
DAY = "2026-05-20"  # in the second quarter; its review is on 2026-07-01


def moves(partner: Partner) -> list[tuple[str, str, str]]:
    rows = TierMove.objects.filter(partner=partner).order_by("pk")
    return [(row.from_tier, row.to_tier, row.cause) for row in rows]


def failing_gold(**more: Any) -> tuple[Any, Partner]:
    """Gold without revenue, evaluated once before its review."""
    program, partner = program_with(ladder(**more)), reseller(tier="gold")
    run(program, DAY)
    return program, partner


def test_a_partner_that_meets_a_tier_rises_at_once_from_that_day_on() -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    profile = partner.profiles.get(valid_to=None)
    assert (profile.tier, str(profile.valid_from)) == ("silver", DAY)
    assert moves(partner) == [("registered", "silver", "promotion")]


def test_a_partner_may_rise_by_several_levels() -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-05-01", 500_000)
    run(program, DAY)
    assert tier_of(partner) == "gold"


def test_with_approval_a_promotion_waits_and_is_taken_back_when_it_is_met_no_more() -> None:
    program, partner = program_with(ladder(promotion="approval")), reseller()
    deal = won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    assert (standing(partner).state, standing(partner).pending_tier) == (PROMOTION, "silver")
    assert tier_of(partner) == "registered"
    deal.delete()
    run(program, days_after(DAY, 1))
    assert (standing(partner).state, tier_of(partner)) == (STEADY, "registered")


def test_an_approved_promotion_holds_from_the_day_of_the_approval() -> None:
    program, partner = program_with(ladder(promotion="approval")), reseller()
    won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    deciding.approve(standing(partner), by=None, now=at("2026-05-23"))
    profile = partner.profiles.get(valid_to=None)
    assert (profile.tier, str(profile.valid_from)) == ("silver", "2026-05-23")


def test_a_declined_promotion_is_not_proposed_again_before_the_next_review() -> None:
    program, partner = program_with(ladder(promotion="approval")), reseller()
    won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    deciding.decline(standing(partner), by=None, now=at(DAY), reason="Not yet")
    run(program, "2026-06-30")
    assert standing(partner).state == STEADY
    run(program, "2026-07-01")
    assert standing(partner).state == PROMOTION


def test_missing_a_tier_during_a_period_changes_nothing_before_the_review() -> None:
    _program, partner = failing_gold()
    assert (standing(partner).state, standing(partner).because) == (STEADY, "until_review")


def test_the_first_failing_review_at_the_period_end_opens_at_risk_with_grace() -> None:
    program, partner = failing_gold()
    run(program, "2026-07-01")
    row = standing(partner)
    assert (row.state, row.pending_tier, tier_of(partner)) == (AT_RISK, "silver", "gold")
    assert row.grace_until == date(2026, 9, 29)


def test_a_review_day_that_was_missed_is_made_good_by_the_next_evaluation() -> None:
    program, partner = failing_gold()
    run(program, "2026-07-09")
    assert standing(partner).state == AT_RISK


def test_who_recovers_in_grace_is_steady_again_without_a_trace_on_the_tier() -> None:
    program, partner = failing_gold()
    run(program, "2026-07-01")
    won(partner, "2026-07-10", 400_000)
    run(program, "2026-07-11")
    row = standing(partner)
    assert (row.state, row.grace_until, tier_of(partner)) == (STEADY, None, "gold")
    assert partner.profiles.count() == 1
    assert moves(partner) == []


def test_after_grace_a_demotion_is_proposed_and_needs_approval() -> None:
    program, partner = failing_gold()
    run(program, "2026-07-01")
    run(program, "2026-09-29")
    assert standing(partner).state == AT_RISK
    run(program, "2026-09-30")
    assert (standing(partner).state, tier_of(partner)) == (DEMOTION, "gold")
    deciding.approve(standing(partner), by=None, now=at("2026-10-02"))
    assert (standing(partner).state, tier_of(partner)) == (STEADY, "silver")
    assert moves(partner) == [("gold", "silver", "demotion")]


def test_an_automatic_demotion_goes_one_level_at_a_time() -> None:
    program, partner = failing_gold(demotion="automatic", grace_days=10)
    run(program, "2026-07-01")
    run(program, "2026-07-12")
    assert tier_of(partner) == "silver"
    run(program, "2026-07-13")
    assert tier_of(partner) == "silver"
    run(program, "2026-10-01")
    assert (tier_of(partner), standing(partner).state) == ("silver", AT_RISK)
    run(program, "2026-10-12")
    assert tier_of(partner) == "registered"


def test_a_demotion_that_waits_is_closed_when_the_partner_recovers() -> None:
    program, partner = failing_gold(grace_days=5)
    run(program, "2026-07-01")
    run(program, "2026-07-07")
    assert standing(partner).state == DEMOTION
    won(partner, "2026-07-08", 400_000)
    run(program, "2026-07-08")
    assert (standing(partner).state, tier_of(partner)) == (STEADY, "gold")


def test_a_declined_demotion_leaves_the_tier_until_the_next_review() -> None:
    program, partner = failing_gold(grace_days=5)
    run(program, "2026-07-01")
    run(program, "2026-07-07")
    deciding.decline(standing(partner), by=None, now=at("2026-07-08"), reason="Big deal ahead")
    run(program, "2026-07-20")
    assert standing(partner).state == STEADY
    run(program, "2026-10-01")
    assert standing(partner).state == AT_RISK


def test_a_hard_criterion_takes_the_tier_at_once_and_by_several_levels() -> None:
    hard = at_least(CONTRACT, 1, is_hard=True)
    rules = ladder()
    gold = Tier("gold", all_of(hard, *rules.tiers[2].requirements.parts))
    program = program_with(Rules((*rules.tiers[:2], gold)))
    partner = reseller(tier="gold", contract=False)
    run(program, DAY)
    assert tier_of(partner) == "registered"
    assert moves(partner) == [("gold", "registered", "hard")]


def test_promoted_and_falling_on_the_same_day_keeps_the_new_tier() -> None:
    program, partner = program_with(ladder()), reseller()
    deal = won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    deal.delete()
    run(program, DAY)
    assert tier_of(partner) == "silver"
    assert (standing(partner).state, standing(partner).because) == (STEADY, "new_tier")


def test_a_new_tier_is_kept_at_least_until_the_end_of_the_next_period() -> None:
    program, partner = program_with(ladder()), reseller()
    deal = won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    deal.delete()
    run(program, "2026-07-01")
    run(program, "2026-09-30")
    assert standing(partner).state == STEADY
    run(program, "2026-10-01")
    assert standing(partner).state == AT_RISK


def test_a_new_partner_is_exempt_until_its_first_full_period_is_over() -> None:
    program = program_with(ladder())
    partner = reseller(tier="gold", since="2026-04-10")
    run(program, DAY)
    run(program, "2026-07-01")
    assert (standing(partner).state, standing(partner).because) == (STEADY, "new_partner")
    run(program, "2026-09-30")
    assert standing(partner).state == STEADY
    run(program, "2026-10-01")
    assert standing(partner).state == AT_RISK


def test_a_mistyped_first_day_of_a_contract_ends_nobody_s_evaluation() -> None:
    program, partner = program_with(ladder()), reseller(tier="gold", since="2026-01-01")
    partner.contracts.update(starts_on=date(2206, 1, 1), ends_on=None)
    run(program, DAY)
    assert standing(partner).evaluated_on is not None


def test_an_exception_holds_the_tier_up_to_and_with_its_last_day() -> None:
    program, partner = failing_gold()
    deciding.grant_exception(
        partner, tier="gold", last_day=date(2026, 7, 10), reason="Merger", by=None, now=at(DAY)
    )
    run(program, "2026-07-01")
    run(program, "2026-07-10")
    assert (standing(partner).state, standing(partner).because) == (STEADY, "exception")
    run(program, "2026-07-11")
    assert standing(partner).state == AT_RISK


def test_an_exception_that_ends_on_a_weekend_ends_on_that_day() -> None:
    program, partner = failing_gold()
    saturday = date(2026, 6, 6)
    assert saturday.weekday() == 5
    deciding.grant_exception(
        partner, tier="gold", last_day=saturday, reason="Merger", by=None, now=at(DAY)
    )
    run(program, "2026-06-06")
    assert standing(partner).state == STEADY
    run(program, "2026-06-07")
    assert standing(partner).state == AT_RISK


def test_an_exception_raises_a_lower_partner_and_closes_a_risk() -> None:
    program, partner = failing_gold()
    run(program, "2026-07-01")
    low = reseller()
    run(program, "2026-07-02")
    more = {"last_day": date(2026, 12, 31), "reason": "Strategic", "by": None}
    deciding.grant_exception(partner, tier="gold", now=at("2026-07-03"), **more)
    deciding.grant_exception(low, tier="silver", now=at("2026-07-03"), **more)
    assert (standing(partner).state, tier_of(low)) == (STEADY, "silver")
    assert moves(low) == [("registered", "silver", "exception")]


def test_an_exception_that_is_taken_back_leads_to_the_rules_again() -> None:
    program, partner = failing_gold()
    row = deciding.grant_exception(
        partner, tier="gold", last_day=date(2026, 12, 31), reason="Merger", by=None, now=at(DAY)
    )
    run(program, "2026-05-21")
    deciding.end_exception(row, by=None, now=at("2026-05-22"))
    run(program, "2026-05-23")
    assert standing(partner).state == AT_RISK


def test_a_locked_partner_is_evaluated_and_left_alone() -> None:
    program, partner = program_with(ladder()), reseller()
    run(program, DAY)
    deciding.lock(standing(partner), by=None, now=at(DAY), reason="In talks")
    won(partner, "2026-05-01", 500_000)
    run(program, days_after(DAY, 1))
    row = standing(partner)
    assert (tier_of(partner), row.because) == ("registered", "locked")
    assert row.readings["values"][REVENUE.text] is not None
    deciding.unlock(row, by=None, now=at("2026-05-22"))
    run(program, "2026-05-22")
    assert tier_of(partner) == "gold"


@pytest.mark.parametrize(("closed", "state"), [("2025-07-01", STEADY), ("2025-06-30", AT_RISK)])
def test_the_rolling_window_of_a_review_begins_on_its_first_day(closed: str, state: str) -> None:
    program, partner = program_with(ladder()), reseller(tier="silver")
    won(partner, closed, 100_000)
    run(program, DAY)
    run(program, "2026-07-01")
    # the review counts 2025-07-01 to 2026-06-30; the day itself 2025-07-02 to 2026-07-01
    assert standing(partner).state == state


def test_a_changed_rate_changes_what_a_threshold_in_that_currency_asks() -> None:
    tier = Tier("silver", all_of(at_least(REVENUE, 100_000, currency="USD")))
    program, partner = program_with(Rules((Tier("registered"), tier))), reseller()
    factories.make_rate("USD", "2026-01-01", "0.95")
    won(partner, "2026-05-01", 93_000)
    run(program, DAY)
    assert tier_of(partner) == "registered"
    factories.make_rate("USD", "2026-05-21", "0.92")
    run(program, "2026-05-21")
    assert tier_of(partner) == "silver"


def test_without_a_rate_nobody_moves() -> None:
    tier = Tier("silver", all_of(at_least(REVENUE, 100_000, currency="USD")))
    program = program_with(Rules((Tier("registered"), tier), grace_days=0, demotion="automatic"))
    low, high = reseller(), reseller(tier="silver")
    won(low, "2026-05-01", 93_000)
    for day in (DAY, "2026-07-01", "2026-07-02"):
        run(program, day)
    assert (tier_of(low), tier_of(high)) == ("registered", "silver")
    assert standing(high).because == "unknown"


def test_an_evaluation_that_runs_twice_makes_no_second_event() -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-05-01", 150_000)
    risky = reseller(tier="gold")
    for _again in range(3):
        run(program, DAY)
    for _again in range(3):
        run(program, "2026-07-01")
    assert moves(partner) == [("registered", "silver", "promotion")]
    warned = AuditEntry.objects.filter(action="tierstanding.warn")
    assert warned.filter(object_id=str(standing(risky).public_id)).count() == 1


def test_a_refund_lowers_the_figure_and_never_the_tier_of_what_was_earned() -> None:
    program, partner = program_with(ladder(demotion="automatic", grace_days=0)), reseller()
    deal = won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    DealAdjustment.objects.create(
        deal=deal, at=at("2026-08-01"), kind="refund", amount=Decimal(-100_000), currency="EUR"
    )
    run(program, "2026-09-30")
    run(program, "2026-10-01")
    run(program, "2026-10-02")
    assert tier_of(partner) == "registered"
    tiers = list(partner.profiles.order_by("valid_from").values_list("tier", "valid_from"))
    assert tiers == [
        ("registered", date(2020, 1, 1)), ("silver", date(2026, 5, 20)),
        ("registered", date(2026, 10, 2)),
    ]  # fmt: skip
