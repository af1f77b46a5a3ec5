"""Two database roles: the owner migrates, the app works. Append-only tables stay append-only."""

from typing import Any

from django.conf import settings
from django.db import connections

APPEND_ONLY = ("common_auditentry",)


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
