"""Values in periods that still run, targets with versions, and questions that cannot be asked."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.http import Http404

from kpis import scopes, values
from kpis.engine.drain import drain
from kpis.services import set_baseline, set_target
from prm.common.access import actor_for
from prm.common.errors import InvalidInput, NotAllowed
from prm.common.models import Setting
from tests.factories import at, make_deal, make_partner
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


def test_an_external_id_of_two_sources_must_name_its_source() -> None:
    make_partner("A", source="one", external_id="7")
    other = make_partner("B", source="two", external_id="7")
    with pytest.raises(InvalidInput, match="SOURCE/ID"):
        scopes.parse("partner:7")
    assert scopes.parse("partner:two/7").id == other.pk
