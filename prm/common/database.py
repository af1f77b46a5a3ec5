"""Two database roles: the owner migrates, the app works. Append-only tables stay append-only.

And how long a page may wait for one statement.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

APPEND_ONLY = ("common_auditentry",)
PAGE_SECONDS = 30  # longer than any page may take: whoever asked has gone by then


def grant_rights(using: str = "default", **_kwargs: Any) -> None:
    """Give the app's role rows but no schema, and only INSERT and SELECT on append-only tables.

    Runs after ``migrate``; nothing to do where one role is both owner and app (then triggers
    alone protect the append-only tables, and the start says so).
    """
    connection = connections[using]
    role = settings.DATABASE_APP_ROLE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, (SELECT count(*) FROM pg_roles WHERE rolname = %s)", [role]
        )
        current, exists = cursor.fetchone()
        if not role or current == role or not exists:
            return
        name = connection.ops.quote_name(role)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name}")
        for table in APPEND_ONLY:
            cursor.execute(
                f"REVOKE UPDATE, DELETE ON {connection.ops.quote_name(table)} FROM {name}"
            )


def limit_statements() -> None:
    """Let no statement of this process run longer than a page can wait; for web servers.

    Commands and background tasks may take their time. Files lift it with `without_limit`.
    """
    connection_created.connect(_limit, dispatch_uid="page limit")


def _limit(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{PAGE_SECONDS}s"])


@contextmanager
def without_limit() -> Iterator[None]:
    """Let statements take as long as they need: files are as long as their rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('statement_timeout', '0', false)")
    try:
        yield
    finally:
        if not connection.needs_rollback and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [before])
