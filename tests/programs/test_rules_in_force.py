"""Behaviour B7: edited rules, dry runs, rules that are refused, and who is in a programme."""

from decimal import Decimal
from typing import Any

import pytest

from partners.models import Partner, TierMove, TierStanding
from partners.programs import services
from partners.programs.rules import Rules, Tier
from prm.common.errors import InvalidInput
from tests import factories
from tests.programs.ladder import (
    REVENUE,
    all_of,
    at,
    at_least,
    dry,
    ladder,
    program_with,
    publish,
    reseller,
    run,
    tier_of,
    won,
)

pytestmark = pytest.mark.django_db
DAY = "2026-05-20"  # in the second quarter; its review is on 2026-07-01


def failing_gold(**more: Any) -> tuple[Any, Partner]:
    """Gold without revenue, evaluated once before its review."""
    program, partner = program_with(ladder(**more)), reseller(tier="gold")
    run(program, DAY)
    return program, partner


def test_edited_rules_move_nobody_until_an_evaluation_runs() -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-05-01", 50_000)
    run(program, DAY)
    easy = Rules((Tier("registered"), Tier("silver", all_of(at_least(REVENUE, 40_000)))))
    draft = services.start_draft(program, by=None, now=at(DAY))
    draft = services.save_draft(draft, easy, edit=draft.edit, by=None, now=at(DAY))
    run(program, DAY)
    assert tier_of(partner) == "registered"  # a draft is nobody's rule
    services.publish(draft, by=None, now=at(DAY))
    assert tier_of(partner) == "registered"
    run(program, DAY)
    assert tier_of(partner) == "silver"


def test_a_dry_run_of_edited_rules_lists_the_changes_and_moves_nobody() -> None:
    program, partner = program_with(ladder()), reseller("Rising")
    won(partner, "2026-05-01", 50_000)
    run(program, DAY)
    easy = Rules((Tier("registered"), Tier("silver", all_of(at_least(REVENUE, 40_000)))))
    draft = services.start_draft(program, by=None, now=at(DAY))
    draft = services.save_draft(draft, easy, edit=draft.edit, by=None, now=at(DAY))
    before = list(TierStanding.objects.values())
    found = dry(draft, DAY)
    assert found.counts == {"promote": 1}
    assert [(x["name"], x["from"], x["to"]) for x in found.changes] == [
        ("Rising", "registered", "silver")
    ]
    assert (found.done, found.total, found.is_draft) == (1, 1, True)
    assert list(TierStanding.objects.values()) == before
    assert tier_of(partner) == "registered"


def test_a_dry_run_names_who_would_be_at_risk_at_the_next_review() -> None:
    program, _partner = failing_gold()
    found = dry(program.versions.get(), DAY)
    assert found.counts == {"at_review": 1}
    assert found.changes[0]["missed"] == ["partner_sourced_revenue/net"]


def test_a_dry_run_says_what_the_evaluation_then_does() -> None:
    program = program_with(ladder())
    for amount in (0, 100_000, 400_000):
        won(reseller(), "2026-05-01", amount)
    foreseen = {one["partner"]: one["to"] for one in dry(program.versions.get(), DAY).changes}
    run(program, DAY)
    done = {str(row.partner.public_id): row.to_tier for row in TierMove.objects.all()}
    assert foreseen == done
    assert len(done) == 2


def test_overlapping_programmes_are_refused() -> None:
    program_with(ladder())
    with pytest.raises(InvalidInput, match="in “Resellers” already"):
        services.create_program(name="Other", types=["msp", "reseller"], by=None, now=at(DAY))


@pytest.mark.parametrize(
    ("tiers", "sentence"),
    [
        ((Tier("a"), Tier("b")), "asks for nothing"),
        ((Tier("a"), Tier("A", all_of(at_least(REVENUE, 1)))), "Two tiers are called"),
        ((Tier("a", all_of(at_least(REVENUE, 9))), Tier("b", all_of(at_least(REVENUE, 9)))),
         "ask for the same"),
        ((Tier("a", all_of(at_least(REVENUE, 9))), Tier("b", all_of(at_least(REVENUE, 5)))),
         "asks for less than a"),
        ((), "at least one tier"),
    ],
)  # fmt: skip
def test_overlapping_move_rules_are_refused(tiers: Any, sentence: str) -> None:
    program = program_with(ladder())
    with pytest.raises(InvalidInput, match=sentence):
        publish(program, Rules(tiers))


def test_a_year_that_starts_from_zero_between_reviews_is_refused() -> None:
    program = program_with(ladder())
    year = at_least(REVENUE.__class__(REVENUE.metric, "calendar_year"), 5)
    rules = Rules((Tier("a"), Tier("b", all_of(year))))
    with pytest.raises(InvalidInput, match="starts from zero"):
        publish(program, rules)
    publish(program, Rules(rules.tiers, review="calendar_year"))


def test_a_partner_of_another_type_or_a_test_partner_is_in_no_programme() -> None:
    program = program_with(ladder())
    other = factories.make_partner(type="msp", tier="registered")
    test = reseller(is_test=True)
    assert run(program, DAY).total == 0
    assert not TierStanding.objects.filter(partner__in=[other, test]).exists()


def test_a_partner_that_leaves_the_programme_has_no_standing_in_it() -> None:
    program, partner = failing_gold()
    run(program, "2026-07-01")
    partner.profiles.update(type="msp")
    run(program, "2026-07-02")
    assert not TierStanding.objects.filter(partner=partner).exists()


def test_a_stub_counts_for_its_survivor() -> None:
    program, partner, stub = program_with(ladder()), reseller(), reseller()
    won(partner, "2026-05-01", 60_000)
    won(stub, "2026-05-01", 60_000)
    Partner.objects.filter(pk=stub.pk).update(merged_into=partner, merged_at=at("2026-05-02"))
    run(program, DAY)
    assert (tier_of(partner), tier_of(stub)) == ("silver", "registered")


def test_a_move_keeps_the_values_and_the_rules_that_it_rests_on() -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-05-01", 150_000)
    run(program, DAY)
    move = TierMove.objects.get(partner=partner)
    assert move.version == program.versions.get()
    assert Decimal(move.readings["values"][REVENUE.text]) == 150_000
