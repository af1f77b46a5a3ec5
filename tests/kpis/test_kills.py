"""kill -9 in the middle of the work: within 60 seconds the figures are right again."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from prm import env
from tests.test_demo import Demo, demo  # noqa: F401 - a fixture
from tests.test_embedded import eventually
from tests.test_run import embedded

pytestmark = pytest.mark.slow
PARTNERS, DEALS = 40, 4_000

FILL = f"""
INSERT INTO partners_partner (name) SELECT 'Partner ' || i FROM generate_series(1, {PARTNERS}) i;
INSERT INTO partners_partnerprofile (partner_id, valid_from, tier, type)
SELECT id, '2024-01-01', 'gold', 'msp' FROM partners_partner;
INSERT INTO partners_contract (partner_id, starts_on) SELECT id, '2024-01-01' FROM partners_partner;
INSERT INTO partners_deal (partner_id, currency, amount, state, opened_at, approved_at, closed_at)
SELECT (SELECT min(id) FROM partners_partner) + i % {PARTNERS}, 'EUR', i, 'won',
    '2025-01-01'::timestamptz + i % 500 * interval '1 day',
    '2025-01-01'::timestamptz + i % 500 * interval '1 day',
    '2025-01-10'::timestamptz + i % 500 * interval '1 day'
FROM generate_series(1, {DEALS}) i;
"""


def facts(running: Demo) -> Any:
    """A connection to the demo's database, as the app's role."""
    os.environ["KILLED_DATABASE_URL"] = running.state()["env"]["DATABASE_URL"]
    role = env.database("KILLED_DATABASE_URL")
    link = psycopg2.connect(
        dbname=role["NAME"], user=role["USER"], host=role["HOST"], port=role["PORT"] or None
    )
    link.autocommit = True
    return link


def ask(running: Demo, text: str) -> Any:
    """The first value of a statement; None while the server is away."""
    try:
        link = facts(running)
        with link.cursor() as cursor:
            cursor.execute(text)
            found = cursor.fetchone()[0] if cursor.description else None
        link.close()
    except psycopg2.Error:
        return None
    return found


def is_settled(running: Demo) -> bool:
    """No mark waits, and the cells hold what the deals hold."""
    marks = "SELECT (SELECT count(*) FROM kpis_dirtymark) + (SELECT count(*) FROM kpis_dirtytotal)"
    differs = (
        "SELECT (SELECT sum(amount_rc) FROM partners_deal WHERE state = 'won')"
        " - (SELECT sum(won_rc) FROM kpis_salescell)"
    )
    return ask(running, marks) == 0 and ask(running, differs) == 0


def kill(running: Demo, name: str) -> None:
    """kill -9 a program of the demo with its children."""
    os.kill(running.pids()[name], signal.SIGKILL)


def kill_worker_in_mid_drain(running: Demo) -> None:
    """Waits for the statement that recomputes cells, then kills the worker."""
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%fresh AS MATERIALIZED%'"
        " AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    give_up = time.monotonic() + 25
    while time.monotonic() < give_up and not ask(running, busy):
        pass
    kill(running, "worker")


KILLS: dict[str, Callable[[Demo], None]] = {
    "worker": kill_worker_in_mid_drain,
    "valkey": lambda running: kill(running, "valkey"),
    "postgres": lambda running: kill(running, "postgres"),
}


@pytest.mark.parametrize("name", KILLS)
def test_figures_heal_within_60_seconds_after(name: str, demo: Demo) -> None:  # noqa: F811
    demo.ready()
    if not ask(demo, "SELECT count(*) FROM partners_deal"):
        ask(demo, FILL)
    assert ask(demo, "SELECT count(*) FROM partners_deal") == DEALS
    ask(demo, "UPDATE partners_deal SET amount = amount + 1 WHERE id % 2 = 0")
    KILLS[name](demo)
    eventually(lambda: is_settled(demo), 60)
    verified = embedded("manage", "kpis", "verify", PRM_HOME=str(demo.home))
    assert verified.stdout.startswith("0 differences"), verified.stdout + verified.stderr
