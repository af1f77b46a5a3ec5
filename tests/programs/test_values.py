"""The values of requirements are those of the KPIs, for any window, cells and cut months alike."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kpis import values
from kpis.engine.drain import drain
from kpis.tiers import READINGS, CellReadings
from partners.models import Deal, DealAdjustment, Partner
from partners.programs.rules import Measure
from partners.programs.windows import months_before
from prm.common import config
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)


def facts(seed: int) -> list[Partner]:
    """Three partners and a stub with random deals, refunds and sign-ins."""
    dice = random.Random(seed)
    partners = [factories.make_partner() for _place in range(3)]
    stub = factories.make_partner()
    Partner.objects.filter(pk=stub.pk).update(merged_into=partners[0], merged_at=at("2026-01-01"))
    factories.make_rate("USD", "2020-01-01", "0.9")
    for partner in (*partners, stub):
        member = factories.make_member(partner)
        for _deal in range(12):
            day = FIRST + timedelta(days=dice.randrange((LAST - FIRST).days))
            opened = day - timedelta(days=dice.randrange(1, 200))
            state = dice.choice(["won", "won", "lost"])
            deal = factories.make_deal(
                partner, opened=str(opened), amount=Decimal(dice.randrange(1, 9000)),
                currency=dice.choice(["EUR", "USD"]), **{state: str(day)},
            )  # fmt: skip
            if state == "won" and dice.random() < 0.3:
                DealAdjustment.objects.create(
                    deal=deal, at=at(str(min(LAST, day + timedelta(days=40)))), kind="refund",
                    amount=Decimal(-dice.randrange(1, 500)), currency="EUR",
                )  # fmt: skip
            factories.make_login(member, str(day))
    drain(timezone.now())
    return partners


@pytest.mark.parametrize(
    "metric", [key for key, one in READINGS.items() if "now" not in one.windows]
)
def test_a_requirement_over_a_fiscal_year_is_the_kpi_of_that_year(metric: str) -> None:
    partners = facts(1)
    key, variant = metric.split("/")
    measure = Measure(metric, "fiscal_year")
    found = CellReadings().values(
        [measure], date(2026, 1, 1), config.program(), [one.pk for one in partners]
    )
    for partner in partners:
        asked = values.value(
            key, period="2025", scope=f"partner:{partner.public_id}", variant=variant,
            now=at("2026-07-01"),
        )  # fmt: skip
        ours = found[partner.pk][measure]
        if asked.value is None:
            assert ours is None
        else:
            assert float(ours or 0) == pytest.approx(float(asked.value))


@pytest.mark.parametrize("until", ["2026-01-01", "2026-01-15", "2026-03-31", "2025-02-03"])
@pytest.mark.parametrize("months", [1, 3, 12])
def test_a_rolling_window_counts_exactly_its_days(until: str, months: int) -> None:
    partners, day = facts(2), date.fromisoformat(until)
    measure = Measure("partner_sourced_revenue/gross", "rolling", months)
    found = CellReadings().values([measure], day, config.program(), [one.pk for one in partners])
    for partner in partners:
        deals = Deal.objects.filter(
            partner__in=[partner, *partner.stubs.all()], state="won",
            closed_on__gte=months_before(day, months), closed_on__lt=day,
        )  # fmt: skip
        expected = sum((deal.amount_rc for deal in deals if deal.amount_rc), Decimal(0))
        assert found[partner.pk][measure] == expected


def test_stocks_and_contracts_are_read_as_of_the_last_day() -> None:
    partner = factories.make_partner()
    gone = factories.make_partner(contract=False)
    factories.make_deal(partner, opened="2026-06-01", amount=Decimal(700))
    drain(at("2026-06-20"))
    pipeline = Measure("partner_pipeline_open/value", "now")
    deals = Measure("partner_pipeline_open/deals", "now")
    contract = Measure("active_partners/end", "now")
    found = CellReadings().values(
        [pipeline, deals, contract], date(2026, 6, 21), config.program(), [partner.pk, gone.pk]
    )
    assert found[partner.pk] == {pipeline: 700, deals: 1, contract: 1}
    assert found[gone.pk] == {pipeline: 0, deals: 0, contract: 0}


def test_the_number_of_queries_does_not_depend_on_the_number_of_partners() -> None:
    partners = facts(3)
    measures = [Measure(key, one.windows[0], 12) for key, one in READINGS.items()]
    settings = config.program()
    _ = settings.months
    counts = []
    for ids in ([partners[0].pk], [one.pk for one in partners]):
        with CaptureQueriesContext(connection) as queries:
            CellReadings().values(measures, date(2026, 6, 15), settings, ids)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
