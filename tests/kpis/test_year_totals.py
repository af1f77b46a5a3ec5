"""Fiscal years that are over have totals of their own; until they are made, the cells answer."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kpis.engine import totals
from kpis.engine.drain import drain
from kpis.engine.rebuild import verify
from kpis.models import SalesTotal
from kpis.scopes import PROGRAM
from kpis.store import Store
from partners.models import Deal
from prm.common import config, periods
from prm.common.programme.services import start_fiscal_year_in
from tests.factories import make_deal, make_partner

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def two_winners() -> Deal:
    """Acme wins in two quarters of 2025, Globex in one; both win in 2026. Globex's deal of 2025."""
    acme, globex = make_partner(), make_partner()
    for day in ("2025-02-10", "2025-08-10", "2026-03-10"):
        make_deal(acme, opened="2025-01-05", won=day)
    make_deal(globex, opened="2025-01-05", won="2026-04-10")
    return make_deal(globex, opened="2025-01-05", won="2025-09-10")


def winners(year: str) -> int:
    """Partners with a won deal, as pages read them."""
    store = Store(PROGRAM, "pit", NOW)
    return store.distinct("sales", "winners", periods.parse(year, config.program()))


def stored() -> dict[date, int]:
    rows = SalesTotal.objects.filter(dim="program", grain="Y")
    return dict(rows.values_list("period", "winners"))


def test_only_a_year_that_is_over_has_totals_and_they_count_each_partner_once() -> None:
    two_winners()
    drain(NOW)
    assert stored() == {date(2025, 1, 1): 2}
    assert (winners("2025"), winners("2026")) == (2, 2)


def test_pages_read_the_stored_year_and_verify_finds_it_wrong() -> None:
    two_winners()
    drain(NOW)
    SalesTotal.objects.filter(dim="program", grain="Y").update(winners=99)
    assert winners("2025") == 99
    told = verify(NOW).details
    assert {"totals": "sales", "grain": "Y", "period": "2025-01-01"} in told


def test_a_late_change_drops_the_year_and_until_it_is_made_anew_the_cells_answer(
    monkeypatch: Any,
) -> None:
    deal = two_winners()
    drain(NOW)
    Deal.objects.filter(pk=deal.pk).delete()
    with monkeypatch.context() as killed:  # the worker dies before the years are made
        killed.setattr(totals, "missing_years", lambda _family: [])
        drain(NOW)
    assert stored() == {}
    assert winners("2025") == 1
    assert verify(NOW).details == []
    drain(NOW)
    assert stored() == {date(2025, 1, 1): 1}


def test_another_fiscal_year_drops_the_totals_of_the_old_ones() -> None:
    two_winners()
    drain(NOW)
    start_fiscal_year_in(4, by=None, now=NOW)
    drain(NOW)
    # fiscal 2025 is April 2024 to March 2025, fiscal 2026 April 2025 to March 2026
    assert stored() == {date(2024, 4, 1): 1, date(2025, 4, 1): 2}
    assert verify(NOW).details == []
