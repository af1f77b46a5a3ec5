"""Database sessions of their own, for scripted interleavings and threads."""

from typing import Any

import psycopg2
from django.db import connection

from prm import env


def session() -> Any:
    """A connection as the app's role to the test database; transactions begin by themselves."""
    role = env.database("DATABASE_URL")
    return psycopg2.connect(
        dbname=connection.settings_dict["NAME"],
        user=role["USER"],
        password=role["PASSWORD"],
        host=role["HOST"],
        port=role["PORT"] or None,
    )


def run(of: Any, text: str, *params: Any) -> list[tuple[Any, ...]]:
    """Run a statement in a session and return its rows."""
    with of.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall() if cursor.description else []
