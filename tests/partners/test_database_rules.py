"""The database keeps these rules whatever door a row comes through."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from partners.deals import services
from partners.models import Deal, PartnerProfile
from prm.common import audit
from prm.common.errors import InvalidTransition
from prm.common.models import AuditEntry
from tests.factories import at, make_deal, make_partner, make_rate, make_user

pytestmark = pytest.mark.django_db


def test_a_won_deals_reporting_amount_is_frozen_at_the_rate_of_its_closing_day() -> None:
    make_rate("USD", "2026-01-01", "0.9")
    make_rate("USD", "2026-08-01", "0.92")
    deal = make_deal(currency="USD", amount=Decimal(25000), opened="2026-06-01", won="2026-08-10")
    assert (deal.amount_rc, deal.fx_rate) == (Decimal("23000"), Decimal("0.92"))
    make_rate("USD", "2026-08-05", "0.5")
    deal.name = "renamed"
    deal.save()
    deal.refresh_from_db()
    assert deal.amount_rc == Decimal(23000)


def test_a_closing_instant_counts_on_its_local_day() -> None:
    deal = make_deal(state="won", closed_at=at("2026-09-30T22:30"))
    assert str(deal.closed_on) == "2026-10-01"


def test_a_late_rate_fills_the_amount_that_waited_for_it() -> None:
    deal = make_deal(currency="GBP", won="2026-07-15")
    assert deal.amount_rc is None
    make_rate("GBP", "2026-01-01", "1.2")
    deal.refresh_from_db()
    assert deal.amount_rc == Decimal(1200)


def test_two_profiles_of_a_partner_cannot_overlap() -> None:
    partner = make_partner()
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerProfile.objects.create(partner=partner, valid_from="2026-01-01")


def test_a_won_deal_without_amount_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_deal(amount=None, won="2026-07-15")


def test_raw_sql_rows_get_ids_days_and_defaults() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO partners_deal (currency, amount, state, opened_at, closed_at)"
            " VALUES ('EUR', 5, 'won', '2026-07-01T10:00Z', '2026-07-02T10:00Z')"
        )
    deal = Deal.objects.get()
    assert (str(deal.closed_on), deal.amount_rc, deal.source) == ("2026-07-02", 5, "prm")
    assert deal.public_id.version == 7


def test_the_app_role_cannot_change_or_delete_audit_rows() -> None:
    user = make_user()
    audit.record("test", user, by=user, now=at("2026-07-01"))
    for statement in (
        "UPDATE common_auditentry SET action = 'x'",
        "DELETE FROM common_auditentry",
        "TRUNCATE common_auditentry",
    ):
        with (
            pytest.raises(Exception, match=r"permission denied|append-only|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert AuditEntry.objects.count() == 1


def test_a_lost_deal_cannot_be_won() -> None:
    deal = make_deal(lost="2026-07-15")
    with pytest.raises(InvalidTransition):
        services.win_deal(deal, by=None, now=at("2026-07-20"))
