"""Figures against another period: the same days of it, worked out by hand."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kpis import values
from kpis.choices import period_choice
from kpis.compare import Comparison, comparison
from kpis.definitions import KPIS
from kpis.engine.rebuild import rebuild
from kpis.result import Result
from partners.models import Partner
from prm.common import config, periods
from tests.factories import at, make_deal, make_login, make_member, make_partner, make_user

# 51 days of the quarter: 1 October to 20 November, today included
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme() -> Partner:
    return make_partner("Acme", type="reseller")


def against(kind: str, period: str = "2026-Q4") -> Comparison:
    program = config.program()
    found = comparison(kind, periods.parse(period, program), program, NOW)
    assert found is not None
    return found


def value(key: str, kind: str = "year", period: str = "2026-Q4", **more: Any) -> Result:
    rebuild(NOW)
    return values.value(key, period=period, now=NOW, against=against(kind, period), **more)


def test_a_running_quarter_is_compared_with_as_many_days_of_the_other() -> None:
    year, before = against("year"), against("before")
    assert (year.period.key, year.until) == ("2025-Q4", date(2025, 11, 21))
    # 1 July and 51 days; the quarters differ in length, the days do not
    assert (before.period.key, before.until) == ("2026-Q3", date(2026, 8, 21))
    assert against("year", "2026-Q3").until is None  # it is over: the whole of both


def test_the_days_of_a_longer_month_end_with_the_shorter_one() -> None:
    program, end = config.program(), datetime(2026, 3, 30, 12, tzinfo=UTC)
    march = periods.parse("2026-03", program)
    found = comparison("before", march, program, end)
    assert found is not None
    assert (found.period.key, found.until) == ("2026-02", None)


def test_revenue_counts_until_the_same_day_with_what_was_refunded(acme: Partner) -> None:
    for day, amount in (
        ("2025-10-01", 100),
        ("2025-11-20", 20),  # the 51st day
        ("2025-11-21", 5_000),  # the 52nd
        ("2025-09-30", 7_000),
        ("2026-10-05", 300),
    ):
        deal = make_deal(acme, won=day, opened="2025-01-01", amount=Decimal(amount))
    deal.adjustments.create(at=at("2025-10-09"), kind="refund", amount=-30, currency="EUR")
    deal.adjustments.create(at=at("2025-12-01"), kind="refund", amount=-900, currency="EUR")
    found = value("partner_sourced_revenue")
    assert (found.value, found.previous, found.delta) == (300, 90, 210)
    assert not found.delta_reliable  # fewer than five deals on either side
    assert value("partner_sourced_revenue", period="2026-11").previous == 20
    assert value("partner_sourced_revenue", period="2026").previous == 7_000 + 90


def test_rates_sizes_and_days_to_close_count_the_same_days(acme: Partner) -> None:
    make_deal(acme, won="2025-10-11", opened="2025-10-01", amount=Decimal(100))  # 10 days
    make_deal(acme, won="2025-11-10", opened="2025-10-11", amount=Decimal(300))  # 30 days
    make_deal(acme, lost="2025-11-15", opened="2025-10-01")
    make_deal(acme, lost="2025-12-15", opened="2025-10-01")
    make_deal(acme, won="2025-12-20", opened="2025-10-01", amount=Decimal(9_000))
    make_deal(None, won="2025-11-19", opened="2025-10-01", amount=Decimal(600))
    make_deal(None, won="2025-11-29", opened="2025-10-01", amount=Decimal(60_000))
    make_deal(acme, won="2026-10-05", opened="2026-10-01", amount=Decimal(500))
    assert value("win_rate").previous == pytest.approx(2 / 3)
    assert value("average_deal_size").previous == 200
    assert value("time_to_close").previous == 20
    assert value("partner_sourced_share").previous == pytest.approx(0.4)
    # a median of single deals is not cut by days, an index of a part says nothing
    assert value("average_deal_size", variant="median").previous is None
    assert value("revenue_concentration_hhi").previous is None


def test_partners_are_counted_once_over_the_same_days() -> None:
    early, late = (
        make_partner("Early", since="2025-11-05"),
        make_partner("Late", since="2025-12-01"),
    )
    old = make_partner("Old")
    for day in ("2025-10-02", "2025-11-03", "2025-12-05"):
        make_deal(old, won=day, opened="2025-01-01")
    make_deal(late, won="2025-12-06", opened="2025-12-02")
    make_login(make_member(early), "2025-11-20")
    make_login(make_member(old), "2025-11-21")
    make_deal(old, won="2026-10-05", opened="2026-10-01")
    active = value("active_partners")
    assert (active.value, active.previous) == (3, 2)
    assert value("new_partners_recruited").previous == 1
    assert value("net_partner_growth").previous == 1
    assert value("revenue_generating_partner_rate").previous == pytest.approx(1 / 2)
    assert value("partner_login_rate").previous == pytest.approx(1 / 2)


def test_a_day_before_the_end_of_a_month_the_part_is_the_month_so_far(acme: Partner) -> None:
    """With the cut on a month's first day no fact is read: the cells say it all."""
    make_deal(acme, won="2025-10-31", opened="2025-01-01", amount=Decimal(10))
    make_deal(acme, won="2025-11-01", opened="2025-01-01", amount=Decimal(1))
    make_deal(acme, won="2026-10-05", opened="2026-01-01", amount=Decimal(5))
    end = datetime(2026, 10, 31, 12, tzinfo=UTC)
    with time_machine.travel(end, tick=False):
        rebuild(end)
        program = config.program()
        quarter = periods.parse("2026-Q4", program)
        found = values.value(
            "partner_sourced_revenue", period="2026-Q4", now=end,
            against=comparison("year", quarter, program, end),
        )  # fmt: skip
    assert found.previous == 10


@pytest.mark.parametrize("key", [key for key, kpi in KPIS.items() if kpi.unit != "ranking"])
def test_the_part_that_is_the_whole_equals_the_whole(key: str, acme: Partner) -> None:
    """Read by days up to the last one, every KPI gives what its cells give."""
    for n, day in enumerate(("2025-10-05", "2025-11-11", "2025-12-24", "2025-12-30")):
        make_deal(acme, won=day, opened="2025-06-01", amount=Decimal(100 + n))
        make_deal(None, won=day, opened="2025-06-01", amount=Decimal(70 + n))
        make_login(make_member(acme), day)
    make_deal(acme, lost="2025-12-29", opened="2025-06-01")
    rebuild(NOW)
    whole = against("year", "2026-Q4")
    part = Comparison("year", whole.period, date(2026, 1, 1))
    for variant in KPIS[key].variants:
        plain = values.value(key, period="2025-Q4", variant=variant, now=NOW)
        make = {"period": "2026-Q4", "variant": variant, "now": NOW}
        found = values.value(key, **make, against=part)
        if found.value is not None and found.previous is not None:
            assert found.previous == plain.value, variant


@pytest.fixture
def desk(acme: Partner) -> Client:
    for _ in range(5):
        make_deal(acme, won="2025-10-10", opened="2025-01-01", amount=Decimal(10_000))
        make_deal(acme, won="2026-08-01", opened="2026-01-01", amount=Decimal(20_000))
        make_deal(acme, won="2026-10-10", opened="2026-01-01", amount=Decimal(30_000))
    rebuild(NOW)
    client = Client()
    client.force_login(make_user(staff_role="admin"))
    return client


def page(desk: Client, name: str, query: str = "", *args: Any) -> str:
    response = desk.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_pages_say_what_they_compare_with_and_the_choice_sticks(desk: Client) -> None:
    html = page(desk, "kpis:overview")
    assert "+€100k" in html
    assert "vs €50k at this point of Q4 2025" in html
    assert ">vs Q3 2026</a>" in html
    html = page(desk, "kpis:overview", "?compare=before&keep=1")
    assert "vs €100k at this point of Q3 2026" in html
    for name, args in (("kpis:overview", []), ("kpis:kpi_detail", ["partner_sourced_revenue"])):
        assert "vs €100k at this point of Q3 2026" in page(desk, name, "", *args)
    html = page(desk, "kpis:kpi_list")
    assert "vs same days of Q3 2026" in html
    assert "from €100k" in html
    # the address wins over what sticks
    html = page(desk, "kpis:kpi_list", "?period=2026-Q3&compare=year")
    assert "vs Q3 2025" in html
    assert 'href="?period=2026-Q3&amp;compare=year&amp;sort=name"' in html


def test_the_partner_page_and_the_portal_compare_with_the_same_days_too(
    desk: Client, acme: Partner
) -> None:
    told = "vs €50k at this point of Q4 2025"
    assert told in page(desk, "kpis:partner_panel", "", acme.public_id)
    portal = Client()
    portal.force_login(make_member(acme).user)
    html = page(portal, "kpis:portal_home")
    assert told in html
    assert "the period before" not in html
    assert "net of refunds" in html


def test_top_partners_change_in_the_words_and_colours_of_the_partner_list(
    desk: Client, acme: Partner
) -> None:
    few = make_partner("Few")
    make_deal(few, won="2025-10-10", opened="2025-01-01", amount=Decimal(10_000))
    make_deal(few, won="2026-10-10", opened="2026-01-01", amount=Decimal(20_000))
    make_deal(make_partner("Fresh"), won="2026-10-10", opened="2026-01-01", amount=Decimal(9_000))
    rebuild(NOW)
    for html in (page(desk, "kpis:overview"), page(desk, "partners:partner_list")):
        cell = re.findall(r'<span class="(delta[^"]*|muted)">(?:<svg.*?</svg>)?(?:<span.*?</span>)?'
                          r"(200%|100%|from €0)</span>", html, re.S)  # fmt: skip
        # five deals on both sides; one on either side; none a year ago
        assert sorted(cell) == [("delta", "100%"), ("delta good", "200%"), ("muted", "from €0")]


def test_an_earlier_period_sticks_for_the_day_and_its_length_for_longer(desk: Client) -> None:
    page(desk, "kpis:overview", "?period=2026-06&keep=1")
    assert "Jun 2026 ·" in page(desk, "kpis:kpi_list")
    assert ">Now</a>" in page(desk, "kpis:kpi_list")
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        html = page(desk, "kpis:kpi_list")
    assert "Nov 2026 ·" in html
    assert ">Now</a>" not in html


def test_a_link_that_names_a_period_changes_no_other_page(desk: Client) -> None:
    for query in ("?period=2026-06", "?period=2026-06&compare=before"):
        page(desk, "kpis:funnel", query)
        assert "Jun 2026 ·" in page(desk, "kpis:overview", query)
        assert "Jun 2026 ·" not in page(desk, "kpis:kpi_list")
    html = page(desk, "kpis:overview", "?period=2026-06")
    assert 'href="?period=2026-05&amp;keep=1"' in html
    assert 'href="?period=2026-06&amp;compare=before&amp;keep=1"' in html
    html = page(desk, "kpis:kpi_list", "?period=2026-06&keep=1")
    assert 'href="?period=2026-06&amp;sort=name"' in html
    assert "Jun 2026 ·" in page(desk, "kpis:overview")


def test_a_year_has_one_period_to_compare_with(desk: Client) -> None:
    html = page(desk, "kpis:overview", "?period=2026")
    assert "at this point of 2025" in html
    assert "Compare with" not in html


def test_nonsense_is_the_usual_choice(rf: Any, acme: Partner) -> None:
    choice = period_choice(rf.get("/?compare=x"), config.program(), NOW)
    assert choice.against is not None
    assert (choice.against.kind, choice.query) == ("year", "period=2026-Q4")
