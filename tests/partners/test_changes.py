"""What the services of partners and deals change, and what they refuse."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from partners.accounts.services import change_partner
from partners.deals import services
from partners.deals.forms import closing_instant
from partners.merging.services import merge_partner
from partners.models import Deal, Partner
from prm.common.config import program
from prm.common.errors import InvalidInput
from prm.common.models import AuditEntry
from tests.factories import at, make_deal, make_partner, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-08-01")


def change(partner: Partner, **changes: Any) -> Partner:
    return change_partner(partner, by=None, now=NOW, **changes)


def test_a_partner_changes_with_its_audit() -> None:
    acme, parent = make_partner("Acme", city="Bonn"), make_partner("Ingram")
    ana = make_user("ana@example.com")
    changes = {"name": "Acme Ltd", "city": "Bonn", "country": "DE", "parent": parent}
    fresh = change_partner(acme, by=ana, now=NOW, **changes)
    assert (fresh.name, fresh.city, fresh.country, fresh.parent) == (
        "Acme Ltd",
        "Bonn",
        "DE",
        parent,
    )
    entry = AuditEntry.objects.get(action="partner.change")
    assert (entry.actor, entry.before) == (ana, {"name": "Acme", "country": "", "parent": None})
    assert set(entry.after) == {"name", "country", "parent"}


def test_a_change_that_changes_nothing_leaves_no_audit() -> None:
    change(make_partner("Acme"), name="Acme", parent=None)
    assert not AuditEntry.objects.exists()


def test_a_partner_takes_no_name_parent_or_field_that_it_cannot_have() -> None:
    top, middle, low = (make_partner(name) for name in ("Top", "Middle", "Low"))
    change(middle, parent=top)
    change(low, parent=middle)
    stub = make_partner("Stub")
    merge_partner(stub, into=make_partner("Survivor"), by=None, now=NOW)
    for changes, field in (
        ({"name": " "}, "name"),
        ({"parent": top}, "parent"),
        ({"parent": low}, "parent"),
        ({"parent": stub}, "parent"),
        ({"merged_into": low}, ""),
    ):
        with pytest.raises(InvalidInput) as refused:
            change(top, **changes)
        assert refused.value.field == field, changes
    top.refresh_from_db()
    assert (top.name, top.parent, top.merged_into) == ("Top", None, None)


def test_a_circle_that_stands_above_already_ends_the_search() -> None:
    one, other, new = (make_partner(name) for name in ("One", "Other", "New"))
    change(one, parent=other)
    Partner.objects.filter(pk=other.pk).update(parent=one)
    with pytest.raises(InvalidInput):
        change(new, parent=one)


def test_a_deal_does_not_begin_in_the_future() -> None:
    partner = make_partner()
    for opened_at in (at("2026-08-02"), NOW.replace(minute=1)):
        with pytest.raises(InvalidInput) as refused:
            services.open_deal(
                partner=partner, customer=None, currency="EUR", by=None, now=NOW,
                opened_at=opened_at,
            )  # fmt: skip
        assert refused.value.field == "opened_at"
    assert not Deal.objects.exists()


def test_an_amount_that_was_taken_away_meanwhile_stops_the_win() -> None:
    seen = make_deal()
    Deal.objects.filter(pk=seen.pk).update(amount=None)
    with pytest.raises(InvalidInput, match="Enter the amount"):
        services.win_deal(seen, by=None, now=NOW)


def test_a_deal_of_the_afternoon_closes_on_its_own_day() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert program().time_zone == zone
    deal = make_deal(opened="2026-07-15T13:30")  # half past three in Berlin
    day = date(2026, 7, 15)
    assert closing_instant(day, deal, program(), NOW) == at("2026-07-15T13:30")
    morning = make_deal(opened="2026-07-15T06:30")
    noon = datetime(2026, 7, 15, 12, tzinfo=zone)
    assert closing_instant(day, morning, program(), NOW) == noon
    assert closing_instant(date(2026, 7, 14), deal, program(), NOW) < deal.opened_at
    won = services.win_deal(
        deal, by=None, now=NOW, closed_at=closing_instant(day, deal, program(), NOW)
    )
    assert (won.state, won.closed_on, won.amount) == ("won", day, Decimal(1000))
