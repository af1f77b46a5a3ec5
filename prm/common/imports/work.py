"""One run at work: the SQL steps that resources are made of, all in one transaction.

``import_ready`` holds the good rows with typed columns (``r`` in the statements below). A step
makes a plan (a temporary table with a row's line, the id of the row that it meets, and the new
values), changes what differs, inserts what is new, and leaves behind what an undo needs.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models

from prm.common.imports.mapping import Mapping
from prm.common.imports.models import Import
from prm.common.imports.progress import Progress
from prm.common.imports.resources import Resource
from prm.common.models import User

REFUSE = """
    INSERT INTO import_problem (line, "column", message, value)
    SELECT line, %(column)s, %(message)s, value FROM ({rows}) AS refused
"""
REMOVE_REFUSED = "DELETE FROM import_ready AS r USING import_problem AS p WHERE r.line = p.line"
PLAN = """
    CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS
    SELECT r.line, r.external_id AS key, t.id, {values}
    FROM import_ready AS r LEFT JOIN {table} AS t ON {match} {joins}
    WHERE {where}
"""
CHANGED = "CREATE TEMPORARY TABLE {plan}_changed (line bigint, id bigint) ON COMMIT DROP"
DIFFERENT = """
    INSERT INTO {plan}_changed
    SELECT p.line, p.id FROM {plan} AS p JOIN {table} AS t ON t.id = p.id
    -- said for the planner: where all rows are new, the table is not read
    WHERE p.id IS NOT NULL AND ({old}) IS DISTINCT FROM ({new})
"""
REMEMBER_CHANGED = """
    INSERT INTO common_importundo (run_id, kind, "table", row_id, last_id, before)
    SELECT %(run)s, 'changed', '{table}', t.id, t.id, jsonb_build_object({pairs})
    FROM {table} AS t JOIN {plan}_changed AS c ON c.id = t.id
"""
CHANGE = """
    UPDATE {table} AS t SET {sets}
    FROM {plan} AS p JOIN {plan}_changed AS c ON c.line = p.line AND c.id = p.id
    WHERE t.id = p.id
"""
INSERT = """
    WITH made AS (
        INSERT INTO {table} ({columns}) SELECT {values} FROM {plan} AS p
        WHERE p.id IS NULL ORDER BY p.line RETURNING id
    ), numbered AS (
        SELECT id, id - row_number() OVER (ORDER BY id) AS block FROM made
    )
    INSERT INTO common_importundo (run_id, kind, "table", row_id, last_id)
    SELECT %(run)s, 'created', '{table}', min(id), max(id) FROM numbered GROUP BY block
    ORDER BY min(id)
"""
REMEMBER_REMOVED = """
    INSERT INTO common_importundo (run_id, kind, "table", row_id, last_id, before)
    SELECT %(run)s, 'removed', '{table}', t.id, t.id, to_jsonb(t)
    FROM {table} AS t WHERE t.id IN ({ids})
"""
BY_SOURCE = "t.source = %(source)s AND t.external_id = r.external_id"


@dataclass
class Work:
    """The state of one run inside its transaction."""

    run: Import
    resource: Resource
    mapping: Mapping
    given: frozenset[str]
    zone: str
    now: datetime
    by: User | None
    progress: Progress
    notes: list[str] = field(default_factory=list)
    plans: dict[str, bool] = field(default_factory=dict)  # may it insert rows?
    created: int = 0  # rows stored otherwise than by a plan
    updated: int = 0
    _tables: int = 0

    def sql(self, statement: str, names: dict[str, str] | None = None, **values: Any) -> int:
        """Run a statement; ``{names}`` come from code only, ``%(values)s`` from anywhere.

        Returns how many rows it touched.
        """
        with connection.cursor() as cursor:
            cursor.execute(_filled(statement, names), self._values(values))
            return int(cursor.rowcount)

    def rows(
        self, statement: str, names: dict[str, str] | None = None, **values: Any
    ) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        with connection.cursor() as cursor:
            cursor.execute(_filled(statement, names), self._values(values))
            return list(cursor.fetchall())

    def _values(self, more: dict[str, Any]) -> dict[str, Any]:
        return {"source": self.run.source, "zone": self.zone, "run": self.run.pk} | more

    def step(self, text: str) -> None:
        """Show what the run does now."""
        self.progress.say(text)

    def note(self, text: str) -> None:
        """Something that the person should know of the run as a whole."""
        self.notes.append(text)

    def refuse(self, column: str, message: Any, rows: str, **values: Any) -> int:
        """Refuse the rows of a query for ``line`` and ``value``, and take them out.

        ``message`` may use ``%(value)s``; it says what to do. Returns how many were refused.
        """
        self.sql(REFUSE, {"rows": rows}, column=column, message=str(message), **values)
        return self.sql(REMOVE_REFUSED)

    def value(self, name: str) -> str:
        """The SQL of a column's value as the database keeps it (blank texts are not null)."""
        column = self.resource.column(name)
        return f'coalesce(r."{name}", {column.blank})' if column.blank else f'r."{name}"'

    def direct_values(self) -> dict[str, str]:
        """The columns of the file that feed a database column each."""
        return {
            column.field: self.value(column.name)
            for column in self.resource.columns
            if column.field and column.name in self.given
        }

    def upsert(
        self,
        model: type[models.Model],
        values: dict[str, str],
        *,
        where: str = "true",
        joins: str = "",
        match: str = BY_SOURCE,
        key: str = "key",
    ) -> str:
        """Store rows: change what differs, insert what is new. Returns the plan's name.

        ``values`` are database columns and SQL over ``r`` (the row), ``t`` (the row it meets, or
        nulls) and ``joins``.
        """
        plan = self.plan(model, values, where=where, joins=joins, match=match)
        columns = list(values)
        self.change(plan, model, columns)
        self.insert(plan, model, columns, key=key)
        return plan

    def plan(
        self,
        model: type[models.Model],
        values: dict[str, str],
        *,
        where: str = "true",
        joins: str = "",
        match: str = BY_SOURCE,
    ) -> str:
        """Work out the new values beside the ids of the rows that they meet."""
        parts = ", ".join(f'{sql} AS "{column}"' for column, sql in values.items())
        return self.plan_from(
            PLAN,
            {
                "values": parts,
                "table": model._meta.db_table,
                "match": match,
                "joins": joins,
                "where": where,
            },
            inserts=True,
        )

    def plan_from(
        self,
        statement: str,
        names: dict[str, str],
        *,
        counted: bool = True,
        inserts: bool = False,
    ) -> str:
        """A plan made by a statement of one's own.

        ``counted``: what it changes counts for the row. A row is created when all plans that
        insert found nothing, updated when any plan changed something.
        """
        self._tables += 1
        plan = f"import_plan_{self._tables}"
        self.sql(statement, names | {"plan": plan})
        self.sql("ANALYZE {plan} (line, id)", {"plan": plan})
        self.sql(CHANGED, {"plan": plan})
        if counted:
            self.plans[plan] = inserts
        return plan

    def differences(self, plan: str, model: type[models.Model], columns: list[str]) -> int:
        """Find the rows of a plan that differ from what is stored, and remember those."""
        names = {
            "plan": plan,
            "table": model._meta.db_table,
            "old": ", ".join(f't."{column}"' for column in columns),
            "new": ", ".join(f'p."{column}"' for column in columns),
            "pairs": ", ".join(
                f"'{column}', t.\"{column}\"" for column in [*columns, *_stamps(model)]
            ),
        }
        found = self.sql(DIFFERENT, names)
        if found:
            self.sql(REMEMBER_CHANGED, names)
        return found

    def change(self, plan: str, model: type[models.Model], columns: list[str]) -> None:
        """Write the rows of a plan that differ."""
        if self.differences(plan, model, columns):
            self.write(plan, model, columns)

    def write(self, plan: str, model: type[models.Model], columns: list[str]) -> None:
        """Write the rows that ``differences`` found."""
        sets = [f'"{column}" = p."{column}"' for column in columns]
        sets += [f'"{column}" = now()' for column in _stamps(model)]
        names = {"plan": plan, "table": model._meta.db_table, "sets": ", ".join(sets)}
        self.sql(CHANGE, names)

    def insert(
        self, plan: str, model: type[models.Model], columns: list[str], *, key: str = "key"
    ) -> None:
        """Insert the rows of a plan that met nothing; ``key`` is the SQL of their external id."""
        values = {f'"{column}"': f'p."{column}"' for column in columns}
        values |= {"source": "%(source)s", "external_id": key} if key else {}
        if _stamps(model):
            values |= {"created_at": "now()", "updated_at": "now()"}
        self.sql(
            INSERT,
            {
                "plan": plan,
                "table": model._meta.db_table,
                "columns": ", ".join(values),
                "values": ", ".join(values.values()),
            },
        )

    def remove(self, model: type[models.Model], ids: str) -> None:
        """Delete the rows whose ids the query gives."""
        names = {"table": model._meta.db_table, "ids": ids}
        if self.sql(REMEMBER_REMOVED, names):
            self.sql("DELETE FROM {table} AS t WHERE t.id IN ({ids})", names)


def _filled(statement: str, names: dict[str, str] | None) -> str:
    for name, text in (names or {}).items():
        statement = statement.replace("{" + name + "}", text)
    return statement


def _stamps(model: type[models.Model]) -> list[str]:
    """``updated_at``, where the table has it."""
    return [f.column for f in model._meta.concrete_fields if f.column == "updated_at"]
