"""Who stays, who leaves, how long: against a second way of counting, and case by case."""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kpis import stats, values
from kpis.engine.drain import drain
from kpis.readers import SHELL
from kpis.result import Result
from kpis.tiles import headline_value
from partners.models import Contract, Membership, Partner
from tests.factories import at, make_deal, make_login, make_member, make_partner, make_registration

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 5, tzinfo=UTC)
Q3 = "2026-Q3"
STARTS, ENDS = date(2026, 7, 1), date(2026, 10, 1)


def value(key: str, variant: str = "", period: str = Q3, **more: Any) -> Result:
    return values.value(key, period=period, variant=variant, now=NOW, **more)


def signed(partner: Partner, starts: str, ends: str | None = None, **more: Any) -> Contract:
    return Contract.objects.create(
        partner=partner, starts_on=date.fromisoformat(starts),
        ends_on=ends and date.fromisoformat(ends), **more,
    )  # fmt: skip


def joined(starts: str, ends: str | None = None, reason: str = "", **more: Any) -> Partner:
    partner = make_partner(contract=False, **more)
    signed(partner, starts, ends, end_reason=reason)
    return partner


def rates() -> tuple[Any, Any]:
    kept, gone = value("partner_retention_rate"), value("partner_churn_rate")
    assert (kept.denominator, kept.numerator) == (
        gone.denominator, gone.denominator - gone.numerator,
    )  # fmt: skip
    return gone.numerator, gone.denominator


def days_of(partner: Partner, *, rest: bool) -> set[date]:
    found: set[date] = set()
    for one in Contract.objects.filter(partner__in=[partner, *partner.stubs.all()]):
        if one.status == "suspended" and not rest:
            continue
        end = one.ends_on or date(2027, 6, 1)
        found |= {one.starts_on + timedelta(days=n) for n in range((end - one.starts_on).days)}
    return found


def counted_by_days(starts: date, ends: date) -> tuple[int, int]:
    """The second way: each day of each partner, gaps of up to 30 days filled."""
    gone = cohort = 0
    for partner in Partner.objects.filter(merged_into=None, is_test=False):
        if starts not in days_of(partner, rest=False):
            continue
        known = sorted(days_of(partner, rest=True))
        filled = set(known)
        for before, after in itertools.pairwise(known):
            if (after - before).days - 1 <= 30:
                filled |= {before + timedelta(days=n) for n in range((after - before).days)}
        cohort += 1
        gone += not {ends, ends - timedelta(days=1)} <= filled
    return gone, cohort


@pytest.mark.parametrize("seed", range(8))
def test_who_left_is_the_same_counted_day_by_day(seed: int) -> None:
    chance = random.Random(seed)
    day = date(2026, 1, 1)
    for _n in range(12):
        partner = make_partner(contract=False, is_test=chance.random() < 0.1)
        for _m in range(chance.randrange(1, 5)):
            starts = day + timedelta(days=chance.randrange(0, 330))
            ends = chance.choice([None, starts + timedelta(days=chance.randrange(1, 120))])
            status = chance.choice(["active", "active", "active", "suspended"])
            signed(partner, str(starts), str(ends) if ends else None, status=status)
    for pair in ((0, 1), (2, 3)):
        stub, survivor = (Partner.objects.order_by("pk")[one] for one in pair)
        if not stub.is_test and not survivor.is_test:
            Partner.objects.filter(pk=stub.pk).update(
                merged_into=survivor, merged_at=at("2026-08-01")
            )
    for period, starts, ends in (
        (Q3, STARTS, ENDS),
        ("2026-Q2", date(2026, 4, 1), STARTS),
        ("2026-05", date(2026, 5, 1), date(2026, 6, 1)),
    ):
        found = value("partner_churn_rate", period=period)
        gone, cohort = counted_by_days(starts, ends)
        assert (found.numerator or 0, found.denominator or 0) == (gone, cohort), period


@pytest.mark.parametrize(
    ("second", "left"),
    [("2026-08-31", 0), ("2026-09-01", 1), (None, 1)],
    ids=["30 days later", "31 days later", "never"],
)
def test_a_contract_within_thirty_days_is_a_renewal(second: str | None, left: int) -> None:
    make_partner()
    partner = joined("2025-01-01", "2026-08-01")
    if second:
        signed(partner, second, "2026-09-15")
    # who came back and left again within the period has left; one whole partnership ended once
    assert rates() == (1, 2)
    Contract.objects.filter(partner=partner, ends_on=date(2026, 9, 15)).update(ends_on=None)
    assert rates() == ((0, 2) if second else (1, 2))
    assert value("partner_survival").numerator == left


def test_a_contract_whose_last_day_is_the_last_of_the_period_ended_in_it() -> None:
    joined("2025-01-01", "2026-10-01")
    assert rates() == (1, 1)
    after = value("partner_churn_rate", period="2026-Q4")
    assert (after.value, after.reason) == (None, "no_data")


def test_a_merger_is_no_leaving_and_the_survivor_stands_for_both() -> None:
    stub, survivor = joined("2025-01-01", "2026-08-01", "merged"), make_partner()
    Partner.objects.filter(pk=stub.pk).update(merged_into=survivor, merged_at=at("2026-08-01"))
    assert rates() == (0, 1)
    lives = value("partner_survival")
    assert (lives.numerator, lives.n) == (0, 2)  # each keeps the row of its own beginning


def test_a_resting_contract_is_nobody_gone() -> None:
    resting = joined("2025-01-01", "2026-07-20")
    signed(resting, "2026-07-20", status="suspended")
    assert rates() == (0, 1)


def test_each_way_of_leaving_has_its_part_and_they_make_up_the_rate() -> None:
    make_partner()
    for reason in ("not_renewed", "terminated", "insolvent", "dormant", "Moved to the moon", ""):
        joined("2025-01-01", "2026-08-01", reason)
    chosen = joined("2025-01-01", "2026-08-01", "terminated")
    chosen.contracts.update(end_kind="voluntary")
    found = {kind: value("partner_churn_rate", kind).numerator
             for kind in ("voluntary", "terminated", "expired", "dormant", "other")}  # fmt: skip
    assert found == {"voluntary": 2, "terminated": 1, "expired": 2, "dormant": 1, "other": 1}
    assert value("partner_churn_rate", "left").value == sum(found.values()) == 7


def test_who_came_and_left_within_the_period_is_in_no_rate() -> None:
    make_partner()
    joined("2026-07-10", "2026-08-20", "terminated")
    assert rates() == (0, 1)
    assert value("partner_churn_rate", "early").value == 1


def test_partners_count_as_what_they_were_on_the_first_day() -> None:
    partner = joined("2025-01-01", "2026-09-01", tier="silver")
    partner.profiles.update(valid_to=date(2026, 8, 1))
    partner.profiles.create(valid_from=date(2026, 8, 1), tier="gold")
    assert value("partner_churn_rate", scope="tier:silver").value == 1
    assert value("partner_churn_rate", scope="tier:gold").reason == "no_data"


def test_revenue_lost_is_that_of_the_twelve_months_before() -> None:
    stays, leaves = make_partner(), joined("2024-01-01", "2026-09-01")
    for partner, amount, day in (
        (stays, 300, "2026-05-01"), (leaves, 100, "2025-07-02"), (leaves, 5_000, "2025-06-30"),
        (leaves, 900, "2026-08-01"),
    ):  # fmt: skip
        make_deal(partner, amount=amount, opened="2025-01-02", won=day)
    drain(NOW)
    found = value("partner_churn_rate", "revenue")
    assert (found.value, float(found.numerator or 0)) == (0.25, 100)
    behind = values.rows("partner_churn_rate", period=Q3, variant="revenue", now=NOW, actor=SHELL)
    assert (float(behind.total), len(behind.rows)) == (100, 1)


def test_survival_is_what_a_table_worked_out_by_hand_says() -> None:
    """Ends after 10, 20, 20 and 40 days; followed for 20, 30 and 50 days."""
    for days, is_end in ((10, 1), (20, 1), (20, 1), (40, 1), (20, 0), (30, 0), (50, 0)):
        start = date(2026, 9, 30) - timedelta(days=days) if not is_end else date(2026, 3, 1)
        end = str(start + timedelta(days=days)) if is_end else None
        joined(str(start), end, "terminated" if is_end else "")
    # 7 followed up to day 10: 6/7; 6 up to day 20, two end: 4/6; 2 up to day 40: 1/2
    assert value("partner_survival", "365d").value == pytest.approx(6 / 7 * 4 / 6 * 1 / 2)
    # it is no part of few: "4 of 7" would be those who left
    assert headline_value(value("partner_survival", "365d")) == ("28.6", "%")
    assert value("partner_survival", "median").value == 40
    curve = stats.survival([(10, True), (20, True), (20, True), (40, True), (20, False),
                            (30, False), (50, False)])  # fmt: skip
    assert [(one.at_risk, one.events) for one in curve] == [(7, 1), (6, 2), (2, 1)]
    greenwood = 1 / (7 * 6) + 2 / (6 * 4)
    low, high = stats.log_log(6 / 7 * 4 / 6, greenwood)
    assert (curve[1].low, curve[1].high) == pytest.approx((low, high))


def test_the_interval_is_open_when_nobody_is_left() -> None:
    (last,) = stats.survival([(5, True)])
    assert (last.left, last.low, last.high) == (0, None, None)


@pytest.mark.parametrize(
    ("type_", "days", "is_silent"),
    [("reseller", 89, False), ("reseller", 90, True), ("distributor", 179, False),
     ("Distributor", 180, True)],
)  # fmt: skip
@pytest.mark.parametrize("sign", ["sign-in", "registration", "deal"])
def test_a_partner_is_dormant_ninety_days_after_the_last_sign(
    type_: str, days: int, is_silent: bool, sign: str
) -> None:
    partner = make_partner(type=type_)
    day = str(date(2026, 9, 30) - timedelta(days=days))
    if sign == "sign-in":
        make_login(make_member(partner), day)
    elif sign == "registration":
        make_registration(partner, submitted_at=at(day))
    else:
        make_deal(partner, opened="2025-01-02", won=day)
    assert value("dormant_partner_rate").value == (1.0 if is_silent else 0.0)


def test_who_is_new_is_not_dormant_and_not_counted() -> None:
    make_partner(since="2026-09-01")  # 29 days
    assert value("dormant_partner_rate").reason == "no_data"
    make_partner(since="2026-08-31")
    assert (value("dormant_partner_rate").value, value("dormant_partner_rate").n) == (1.0, 1)


def test_people_who_may_sign_in_are_counted_once_and_leavers_until_they_leave() -> None:
    one, two = make_partner(), make_partner()
    both = make_member(one)
    make_member(two, user=both.user)
    gone, away, long_gone = make_member(one), make_member(one), make_member(one)
    Membership.objects.update(created_at=at("2025-01-01"))
    for member, day in ((away, "2026-08-01"), (long_gone, "2026-05-01")):
        Membership.objects.filter(pk=member.pk).update(is_active=False, updated_at=at(day))
    make_login(both, "2026-07-05")
    make_login(gone, "2026-07-05", impersonated=True)
    found = value("user_login_rate")
    assert (found.numerator, found.denominator) == (1, 3)
    behind = values.rows("user_login_rate", period=Q3, now=NOW, actor=SHELL, part="denominator")
    assert behind.total == 3
    assert value("user_login_rate", scope=f"partner:{two.public_id}").denominator == 1


def test_stickiness_is_a_usual_day_over_a_usual_month() -> None:
    people = [make_member(make_partner()) for _n in range(2)]
    for day in ("2026-09-01", "2026-09-02", "2026-09-03"):
        make_login(people[0], day)
    make_login(people[1], "2026-09-01")
    found = value("user_login_rate", "stickiness", "2026-09")
    assert found.value == pytest.approx((4 / 30) / 2)
