"""The figures beside each partner of the list, against hand-counted deals."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kpis import scopes, values
from kpis.engine.rebuild import rebuild
from partners.accounts.figures import PartnerFigures, source
from partners.merging.services import merge_partner
from partners.models import DealAdjustment, Partner
from prm.common import config, periods
from tests.factories import at, make_deal, make_partner

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)  # the 51st day of Q3


def figures(*partners: Partner) -> list[PartnerFigures | None]:
    rebuild(NOW)
    one = source()
    assert one is not None
    found = one.of([partner.pk for partner in partners], config.program(), NOW)
    return [found.get(partner.pk) for partner in partners]


def test_the_quarter_so_far_is_compared_with_the_same_days_a_year_before() -> None:
    partner = make_partner()
    deal = make_deal(partner, opened="2026-06-01", won="2026-07-15")
    DealAdjustment.objects.create(
        deal=deal, at=at("2026-08-10"), kind="refund", amount=-100, currency="EUR"
    )
    for day in ("2025-06-30", "2025-07-01", "2025-08-20", "2025-08-21"):
        make_deal(partner, opened="2025-05-01", won=day)
    (found,) = figures(partner)
    assert found
    assert found.revenue == 900  # 1,000 less the refund of 100
    assert found.before == 2000  # 1 July and 20 August; not 30 June, not 21 August
    assert found.change == Decimal("-0.55")
    assert not found.is_sure  # one deal against two proves nothing


def test_eight_closed_quarters_come_oldest_first_without_the_running_one() -> None:
    partner = make_partner()
    for day in ("2024-07-02", "2024-06-30", "2026-05-01", "2026-06-01", "2026-07-15"):
        make_deal(partner, opened="2024-01-01", won=day)
    (found,) = figures(partner)
    assert found
    assert found.quarters == (1000, 0, 0, 0, 0, 0, 0, 2000)  # Q3 2024 to Q2 2026


def test_merged_stubs_count_for_the_survivor_and_test_partners_not_at_all() -> None:
    acme, bolt, test = make_partner("Acme"), make_partner("Bolt"), make_partner(is_test=True)
    for partner in (acme, bolt, test):
        make_deal(partner, opened="2026-06-01", won="2026-07-15")
        make_deal(partner, opened="2025-06-01", won="2025-07-15")
    merge_partner(bolt, into=acme, by=None, now=NOW)
    found, nothing = figures(acme, test)
    assert found
    assert (found.revenue, found.before) == (2000, 2000)
    assert nothing is None


def test_no_figure_is_another_partners() -> None:
    quiet, busy = make_partner(), make_partner()
    make_deal(busy, opened="2026-06-01", won="2026-07-15")
    found, _other = figures(quiet, busy)
    assert found
    assert (found.revenue, found.before, any(found.quarters)) == (0, 0, False)


def test_partners_are_ranked_by_the_net_revenue_of_the_running_quarter() -> None:
    stub, *ranked = [make_partner(f"Number {n}") for n in range(4)]
    for n, partner in enumerate(ranked, start=1):
        make_deal(partner, won="2026-07-15", amount=Decimal(1000 * n))
    make_deal(stub, won="2026-08-15", amount=Decimal(2500))
    merge_partner(stub, into=ranked[0], by=None, now=NOW)
    make_deal(won="2026-07-15")  # direct: nobody's
    rebuild(NOW)
    one = source()
    assert one
    sums = {ranked[0].pk: 3500, ranked[1].pk: 2000, ranked[2].pk: 3000}
    assert one.revenue(config.program(), NOW) == sums
    store, quarter = values.store_for(scopes.PROGRAM, "pit", NOW), periods.parse("2026-Q3")
    assert [row[0] for row in store.sellers(quarter, first=2)] == [ranked[0].pk, ranked[2].pk]
    (own,) = store.sellers(quarter, [ranked[1].pk], first=2)
    assert own[0] == ranked[1].pk
    assert len(store.sellers(quarter)) == 3
