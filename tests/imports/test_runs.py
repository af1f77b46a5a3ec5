"""Runs from the web, side by side, and killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from django.utils.translation import override

from partners.models import Customer, Deal, Partner
from prm.common import jobs
from prm.common.errors import InvalidInput
from prm.common.imports import services
from prm.common.imports.models import Import
from prm.common.models import Job
from tests.imports.helpers import NOW, file_of, load, outcome
from tests.imports.sets import GOLDEN, run

CUSTOMERS = b"customer_id,name\nC1,Acme\nC2,Bolt\n"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: object) -> None:
    settings.PRM_FILES = tmp_path / "files"  # type: ignore[attr-defined]


def start(content: bytes = CUSTOMERS, resource: str = "customer", **more: object) -> Import:
    upload = SimpleUploadedFile("../../customers.csv", content)
    return services.start_import(upload, resource=resource, source="crm", by=None, now=NOW, **more)


@pytest.mark.django_db
def test_an_upload_waits_for_a_worker_and_is_done_once() -> None:
    waiting = start()
    assert (waiting.state, waiting.file_name) == ("waiting", "customers.csv")
    assert len(waiting.file_hash) == 64
    job = Job.objects.get(kind="import.run")
    jobs.run(job.pk, NOW)
    done = Import.objects.get()
    assert (done.state, outcome(done), done.rows_read) == ("done", (2, 0, 0, 0), 2)
    job.refresh_from_db()
    services.run_job(job, NOW)  # a second hand finds nothing to do
    assert Customer.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "field"),
    [({"resource": "nonsense"}, "resource"), ({"mapping": {"x": 1}}, "mapping")],
)
def test_a_wrong_question_is_answered_before_anything_is_stored(more: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        start(**more)
    assert error.value.field == field
    assert not Import.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_an_empty_upload_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not empty"):
        start(b"")


@pytest.mark.django_db
def test_a_useless_file_ends_its_job_with_a_sentence() -> None:
    start(b"\xd0\xcf\x11\xe0")
    jobs.run(Job.objects.get().pk, NOW)
    assert Job.objects.get().state == "done"
    assert "old .xls" in Import.objects.get().error


@pytest.mark.django_db
def test_a_worker_speaks_the_language_of_the_browser_that_asked() -> None:
    with override("de"):
        start(b"customer_id,name,country\nC1,One,ZZ\n")
    jobs.run(Job.objects.get().pk, NOW)
    reason = Import.objects.get().problems.values_list("reason", flat=True).first()
    assert reason.startswith("ZZ ist kein Land.")


@pytest.mark.django_db
def test_commands_say_what_happened_and_fail_when_rows_are_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, "customer_id,name\nC1,Acme\n,\n,,\nC2,too,many\n")
    errors = tmp_path / "errors.csv"
    with pytest.raises(CommandError):
        run("import_csv", "customer", str(path), "--errors", str(errors))
    assert "too,many" in errors.read_text(encoding="utf-8-sig")
    assert Customer.objects.get().source == "import"
    with pytest.raises(CommandError, match="Choose one of: setting"):
        run("import_csv", "nonsense", str(path))
    with pytest.raises(CommandError, match="Check the path"):
        run("import_csv", "customer", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="Check the path"):
        run("import_csv", "customer", str(path), "--mapping", str(tmp_path / "none.toml"))


@pytest.mark.django_db
def test_a_command_says_each_thing_once_and_names_no_column_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    short = file_of(tmp_path, "customer_id,name\nC2,too,many\n", "short.csv")
    with pytest.raises(CommandError):
        call_command("import_csv", "customer", str(short))
    said = capsys.readouterr().err
    assert "line 2: This row has 3 cells" in said
    assert "1 row refused; all of them: " in said
    wrong = file_of(tmp_path, "a,b\n1,2\n", "wrong.csv")
    caplog.set_level("INFO")
    with pytest.raises(CommandError, match="has no column"):
        call_command("import_csv", "customer", str(wrong))
    assert "failed" in caplog.text
    assert "has no column" not in caplog.text + capsys.readouterr().err


@pytest.mark.django_db
def test_a_dry_run_of_a_folder_sees_the_rows_of_earlier_files_and_keeps_none() -> None:
    output = run("import_folder", str(GOLDEN / "csv"), "--dry-run")
    assert "deal: created 20, updated 0, unchanged 0, rejected 0" in output
    assert not Partner.objects.exists()
    assert not Import.objects.exists()


@pytest.mark.django_db
def test_a_folder_without_known_files_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"partner\.csv"):
        run("import_folder", str(tmp_path))


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_before_the_rows_are(tmp_path: Path) -> None:
    seen = []

    def watch(work: object) -> None:
        beside = connection.copy()
        with beside.cursor() as cursor:
            cursor.execute("SELECT state, step, rows_read FROM common_import")
            seen.append(cursor.fetchone())
            cursor.execute("SELECT count(*) FROM partners_customer")
            seen.append(cursor.fetchone())
        beside.close()

    path = file_of(tmp_path, CUSTOMERS)
    original = services.make_report

    def spy(work: object, *rest: object) -> object:
        watch(work)
        return original(work, *rest)

    services.make_report = spy
    try:
        load("customer", path)
    finally:
        services.make_report = original
    assert seen == [("running", "Finishing", 2), (0,)]


@pytest.mark.django_db(transaction=True)
def test_two_runs_of_one_file_at_once_store_it_once(tmp_path: Path) -> None:
    text = "customer_id\n" + "".join(f"C{n}\n" for n in range(3_000))
    path = file_of(tmp_path, text)
    done: list[tuple[int, ...]] = []

    def work() -> None:
        try:
            done.append(outcome(load("customer", path)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [(0, 0, 3_000, 0), (3_000, 0, 0, 0)]
    assert Customer.objects.count() == 3_000


KILLED = """
import os, django
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = os.environ["TEST_NAME"]
from django.utils import timezone
from prm.common import jobs
from prm.common.models import Job
print("ready", flush=True)
jobs.run(Job.objects.get(kind="import.run").pk, timezone.now())
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [0.05, 0.4, 0.8, 1.2])
def test_a_killed_worker_leaves_no_row_and_the_job_is_done_again(after: float) -> None:
    rows = 30_000
    head = b"deal_id,stage,closed_at,amount,currency\n"
    start(head + b"".join(b"D%d,won,2026-07-15,10,EUR\n" % n for n in range(rows)), resource="deal")
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "TEST_NAME": connection.settings_dict["NAME"],
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PRM_FILES": str(settings.PRM_FILES),
        },
    )
    assert worker.stdout is not None
    worker.stdout.readline()
    time.sleep(after)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert Deal.objects.count() in {0, rows}
    job = Job.objects.get(kind="import.run")
    later = timezone.now() + jobs.LEASE
    deadline = time.monotonic() + 30
    while Job.objects.get(pk=job.pk).state != "done" and time.monotonic() < deadline:
        jobs.release_orphans(later)  # as soon as the database notices that its client is gone
        if Job.objects.get(pk=job.pk).state == "waiting":
            jobs.run(job.pk, later)
        time.sleep(0.2)
    assert Deal.objects.count() == rows
    assert Import.objects.get().state == "done"
