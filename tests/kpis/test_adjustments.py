"""Refunds and credits count for their deal's partner, wherever the deal goes meanwhile."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from kpis.engine.drain import drain
from kpis.engine.rebuild import rebuild, verify
from kpis.models import SalesCell
from partners.models import Deal, DealAdjustment, Partner
from tests.conftest import owner_connection
from tests.factories import make_deal, make_partner
from tests.kpis.sessions import run, session

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
REFUND = (
    "INSERT INTO partners_dealadjustment (deal_id, at, kind, amount, currency)"
    " VALUES (%s, '2026-08-10', 'refund', -100, 'EUR')"
)
MOVE = "UPDATE partners_deal SET partner_id = %s WHERE id = %s"
DERIVE = "SELECT prosrc FROM pg_proc WHERE proname = 'partners_adjustment_derive'"
REPLACE = (
    "CREATE OR REPLACE FUNCTION partners_adjustment_derive() RETURNS trigger LANGUAGE plpgsql AS %s"
)


@pytest.fixture
def sessions() -> Iterator[list[Any]]:
    opened: list[Any] = [session() for _ in range(2)]
    yield opened
    for one in opened:
        one.close()


@pytest.fixture
def design(request: pytest.FixtureRequest) -> Iterator[str]:
    """Ours, or the trigger without its lock."""
    owner = owner_connection()
    text = run(owner, DERIVE)[0][0]
    if request.param != "ours":
        assert " FOR SHARE" in text
        run(owner, REPLACE, text.replace(" FOR SHARE", ""))
        owner.commit()
    yield request.param
    run(owner, REPLACE, text)
    owner.commit()
    owner.close()


def adjusted_of(partner: Partner) -> Any:
    return sum(cell.adjusted_rc for cell in SalesCell.objects.filter(partner_id=partner.pk))


def then(first: Any, second: Any, text: str, *params: Any) -> None:
    """The second session's statement starts before the first commits, and commits after it."""
    worker = threading.Thread(target=lambda: (run(second, text, *params), second.commit()))
    worker.start()
    worker.join(0.5)
    first.commit()
    worker.join(20)
    assert not worker.is_alive()


@pytest.mark.parametrize("design", ["ours", "no lock of the deal"], indirect=True)
def test_a_refund_and_a_move_of_its_deal_at_once_agree(design: str, sessions: list[Any]) -> None:
    old, new, one, two = make_partner(), make_partner(), *sessions
    deal = make_deal(old, won="2026-07-15")
    drain(NOW)
    run(one, REFUND, deal.pk)
    then(one, two, MOVE, new.pk, deal.pk)
    drain(NOW)
    assert (adjusted_of(old), adjusted_of(new)) == ((0, -100) if design == "ours" else (-100, 0))
    assert (verify(NOW).differences == 0) == (design == "ours")


def test_a_refund_that_waited_for_a_move_belongs_to_the_new_partner(sessions: list[Any]) -> None:
    old, new, one, two = make_partner(), make_partner(), *sessions
    deal = make_deal(old, won="2026-07-15")
    drain(NOW)
    run(one, MOVE, new.pk, deal.pk)
    then(one, two, REFUND, deal.pk)
    drain(NOW)
    assert (adjusted_of(old), adjusted_of(new)) == (0, -100)
    assert verify(NOW).details == []


def test_a_deal_takes_its_refunds_to_another_partner_and_to_direct_business() -> None:
    old, new = make_partner(), make_partner()
    deal = make_deal(old, won="2026-07-15")
    refund = DealAdjustment.objects.create(
        deal=deal, at=NOW, kind="refund", amount=-100, currency="EUR"
    )
    stale = DealAdjustment.objects.get(pk=refund.pk)
    for partner in (new, None):
        Deal.objects.filter(pk=deal.pk).update(partner=partner)
        stale.save()  # what was read before does not bring the old partner back
        drain(NOW)
        refund.refresh_from_db()
        assert refund.partner_key == (partner.pk if partner else 0)
        assert verify(NOW).details == []
    assert (adjusted_of(old), adjusted_of(new)) == (0, 0)


def test_verify_finds_an_adjustment_astray_and_a_rebuild_brings_it_home() -> None:
    partner = make_partner()
    deal = make_deal(partner, won="2026-07-15")
    refund = DealAdjustment.objects.create(
        deal=deal, at=NOW, kind="refund", amount=-100, currency="EUR"
    )
    owner = owner_connection()
    run(owner, "ALTER TABLE partners_dealadjustment DISABLE TRIGGER derive")
    run(owner, "UPDATE partners_dealadjustment SET partner_key = 0 WHERE id = %s", refund.pk)
    run(owner, "ALTER TABLE partners_dealadjustment ENABLE TRIGGER derive")
    owner.commit()
    owner.close()
    drain(NOW)
    assert verify(NOW).details == [{"partner of adjustment": refund.pk}]
    rebuild(NOW)
    assert verify(NOW).details == []
    assert adjusted_of(partner) == -100
    connection.close()
