"""Random changes through all doors, in any order: cells, totals, histogram and bitmaps hold."""

import random
import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.errors import DeadlockDetected

from kpis.engine.drain import drain, drain_shard, month_ends
from kpis.engine.families import SHARDS
from kpis.engine.rebuild import rebuild, verify
from partners.models import Deal, Partner
from tests.conftest import empty_database
from tests.factories import make_customer, make_deal, make_member, make_partner, make_rate
from tests.kpis.sessions import run, session

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)


class Roll(Exception):
    """Rolls a change back."""


def cast(partners: int = 4, deals: int = 10) -> None:
    """A small world: partners with two tiers each, deals with history, people, rates."""
    make_rate("USD", "2025-01-01", "0.9")
    customer = make_customer()
    for index in range(partners):
        partner = make_partner(tier="silver", type=("msp", "si")[index % 2], since="2025-01-01")
        make_member(partner)
    ids = [None, *Partner.objects.values_list("pk", flat=True)]
    for index in range(deals):
        make_deal(
            Partner.objects.filter(pk=ids[index % len(ids)]).first(),
            opened="2026-03-01",
            currency=("EUR", "USD")[index % 2],
            customer=customer,
        )


CHANGES = {
    "amount": "UPDATE partners_deal SET amount = %(n)s WHERE id = %(deal)s",
    "win": "UPDATE partners_deal SET state = 'won', closed_at = %(at)s WHERE id = %(deal)s",
    "lose": "UPDATE partners_deal SET state = 'lost', closed_at = %(at)s WHERE id = %(deal)s",
    "reopen": "UPDATE partners_deal SET state = 'open', closed_at = NULL WHERE id = %(deal)s",
    "void": "UPDATE partners_deal SET state = 'void', closed_at = %(at)s WHERE id = %(deal)s",
    "move": "UPDATE partners_deal SET partner_id = %(partner)s WHERE id = %(deal)s",
    "direct": "UPDATE partners_deal SET partner_id = NULL WHERE id = %(deal)s",
    "copy": "INSERT INTO partners_deal (partner_id, currency, amount, opened_at, approved_at)"
    " VALUES (%(partner)s, 'USD', %(n)s, '2026-02-01', '2026-02-03')",
    "delete": "DELETE FROM partners_deal WHERE id = %(deal)s AND NOT EXISTS (SELECT 1 FROM"
    " partners_dealtouch WHERE deal_id = %(deal)s) AND NOT EXISTS (SELECT 1 FROM"
    " partners_dealstageevent WHERE deal_id = %(deal)s) AND NOT EXISTS (SELECT 1 FROM"
    " partners_dealadjustment WHERE deal_id = %(deal)s)",
    "event": "INSERT INTO partners_dealstageevent (deal_id, at, state, amount)"
    " VALUES (%(deal)s, %(at)s, 'open', %(n)s)",
    "lost event": "INSERT INTO partners_dealstageevent (deal_id, at, state)"
    " VALUES (%(deal)s, %(at)s, 'lost')",
    "forget event": "DELETE FROM partners_dealstageevent WHERE deal_id = %(deal)s",
    "refund": "INSERT INTO partners_dealadjustment (deal_id, at, kind, amount, currency)"
    " VALUES (%(deal)s, %(at)s, 'refund', -%(n)s, 'EUR')",
    "refund of many": "INSERT INTO partners_dealadjustment (deal_id, at, kind, amount, currency)"
    " SELECT id, %(at)s, 'credit', -1, 'EUR' FROM partners_deal ORDER BY md5(id::text) LIMIT 5",
    "redate refunds": "UPDATE partners_dealadjustment SET at = %(at)s WHERE deal_id = %(deal)s",
    "repoint refunds": "UPDATE partners_dealadjustment SET deal_id = %(deal)s"
    " WHERE id = (SELECT min(id) FROM partners_dealadjustment)",
    "forgive refunds": "DELETE FROM partners_dealadjustment WHERE deal_id = %(deal)s",
    "touch": "INSERT INTO partners_dealtouch (deal_id, partner_id, at, kind)"
    " VALUES (%(deal)s, %(partner)s, %(at)s, 'workshop')",
    "login": "INSERT INTO partners_loginevent (membership_id, partner_id, at)"
    " SELECT id, partner_id, %(at)s FROM partners_membership WHERE partner_id = %(partner)s",
    "register": "INSERT INTO partners_registration (partner_id, submitted_at, currency, amount)"
    " VALUES (%(partner)s, %(at)s, 'EUR', %(n)s)",
    "decide": "UPDATE partners_registration SET state = 'rejected',"
    " decided_at = submitted_at + interval '40 days' WHERE partner_id = %(partner)s",
    "tier": "UPDATE partners_partnerprofile SET tier = 'gold' WHERE partner_id = %(partner)s",
    "split": "WITH old AS (UPDATE partners_partnerprofile SET valid_to = %(day)s"
    " WHERE partner_id = %(partner)s AND valid_to IS NULL AND valid_from < %(day)s"
    " RETURNING partner_id) INSERT INTO partners_partnerprofile (partner_id, valid_from, tier)"
    " SELECT partner_id, %(day)s, 'new' FROM old",
    "merge": "UPDATE partners_partner SET merged_into_id = %(partner)s, merged_at = now()"
    " WHERE id = (SELECT max(id) FROM partners_partner) AND id <> %(partner)s",
    "unmerge": "UPDATE partners_partner SET merged_into_id = NULL, merged_at = NULL",
    "test": "UPDATE partners_partner SET is_test = NOT is_test WHERE id = %(partner)s",
    "contract": "UPDATE partners_contract SET ends_on = %(day)s WHERE partner_id = %(partner)s"
    " AND starts_on < %(day)s",
    "renew": "INSERT INTO partners_contract (partner_id, starts_on) VALUES (%(partner)s, %(day)s)",
    "rate": "INSERT INTO common_fxrate (currency, valid_from, rate, source, external_id)"
    " VALUES ('USD', %(day)s, 0.8, 'x', '') ON CONFLICT DO NOTHING",
}


def values(chance: random.Random) -> dict[str, Any]:
    day = date(2026, 1, 5) + timedelta(days=chance.randrange(300))
    return {
        "deal": chance.choice(list(Deal.objects.values_list("pk", flat=True)) or [0]),
        "partner": chance.choice(list(Partner.objects.values_list("pk", flat=True))),
        "n": chance.randrange(1, 5000),
        "day": day,
        "at": datetime(day.year, day.month, day.day, chance.choice([0, 12, 23]), 30, tzinfo=UTC),
    }


def _keep_or_roll(keep: bool) -> None:
    if not keep:
        raise Roll


def change(name: str, chance: random.Random, keep: bool) -> None:
    """One change in a transaction of its own; without ``keep`` it is rolled back."""
    from django.db import IntegrityError

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(CHANGES[name], values(chance))
            _keep_or_roll(keep)
    except (Roll, IntegrityError):
        pass


def killed_drain() -> None:
    """A worker that dies after its work and before its commit."""
    try:
        with transaction.atomic():
            for shard in range(SHARDS):
                drain_shard(shard, month_ends(), limit=5)
            _keep_or_roll(keep=False)
    except Roll:
        pass


steps = st.lists(
    st.tuples(
        st.sampled_from([*CHANGES, "drain", "part", "killed drain"]), st.booleans(), st.booleans()
    ),
    min_size=5,
    max_size=30,
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps, seed=st.integers(0, 10_000))
def test_after_any_changes_the_drained_cells_equal_a_rebuild(
    steps: list[tuple[str, bool, bool]], seed: int
) -> None:
    empty_database()
    cast()
    chance = random.Random(seed)
    for name, keep, also in steps:
        if name == "drain":
            drain(NOW)
        elif name == "part":
            drain_shard(chance.randrange(SHARDS), month_ends(), limit=3)
        elif name == "killed drain":
            killed_drain()
        else:
            change(name, chance, keep or also)
    drain(NOW)
    assert verify(NOW).details == []
    done = rebuild(NOW)
    assert (done.written, done.deleted) == (0, 0)


def test_the_check_itself_notices_a_lost_mark() -> None:
    cast()
    drain(NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE partners_deal SET state = 'won', closed_at = '2026-07-15'")
        cursor.execute("DELETE FROM kpis_dirtymark")
    assert verify(NOW).differences > 0


class Storm:
    """Writers, workers and a killer of workers, at once."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.counts = {"writes": 0, "kills": 0, "drains": 0, "deadlocks": 0}

    def write(self, seed: int) -> None:
        chance, of = random.Random(seed), session()
        names = ["amount", "win", "lose", "reopen", "void", "move", "direct", "event", "touch"]
        names += ["login", "refund", "refund of many", "redate refunds", "repoint refunds"]
        while not self.stop.is_set():
            try:
                run_with(of, CHANGES[chance.choice(names)], values(chance))
                of.rollback() if chance.random() < 0.1 else of.commit()
                self.counts["writes"] += 1
            except psycopg2.Error as error:
                self.counts["deadlocks"] += isinstance(error, DeadlockDetected)
                of.rollback()
        of.close()
        connection.close()

    def work(self, _seed: int) -> None:
        while not self.stop.is_set():
            try:
                self.counts["drains"] += 1
                drain(NOW)
            except Exception:  # killed on purpose
                connection.close()
        connection.close()

    def kill(self, _seed: int) -> None:
        of = session()
        while not self.stop.is_set():
            time.sleep(0.15)
            run(
                of,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'prm_app'"
                " AND query LIKE '%%fresh AS MATERIALIZED%%' AND pid <> pg_backend_pid()"
                " AND datname = current_database()",
            )
            self.counts["kills"] += 1
        of.close()

    def rage(self, seconds: float) -> None:
        works = [self.write] * 3 + [self.work] * 2 + [self.kill]
        threads = [threading.Thread(target=work, args=(n,)) for n, work in enumerate(works)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.stop.set()
        for thread in threads:
            thread.join(30)


@pytest.mark.slow
def test_writers_workers_and_kills_at_once_leave_no_wrong_cell() -> None:
    cast(partners=6, deals=40)
    drain(NOW)
    storm = Storm()
    storm.rage(6)
    assert storm.counts["deadlocks"] == 0
    drain(NOW)
    assert verify(NOW).details == []
    # a drain ends only when nothing is marked, so two workers may need but one each
    assert storm.counts["writes"] > 100, storm.counts
    assert storm.counts["kills"] > 10, storm.counts
    assert storm.counts["drains"] >= 2, storm.counts


def run_with(of: Any, text: str, params: dict[str, Any]) -> None:
    with of.cursor() as cursor:
        cursor.execute(text, params)
