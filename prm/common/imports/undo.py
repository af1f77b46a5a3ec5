"""Takes a run back within 7 days: created rows go, changed and removed ones come back."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from prm.common import audit
from prm.common.errors import Conflict
from prm.common.imports import resources
from prm.common.imports.models import Import, ImportUndo
from prm.common.imports.report import error_path
from prm.common.imports.store import forget_unnamed, stored_path
from prm.common.models import User
from prm.common.signals import facts_changed

KEPT_FOR = timedelta(days=7)
LATE = timedelta(days=30)
# The created rows of one table: few, long ranges of ids.
CREATED = """
    FROM {table} AS t JOIN common_importundo AS u
        ON u.run_id = %(run)s AND u."table" = '{table}' AND u.kind = 'created'
        AND t.id BETWEEN u.row_id AND u.last_id
"""
TOUCHED_SINCE = """
    SELECT count(*) {created} WHERE t.updated_at <> %(stamp)s
"""
CHANGED_SINCE = """
    SELECT count(*) FROM common_importundo AS u LEFT JOIN {table} AS t ON t.id = u.row_id
    WHERE u.run_id = %(run)s AND u."table" = '{table}' AND u.kind = 'changed'
        AND (t.updated_at <> %(stamp)s OR t.id IS NULL)
"""
DEPENDING = """
    SELECT count(*) FROM {child} AS c
    WHERE EXISTS (SELECT 1 FROM common_importundo AS u
        WHERE u.run_id = %(run)s AND u."table" = '{table}' AND u.kind = 'created'
            AND c.{column} BETWEEN u.row_id AND u.last_id)
        AND NOT ({own} AND EXISTS (SELECT 1 FROM common_importundo AS u
            WHERE u.run_id = %(run)s AND u."table" = '{table}' AND u.kind = 'created'
                AND c.id BETWEEN u.row_id AND u.last_id))
"""
DELETE = "DELETE FROM {table} AS d WHERE d.id IN (SELECT t.id {created})"
RESTORE = """
    UPDATE {table} AS t SET {sets}
    FROM common_importundo AS u
    CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, u.before) AS b
    WHERE u.run_id = %(run)s AND u."table" = '{table}' AND u.kind = 'changed' AND t.id = u.row_id
        AND ARRAY(SELECT jsonb_object_keys(u.before)) = %(keys)s
"""
BRING_BACK = """
    INSERT INTO {table} ({columns}) SELECT {values}
    FROM common_importundo AS u
    CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, u.before) AS b
    WHERE u.run_id = %(run)s AND u."table" = '{table}' AND u.kind = 'removed'
"""


def undo(run: Import, *, by: User | None, now: datetime) -> Import:
    """Take a run back. Raises Conflict when it is too late, or when others build on its rows."""
    with transaction.atomic():
        run = Import.objects.select_for_update(of=("self",)).get(pk=run.pk)
        _check_possible(run, now)
        for model in _models_of(run):
            _refuse_changed(run, model)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for model in reversed(_models_of(run)):
                    _take_back(run, model)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except IntegrityError:
            raise Conflict(
                _("Other rows still need rows of this import. Undo the later imports first.")
            ) from None
        ImportUndo.objects.filter(run=run).delete()
        run.state, run.undone_at = Import.State.UNDONE, now
        run.save(update_fields=["state", "undone_at"])
        facts_changed.send(sender=Import)
        audit.record("import.undo", run, by=by, now=now, before={"state": Import.State.DONE})
    return run


def is_possible(run: Import, now: datetime) -> bool:
    """Whether a run may still be taken back, as long as nothing builds on its rows."""
    try:
        _check_possible(run, now)
    except Conflict:
        return False
    return True


def _check_possible(run: Import, now: datetime) -> None:
    if not resources.get(run.resource).can_undo:
        raise Conflict(
            _(
                "Settings are not undone. Import their former values, or change them in the back "
                "office."
            )
        )
    if run.state != Import.State.DONE or run.dry_run or run.finished_at is None:
        raise Conflict(_("Only an import that stored rows can be undone, and only once."))
    if now - run.finished_at > KEPT_FOR:
        raise Conflict(
            _(
                "This import is older than 7 days and can no longer be undone. Import a corrected "
                "file instead."
            )
        )


def _models_of(run: Import) -> list[type[models.Model]]:
    """The tables that the run wrote, in the order in which it did."""
    tables = (
        ImportUndo.objects.filter(run=run)
        .values("table")
        .annotate(first=models.Min("id"))
        .order_by("first")
    )
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    return [by_table[row["table"]] for row in tables]


def _refuse_changed(run: Import, model: type[models.Model]) -> None:
    """Raises Conflict when somebody changed one of the run's rows after it."""
    if "updated_at" not in {field.column for field in model._meta.concrete_fields}:
        return
    stamp = run.written_at
    changed = _count(run, model, TOUCHED_SINCE, stamp=stamp)
    changed += _count(run, model, CHANGED_SINCE, stamp=stamp)
    if changed:
        raise Conflict(
            _(
                "%(count)s %(things)s of this import were changed since. Undo the later imports "
                "first, or correct the rows by hand."
            )
            % {"count": changed, "things": model._meta.verbose_name_plural}
        )


def _take_back(run: Import, model: type[models.Model]) -> None:
    for relation in model._meta.related_objects:
        if relation.one_to_many or relation.one_to_one:
            _refuse_depending(run, model, relation)
    columns = [field.column for field in model._meta.concrete_fields]
    _execute(run, model, DELETE)
    every = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f'b."{column}"' for column in columns)
    _execute(run, model, BRING_BACK, {"columns": every, "values": values})
    for keys in _changed_columns(run, model):
        sets = ", ".join(f'"{key}" = b."{key}"' for key in keys)
        _execute(run, model, RESTORE, {"sets": sets}, keys=keys)


def _changed_columns(run: Import, model: type[models.Model]) -> list[list[str]]:
    """The sets of columns that steps of the run changed; later steps are taken back first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT keys FROM (SELECT id, ARRAY(SELECT jsonb_object_keys(before)) AS keys "
            "FROM common_importundo WHERE run_id = %s AND \"table\" = %s AND kind = 'changed') "
            "AS changed GROUP BY keys ORDER BY max(id) DESC",
            [run.pk, model._meta.db_table],
        )
        return [keys for (keys,) in cursor.fetchall()]


def _refuse_depending(run: Import, model: type[models.Model], relation: Any) -> None:
    """Raises Conflict when rows that the run did not make point to rows that it made."""
    child = relation.related_model
    own = "true" if child is model else "false"
    names = {"child": child._meta.db_table, "column": relation.field.column, "own": own}
    if count := _count(run, model, DEPENDING, names):
        raise Conflict(
            _(
                "%(count)s %(children)s belong to %(things)s of this import. Undo or delete those "
                "first."
            )
            % {
                "count": count,
                "children": child._meta.verbose_name_plural,
                "things": model._meta.verbose_name_plural,
            }
        )


def _execute(
    run: Import,
    model: type[models.Model],
    statement: str,
    names: dict[str, str] | None = None,
    **values: Any,
) -> Any:
    names = {"created": CREATED, **(names or {}), "table": model._meta.db_table}
    for name, text in names.items():
        statement = statement.replace("{" + name + "}", text)
    cursor = connection.cursor()
    cursor.execute(statement, {"run": run.pk} | values)
    return cursor


def _count(
    run: Import,
    model: type[models.Model],
    statement: str,
    names: dict[str, str] | None = None,
    **values: Any,
) -> int:
    return int(_execute(run, model, statement, names, **values).fetchone()[0])


def forget_old(now: datetime) -> int:
    """Drop undo data and files of imports that can no longer be undone; returns how many."""
    old = Import.objects.filter(finished_at__lt=now - KEPT_FOR)
    ImportUndo.objects.filter(run__in=old).delete()
    # a month of late days is looked at again, in case the task did not run for a while
    for run in old.filter(rejected__gt=0, finished_at__gt=now - KEPT_FOR - LATE):
        error_path(run).unlink(missing_ok=True)
    stored = old.exclude(stored_file="")
    for run in stored:
        stored_path(run).unlink(missing_ok=True)
    _forget_drafts(now)
    forget_unnamed(now)
    return stored.update(stored_file="")


def _forget_drafts(now: datetime) -> None:
    """Files that somebody uploaded and then left are not kept for ever."""
    left = Import.objects.filter(state=Import.State.DRAFT, started_at__lt=now - KEPT_FOR)
    for run in left:
        stored_path(run).unlink(missing_ok=True)
    left.delete()
