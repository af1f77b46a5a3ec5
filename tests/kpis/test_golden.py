"""The golden facts, loaded by import_folder into an empty installation, give the golden answers.

The expected numbers come from two independent calculations (tests/golden/README.md); each trap of
kpis.md (j) changes at least one of them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from kpis import values
from partners.models import Deal
from tests.imports.sets import GOLDEN, empty_installation, expected, run

NOW = datetime(2026, 10, 5, tzinfo=UTC)
PERIOD = "2026-Q3"
ANSWERS = expected(GOLDEN / "expected.json")
REASONS = expected(GOLDEN / "expected_reasons.json")

# golden name → (KPI, variant, part of the result)
VALUES = {
    "partners_active_any": ("active_partners", "any", "value"),
    "partners_active_start": ("active_partners", "start", "value"),
    "partners_active_end": ("active_partners", "end", "value"),
    "net_partner_growth": ("net_partner_growth", "", "value"),
    "partner_sourced_share": ("partner_sourced_share", "", "value"),
    "total_revenue_gross": ("partner_sourced_share", "total", "value"),
    "vendor_sourced_revenue": ("partner_sourced_share", "direct", "value"),
    "revenue_generating_partner_rate": ("revenue_generating_partner_rate", "", "value"),
    "revenue_generating_partners": ("revenue_generating_partner_rate", "", "numerator"),
    "revenue_hhi": ("revenue_concentration_hhi", "", "value"),
    "revenue_gini": ("revenue_top20_share", "gini", "value"),
    "revenue_top1_share": ("revenue_top20_share", "top1", "value"),
    "revenue_top20pct_share": ("revenue_top20_share", "", "value"),
    "new_partners_recruited": ("new_partners_recruited", "", "value"),
    "application_conversion": ("application_conversion", "", "value"),
    "applications_pending": ("application_conversion", "waiting", "value"),
    "time_to_sign_days_median": ("time_to_sign", "", "value"),
    "partner_acquisition_cost": ("partner_acquisition_cost", "", "value"),
    "partner_sourced_revenue_net": ("partner_sourced_revenue", "net", "value"),
    "partner_sourced_revenue_gross": ("partner_sourced_revenue", "gross", "value"),
    "joint_revenue": ("joint_revenue", "", "value"),
    "partner_influenced_revenue": ("joint_revenue", "influenced", "value"),
    "deals_won_partner": ("win_rate", "partner", "numerator"),
    "deals_won_direct": ("win_rate", "direct", "numerator"),
    "win_rate_partner": ("win_rate", "partner", "value"),
    "win_rate_partner_lo": ("win_rate", "partner", "ci_low"),
    "win_rate_partner_hi": ("win_rate", "partner", "ci_high"),
    "win_rate_direct": ("win_rate", "direct", "value"),
    "win_rate_cosell": ("win_rate", "co_sell", "value"),
    "win_rate_solo": ("win_rate", "solo", "value"),
    "win_rate_partner_by_value": ("win_rate", "by_value", "value"),
    "decided_cosell": ("win_rate", "co_sell", "denominator"),
    "decided_solo": ("win_rate", "solo", "denominator"),
    "average_deal_size": ("average_deal_size", "", "value"),
    "average_deal_size_direct": ("average_deal_size", "direct", "value"),
    "median_deal_size": ("average_deal_size", "median", "value"),
    "time_to_close_median": ("time_to_close", "", "value"),
    "time_to_close_mean": ("time_to_close", "mean", "value"),
    "time_to_close_direct_median": ("time_to_close", "direct", "value"),
    "sales_cycle_difference_days": ("time_to_close", "difference", "value"),
    "open_deal_age_median": ("time_to_close", "open_age", "value"),
    "partner_pipeline_open": ("partner_pipeline_open", "", "value"),
    "partner_pipeline_deals": ("partner_pipeline_open", "deals", "value"),
    "pending_registration_value": ("partner_pipeline_open", "pending", "value"),
    "partner_login_rate": ("partner_login_rate", "", "value"),
    "logins": ("partner_login_rate", "logins", "value"),
    "time_to_productive_km_median": ("time_to_productive", "", "value"),
    "time_to_productive_events": ("time_to_productive", "", "numerator"),
    "time_to_productive_n": ("time_to_productive", "", "n"),
    "productive_within_180d_km": ("time_to_productive", "within_180", "value"),
    "user_login_rate": ("user_login_rate", "", "value"),
    "partner_retention_rate": ("partner_retention_rate", "", "value"),
    "partner_churn_rate": ("partner_churn_rate", "", "value"),
    "partners_churned": ("partner_churn_rate", "left", "value"),
    "partner_survival_730d": ("partner_survival", "", "value"),
    "partner_survival_730d_lo": ("partner_survival", "730d", "ci_low"),
    "partner_survival_730d_hi": ("partner_survival", "730d", "ci_high"),
    "partner_survival_365d": ("partner_survival", "365d", "value"),
    "dormant_partner_rate": ("dormant_partner_rate", "", "value"),
    "tier_movement_net": ("tier_movement", "net", "value"),
}
BREAKDOWNS = {
    "sourced_gross_by_type_": ("type", "pit"),
    "sourced_gross_by_tier_pit_": ("tier", "pit"),
    "sourced_gross_by_tier_current_": ("tier", "current"),
    "sourced_gross_by_region_pit_": ("region", "pit"),
}


@pytest.fixture(scope="module", autouse=True)
def golden(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The golden facts in an installation that is otherwise empty."""
    with django_db_blocker.unblock(), empty_installation(), time_machine.travel(NOW, tick=False):
        output = run("import_folder", str(GOLDEN / "csv"), "--source", "golden")
        run("kpis", "drain")
        yield output


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", VALUES)
def test_the_value_is_the_golden_one(name: str) -> None:
    key, variant, part = VALUES[name]
    result = values.value(key, period=PERIOD, variant=variant, now=NOW)
    assert float(getattr(result, part)) == pytest.approx(ANSWERS[name], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", VALUES)
def test_the_command_prints_the_golden_value(name: str) -> None:
    key, variant, part = VALUES[name]
    answer = json.loads(run("kpi", key, "--period", PERIOD, "--variant", variant))
    assert float(answer[part]) == pytest.approx(ANSWERS[name], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("prefix", BREAKDOWNS)
def test_sourced_revenue_by_type_tier_and_region_is_the_golden_one(prefix: str) -> None:
    by, mode = BREAKDOWNS[prefix]
    parts = values.breakdown(
        "partner_sourced_revenue", by=by, period=PERIOD, variant="gross", mode=mode, now=NOW
    )
    found = {part.label: float(part.value) for part in parts if part.value}
    golden = {
        name.removeprefix(prefix): value
        for name, value in ANSWERS.items()
        if name.startswith(prefix)
    }
    assert found == pytest.approx(golden, abs=0.01)


@pytest.mark.parametrize("partner", ["P1", "P2", "P3", "P4", "P5", "P6"])
def test_net_revenue_of_each_partner_is_the_golden_one(partner: str) -> None:
    result = values.value(
        "partner_sourced_revenue", period=PERIOD, scope=f"partner:golden/{partner}", now=NOW
    )
    assert float(result.value or 0) == pytest.approx(ANSWERS[f"sourced_net_{partner}"], abs=0.01)


@pytest.mark.parametrize("key", ["onboarding_completion", "onboarding_on_time"])
def test_onboarding_of_a_new_partner_is_the_golden_one(key: str) -> None:
    result = values.value(key, period=PERIOD, scope="partner:golden/P5", now=NOW)
    assert result.value == pytest.approx(ANSWERS[f"{key}_P5"], rel=1e-6)


def test_a_merged_stub_answers_for_its_survivor() -> None:
    stub = values.value("partner_sourced_revenue", period=PERIOD, scope="partner:P7", now=NOW)
    assert float(stub.value) == ANSWERS["sourced_net_P1"]


def test_the_rank_statistic_of_the_cycles_is_the_golden_one() -> None:
    won = Deal.objects.filter(
        state="won", closed_on__gte="2026-07-01", closed_on__lt="2026-10-01"
    ).only("opened_on", "closed_on", "partner_id")
    days: dict[bool, list[int]] = {True: [], False: []}
    for deal in won:
        days[deal.partner_id is None].append((deal.closed_on - deal.opened_on).days)
    below = sum((a > b) + (a == b) / 2 for a in days[False] for b in days[True])
    assert below == ANSWERS["time_to_close_mwu"]


@pytest.mark.parametrize(
    ("name", "key", "variant"),
    [
        ("average_deal_size_trend", "average_deal_size", "trend"),
        ("time_to_close_comparison_sentence", "time_to_close", "comparison"),
        ("tier_requirement_attainment", "tier_requirement_attainment", "overall"),
        ("partner_fit_score", "partner_fit_score", ""),
        ("onboarding_bottleneck", "onboarding_bottleneck", ""),
        ("activation_rate_90d", "activation_rate_90d", ""),
        ("portal_session_time", "portal_session_time", ""),
    ],
)
def test_too_few_facts_give_a_reason_instead_of_a_number(name: str, key: str, variant: str) -> None:
    result = values.value(key, period=PERIOD, variant=variant, now=NOW)
    assert (result.value, result.reason) == (None, REASONS[name])


def test_a_second_import_of_the_folder_changes_nothing(golden: str) -> None:
    again = run("import_folder", str(GOLDEN / "csv"), "--source", "golden")
    assert "created 0, updated 0" in again
    lines = [line for line in again.splitlines() if "created" in line]
    assert len(lines) == 17
    assert all("created 0, updated 0" in line and "rejected 0" in line for line in lines)


def test_files_of_resources_that_do_not_exist_are_listed_and_left(golden: str) -> None:
    assert "registration_reject" in golden.splitlines()[-1]
