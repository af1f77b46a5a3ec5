"""Scripted interleavings of writers and workers (performance.md 2), and the designs that fail.

Each script runs with our design and must end right, and with the wrong design that it was
written for and must end wrong: a control that would pass shows that the script proves nothing.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kpis.engine import statements
from kpis.engine.drain import HORIZON, Drained, drain, recompute_marked
from kpis.engine.families import SALES, SHARDS
from kpis.engine.rebuild import verify
from kpis.models import DirtyMark, SalesCell, StockCell
from partners.models import Deal
from prm.common import locks
from prm.common.models import Setting
from tests.conftest import owner_connection
from tests.factories import make_deal, make_partner
from tests.kpis.sessions import run, session

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
JULY = ("2026-07-01", "2026-08-01")
DAY = timedelta(days=1)


@pytest.fixture
def sessions() -> Iterator[list[Any]]:
    opened: list[Any] = [session() for _ in range(4)]
    yield opened
    for one in opened:
        one.close()


@pytest.fixture
def deals() -> tuple[Deal, Deal]:
    """Two won deals of one partner in one month: one cell of 2,000."""
    partner = make_partner()
    first, second = (make_deal(partner, won="2026-07-15") for _ in range(2))
    drain(NOW)
    return first, second


def raise_by(of: Any, deal: Deal, amount: int) -> None:
    run(of, "UPDATE partners_deal SET amount = amount + %s WHERE id = %s", amount, deal.pk)


def take(of: Any, deal: Deal, lock: bool = True) -> bool:
    """A worker's first steps: lock the shard, take its marks. False if the shard is locked."""
    shard = deal.partner_id % SHARDS
    if lock and not run(of, "SELECT pg_try_advisory_xact_lock(%s, %s)", locks.SHARD, shard)[0][0]:
        return False
    run(
        of,
        "DELETE FROM kpis_dirtymark WHERE id IN (SELECT id FROM kpis_dirtymark"
        " WHERE partner_id = %s FOR UPDATE SKIP LOCKED)",
        deal.partner_id,
    )
    return True


def read(of: Any, deal: Deal) -> Any:
    """What a worker reads from the facts, to be written later."""
    fresh = statements.fresh(SALES, statements.key_values([(deal.partner_id, *JULY)]))
    return run(of, f"SELECT won_rc FROM ({fresh}) AS fresh")[0][0]


def write(of: Any, deal: Deal, value: Any) -> None:
    run(of, "UPDATE kpis_salescell SET won_rc = %s WHERE partner_id = %s", value, deal.partner_id)


def is_right(deal: Deal) -> bool:
    drain(NOW)
    truth = sum(row.amount for row in Deal.objects.filter(partner=deal.partner_id))
    return SalesCell.objects.get(partner_id=deal.partner_id).won_rc == truth


ABSORB = """
CREATE FUNCTION test_absorb() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM kpis_dirtymark AS mark WHERE mark.family = NEW.family
               AND mark.partner_id = NEW.partner_id AND mark.month = NEW.month) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER test_absorb BEFORE INSERT ON kpis_dirtymark
    FOR EACH ROW EXECUTE FUNCTION test_absorb();
"""


@pytest.mark.parametrize("design", ["ours", "S1: one mark a cell, others absorbed"])
def test_a_mark_is_not_absorbed_by_one_that_is_consumed_meanwhile(
    design: str, sessions: list[Any], deals: tuple[Deal, Deal]
) -> None:
    first, second = deals
    writer, other, worker, _ = sessions
    owner = owner_connection()
    if design != "ours":
        run(owner, ABSORB)
        owner.commit()
    try:
        raise_by(other, second, 7)
        other.commit()
        raise_by(writer, first, 100)  # its mark meets the committed one of the other
        take(worker, first)
        run(worker, statements.merge(SALES, statements.key_values([(first.partner_id, *JULY)])))
        worker.commit()
        writer.commit()
        assert is_right(first) == (design == "ours")
    finally:
        if design != "ours":
            run(owner, "DROP FUNCTION test_absorb() CASCADE")
            owner.commit()
        owner.close()


@pytest.mark.parametrize("design", ["ours", "S2: no lock of the cell"])
def test_the_older_snapshot_does_not_write_last(
    design: str, sessions: list[Any], deals: tuple[Deal, Deal]
) -> None:
    first, second = deals
    writer, slow, fast, _ = sessions
    lock = design == "ours"
    raise_by(writer, first, 100)
    writer.commit()
    assert take(slow, first, lock)
    old = read(slow, first)
    raise_by(writer, second, 50)
    writer.commit()
    if take(fast, first, lock):
        write(fast, first, read(fast, first))
    fast.commit()
    write(slow, first, old)
    slow.commit()
    assert is_right(first) == (design == "ours")


@pytest.mark.parametrize("design", ["ours", "S4: read, add, write in the application"])
def test_two_writers_at_once_are_both_counted(
    design: str, sessions: list[Any], deals: tuple[Deal, Deal]
) -> None:
    first, second = deals
    one, two, _, _ = sessions
    if design == "ours":
        raise_by(one, first, 100)
        raise_by(two, second, 50)
        one.commit()
        two.commit()
        assert is_right(first)
        return
    cell = "SELECT won_rc FROM kpis_salescell WHERE partner_id = %s"
    before_one = run(one, cell, first.partner_id)[0][0]
    before_two = run(two, cell, first.partner_id)[0][0]
    raise_by(one, first, 100)
    write(one, first, before_one + 100)
    one.commit()
    raise_by(two, second, 50)
    write(two, first, before_two + 50)
    two.commit()
    assert SalesCell.objects.get(partner_id=first.partner_id).won_rc != 2150


@pytest.mark.parametrize("design", ["ours", "S6: poll updated_at above a watermark"])
def test_a_late_commit_is_not_overlooked(
    design: str, sessions: list[Any], deals: tuple[Deal, Deal]
) -> None:
    first, second = deals
    late, early, poller, _ = sessions
    touch = (
        "UPDATE partners_deal SET amount = amount + 1, updated_at = clock_timestamp() WHERE id = %s"
    )
    run(late, touch, first.pk)
    run(early, touch, second.pk)
    early.commit()
    if design == "ours":
        drain(NOW)
        late.commit()
        assert is_right(first)
        return
    newest = "SELECT max(updated_at) FROM partners_deal"
    watermark = run(poller, newest)[0][0]
    seen = "SELECT count(*) FROM partners_deal WHERE updated_at > %s"
    late.commit()
    poller.commit()
    assert run(poller, seen, watermark)[0][0] == 0  # the late row lies below the watermark


def test_a_worker_that_dies_leaves_its_marks(sessions: list[Any], deals: tuple[Deal, Deal]) -> None:
    first, _second = deals
    writer, worker, killer, _ = sessions
    raise_by(writer, first, 100)
    writer.commit()
    take(worker, first)
    run(worker, statements.merge(SALES, statements.key_values([(first.partner_id, *JULY)])))
    run(killer, "SELECT pg_terminate_backend(%s)", worker.get_backend_pid())
    assert SalesCell.objects.get(partner_id=first.partner_id).won_rc == 2000
    assert is_right(first)


def test_a_profile_change_meets_a_drain_that_read_the_old_profile(
    sessions: list[Any], deals: tuple[Deal, Deal]
) -> None:
    first, _second = deals
    writer, worker, _, _ = sessions
    raise_by(writer, first, 1)
    writer.commit()
    take(worker, first)
    run(
        writer,
        "UPDATE partners_partnerprofile SET valid_to = '2026-07-10' WHERE partner_id = %s",
        first.partner_id,
    )
    run(
        writer,
        "INSERT INTO partners_partnerprofile (partner_id, valid_from, tier)"
        " VALUES (%s, '2026-07-10', 'new')",
        first.partner_id,
    )
    run(
        worker, statements.merge(SALES, statements.key_values([(first.partner_id, *JULY)]))
    )  # old profile
    worker.commit()
    writer.commit()
    drain(NOW)
    from kpis.engine.rebuild import verify

    assert verify(NOW).details == []


def test_a_write_across_the_turn_of_the_month_reaches_the_new_month(sessions: list[Any]) -> None:
    """The writer read the old horizon and commits after the new month was opened and filled."""
    partner, writer = make_partner(), sessions[0]
    make_deal(partner, opened="2026-05-10")
    Setting.objects.filter(key=HORIZON).update(value=str(NOW.date().replace(day=1) - DAY))
    drain(NOW - timedelta(days=NOW.day))
    run(
        writer,
        "INSERT INTO partners_deal (partner_id, currency, amount, state, opened_at, approved_at)"
        " VALUES (%s, 'EUR', 5, 'open', '2026-05-10', '2026-05-10')",
        partner.pk,
    )
    drain(NOW)
    writer.commit()
    drain(NOW)
    assert verify(NOW).details == []
    assert StockCell.objects.order_by("month").last().open_n == 2  # type: ignore[union-attr]


def test_only_one_worker_runs_the_full_statement_and_others_leave(sessions: list[Any]) -> None:
    make_deal(make_partner(), won="2026-07-15")
    drain(NOW)
    DirtyMark.objects.create(family=1, partner_id=-1, month=date(2026, 7, 1))
    run(sessions[0], "SELECT pg_advisory_xact_lock(%s, 0)", locks.FULL)
    assert recompute_marked([1]).marks == 0  # at once, though the other one is not done
    sessions[0].rollback()
    assert recompute_marked([1]).marks == 1
    assert recompute_marked([1]) == Drained()  # nothing is marked: nothing is computed
    assert DirtyMark.objects.count() == 0
