"""Progress to the next tier, and tier ups and downs."""

from typing import Any

import pytest

from kpis import values
from kpis.engine.drain import drain
from kpis.readers import SHELL
from partners.accounts.services import change_profile
from partners.models import Partner
from partners.programs import deciding
from partners.programs.rules import Rules, Tier
from tests.programs.ladder import (
    REVENUE,
    all_of,
    at,
    at_least,
    ladder,
    program_with,
    reseller,
    run,
    standing,
    won,
)

pytestmark = pytest.mark.django_db
DAY = "2026-05-20"


def change(partner: Partner, day: str, tier: str) -> None:
    now = at(day)
    change_profile(partner, valid_from=now.date(), by=None, now=now, tier=tier)


def movement(variant: str = "net", **more: Any) -> Any:
    drain(at("2026-07-01"))
    asked: dict[str, Any] = {"period": "2026-Q2", "now": at("2026-07-01"), "variant": variant}
    return values.value("tier_movement", **(asked | more))


def test_movement_is_ups_minus_downs_by_the_day_from_which_they_hold() -> None:
    for day, tiers in (
        ("2026-04-01", ("silver", "gold")), ("2026-06-30", ("registered", "silver")),
        ("2026-05-05", ("gold", "silver")), ("2026-07-01", ("gold", "silver")),
    ):  # fmt: skip
        change(reseller(tier=tiers[0]), day, tiers[1])
    assert (movement().value, movement("ups").value, movement("downs").value) == (1, 2, 1)


def test_a_renamed_tier_and_a_first_one_are_no_moves() -> None:
    program_with(ladder())
    change(reseller(tier=""), DAY, "gold")
    change(reseller(tier="gold"), DAY, "Gold")
    partner = reseller(tier="silver")
    deciding.place(partner, tier="gold", reason="New names", by=None, now=at(DAY), is_recoding=True)
    assert movement().value == 0


def test_the_ladder_of_the_programme_decides_what_is_up() -> None:
    upside_down = Rules(
        (
            Tier("gold"),
            Tier("ruby", all_of(at_least(REVENUE, 5))),
            Tier("silver", all_of(at_least(REVENUE, 9))),
        )
    )
    program_with(upside_down)
    change(reseller(tier="silver"), DAY, "gold")  # usually up
    change(reseller(tier="gold"), DAY, "ruby")  # in no usual ladder
    change(reseller(tier="sapphire"), DAY, "gold")  # in no ladder at all
    assert (movement("ups").value, movement("downs").value) == (1, 1)


def test_the_rows_behind_movement_are_the_moves() -> None:
    partner = reseller("Riser", tier="silver")
    change(partner, DAY, "gold")
    drain(at("2026-07-01"))
    rows = values.rows("tier_movement", period="2026-Q2", now=at("2026-07-01"), actor=SHELL)
    assert [(row["partner_name"], str(row["date"]), row["amount"]) for row in rows.rows] == [
        ("Riser", DAY, 1)
    ]


def attainment(scope: str, period: str = "2026-Q2", now: str = DAY) -> Any:
    return values.value(
        "tier_requirement_attainment", period=period, scope=scope, now=at(now), variant="overall"
    )


def test_progress_is_the_mean_over_the_rules_of_the_next_tier() -> None:
    program, partner, other = program_with(ladder()), reseller(), reseller(tier="silver")
    won(partner, "2026-05-01", 25_000)
    won(other, "2026-05-01", 150_000)
    run(program, DAY)
    assert attainment(f"partner:{partner.public_id}").value == 0.25
    assert attainment(f"partner:{other.public_id}").value == 0.5
    whole = attainment("program")
    assert (whole.value, whole.denominator, whole.n) == (0.375, 2, 2)
    assert attainment("tier:silver").value == 0.5


def test_progress_at_the_end_of_a_closed_period_is_told_for_one_partner() -> None:
    program, partner = program_with(ladder()), reseller()
    won(partner, "2026-02-01", 40_000)
    won(partner, "2026-05-01", 20_000)
    run(program, DAY)
    scope = f"partner:{partner.public_id}"
    assert attainment(scope, "2026-Q1").value == 0.4
    assert attainment("program", "2026-Q1").reason == "not_applicable_closed_period"


def test_without_published_rules_there_is_no_target() -> None:
    partner = reseller()
    for scope in ("program", f"partner:{partner.public_id}"):
        assert attainment(scope).reason == "no_target"
        assert attainment(scope, "2026-Q1").reason == "no_target"


def test_a_partners_person_reads_its_own_progress_only() -> None:
    from prm.common.access import actor_for
    from tests import factories

    program, partner = program_with(ladder()), reseller()
    member = factories.make_member(partner)
    run(program, DAY)
    assert standing(partner).asked == 1
    found = values.value(
        "tier_requirement_attainment", period="2026-Q2", scope=f"partner:{partner.public_id}",
        now=at(DAY), actor=actor_for(member.user),
    )  # fmt: skip
    assert found.value == 0
