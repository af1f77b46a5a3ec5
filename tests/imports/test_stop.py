"""Stopping a run at work, its pace, and jobs of earlier tries."""

import os
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from partners.models import Customer
from prm.common import jobs
from prm.common.imports import drafts, services
from prm.common.imports.models import Import
from prm.common.imports.pace import Pace, pace_of
from prm.common.imports.store import about_rows
from prm.common.imports.undo import forget_old
from prm.common.imports.work import Work
from prm.common.models import Job
from tests.imports.helpers import NOW, file_of


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.PRM_FILES = tmp_path


def draft(rows: int = 3) -> Import:
    text = "customer_id,name\n" + "".join(f"C{n},N{n}\n" for n in range(rows))
    file = SimpleUploadedFile("customers.csv", text.encode())
    return drafts.prepare_import(file, resource="customer", source="crm", by=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_run_hears_stop_between_its_steps_and_nothing_is_stored(monkeypatch: Any) -> None:
    run = drafts.begin_import(draft(), by=None, now=NOW)
    upsert = Work.upsert

    def stopped(work: Work, *rest: Any, **more: Any) -> str:
        asked = threading.Thread(target=ask)
        asked.start()
        asked.join()
        return upsert(work, *rest, **more)

    def ask() -> None:
        drafts.stop_import(run, by=None, now=NOW)
        connections.close_all()

    monkeypatch.setattr(Work, "upsert", stopped)
    monkeypatch.setattr(drafts, "_end_statement", lambda run: None)
    jobs.run(Job.objects.get().pk, NOW)
    run.refresh_from_db()
    assert (run.state, run.stop_asked_at, run.step) == ("stopped", None, "")
    assert not Customer.objects.exists()
    assert Job.objects.get().state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_long_statement_is_ended_when_somebody_stops_the_run(monkeypatch: Any) -> None:
    run = drafts.begin_import(draft(), by=None, now=NOW)
    monkeypatch.setattr(Work, "upsert", lambda work, *rest, **more: work.sql("SELECT pg_sleep(20)"))
    job = Job.objects.get()

    def at_work() -> None:
        jobs.run(job.pk, NOW)
        connections.close_all()

    worker = threading.Thread(target=at_work)
    began = time.monotonic()
    worker.start()
    while Import.objects.get().step != "Storing":
        time.sleep(0.05)
    time.sleep(0.3)
    drafts.stop_import(run, by=None, now=NOW)
    worker.join()
    assert time.monotonic() - began < 10
    assert Import.objects.get().state == "stopped"


@pytest.mark.django_db
def test_a_worker_that_died_while_somebody_asked_to_stop_leaves_it_stopped() -> None:
    run = drafts.begin_import(draft(), by=None, now=NOW)
    Import.objects.filter(pk=run.pk).update(state="running", stop_asked_at=NOW)
    jobs.run(Job.objects.get().pk, NOW)
    assert Import.objects.get().state == "stopped"
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_the_job_of_an_earlier_try_finds_nothing_to_do() -> None:
    run = drafts.begin_import(draft(), by=None, now=NOW)
    old = Job.objects.get()
    drafts.stop_import(run, by=None, now=NOW)
    run = drafts.begin_import(run, by=None, now=NOW)
    services.run_job(old, NOW)
    assert Import.objects.get().state == "waiting"
    jobs.run(Job.objects.exclude(pk=old.pk).get().pk, NOW)
    assert Import.objects.get().state == "done"


def test_the_pace_is_told_when_it_can_be_known() -> None:
    run = Import(state="running", working_since=NOW, rows_total=1000, rows_read=500, percent=10)
    assert pace_of(run, at(1)) == Pace(10)
    run.percent_at = at(1)
    assert pace_of(run, at(1)) == Pace(10)
    run.percent_at = at(5)
    assert pace_of(run, at(5)) == Pace(10, rate=20, left=45)
    run.state = "waiting"
    assert pace_of(run, at(5)).left is None


def test_the_time_left_falls_during_a_long_statement_and_the_bar_waits_for_the_next_step() -> None:
    run = Import(state="running", working_since=NOW, rows_total=1000, percent=40, percent_at=at(40))
    assert pace_of(run, at(60)) == Pace(60, rate=10, left=40)
    assert pace_of(run, at(99)).left == 1
    assert pace_of(run, at(200)).percent == 94
    assert pace_of(run, at(200)).left == 1


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_rows_are_counted_by_line_ends(tmp_path: Path) -> None:
    assert about_rows(file_of(tmp_path, "a\n1\n2\n")) == 2
    assert about_rows(file_of(tmp_path, "a\n1\n2")) == 2
    assert about_rows(file_of(tmp_path, "a")) == 0
    assert about_rows(file_of(tmp_path, "a\n1\n2\n".encode("utf-16"))) == 2
    assert about_rows(file_of(tmp_path, b"PK\x03\x04...\n\n")) == 0


@pytest.mark.django_db
def test_a_file_that_no_import_names_goes_after_a_day(tmp_path: Path) -> None:
    draft()
    (named,) = tmp_path.rglob("*.upload")
    lost, fresh = named.with_name("lost.upload"), named.with_name("fresh.upload")
    fresh.write_bytes(b"still arriving")
    lost.write_bytes(b"its process was killed before the row was stored")
    for path in (named, lost):
        os.utime(path, (at(0).timestamp(),) * 2)
    os.utime(fresh, (at(7200).timestamp(),) * 2)
    forget_old(at(3600) + timedelta(days=1))
    assert {path.name for path in tmp_path.rglob("*.upload")} == {named.name, "fresh.upload"}


@pytest.mark.django_db
def test_drafts_are_forgotten_after_seven_days(tmp_path: Path) -> None:
    draft()
    forget_old(NOW + timedelta(days=6))
    assert Import.objects.exists()
    forget_old(NOW + timedelta(days=8))
    assert not Import.objects.exists()
    assert not list(tmp_path.rglob("*.upload"))
