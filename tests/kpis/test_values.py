"""Values in periods that still run, targets with versions, and questions that cannot be asked."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from kpis import scopes, values
from kpis.engine.drain import drain
from kpis.readers import SHELL
from kpis.services import set_baseline, set_target
from partners.models import Registration
from prm.common.access import actor_for
from prm.common.errors import InvalidInput, NotAllowed
from prm.common.models import Setting
from tests.factories import at, make_customer, make_deal, make_partner, make_registration
from tests.world import World

pytestmark = pytest.mark.django_db
# the first month of a quarter: its last month has not begun
NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


def test_partners_at_the_end_of_a_running_quarter_are_those_of_the_open_month() -> None:
    with time_machine.travel(NOW, tick=False):
        Setting.objects.filter(key="kpi_horizon").update(value="2026-10-20")
        make_partner()
        make_partner(contract=False).contracts.create(
            starts_on=date(2026, 1, 1), ends_on=date(2026, 10, 5)
        )
        drain(NOW)
        asked = {"period": "2026-Q4", "now": NOW}
        assert values.value("active_partners", variant="end", **asked).value == 1
        assert values.value("net_partner_growth", **asked).value == -1
        assert values.value("active_partners", variant="end", period="2026", now=NOW).value == 1


def closed_quarter(**more: object) -> values.Result:
    return values.value("partner_sourced_revenue", period="2026-Q2", now=NOW, **more)  # type: ignore[arg-type]


def target(value: int, day: str, reason: str = "") -> None:
    set_target(
        "partner_sourced_revenue",
        "program",
        "2026-Q2",
        Decimal(value),
        by=None,
        now=at(day),
        reason=reason,
    )


@pytest.mark.parametrize(
    ("aim", "status"), [(1000, "good"), (1100, "warn"), (1177, "bad"), (1176, "warn")]
)
def test_a_closed_period_is_coloured_by_attainment(aim: int, status: str) -> None:
    make_deal(make_partner(), opened="2026-04-01", won="2026-05-05")
    drain(NOW)
    target(aim, "2026-03-01")
    assert closed_quarter().status == status


def test_a_running_period_stays_grey_with_its_pace() -> None:
    make_deal(make_partner(), opened="2026-10-01", won="2026-10-05")
    drain(NOW)
    set_target(
        "partner_sourced_revenue",
        "program",
        "2026-Q4",
        Decimal(5000),
        by=None,
        now=at("2026-09-01"),
    )
    found = values.value("partner_sourced_revenue", period="2026-Q4", now=NOW)
    assert (found.status, found.attainment) == ("grey", 0.2)
    # 19.58 of 92.04 days have passed (one hour more in October), in which 20 % were won
    assert found.pace == pytest.approx(0.2 / (19 + 14 / 24) * (92 + 1 / 24), rel=1e-6)


def test_a_running_sum_is_not_compared_with_a_whole_period() -> None:
    partner = make_partner()
    for month in ("07", "10"):
        for _ in range(6):
            make_deal(partner, opened="2026-06-01", won=f"2026-{month}-05", amount=100)
    drain(NOW)
    running = values.value("partner_sourced_revenue", period="2026-Q4", now=NOW)
    assert (running.value, running.previous, running.delta) == (600, None, None)
    assert not running.delta_reliable
    wins = values.value(
        "revenue_generating_partner_rate", variant="count", period="2026-Q4", now=NOW
    )
    assert (wins.value, wins.previous) == (1, None)
    mean = values.value("average_deal_size", period="2026-Q4", now=NOW)
    assert (mean.value, mean.previous, mean.delta) == (100, 100, 0)
    closed = values.value("partner_sourced_revenue", period="2026-Q3", now=at("2027-01-02"))
    assert closed.previous == 0


def test_the_trend_of_deal_sizes_is_the_yearly_change_of_the_quarterly_medians() -> None:
    partner = make_partner()
    days = [f"{year}-{month}-15" for year in (2024, 2025) for month in ("02", "05", "08", "11")]
    for i, day in enumerate(days):
        for factor in (Decimal("0.5"), Decimal(1), Decimal(3)):  # the median is the middle one
            amount = 10000 * Decimal("1.1") ** i * factor
            make_deal(partner, opened="2024-01-01", won=day, amount=round(amount, 2))
    drain(NOW)
    asked: dict[str, Any] = {"variant": "trend", "now": NOW}
    found = values.value("average_deal_size", period="2025-Q4", **asked)
    assert found.value == pytest.approx(1.1**4 - 1, rel=1e-5)
    short = values.value("average_deal_size", period="2026-Q1", **asked)
    assert (short.value, short.reason, short.n) == (None, "insufficient_n", 7)


def test_an_instant_goes_with_stocks_only() -> None:
    make_deal(make_partner(), opened="2026-04-01", won="2026-05-05", amount=70)
    drain(NOW)
    asked = {"period": "2026-Q2", "now": NOW, "as_of": at("2026-05-02"), "with_variants": True}
    open_then = values.value("partner_pipeline_open", **asked)
    assert (open_then.value, open_then.variants["deals"]) == (70, 1)
    age = values.value("time_to_close", variant="open_age", **asked)
    # opened on 1 April, asked on 2 May at noon: the day before the instant is 2 May itself
    assert (age.value, list(age.variants)) == (31, ["open_age"])
    with pytest.raises(InvalidInput, match=r"leave as_of out.*partner_pipeline_open value"):
        values.value("win_rate", **asked)
    with pytest.raises(InvalidInput, match="leave as_of out"):
        values.value("time_to_close", **asked)


def test_parts_of_a_figure_do_not_ask_the_same_questions_again() -> None:
    for number in range(3):
        make_deal(make_partner(f"P{number}"), opened="2026-04-01", won="2026-05-05")
    drain(NOW)
    asked: dict[str, Any] = {"by": "partner", "period": "2026-Q2", "now": NOW, "actor": SHELL}

    def cost(limit: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            values.breakdown("partner_pipeline_open", limit=limit, **asked)
        return len(captured)

    assert cost(3) - cost(1) == 2  # the months of two more partners, nothing else


def test_all_customer_regions_are_read_at_once_and_waiting_registrations_count() -> None:
    partner = make_partner()
    for region, amount in (("DACH", 100), ("Nordics", 30)):
        customer = make_customer(f"Customer {region}", region=region)
        make_registration(partner, customer=customer, amount=Decimal(amount))
        make_deal(partner, customer=customer, won="2026-10-05", opened="2026-10-01", amount=7)
    Registration.objects.update(submitted_at=at("2026-10-10"))
    drain(NOW)
    asked: dict[str, Any] = {"period": "2026-Q4", "now": NOW}
    store = values.store_for(scopes.PROGRAM, "pit", NOW)
    with CaptureQueriesContext(connection) as captured:
        parts = values.breakdown(
            "partner_pipeline_open", by="customer_region", variant="pending", store=store, **asked
        )
    assert {part.label: part.value for part in parts} == {"DACH": 100, "Nordics": 30}
    assert sum("kpis_stock_fact" in one["sql"] for one in captured.captured_queries) == 1
    then = values.value(
        "partner_pipeline_open", variant="pending", scope="customer_region:DACH", as_of=NOW, **asked
    )
    assert then.value == 100
    behind = values.rows(
        "partner_pipeline_open", variant="pending", scope="customer_region:DACH", actor=SHELL,
        **asked,
    )  # fmt: skip
    assert (behind.total, behind.total_rows) == (100, 1)


def test_a_merged_stubs_open_deal_belongs_to_the_survivors_tier_of_today() -> None:
    survivor = make_partner("Survivor", tier="gold")
    stub = make_partner("Stub", tier="silver")
    make_deal(stub, opened="2026-09-01", amount=50)
    stub.merged_into, stub.merged_at = survivor, NOW
    stub.save()
    drain(NOW)
    for tier, value in (("gold", 50), ("silver", 0)):
        for as_of in (None, NOW):
            found = values.value(
                "partner_pipeline_open", period="2026-10", scope=f"tier:{tier}", mode="current",
                as_of=as_of, now=NOW,
            )  # fmt: skip
            assert found.value == value, (tier, as_of)


def test_the_json_of_money_has_the_decimals_of_its_currency() -> None:
    partner = make_partner()
    for amount in (3, 3, 4):
        make_deal(partner, opened="2026-04-01", won="2026-05-05", amount=amount)
    drain(NOW)
    found = values.value("average_deal_size", period="2026-Q2", now=NOW)
    assert (found.as_json()["value"], found.as_json()["numerator"]) == ("3.33", "10.00")
    found.report_currency = "JPY"
    assert found.as_json()["value"] == "3"


def test_a_target_changed_in_mid_period_counts_only_with_a_note() -> None:
    target(1000, "2026-03-01")
    target(500, "2026-05-01")
    assert closed_quarter().target == 1000
    target(700, "2026-05-02", reason="a region was sold")
    assert (closed_quarter().target, closed_quarter().target_version) == (700, 3)


def test_a_baseline_changes_only_with_a_reason() -> None:
    fields = ("partner_sourced_revenue", "program", "2026-Q2", Decimal(1))
    set_baseline(*fields, by=None, now=NOW)
    with pytest.raises(InvalidInput):
        set_baseline(*fields, by=None, now=NOW)


def test_without_direct_deals_there_is_no_share_and_not_100_percent() -> None:
    make_deal(make_partner(), opened="2026-04-01", won="2026-05-05")
    drain(NOW)
    found = values.value("partner_sourced_share", period="2026-Q2", now=NOW)
    assert (found.value, found.reason) == (None, "not_connected")


def test_a_period_that_has_not_begun_has_no_data() -> None:
    found = values.value("win_rate", period="2027-Q2", now=NOW)
    assert (found.value, found.reason) == (None, "no_data")


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "t12m:2026", "2026-Q3x", "0001"])
def test_a_period_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidInput, match="2026-Q3"):
        values.value("win_rate", period=text, now=NOW)


def test_a_partners_person_reads_its_own_company_only(world: World) -> None:
    pat = actor_for(world.pat.user)
    own = scopes.parse(f"partner:{world.acme.public_id}", pat)
    assert scopes.check(pat, own) == own
    with pytest.raises(Http404):
        scopes.parse(f"partner:{world.globex.public_id}", pat)
    with pytest.raises(NotAllowed):
        scopes.check(pat, scopes.PROGRAM)


def test_a_partners_person_gets_readings_of_own_facts_wherever_they_are_asked(world: World) -> None:
    pat = actor_for(world.pat.user)
    asked: dict[str, Any] = {"scope": scopes.of_partner(world.acme), "now": NOW, "actor": pat}
    found = values.value("win_rate", period="2026-Q3", with_variants=True, **asked)
    assert set(found.variants) == {"partner", "by_value"}
    for ask in (values.value, values.rows):
        with pytest.raises(InvalidInput, match="partner, by_value"):
            ask("win_rate", period="2026-Q3", variant="direct", **asked)
        with pytest.raises(Http404):
            ask("joint_revenue", period="2026-Q3", **asked)
    with pytest.raises(InvalidInput):
        values.series("win_rate", end="2026-Q3", variant="difference", **asked)


def test_an_external_id_of_two_sources_must_name_its_source() -> None:
    make_partner("A", source="one", external_id="7")
    other = make_partner("B", source="two", external_id="7")
    with pytest.raises(InvalidInput, match="SOURCE/ID"):
        scopes.parse("partner:7")
    assert scopes.parse("partner:two/7").id == other.pk
