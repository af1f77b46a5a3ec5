"""From an uploaded file to its import: match the columns, check, begin; stop or discard it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from prm.common import audit, locks
from prm.common.errors import Conflict, InvalidInput
from prm.common.imports import mapping as mappings
from prm.common.imports import resources, services
from prm.common.imports.guess import guess
from prm.common.imports.look import samples, table_of
from prm.common.imports.models import Import, ImportMapping
from prm.common.imports.readers import sha256_of
from prm.common.imports.report import error_path
from prm.common.imports.store import about_rows, keep, stored_path
from prm.common.models import Job, User

# The worker's session is found by the lock that it holds while it does the job.
END_STATEMENT = """
    SELECT pg_cancel_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def prepare_import(
    file: Any,
    *,
    resource: str,
    source: str,
    by: User | None,
    now: datetime,
    mapping: dict[str, Any] | None = None,
    saved: ImportMapping | None = None,
) -> Import:
    """Keep an uploaded file as a draft, whose columns are matched next. Nothing is imported yet.

    Raises InvalidInput, with the field, for a bad source, resource or mapping and for a file that
    is no table.
    """
    given = saved.data if saved and not mapping else mapping or {}
    run = services.new_run(
        Path(str(file.name)).name,
        resource=resource,
        source=source,
        by=by,
        now=now,
        mapping=given,
        save=False,
    )
    run.state, run.step = Import.State.DRAFT, ""
    run.saved_mapping = saved if given and not mapping else None
    run.stored_file = keep(file)
    try:
        _look_into(run)
    except BaseException:
        stored_path(run).unlink(missing_ok=True)
        raise
    with transaction.atomic():
        run.save()
        after = {"resource": run.resource, "source": run.source, "file": run.file_name}
        audit.record("import.upload", run, by=by, now=now, after=after)
    return run


def _look_into(run: Import) -> None:
    """Find out how the file is written. Raises InvalidInput for what is no table."""
    path = stored_path(run)
    try:
        table = table_of(run, mappings.parse(run.mapping, resources.get(run.resource)))
    except InvalidInput as refusal:
        raise InvalidInput(refusal.message, refusal.field or "file") from None
    run.found = {"encoding": table.encoding, "delimiter": table.delimiter}
    if not run.mapping:
        columns = samples(run)
        guessed = guess(
            resources.get(run.resource),
            [one.name for one in columns],
            [one.cells for one in columns],
        )
        run.mapping = guessed.as_mapping()
        run.found["doubtful"] = guessed.doubtful
    run.file_hash, run.file_bytes = sha256_of(path), path.stat().st_size
    run.rows_total = about_rows(path)


def match_columns(
    run: Import,
    mapping: dict[str, Any],
    *,
    by: User | None,
    now: datetime,
    saved: ImportMapping | None = None,
    matched_values: Sequence[str] = (),
) -> Import:
    """Say which column of the file feeds which field. What an earlier check counted is forgotten.

    ``matched_values`` are the fields whose values the person saw: no guess comes back for them.
    Raises InvalidInput for a mapping that cannot be used, Conflict once rows are stored.
    """
    mappings.parse(mapping, resources.get(run.resource))
    with transaction.atomic():
        run = _locked(run)
        if not run.can_match:
            raise _too_late()
        before = {"mapping": run.mapping}
        run.mapping, run.saved_mapping = mapping, saved
        run.found = run.found | {"matched_values": list(matched_values)}
        run.state, run.error, run.step, run.notes = Import.State.DRAFT, "", "", []
        run.dry_run, run.finished_at, run.percent, run.rows_read = False, None, 0, 0
        run.created = run.updated = run.unchanged = run.rejected = 0
        run.save()
        run.problems.all().delete()
        audit.record("import.match", run, by=by, now=now, before=before, after={"mapping": mapping})
    error_path(run).unlink(missing_ok=True)
    return run


def check_import(run: Import, *, by: User | None, now: datetime) -> Import:
    """Ask a worker to count what the file would do, without storing anything."""
    return _start(run, by=by, now=now, dry_run=True)


def begin_import(
    run: Import, *, by: User | None, now: datetime, all_or_nothing: bool = False
) -> Import:
    """Ask a worker to import the matched file. Raises Conflict when that was asked already."""
    return _start(run, by=by, now=now, dry_run=False, all_or_nothing=all_or_nothing)


def _start(
    run: Import, *, by: User | None, now: datetime, dry_run: bool, all_or_nothing: bool = False
) -> Import:
    with transaction.atomic():
        run = _locked(run)
        if not run.can_match:
            raise _too_late()
        run.dry_run, run.all_or_nothing = dry_run, all_or_nothing
        run.state, run.step, run.error = Import.State.WAITING, _("Waiting"), ""
        run.started_at, run.finished_at, run.working_since = now, None, None
        run.by, run.stop_asked_at, run.percent, run.rows_read = by, None, 0, 0
        run.tries += 1
        run.save()
        services.enqueue(run, now=now)
        word = "import.check" if dry_run else "import.begin"
        audit.record(word, run, by=by, now=now, after={"all_or_nothing": all_or_nothing})
    return run


def stop_import(run: Import, *, by: User | None, now: datetime) -> Import:
    """Stop a run that waits or works; all its rows are in one transaction, so none is stored.

    Raises Conflict when it is finished already.
    """
    with transaction.atomic():
        run = _locked(run)
        if not run.is_working:
            raise Conflict(_("The import is finished. If it stored rows, undo it."))
        if run.state == Import.State.WAITING:
            run.state, run.finished_at, run.step = Import.State.STOPPED, now, ""
        else:
            run.stop_asked_at, run.step = now, _("Stopping")
        run.save(update_fields=["state", "finished_at", "step", "stop_asked_at"])
        audit.record("import.stop", run, by=by, now=now)
    if run.stop_asked_at:
        _end_statement(run)
    return run


def _end_statement(run: Import) -> None:
    """A long statement need not run to its end: the worker hears it and takes all back."""
    jobs_at_work = Job.objects.filter(
        kind="import.run", state=Job.State.RUNNING, key=f"{run.public_id}/{run.tries}"
    )
    with connection.cursor() as cursor:
        for job_id in jobs_at_work.values_list("pk", flat=True):
            cursor.execute(END_STATEMENT, [locks.JOB, job_id % 2**31])


def discard_import(run: Import, *, by: User | None, now: datetime) -> None:
    """Throw a file away that was uploaded but not imported, with its row.

    Raises Conflict when it is at work or has stored rows.
    """
    with transaction.atomic():
        run = _locked(run)
        if not run.can_match:
            raise _too_late()
        audit.record("import.discard", run, by=by, now=now, before={"file": run.file_name})
        path, errors = stored_path(run), error_path(run)
        run.delete()
    path.unlink(missing_ok=True)
    errors.unlink(missing_ok=True)


def _locked(run: Import) -> Import:
    return Import.objects.select_for_update(of=("self",)).get(pk=run.pk)


def _too_late() -> Conflict:
    return Conflict(_("This import was started already, or its file is gone. Upload it again."))


def save_mapping(
    name: str, *, resource: str, data: dict[str, Any], by: User | None, now: datetime
) -> ImportMapping:
    """Keep a mapping under a name; the same name again replaces it. Raises InvalidInput."""
    name = " ".join(name.split())
    if not name or len(name) > 80 or not name.isprintable():
        raise InvalidInput(_("Name the mapping with 1 to 80 characters."), "mapping_name")
    mappings.parse(data, resources.get(resource))
    with transaction.atomic():
        old = ImportMapping.objects.filter(resource=resource, name=name).first()
        values = {"data": data, "by": by, "updated_at": now}
        saved, _made = ImportMapping.objects.update_or_create(
            resource=resource, name=name, defaults=values
        )
        before = {"data": old.data} if old else {}
        audit.record(
            "import.mapping.save", saved, by=by, now=now, before=before, after={"data": data}
        )
    return saved


def delete_mapping(mapping: ImportMapping, *, by: User | None, now: datetime) -> None:
    """Forget a saved mapping; imports that used it keep their own copy."""
    with transaction.atomic():
        before = {"name": mapping.name, "data": mapping.data}
        audit.record("import.mapping.delete", mapping, by=by, now=now, before=before)
        mapping.delete()
