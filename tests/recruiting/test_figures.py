"""What recruiting gives the figures: funnel, sources, cohorts, top performers, KPIs, costs."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from kpis import recruiting, topperformers, values
from kpis.engine.rebuild import rebuild
from partners.merging.services import merge_partner
from partners.models import Application, Contract, Cost, Partner, VisitCount
from partners.recruiting.fitting import criteria_of
from prm.common import config, periods
from prm.common.errors import Conflict, InvalidInput
from tests.factories import (
    at,
    make_application,
    make_customer,
    make_deal,
    make_form,
    make_member,
    make_partner,
    make_rate,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 5, tzinfo=UTC)
Q3 = "2026-Q3"


def signed(day: str, **more: Any) -> Application:
    """An approved application whose partner has a contract from a day on."""
    partner = make_partner(since="2026-07-01", contract=False, **more.pop("of", {}))
    Contract.objects.create(partner=partner, starts_on=date.fromisoformat(day))
    return make_application(more.pop("form", None), state="approved", partner=partner, **more)


def value(key: str, **more: Any) -> Any:
    return values.value(key, period=Q3, now=NOW, **more)


# --- KPIs ---


def test_conversion_counts_what_was_decided_in_the_period_and_no_unconfirmed_one() -> None:
    signed("2026-07-10")
    for state in ("rejected", "withdrawn", "expired", "pending", "unconfirmed", "returned"):
        make_application(state=state)
    make_application(state="rejected", decided_at=at("2026-10-01T00:00"))  # local: October
    found = value("application_conversion")
    assert (found.numerator, found.denominator) == (1, 3)
    assert found.ci_low < found.value < found.ci_high


@pytest.mark.parametrize(
    ("scope", "parts"), [("type:msp", (1, 1)), ("type:reseller", (0, 1)), ("region:UK", (0, 1))]
)
def test_type_and_region_of_a_conversion_are_the_applicants(
    scope: str, parts: tuple[int, int]
) -> None:
    signed("2026-07-10", type="msp", of={"type": "reseller"})
    make_application(state="rejected", type="reseller", region="UK")
    found = value("application_conversion", scope=scope)
    assert (found.numerator, found.denominator) == parts


def test_test_partners_never_count() -> None:
    row = signed("2026-07-10", fit_score=50)
    Partner.objects.filter(pk=row.partner_id).update(is_test=True)
    rebuild(NOW)
    for key in ("application_conversion", "time_to_sign", "partner_fit_score"):
        assert value(key).value is None


def test_waiting_is_what_waits_at_the_end_and_its_age_stands_beside_the_time_to_sign() -> None:
    make_application(applied_at=at("2026-09-01"), confirmed_at=at("2026-09-01"))
    make_application(
        state="rejected", applied_at=at("2026-09-21"), confirmed_at=at("2026-09-21"),
        decided_at=at("2026-10-02"),
    )  # fmt: skip
    make_application(applied_at=at("2026-10-02"), confirmed_at=at("2026-10-02"))
    assert value("application_conversion", variant="waiting").value == 2
    assert value("time_to_sign", variant="open_age").value == 20  # of 30 and 10 days


def test_time_to_sign_is_the_median_to_the_first_contract_after_the_application() -> None:
    for day in ("2026-07-11", "2026-07-21", "2026-09-01"):
        signed(day)
    again = signed("2026-08-01")
    Contract.objects.create(
        partner=again.partner, starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 1)
    )
    rebuild(NOW)
    found = value("time_to_sign")
    assert (found.value, found.denominator) == (25.5, 4)  # 10, 20, 31, 62 days


def test_fit_is_the_mean_of_frozen_scores_of_those_who_signed() -> None:
    assert value("partner_fit_score").reason == "not_connected"
    signed("2026-07-10", fit_score=80)
    signed("2026-08-10", fit_score=40)
    signed("2026-08-10")  # never scored
    signed("2026-12-10", fit_score=10)  # signs later
    rebuild(NOW)
    found = value("partner_fit_score")
    assert (found.value, found.n) == (60, 2)
    assert value("partner_fit_score", variant="median").value == 60


def test_acquisition_cost_takes_recruiting_and_onboarding_alone() -> None:
    assert value("partner_acquisition_cost").reason == "not_connected"
    make_rate("USD", "2026-01-01", "0.5")
    row = signed("2026-07-10")
    signed("2026-07-11")
    for kind, amount, currency, partner in (
        ("recruiting", 1000, "EUR", None),
        ("onboarding", 2000, "USD", row.partner),
        ("campaign", 5000, "EUR", row.partner),
    ):
        Cost.objects.create(
            kind=kind, amount=amount, currency=currency, partner=partner, at=at("2026-07-15")
        )
    rebuild(NOW)
    found = value("partner_acquisition_cost")
    assert (found.value, found.numerator, found.denominator) == (Decimal(1000), 2000, 2)
    assert value("partner_acquisition_cost", variant="activated").reason == "no_data"
    make_deal(row.partner, won="2026-08-01")
    rebuild(NOW)
    assert value("partner_acquisition_cost", variant="activated").value == Decimal(2000)


def test_partners_people_do_not_know_of_recruiting_figures() -> None:
    from django.http import Http404

    from prm.common.access import actor_for

    member = make_member(make_partner("Acme"))
    for key in ("application_conversion", "time_to_sign", "partner_fit_score",
                "partner_acquisition_cost"):  # fmt: skip
        with pytest.raises(Http404):
            values.kpi_of(key, actor_for(member.user))


# --- costs ---


def test_a_cost_keeps_the_rate_of_its_day_and_waits_for_one() -> None:
    make_rate("USD", "2026-07-01", "0.9")
    cost = Cost.objects.create(kind="tools", amount=100, currency="USD", at=at("2026-07-15"))
    late = Cost.objects.create(kind="tools", amount=100, currency="SEK", at=at("2026-07-15"))
    cost.refresh_from_db()
    assert (cost.amount_rc, str(cost.on)) == (90, "2026-07-15")
    make_rate("USD", "2026-07-10", "0.5")
    make_rate("SEK", "2026-07-01", "0.1")
    for row, amount in ((cost, 90), (late, 10)):
        row.refresh_from_db()
        assert row.amount_rc == amount


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "x"}, {"currency": "euro"}, {"amount": Decimal(-1)}, {"amount": Decimal("1.001")},
     {"at": at("2027-01-01")}],
)  # fmt: skip
def test_a_cost_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    from partners.costs.services import record_cost

    fields = {"kind": "tools", "amount": Decimal(5), "currency": "EUR", "at": at("2026-07-01")}
    with pytest.raises(InvalidInput):
        record_cost(by=None, now=NOW, **(fields | wrong))
    assert not Cost.objects.exists()


# --- funnel ---


def test_the_funnel_tells_each_step_its_rate_and_time() -> None:
    form = make_form()
    for step, n in (("visited", 20), ("started", 8)):
        VisitCount.objects.create(form=form, day="2026-07-02", channel="direct", step=step, n=n)
    make_application(form, state="unconfirmed")
    make_application(form)
    make_application(form, state="rejected", decided_at=at("2026-07-11"))
    signed("2026-07-20", form=form, decided_at=at("2026-07-05"))
    make_application(form, applied_at=at("2026-12-01"))
    steps = recruiting.funnel_steps(periods.parse(Q3))
    assert [one.number for one in steps] == [20, 8, 4, 3, 2, 1]
    assert [one.rate for one in steps] == ["", "40%", "50%", "75%", "67%", "50%"]
    assert steps[4].time == "7 days"  # 4 and 10


def test_without_visits_the_funnel_begins_with_what_was_sent() -> None:
    make_application()
    assert [one.number for one in recruiting.funnel_steps(periods.parse(Q3))] == [1, 1, 0, 0]
    assert recruiting.funnel_steps(periods.parse("2026-Q1")) == []


def test_each_source_has_what_came_and_what_it_cost() -> None:
    signed("2026-07-20", channel="fair", fit_score=80)
    make_application(channel="fair", state="rejected")
    make_application(channel="web")
    Cost.objects.create(
        kind="recruiting", amount=300, currency="EUR", at=at("2026-07-15"), channel="fair"
    )
    Cost.objects.create(kind="recruiting", amount=50, currency="EUR", at=at("2026-07-15"))
    rows = {row.channel: row for row in recruiting.by_source(periods.parse(Q3))}
    fair = rows["fair"]
    assert (fair.submitted, fair.approved, fair.rejected, fair.cost_each) == (2, 1, 1, 300)
    assert (rows["web"].waiting, rows["web"].cost_each, rows["-"].cost) == (1, None, 50)


def test_cohorts_tell_how_soon_partners_had_revenue() -> None:
    for won in ("2026-07-25", "2026-08-14", None):
        row = signed("2026-07-10", decided_at=at("2026-07-05"))
        if won:
            make_deal(row.partner, won=won)
        make_deal(row.partner, lost="2026-07-08")
    last = periods.parse("2026-Q4")
    (cohort,) = recruiting.cohorts(config.program(), last, NOW)
    assert (cohort.partners, cohort.won, cohort.soon, cohort.median) == (3, 2, 2, 40)
    assert cohort.is_young


def test_a_merged_partner_wins_with_its_survivor() -> None:
    row, into = signed("2026-07-10", decided_at=at("2026-07-05")), make_partner("Into")
    merge_partner(row.partner, into=into, by=None, now=NOW)
    make_deal(into, won="2026-07-25")
    (cohort,) = recruiting.cohorts(config.program(), periods.parse("2026-Q4"), NOW)
    assert (cohort.partners, cohort.won) == (1, 1)


def test_the_page_of_the_funnel_is_for_all_of_ours() -> None:
    make_application(make_form())
    client = Client()
    client.force_login(make_user(staff_role="executive"))
    page = client.get("/applications/funnel/?period=2026-Q3")
    assert page.status_code == 200
    assert "Where they came from" in page.content.decode()


# --- top performers ---


def test_the_ideal_profile_comes_from_the_partners_with_most_revenue() -> None:
    for number in range(10):
        best = number < 5
        partner = make_partner(type="msp" if best else "reseller", region="UK")
        make_deal(partner, won="2026-08-01", amount=Decimal(100_000 if best else 100))
        for _person in range(3 if best else 0):
            make_member(partner)
    make_partner(region="DACH")
    for number in range(9):
        make_customer(f"Customer {number}", region="DACH")
    make_customer(region="UK")
    rebuild(NOW)
    profile = topperformers.derive_profile(by=None, now=NOW)
    found = {one.key: one for one in criteria_of(profile)}
    assert found["type"].wanted == ("msp",)
    assert found["region"].wanted == ("DACH",)
    assert (found["people"].least, found["customers"].least) == (3, 1)
    assert profile.basis["partners"] == 5
    assert topperformers.derive_profile(by=None, now=NOW) == profile  # nothing changed


def test_too_few_partners_give_no_profile() -> None:
    make_deal(make_partner(), won="2026-08-01")
    rebuild(NOW)
    with pytest.raises(Conflict):
        topperformers.derive_profile(by=None, now=NOW)
