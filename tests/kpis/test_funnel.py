"""The funnel from registered to won, against hand-counted registrations."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis import scopes, values
from kpis.compare import comparison
from kpis.engine.rebuild import rebuild
from kpis.funnel import Funnel, funnel
from partners.models import Deal, Partner
from prm.common import periods
from tests.factories import (
    at,
    make_deal,
    make_event,
    make_partner,
    make_rate,
    make_registration,
    make_stage,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def partner() -> Partner:
    make_stage("qualified", order=10)
    make_stage("proposal", order=20)
    return make_partner()


def registered(partner: Partner, *, decided: str = "2026-07-05", **deal: object) -> Deal:
    """An approved registration of 2026-07-01 and its deal."""
    registration = make_registration(partner, state="approved", decided_at=at(decided))
    return make_deal(partner, registration=registration, approved_at=at(decided), **deal)


def of(key: str = "2026-Q3", kind: str = "before") -> Funnel | None:
    rebuild(NOW)
    store = values.store_for(scopes.PROGRAM, "pit", NOW)
    period = periods.parse(key)
    return funnel(store, period, comparison(kind, period, store.settings, NOW))


def numbers(key: str = "2026-Q3") -> list[int]:
    found = of(key)
    return [step.number for step in found.steps] if found else []


def test_each_registration_counts_in_every_step_up_to_the_furthest(partner: Partner) -> None:
    make_registration(partner)  # waits
    make_registration(partner, state="rejected", decided_at=at("2026-07-03"))
    registered(partner)  # approved, no stage yet
    registered(partner, stage=make_stage("qualified"))
    registered(partner, stage=make_stage("proposal"))
    registered(partner, won="2026-08-15")
    found = of()
    assert found
    assert [step.label for step in found.steps] == [
        "Registered", "Approved", "Qualified", "Proposal", "Won",
    ]  # fmt: skip
    assert [step.number for step in found.steps] == [6, 4, 3, 2, 1]
    assert [step.rate for step in found.steps] == ["", "67%", "75%", "67%", "50%"]
    assert [step.amount for step in found.steps] == [5000, 4000, 3000, 2000, 1000]
    assert found.won_share == "17%"


def test_a_lost_deal_counts_as_far_as_it_came(partner: Partner) -> None:
    deal = registered(partner, lost="2026-08-20", stage=make_stage("qualified"))
    make_event(deal, "2026-07-10", stage=make_stage("proposal"))
    make_event(deal, "2026-07-20", stage=make_stage("qualified"))
    assert numbers() == [1, 1, 1, 1, 0]


def test_what_happens_after_the_period_does_not_count_in_it(partner: Partner) -> None:
    deal = registered(partner, won="2026-10-05", stage=make_stage("proposal"))
    make_event(deal, "2026-07-10", stage=make_stage("qualified"))
    make_event(deal, "2026-10-02", stage=make_stage("proposal"))
    registered(partner, decided="2026-10-03")
    assert numbers("2026-Q3") == [2, 1, 1, 0, 0]
    assert numbers("2026-Q4") == [2, 2, 1, 1, 1]


def test_only_what_was_active_in_the_period_counts(partner: Partner) -> None:
    registered(partner, won="2026-08-15")
    make_registration(partner, state="rejected", decided_at=at("2026-07-03"))
    assert numbers("2026-Q2") == []
    assert numbers("2026-Q4") == []


def test_direct_void_and_test_partners_deals_stay_out(partner: Partner) -> None:
    registered(partner)
    make_deal(None, won="2026-08-15")
    registered(partner, state="void", closed_at=at("2026-08-01"))
    registered(make_partner(is_test=True))
    assert numbers() == [1, 1, 0, 0, 0]


def test_open_amounts_count_at_the_rate_of_the_month(partner: Partner) -> None:
    make_rate("USD", "2026-01-01", "0.5")
    registered(partner, currency="USD")
    found = of()
    assert found
    assert found.steps[0].amount == 500


def test_stages_without_a_place_of_their_own_are_left_out(partner: Partner) -> None:
    make_stage("one", order=100)
    make_stage("two", order=100)
    registered(partner, stage=make_stage("one"))
    found = of()
    assert found
    assert [step.label for step in found.steps][2:] == ["Qualified", "Proposal", "Won"]


def test_a_moved_rate_is_pointed_out_between_closed_periods_only(partner: Partner) -> None:
    for _each in range(2):  # Q2: both registrations are approved
        registration = make_registration(
            partner, state="approved", submitted_at=at("2026-04-01"), decided_at=at("2026-04-02")
        )
        make_deal(partner, registration=registration, opened="2026-04-01", lost="2026-05-01")
    registered(partner, lost="2026-08-01")  # Q3: one of two
    make_registration(partner, state="rejected", decided_at=at("2026-07-03"))
    make_registration(partner, submitted_at=at("2026-10-02"))  # Q4, which still runs: none
    closed, running = of("2026-Q3"), of("2026-Q4")
    assert closed
    assert running
    assert (closed.steps[1].rate, closed.steps[1].change) == ("50%", "100%")
    assert closed.steps[1].tone == "warn"
    assert (running.steps[1].rate, running.steps[1].change) == ("0%", "")
    a_year_ago = of("2026-Q3", "year")  # when there was no registration to compare with
    assert a_year_ago
    assert a_year_ago.steps[1].change == ""


def test_a_closed_period_reads_no_deal_or_registration_that_it_does_not_count(
    partner: Partner,
) -> None:
    registered(partner)
    with CaptureQueriesContext(connection) as asked:
        numbers("2026-Q1")
    (text,) = {one["sql"] for one in asked if "WITH active" in one["sql"]}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {text}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using kpis_deal_registered" in plan
    assert plan.count("using partners_registration_decided") == 2
