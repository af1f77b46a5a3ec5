"""Rebuild everything from the facts (merging differences), and prove that nothing differs."""

import time
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from kpis.engine import statements
from kpis.engine.drain import Drained, open_month, plan_for_all, recompute_all
from kpis.engine.families import FAMILIES, SHARDS
from kpis.engine.totals import drain_totals, total_differences
from kpis.models import Verification
from kpis.news import tell_differences
from prm.common import jobs, locks
from prm.common.models import Job

# adjustments whose partner is not their deal's: there are none while the triggers are in place
ASTRAY = (
    "SELECT adjustment.id FROM partners_dealadjustment AS adjustment"
    " JOIN partners_deal AS deal ON deal.id = adjustment.deal_id"
    " WHERE adjustment.partner_key <> coalesce(deal.partner_id, 0)"
)
SHARD_JOB, TOTALS_JOB = "kpis.rebuild_shard", "kpis.rebuild_totals"


def rebuild(now: datetime) -> Drained:
    """All spans, cells and totals from the facts, here and now. Returns the differences found."""
    began = time.perf_counter()
    prepare(now)
    result = recompute_all(list(FAMILIES))
    result.totals = drain_totals()
    result.seconds = time.perf_counter() - began
    return result


@transaction.atomic
def prepare(now: datetime) -> None:
    """Horizon, rates, spans and the partners of adjustments, on which all cells stand."""
    open_month(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kpis_refresh_rates()")
        cursor.execute(
            "SELECT kpis_respan(ARRAY(SELECT partner_id FROM ("
            " SELECT coalesce(fresh.partner_id, span.partner_id) AS partner_id"
            " FROM kpis_profilespan_fresh AS fresh"
            " FULL JOIN kpis_profilespan AS span ON span.profile_id = fresh.profile_id"
            " WHERE (span.*) IS DISTINCT FROM (fresh.*)"
            " AND coalesce(fresh.partner_id, span.partner_id) <> 0) AS wrong))"
        )
        cursor.execute(f"UPDATE partners_dealadjustment SET amount = amount WHERE id IN ({ASTRAY})")


def start_rebuild(now: datetime) -> str:
    """Spread the rebuild over the workers: one job a shard; the last one starts the totals.

    Returns the run's key. Asking again while a run is under way joins that run.
    """
    prepare(now)
    running = Job.objects.filter(kind=SHARD_JOB, state__in=["waiting", "running"]).first()
    run = str(running.args["run"]) if running else now.strftime("%Y%m%dT%H%M%S")
    for shard in range(SHARDS):
        key = f"{run}/{shard}"
        if not Job.objects.filter(kind=SHARD_JOB, key=key).exists():
            jobs.enqueue(SHARD_JOB, key, now=now, args={"run": run, "shard": shard})
    return run


@jobs.handles(SHARD_JOB)
def rebuild_shard(job: Job, now: datetime) -> None:
    """One shard of all families; the last shard of the run asks for the totals."""
    recompute_all(list(FAMILIES), shard=int(job.args["shard"]))
    run = job.args["run"]
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=now)
        # one after the other, so that exactly the last one sees no other one open
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [locks.RATES])
        is_open = Job.objects.filter(
            kind=SHARD_JOB, args__run=run, state__in=["waiting", "running"]
        )
        if not is_open.exists():
            jobs.enqueue(TOTALS_JOB, run, now=now)


@jobs.handles(TOTALS_JOB)
def rebuild_totals(_job: Job, _now: datetime) -> None:
    """The totals of all months that the shards marked."""
    drain_totals()


def verify(now: datetime) -> Verification:
    """Compare spans, partners of adjustments, cells and totals with the facts.

    Cells that are marked as due do not count. Stores the result; a difference is an alarm on
    the desk and in the log.
    """
    began = time.perf_counter()
    open_month(now)
    details: list[dict[str, Any]] = [*_wrong_spans(), *_astray()]
    with transaction.atomic(), connection.cursor() as cursor:
        plan_for_all(cursor)
        for family in FAMILIES.values():
            cursor.execute(statements.differences(family))
            details += [
                {"family": family.name, "partner": partner, "month": str(month)}
                for partner, month in cursor.fetchall()
            ]
    for family in FAMILIES.values():
        details += [
            {"totals": family.name, "grain": grain, "period": str(period)}
            for grain, period in total_differences(family)
        ]
    with transaction.atomic():
        if details:
            tell_differences(len(details), now=now)
        return Verification.objects.create(
            at=now,
            differences=len(details),
            details=details[:100],
            seconds=time.perf_counter() - began,
        )


def _wrong_spans() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partner_id FROM ((SELECT * FROM kpis_profilespan WHERE partner_id <> 0"
            " EXCEPT ALL SELECT * FROM kpis_profilespan_fresh) UNION ALL"
            " (SELECT * FROM kpis_profilespan_fresh EXCEPT ALL SELECT * FROM kpis_profilespan))"
            " AS wrong GROUP BY partner_id"
        )
        return [{"spans of partner": row[0]} for row in cursor.fetchall()]


def _astray() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(ASTRAY)
        return [{"partner of adjustment": row[0]} for row in cursor.fetchall()]
