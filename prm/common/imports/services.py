"""Starts, runs and takes back imports. A run is all in one transaction: all rows or none."""

import logging
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from prm.common import audit, jobs, locks, viewer
from prm.common.config import program
from prm.common.errors import DomainError, InvalidInput
from prm.common.imports import mapping as mappings
from prm.common.imports import progress as steps
from prm.common.imports import resources, slips, staging, undo
from prm.common.imports.models import Import, ImportProblem
from prm.common.imports.news import tell_ended
from prm.common.imports.progress import Progress, Stopped
from prm.common.imports.readers import open_table, sha256_of
from prm.common.imports.report import Report, error_path, make_report
from prm.common.imports.rowmap import row_map
from prm.common.imports.store import about_rows, keep, stored_path
from prm.common.imports.work import Work
from prm.common.models import Job, User
from prm.common.signals import facts_changed

__all__ = ["error_path", "new_run", "run_import", "start_import", "undo_import"]
log = logging.getLogger(__name__)
# Runs that touch the same tables wait for each other.
LOCK = f"SELECT pg_advisory_xact_lock({locks.IMPORT}, hashtext(%s))"
TRY_LOCK = f"SELECT pg_try_advisory_xact_lock({locks.IMPORT}, hashtext(%s))"
AT_WORK = (Import.State.WAITING, Import.State.RUNNING)
CANCELED = "57014"  # SQLSTATE of a statement that was told to end


def start_import(
    file: Any,
    *,
    resource: str,
    source: str,
    by: User | None,
    now: datetime,
    mapping: dict[str, Any] | None = None,
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Import:
    """Keep an uploaded file and ask a worker to import it; the row shows how far it is.

    ``file`` is an uploaded file (``name``, ``chunks()``) or a path; ``mapping`` the content of a
    mapping file. Raises InvalidInput at once for an unknown resource, source or mapping.
    """
    run = new_run(
        Path(str(file.name)).name,
        resource=resource,
        source=source,
        by=by,
        now=now,
        mapping=mapping,
        dry_run=dry_run,
        all_or_nothing=all_or_nothing,
        save=False,
    )
    run.stored_file = keep(file)
    path = stored_path(run)
    run.file_hash, run.file_bytes = sha256_of(path), path.stat().st_size
    run.rows_total = about_rows(path)
    with transaction.atomic():
        run.save()
        enqueue(run, now=now)
    return run


def enqueue(run: Import, *, now: datetime) -> None:
    """Ask a worker for this try of a run; jobs of earlier tries find nothing to do."""
    args = {"run": run.pk, "try": run.tries, "language": get_language()}
    jobs.enqueue("import.run", f"{run.public_id}/{run.tries}", now=now, args=args)


def new_run(
    file_name: str,
    *,
    resource: str,
    source: str,
    by: User | None,
    now: datetime,
    mapping: dict[str, Any] | None = None,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    save: bool = True,
) -> Import:
    """The row of a run that is about to begin. Raises InvalidInput for a bad source or mapping."""
    source = source.strip()
    if not source or len(source) > 60 or not source.isprintable():
        raise InvalidInput(
            _("Name the source with 1 to 60 characters, for example the system's name."), "source"
        )
    mappings.parse(mapping or {}, resources.get(resource))
    run = Import(
        resource=resource,
        source=source,
        file_name=file_name[:255],
        mapping=mapping or {},
        dry_run=dry_run,
        all_or_nothing=all_or_nothing,
        by=by,
        started_at=now,
        step=_("Waiting"),
    )
    if save:
        run.save()
    return run


@jobs.handles("import.run")
def run_job(job: Job, now: datetime) -> None:
    """Do a waiting import; a run that is finished already is left alone."""
    run = Import.objects.get(pk=job.args["run"])
    if run.state not in AT_WORK or job.args.get("try", run.tries) != run.tries:
        return
    if run.stop_asked_at:
        _stop(run, now)
        return
    try:
        # reasons are read by the person who asked, in the language of that moment's browser
        with viewer.speaking_to(run.by, otherwise=job.args.get("language") or ""):
            run_import(run, now=now)
    except Exception:
        if job.attempts >= Job.MAX_ATTEMPTS:
            _fail(run, _("The import broke off several times. Ask your administrator."), now)
        raise


def run_import(run: Import, *, now: datetime, path: Path | None = None) -> Import:
    """Import the file of ``run`` (or the one at ``path``) now, in one transaction.

    A file that cannot be read as a whole fails the run with a sentence that says what to do;
    rows that cannot be used are refused one by one and reported.
    """
    path = path or stored_path(run)
    run.working_since = now
    Import.objects.filter(pk=run.pk).update(
        state=Import.State.RUNNING,
        error="",
        working_since=now,
        rows_read=0,
        percent=0,
        percent_at=None,
    )
    progress = Progress(run.pk, total=run.rows_total)
    try:
        run.file_hash = run.file_hash or sha256_of(path)
        with transaction.atomic():
            report = _load(run, path, progress, now)
            nothing = run.dry_run or (run.all_or_nothing and report.rejected > 0)
            if nothing:
                transaction.set_rollback(True)
            else:
                _finish(run, report, now)
        if nothing:
            _finish(run, report, now)
    except Stopped:
        return _stop(run, now)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != CANCELED or not _is_to_stop(run):
            raise
        return _stop(run, now)
    except (DomainError, OSError) as error:
        return _fail(run, str(error), now)
    except (IntegrityError, DataError) as error:
        log.warning("import %s of %s: %s", run.public_id, run.resource, error)
        why = str(error).splitlines()[0]
        return _fail(
            run, _("The database refused the rows; nothing was stored: %s") % why[:300], now
        )
    finally:
        progress.close()
    return run


def undo_import(run: Import, *, by: User | None, now: datetime) -> Import:
    """Take a run back within 7 days. Raises Conflict when others build on its rows."""
    return undo.undo(run, by=by, now=now)


def _load(run: Import, path: Path, progress: Progress, now: datetime) -> Report:
    """All steps of a run inside its transaction; refused rows are not among the stored ones."""
    resource = resources.get(run.resource)
    mapping = mappings.parse(run.mapping, resource)
    _wait_for_turn(resource.lock, progress)
    words = {name.casefold() for name in (*resource.names, *mapping.columns.values())}
    table = open_table(path, mapping, words, run.file_name)
    rows = row_map(mapping, resource, table.header)
    work = Work(
        run=run,
        resource=resource,
        mapping=mapping,
        given=frozenset(rows.targets),
        zone=mapping.time_zone or str(program().time_zone),
        now=now,
        by=run.by,
        progress=progress,
    )
    if rows.unused:
        work.note(_("Columns not used: %s") % ", ".join(rows.unused)[:500])
    if table.encoding == "cp1252":
        work.note(_("The file is not UTF-8; it was read as Windows-1252."))
    staging.clear()
    progress.say(_("Reading"), steps.READ)
    read = staging.copy_rows(work, table, rows)
    progress.all_read(read)
    progress.say(_("Checking"), steps.CHECK)
    staging.make_ready(work)
    staging.refuse_duplicates(work)
    if resource.validate:
        resource.validate(work)
    slips.tell_new_words(work)
    progress.say(_("Storing"), steps.STORE)
    (resource.apply or store)(work)
    progress.say(_("Finishing"), steps.FINISH)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return make_report(work, table, rows, read)


def store(work: Work) -> None:
    """Store the rows straight into the resource's model: one column each."""
    work.upsert(work.resource.model, work.direct_values())


def _wait_for_turn(lock: str, progress: Progress) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [lock])
        if not cursor.fetchone()[0]:
            progress.say(_("Waiting for another import"))
            cursor.execute(LOCK, [lock])


def _finish(run: Import, report: Report, now: datetime) -> None:
    """Store counts, problems and the end of a run, in the transaction of its rows."""
    stored_none = run.all_or_nothing and report.rejected > 0
    run.state = Import.State.FAILED if stored_none else Import.State.DONE
    run.error = _("Nothing was stored, because rows were refused.") if stored_none else ""
    run.finished_at, run.step, run.percent = now, "", 100
    run.stop_asked_at = None
    run.rows_read = run.rows_total = report.read
    run.created, run.updated, run.unchanged = report.created, report.updated, report.unchanged
    if stored_none:
        run.created = run.updated = run.unchanged = 0
    run.rejected, run.notes = report.rejected, report.notes
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        run.written_at = cursor.fetchone()[0]
    with transaction.atomic():
        run.save()
        ImportProblem.objects.filter(run=run).delete()
        ImportProblem.objects.bulk_create(report.problems, batch_size=500)
        tell_ended(run, now=now)
        if run.dry_run or stored_none:
            return  # nothing has happened
        facts_changed.send(sender=Import)
        counts = {key: value for key, value in asdict(report).items() if isinstance(value, int)}
        audit.record(
            "import.run",
            run,
            by=run.by,
            now=now,
            after={"resource": run.resource, "file": run.file_name, **counts},
        )


def _fail(run: Import, message: str, now: datetime) -> Import:
    log.info("import %s of %s failed; it holds the reason", run.public_id, run.resource)
    run.state, run.error, run.finished_at, run.step = Import.State.FAILED, message, now, ""
    with transaction.atomic():
        run.save(update_fields=["state", "error", "finished_at", "step", "file_hash"])
        tell_ended(run, now=now)
    return run


def _stop(run: Import, now: datetime) -> Import:
    """End a run that somebody asked to stop; its transaction is taken back already."""
    run.state, run.error, run.finished_at, run.step = Import.State.STOPPED, "", now, ""
    run.stop_asked_at = None
    run.save(update_fields=["state", "error", "finished_at", "step", "stop_asked_at"])
    return run


def _is_to_stop(run: Import) -> bool:
    return Import.objects.filter(pk=run.pk, stop_asked_at__isnull=False).exists()
