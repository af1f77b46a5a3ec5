"""The three real sets, imported by the documented commands, give the figures that belong to them.

Each set goes into an installation of its own; without the files the tests are skipped and say so.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import mean, median
from typing import Any

import pytest
from django.db.models import F, Min, Sum

from kpis import values
from partners.models import Customer, Deal, Partner
from prm.common.config import program
from tests.imports.sets import (
    counts,
    documented_commands,
    empty_installation,
    expected,
    run,
    sample_folder,
)

NOW = datetime(2026, 10, 5, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def imported(name: str, blocker: Any) -> Iterator[list[str]]:
    """A set in an empty installation; gives what the second run of each command printed."""
    commands = documented_commands(name)
    with blocker.unblock(), empty_installation():
        for command in commands:
            assert counts(run(*command))[3] == 0, command
        again = [run(*command) for command in commands]
        run("kpis", "drain")
        yield again


def value(key: str, period: str, variant: str = "") -> Any:
    return values.value(key, period=period, variant=variant, now=NOW)


def over_years(key: str, variant: str, years: list[int]) -> tuple[float, float]:
    """Numerator and denominator of a ratio over several years: the parts add up."""
    results = [value(key, str(year), variant) for year in years]
    return (
        sum(float(result.numerator or 0) for result in results),
        sum(float(result.denominator or 0) for result in results),
    )


def days_to_close(deals: Any) -> list[int]:
    found = deals.exclude(opened_on=None).values_list(F("closed_on") - F("opened_on"), flat=True)
    return [span.days for span in found]


@pytest.mark.usefixtures("loaded")
class TestAdventureworks:
    """701 resellers and their orders of 2017 and 2018."""

    @pytest.fixture(scope="class")
    @staticmethod
    def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
        yield from imported("adventureworks_reseller", django_db_blocker)

    @pytest.fixture
    def truth(self) -> Any:
        return expected(sample_folder("adventureworks_reseller") / "expected.json")

    def test_a_second_import_changes_nothing(self, loaded: list[str]) -> None:
        assert [counts(text)[:2] for text in loaded] == [(0, 0)] * 4

    def test_the_set_has_its_own_currency(self) -> None:
        assert program().currency == "USD"
        assert Deal.objects.filter(amount_rc=F("amount")).count() == 1381

    def test_ware_house_is_folded_into_warehouse(self) -> None:
        kinds = Partner.objects.filter(profiles__type="Warehouse").count()
        assert (Partner.objects.count(), kinds) == (701, 232)

    def test_amounts_orders_and_active_resellers_of_each_quarter(self, truth: Any) -> None:
        for name, figures in truth["by_quarter"].items():
            period = f"{name[:4]}-{name[4:]}"
            revenue = value("partner_sourced_revenue", period, "gross").value
            active = value("revenue_generating_partner_rate", period).numerator
            orders = value("win_rate", period, "partner").numerator
            assert float(revenue) == pytest.approx(figures["amount"], abs=0.01), period
            assert (active, orders) == (figures["active_resellers"], figures["orders"]), period

    def test_activation_rate_of_each_year(self, truth: Any) -> None:
        for year, figures in truth["by_year"].items():
            rate = value("revenue_generating_partner_rate", year)
            assert rate.value == pytest.approx(figures["activation_rate"], abs=1e-6)
            assert rate.numerator == figures["active_resellers"]
            revenue = value("partner_sourced_revenue", year, "gross").value
            assert float(revenue) == pytest.approx(figures["amount"], abs=0.01)
            assert value("win_rate", year, "partner").numerator == figures["orders"]

    def test_new_resellers_are_those_with_their_first_order_ever(self, truth: Any) -> None:
        first = Partner.objects.annotate(first=Min("deals__closed_on")).exclude(first=None)
        for name, figures in truth["by_quarter"].items():
            year, quarter = int(name[:4]), int(name[5])
            found = first.filter(first__year=year, first__quarter=quarter).count()
            assert found == figures["new_resellers"], name
        for year, figures in truth["by_year"].items():
            assert first.filter(first__year=int(year)).count() == figures["new_resellers"]

    def test_deals_of_unknown_beginning_have_no_time_to_close(self) -> None:
        result = value("time_to_close", "2018")
        assert (result.value, result.reason) == (None, "no_data")


@pytest.mark.usefixtures("loaded")
class TestMaven:
    """8,800 direct opportunities of one sales team."""

    @pytest.fixture(scope="class")
    @staticmethod
    def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
        yield from imported("maven_crm", django_db_blocker)

    @pytest.fixture
    def truth(self) -> Any:
        return expected(sample_folder("maven_crm") / "truth.json")

    def test_a_second_import_changes_nothing(self, loaded: list[str]) -> None:
        assert [counts(text)[:2] for text in loaded] == [(0, 0)] * 3

    def test_rows_stages_and_blanks_are_kept(self, truth: Any) -> None:
        stages = {
            "Won": Deal.objects.won().count(),
            "Lost": Deal.objects.filter(state="lost").count(),
            "Engaging": Deal.objects.filter(stage__name="Engaging").count(),
            "Prospecting": Deal.objects.filter(stage__name="Prospecting").count(),
        }
        assert stages == truth["stages"]
        assert Deal.objects.count() == truth["rows"]
        assert Deal.objects.filter(customer=None).count() == truth["null_account"]
        assert Deal.objects.filter(opened_at=None).count() == truth["null_engage_date"]
        assert Deal.objects.filter(closed_at=None).count() == truth["null_close_date"]
        assert Deal.objects.filter(amount=None).count() == truth["null_close_value"]
        assert Customer.objects.count() == truth["accounts"]

    def test_gtxpro_is_the_product_gtx_pro(self, truth: Any) -> None:
        assert Deal.objects.filter(product="GTX Pro").count() == truth["gtxpro_rows"]
        assert Deal.objects.values("product").distinct().count() == truth["products"]

    def test_win_rate_and_conversion_are_different_figures(self, truth: Any) -> None:
        rate = value("win_rate", "2017", "direct")
        assert rate.value == pytest.approx(truth["win_rate"], abs=1e-6)
        conversion = rate.numerator / Deal.objects.count()
        assert conversion == pytest.approx(truth["conversion_all"], abs=1e-6)

    def test_win_rate_and_value_of_each_quarter(self, truth: Any) -> None:
        for name, figures in truth["by_quarter"].items():
            period = f"{name[:4]}-{name[4:]}"
            rate = value("win_rate", period, "direct")
            assert rate.value == pytest.approx(figures["win_rate"], abs=1e-6)
            assert rate.numerator == figures["won"]
            assert rate.denominator == figures["won"] + figures["lost"]
            won = value("partner_sourced_share", period, "direct").value
            assert float(won) == pytest.approx(figures["won_value"])

    def test_sizes_and_days_of_won_and_lost_deals(self, truth: Any) -> None:
        size = value("average_deal_size", "2017", "direct").value
        assert float(size) == pytest.approx(truth["avg_won_value"], abs=1e-6)
        middle = value("average_deal_size", "2017", "direct_median").value
        assert float(middle) == truth["median_won_value"]
        assert value("time_to_close", "2017", "direct").value == truth["median_days_won"]
        won, lost = (days_to_close(Deal.objects.filter(state=state)) for state in ("won", "lost"))
        assert mean(won) == pytest.approx(truth["avg_days_won"], abs=1e-6)
        assert mean(lost) == pytest.approx(truth["avg_days_lost"], abs=1e-6)
        assert mean(won + lost) == pytest.approx(truth["avg_days_closed"], abs=1e-6)
        assert median(won) == truth["median_days_won"]

    def test_won_value_in_all(self, truth: Any) -> None:
        total = Deal.objects.won().aggregate(total=Sum("amount_rc"))["total"]
        assert float(total) == truth["won_value"]


@pytest.mark.usefixtures("loaded")
class TestWinLoss:
    """500 opportunities: partners against direct sales."""

    YEARS = [2023, 2024, 2025]

    @pytest.fixture(scope="class")
    @staticmethod
    def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
        yield from imported("win_loss_sample", django_db_blocker)

    @pytest.fixture
    def truth(self) -> Any:
        return expected(sample_folder("win_loss_sample") / "expected.json")["deals.csv"]

    def test_a_second_import_changes_nothing(self, loaded: list[str]) -> None:
        assert [counts(text)[:2] for text in loaded] == [(0, 0)] * 3

    def test_deals_of_partners_and_direct_ones(self, truth: Any) -> None:
        assert Deal.objects.count() == truth["deals"]
        assert Deal.objects.sourced().count() == truth["partner_deals"]
        won = Deal.objects.won()
        assert (won.count(), won.sourced().count()) == (truth["won"], truth["partner_won"])
        assert won.count() / Deal.objects.count() == pytest.approx(truth["win_rate"])
        winners = won.sourced().values("partner").distinct().count()
        assert winners == truth["partners_with_a_win"]

    def test_every_year_with_a_close_is_counted(self) -> None:
        assert set(Deal.objects.values_list("closed_on__year", flat=True)) <= set(self.YEARS)

    def test_win_rates_of_partners_and_direct_sales(self, truth: Any) -> None:
        for variant in ("partner", "direct"):
            won, decided = over_years("win_rate", variant, self.YEARS)
            assert won / decided == pytest.approx(truth[f"{variant}_win_rate"], abs=1e-6)

    def test_share_of_the_won_amount(self, truth: Any) -> None:
        sourced, total = over_years("partner_sourced_share", "share", self.YEARS)
        assert (sourced, total) == (
            truth["partner_sourced_won_amount"],
            truth["won_amount"],
        )
        share = truth["partner_sourced_share_of_won_amount"]
        assert sourced / total == pytest.approx(share, abs=1e-6)

    def test_average_deals(self, truth: Any) -> None:
        for variant, name in (("mean", "partner"), ("direct", "direct")):
            amount, deals = over_years("average_deal_size", variant, self.YEARS)
            assert amount / deals == pytest.approx(truth[f"avg_{name}_deal_won"], abs=1e-4)

    def test_days_to_close(self, truth: Any) -> None:
        won = Deal.objects.won()
        for rows, name in ((won.sourced(), "partner"), (won.direct(), "direct")):
            assert mean(days_to_close(rows)) == pytest.approx(
                truth[f"mean_days_{name}_won"], abs=1e-6
            )
        parts = [value("time_to_close", str(year), "mean") for year in self.YEARS]
        total = sum(part.value * part.n for part in parts if part.n)
        assert total / sum(part.n for part in parts) == pytest.approx(
            truth["mean_days_partner_won"], abs=1e-6
        )
