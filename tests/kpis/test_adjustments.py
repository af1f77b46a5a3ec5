"""Refunds and credits count for their deal's partner, wherever the deal goes meanwhile."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg2
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
SOURCE = "SELECT prosrc FROM pg_proc WHERE proname = %s"
REPLACE = "CREATE OR REPLACE FUNCTION {} () RETURNS trigger LANGUAGE plpgsql AS %s"
# Wrong designs: the function, and what is said otherwise in it.
NO_LOCK = ("partners_adjustments_agree", " FOR SHARE", "")
LOCK_ROW_BY_ROW = ("partners_adjustment_derive", "= NEW.deal_id;", "= NEW.deal_id FOR SHARE;")
OURS = ("partners_adjustments_agree", "", "")


@pytest.fixture
def sessions() -> Iterator[list[Any]]:
    opened: list[Any] = [session() for _ in range(3)]
    yield opened
    for one in opened:
        one.close()


@pytest.fixture
def design(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Ours, or a trigger that says something else."""
    name, ours, other = request.param
    owner = owner_connection()
    text = run(owner, SOURCE, name)[0][0]
    assert ours in text
    run(owner, REPLACE.format(name), text.replace(ours, other) if ours else text)
    owner.commit()
    yield request.param
    run(owner, REPLACE.format(name), text)
    owner.commit()
    owner.close()


def adjusted_of(partner: Partner) -> Any:
    return sum(cell.adjusted_rc for cell in SalesCell.objects.filter(partner_id=partner.pk))


def begin(of: Any, text: str, *params: Any) -> Any:
    """A statement that waits for another session; the call returns what became of it."""
    outcome: list[str] = []

    def work() -> None:
        try:
            run(of, text, *params)
            of.commit()
            outcome.append("stored")
        except psycopg2.errors.DeadlockDetected:
            of.rollback()
            outcome.append("deadlock")

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(0.5)

    def ended() -> str:
        worker.join(20)
        return outcome[0]

    return ended


def then(first: Any, second: Any, text: str, *params: Any) -> None:
    """The second session's statement starts before the first commits, and commits after it."""
    worker = threading.Thread(target=lambda: (run(second, text, *params), second.commit()))
    worker.start()
    worker.join(0.5)
    first.commit()
    worker.join(20)
    assert not worker.is_alive()


@pytest.mark.parametrize("design", [OURS, NO_LOCK], indirect=True)
def test_a_refund_and_a_move_of_its_deal_at_once_agree(design: Any, sessions: list[Any]) -> None:
    old, new, one, two = make_partner(), make_partner(), *sessions[:2]
    deal = make_deal(old, won="2026-07-15")
    drain(NOW)
    run(one, REFUND, deal.pk)
    then(one, two, MOVE, new.pk, deal.pk)
    drain(NOW)
    assert (adjusted_of(old), adjusted_of(new)) == ((0, -100) if design == OURS else (-100, 0))
    assert (verify(NOW).differences == 0) == (design == OURS)


def test_a_refund_that_waited_for_a_move_belongs_to_the_new_partner(sessions: list[Any]) -> None:
    old, new, one, two = make_partner(), make_partner(), *sessions[:2]
    deal = make_deal(old, won="2026-07-15")
    drain(NOW)
    run(one, MOVE, new.pk, deal.pk)
    then(one, two, REFUND, deal.pk)
    drain(NOW)
    assert (adjusted_of(old), adjusted_of(new)) == (0, -100)
    assert verify(NOW).details == []


def test_a_changed_refund_and_a_move_wait_for_each_other_and_both_come_through(
    sessions: list[Any],
) -> None:
    old, new, one, two = make_partner(), make_partner(), *sessions[:2]
    deal = make_deal(old, won="2026-07-15")
    run(one, REFUND, deal.pk)
    one.commit()
    drain(NOW)
    run(one, "UPDATE partners_dealadjustment SET at = '2026-09-10', amount = -70")
    then(one, two, MOVE, new.pk, deal.pk)
    drain(NOW)
    assert (adjusted_of(old), adjusted_of(new)) == (0, -70)
    assert verify(NOW).details == []


def test_a_refund_that_goes_to_another_month_while_its_deal_becomes_void_counts_nowhere(
    sessions: list[Any],
) -> None:
    partner, one, two = make_partner(), *sessions[:2]
    deal = make_deal(partner, won="2026-07-15")
    run(one, REFUND, deal.pk)
    one.commit()
    drain(NOW)
    run(one, "UPDATE partners_dealadjustment SET at = '2026-09-10'")
    run(two, "UPDATE partners_deal SET state = 'void' WHERE id = %s", deal.pk)
    one.commit()
    drain(NOW)  # September is computed before the deal is void
    assert adjusted_of(partner) == -100
    two.commit()
    drain(NOW)
    assert adjusted_of(partner) == 0
    assert verify(NOW).details == []


def test_a_refund_given_to_another_deal_that_moves_at_once_agrees(sessions: list[Any]) -> None:
    old, new, one, two = make_partner(), make_partner(), *sessions[:2]
    first, second = (make_deal(old, won="2026-07-15") for _ in range(2))
    run(one, REFUND, first.pk)
    one.commit()
    run(one, "UPDATE partners_dealadjustment SET deal_id = %s", second.pk)
    then(one, two, MOVE, new.pk, second.pk)
    drain(NOW)
    assert (adjusted_of(old), adjusted_of(new)) == (0, -100)
    assert verify(NOW).details == []


@pytest.mark.parametrize("design", [OURS, LOCK_ROW_BY_ROW], indirect=True)
def test_a_move_that_has_waited_meets_a_changed_refund(design: Any, sessions: list[Any]) -> None:
    old, new, (first, mover, changer) = make_partner(), make_partner(), sessions
    deal = make_deal(old, won="2026-07-15")
    run(first, REFUND, deal.pk)
    first.commit()
    run(first, "SELECT 1 FROM partners_deal FOR UPDATE")
    moved = begin(mover, MOVE, new.pk, deal.pk)
    changed = begin(changer, "UPDATE partners_dealadjustment SET amount = -70")
    first.commit()
    assert ({moved(), changed()} == {"stored"}) == (design == OURS)
    drain(NOW)
    assert verify(NOW).details == []


@pytest.mark.parametrize("design", [OURS, LOCK_ROW_BY_ROW], indirect=True)
def test_refunds_of_several_deals_lock_them_in_order(design: Any, sessions: list[Any]) -> None:
    partner, (writer, refunder, _other) = make_partner(), sessions
    first, second = sorted(make_deal(partner, won="2026-07-15").pk for _ in range(2))
    run(writer, "UPDATE partners_deal SET amount = 5 WHERE id = %s", first)
    refunds = REFUND + ", (%s, '2026-08-11', 'refund', -100, 'EUR')"
    refunded = begin(refunder, refunds, second, first)
    rest = begin(writer, "UPDATE partners_deal SET amount = 6 WHERE id = %s", second)
    assert ({refunded(), rest()} == {"stored"}) == (design == OURS)


def test_an_adjustment_of_an_unknown_deal_is_refused_by_its_foreign_key(
    sessions: list[Any],
) -> None:
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        run(sessions[0], REFUND, 999_999_999)


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
