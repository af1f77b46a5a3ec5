"""Cells, totals, histogram and bitmaps follow the facts, whatever door the change came through."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection

from kpis.engine.drain import _shards_with_marks, drain, drain_shard, month_ends
from kpis.engine.rebuild import rebuild, verify
from kpis.models import (
    CycleTotal,
    DirtyMark,
    DirtyTotal,
    EngagementCell,
    MembershipCell,
    MembershipTotal,
    SalesCell,
    SalesTotal,
    StockCell,
)
from partners.accounts.services import change_profile
from partners.deals.services import change_deal, reopen_deal, win_deal
from partners.merging.services import merge_partner, unmerge_partner
from prm.common import config
from tests.factories import (
    at,
    make_deal,
    make_event,
    make_login,
    make_member,
    make_partner,
    make_rate,
    make_registration,
)

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def sales(partner_id: int, month: date) -> Decimal | None:
    cell = SalesCell.objects.filter(partner_id=partner_id, month=month).first()
    return cell and cell.won_rc


def clean() -> None:
    """Drain; then nothing may differ from a rebuild."""
    drain(NOW)
    assert DirtyMark.objects.count() == 0
    assert verify(NOW).details == []


def test_a_won_deal_shows_in_cell_total_and_histogram_after_the_drain() -> None:
    partner = make_partner(type="reseller", tier="gold")
    make_deal(partner, amount=Decimal(40000), opened="2026-05-10", won="2026-07-15")
    clean()
    assert sales(partner.pk, JULY) == 40000
    totals = SalesTotal.objects.filter(period=JULY, grain="M").values_list("dim", "k1", "won_rc")
    assert ("tier", "gold", 40000) in totals
    assert ("program", "", 40000) in totals
    assert SalesTotal.objects.get(dim="program", grain="Q", period=JULY).winners == 1
    assert CycleTotal.objects.get(dim="type", k1="reseller").days == 66


def test_a_raw_sql_change_moves_the_deal_between_months() -> None:
    partner = make_partner()
    deal = make_deal(partner, won="2026-07-15")
    clean()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE partners_deal SET closed_at = '2026-08-03T10:00Z', amount = 5 WHERE id = %s",
            [deal.pk],
        )
    clean()
    assert (sales(partner.pk, JULY), sales(partner.pk, AUGUST)) == (None, 5)


def test_a_tier_change_in_mid_month_splits_the_months_facts() -> None:
    partner = make_partner(tier="silver")
    make_deal(partner, amount=Decimal(1), won="2026-08-10")
    make_deal(partner, amount=Decimal(2), won="2026-08-20")
    clean()
    change_profile(partner, valid_from=date(2026, 8, 15), by=None, now=NOW, tier="gold")
    clean()
    found = SalesTotal.objects.filter(dim="tier", grain="M", period=AUGUST)
    assert dict(found.values_list("k1", "won_rc")) == {"silver": 1, "gold": 2}


def test_a_merge_counts_the_stub_for_its_survivor_and_can_be_taken_back() -> None:
    into, stub = make_partner(), make_partner()
    make_deal(into, won="2026-07-15")
    make_deal(stub, won="2026-07-20")
    clean()
    assert SalesTotal.objects.get(dim="program", grain="M", period=JULY).winners == 2
    merge_partner(stub, into=into, by=None, now=NOW)
    clean()
    assert SalesTotal.objects.get(dim="program", grain="M", period=JULY).winners == 1
    unmerge_partner(stub, by=None, now=NOW)
    clean()
    assert SalesTotal.objects.get(dim="program", grain="M", period=JULY).winners == 2


def test_the_pipeline_at_a_months_end_is_rebuilt_from_history() -> None:
    make_rate("USD", "2026-01-01", "0.9")
    make_rate("USD", "2026-08-01", "0.92")
    partner = make_partner()
    deal = make_deal(partner, currency="USD", amount=Decimal(1000), opened="2026-07-02")
    make_event(deal, "2026-07-02", amount=Decimal(500))
    make_event(deal, "2026-08-05")
    clean()
    values = dict(StockCell.objects.filter(partner_id=partner.pk).values_list("month", "open_rc"))
    assert (values[JULY], values[AUGUST]) == (Decimal(450), Decimal(920))
    win_deal(deal, by=None, now=at("2026-08-20"))
    clean()
    values = dict(StockCell.objects.filter(partner_id=partner.pk).values_list("month", "open_rc"))
    assert values == {JULY: Decimal(450)}


def test_a_reopened_deal_leaves_the_month_of_its_first_close() -> None:
    partner = make_partner()
    deal = change_deal(make_deal(partner), by=None, now=at("2026-07-02"), amount=Decimal(7))
    deal = win_deal(deal, by=None, now=at("2026-07-10"))
    clean()
    deal = reopen_deal(deal, by=None, now=at("2026-08-01"), reason="customer asks again")
    clean()
    assert sales(partner.pk, JULY) is None
    win_deal(deal, by=None, now=at("2026-08-10"))
    clean()
    assert sales(partner.pk, AUGUST) == 7


def test_pending_registrations_stand_until_they_are_decided() -> None:
    partner = make_partner()
    row = make_registration(partner, submitted_at=at("2026-07-20"))
    clean()
    assert StockCell.objects.get(partner_id=partner.pk, month=JULY).pending_rc == 500
    row.state, row.decided_at = "rejected", at("2026-07-22")
    row.save()
    clean()
    assert not StockCell.objects.filter(partner_id=partner.pk).exists()


def test_contract_days_are_bits_and_start_and_end_are_read_from_them() -> None:
    partner = make_partner(contract=False)
    partner.contracts.create(starts_on=date(2026, 7, 10), ends_on=date(2026, 9, 1))
    clean()
    july = MembershipCell.objects.get(partner_id=partner.pk, month=JULY)
    assert (bin(july.days).count("1"), july.at_start, july.at_end, july.recruits) == (22, 0, 1, 1)
    quarter = MembershipTotal.objects.get(dim="program", grain="Q", period=JULY)
    assert (quarter.active_any, quarter.active_start, quarter.active_end) == (1, 0, 0)


def test_impersonated_sign_ins_never_count() -> None:
    member = make_member(make_partner())
    make_login(member, "2026-07-11")
    make_login(member, "2026-07-12", impersonated=True)
    clean()
    cell = EngagementCell.objects.get(month=JULY)
    assert (cell.logins, cell.days) == (1, 1 << 10)


def test_a_test_partner_is_in_no_figure() -> None:
    partner = make_partner()
    make_deal(partner, won="2026-07-15")
    partner.is_test = True
    partner.save()
    clean()
    assert not SalesCell.objects.exists()


def test_a_day_between_two_profiles_belongs_to_the_nearer_one() -> None:
    partner = make_partner(tier="old")
    partner.profiles.update(valid_to=date(2026, 7, 11))
    partner.profiles.create(valid_from=date(2026, 7, 21), tier="new")
    make_deal(partner, amount=Decimal(1), won="2026-07-15")
    make_deal(partner, amount=Decimal(2), won="2026-07-16")
    clean()
    found = SalesTotal.objects.filter(dim="tier", grain="M", period=JULY)
    assert dict(found.values_list("k1", "won_rc")) == {"old": 1, "new": 2}


def test_a_rebuild_of_drained_cells_changes_nothing_and_finds_damage() -> None:
    partner = make_partner()
    make_deal(partner, won="2026-07-15")
    drain(NOW)
    assert (lambda done: (done.written, done.deleted))(rebuild(NOW)) == (0, 0)
    SalesCell.objects.update(won_rc=1)
    assert verify(NOW).differences > 0
    assert rebuild(NOW).written == 1
    assert verify(NOW).differences == 0


def test_another_list_of_material_touches_changes_what_was_influenced() -> None:
    deal = make_deal(None, opened="2026-06-01", won="2026-07-15")
    deal.touches.create(partner=make_partner(), at=at("2026-06-10"), kind="webinar")
    clean()
    assert SalesCell.objects.get(partner_id=0).influenced_n == 0
    config.put(config.TOUCH_KINDS, "webinar")
    clean()
    assert SalesCell.objects.get(partner_id=0).influenced_n == 1


def test_a_touch_of_a_test_partner_influences_nothing() -> None:
    deal = make_deal(None, opened="2026-06-01", won="2026-07-15")
    partner = make_partner()
    deal.touches.create(partner=partner, at=at("2026-06-10"), kind="demo")
    clean()
    assert SalesCell.objects.get(partner_id=0).influenced_n == 1
    partner.is_test = True
    partner.save()
    clean()
    assert SalesCell.objects.get(partner_id=0).influenced_n == 0


def due_totals() -> set[tuple[int, date]]:
    """Drain the cells alone and say which totals became due."""
    while shards := _shards_with_marks():
        for shard in shards:
            drain_shard(shard, month_ends())
    return set(DirtyTotal.objects.values_list("family", "month"))


def test_only_the_months_of_changed_cells_are_due_in_the_totals() -> None:
    partner = make_partner(tier="silver")
    for day in ("2026-03-10", "2026-05-10", "2026-07-15"):
        deal = make_deal(partner, amount=Decimal(7), opened=day, won=day)
    make_deal(make_partner(), opened="2026-06-01", won="2026-06-10")
    clean()
    change_deal(deal, by=None, now=NOW, amount=Decimal(8))
    assert due_totals() == {(1, JULY)}  # the sales alone: no days to close, no stock changed
    clean()
    change_deal(deal, by=None, now=NOW, name="Another name")
    assert due_totals() == set()
    partner.profiles.update(tier="gold")  # no cell changes, but they count elsewhere now
    months = {month for family, month in due_totals() if family == 1}
    assert months == {date(2026, 3, 1), date(2026, 5, 1), JULY}
    clean()


def test_verify_finds_a_wrong_quarter_while_another_month_is_due() -> None:
    make_deal(make_partner(), won="2026-07-15")
    make_deal(make_partner(), opened="2026-01-10", won="2026-01-15")
    clean()
    SalesTotal.objects.filter(grain="Q", period=JULY, dim="program").update(won_rc=1)
    SalesTotal.objects.filter(grain="M", period=date(2026, 1, 1), dim="program").update(won_rc=1)
    DirtyTotal.objects.create(family=1, month=date(2026, 1, 1))
    assert verify(NOW).details == [{"totals": "sales", "grain": "Q", "period": "2026-07-01"}]
