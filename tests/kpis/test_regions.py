"""Figures by the customers' regions: read from the facts, all regions and months at once."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis import scopes, values
from kpis.engine.rebuild import rebuild
from kpis.regions import in_months
from kpis.scopes import of_dimension
from kpis.store import Store
from partners.models import DealAdjustment, DealTouch
from prm.common import periods
from prm.common.config import program
from tests.factories import at, make_customer, make_deal, make_partner

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
MEASURES = (
    "won_n", "won_rc", "lost_n", "lost_rc", "cosell_won_n", "cosell_lost_n", "adjusted_rc",
    "influenced_n", "influenced_rc", "unrated_n",
)  # fmt: skip


@pytest.fixture
def store() -> Store:
    """Closed deals of two regions: of partners and direct, of every kind that is measured."""
    acme, lost_only = make_partner(), make_customer(region="Nordics")
    for month, region in ((4, "DACH"), (5, "DACH"), (6, "Nordics")):
        customer = make_customer(region=region)
        for more in ({}, {"is_co_sell": True}, {"amount": Decimal(70), "currency": "USD"}):
            for partner in (acme, None):
                made = {"partner": partner, "opened": "2026-01-05", **more}
                won = make_deal(customer=customer, won=f"2026-{month:02}-10", **made)
                make_deal(customer=customer, lost=f"2026-{month:02}-11", **made)
                DealTouch.objects.create(deal=won, partner=acme, at=at("2026-02-01"), kind="demo")
        DealAdjustment.objects.create(
            deal=won, at=at("2026-05-20"), kind="refund", amount=-month, currency="EUR"
        )
    make_deal(acme, customer=lost_only, opened="2026-01-05", lost="2026-04-03")
    rebuild(NOW)
    return values.store_for(scopes.PROGRAM, "pit", NOW)


@pytest.mark.parametrize("measure", MEASURES)
def test_regions_add_up_to_partners_and_to_direct_business(store: Store, measure: str) -> None:
    quarter = periods.parse("2026-Q2")
    parts = [store.at(of_dimension("customer_region", name)) for name in ("DACH", "Nordics")]
    for side, of_regions in ((store, parts), (store.direct(), [one.direct() for one in parts])):
        each = [one.sum("sales", measure, quarter) for one in of_regions]
        assert sum(each) == side.sum("sales", measure, quarter)
        assert all(each) or measure in {"adjusted_rc", "influenced_n", "influenced_rc"}


def test_only_the_facts_that_a_measure_needs_are_read_and_only_once(store: Store) -> None:
    quarter = periods.parse("2026-Q2", store.settings)
    dach = store.at(of_dimension("customer_region", "DACH"))
    nordics = store.at(of_dimension("customer_region", "Nordics"))
    with CaptureQueriesContext(connection) as asked:
        for one in (dach, nordics, dach.direct()):
            one.sum("sales", "won_rc", quarter)
            one.sum("sales", "won_n", quarter)
    (text,) = [query["sql"] for query in asked]
    assert "influenced" not in text
    with CaptureQueriesContext(connection) as asked:
        assert dach.direct().sum("sales", "influenced_n", quarter) > 0
        nordics.direct().sum("sales", "influenced_rc", quarter)
    assert len(asked) == 1
    with pytest.raises(KeyError):
        dach.sum("sales", "nothing", quarter)


def test_months_are_named_only_where_one_between_them_is_left_out() -> None:
    calendar = program().months
    april, june = date(2026, 4, 1), date(2026, 6, 1)
    days = "fact.day >= '2026-04-01'::date AND fact.day < '2026-07-01'::date"
    assert in_months("sales", {april, date(2026, 5, 1), june}, calendar) == days
    assert in_months("sales", {april, june}, calendar) == (
        f"{days} AND fact.month IN ('2026-04-01', '2026-06-01')"
    )
