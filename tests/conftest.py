"""The test database is made by the owner and used by the app's role, as in production."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone, translation

from prm import env

pytest_plugins = ["tests.world"]
# Files that take long: begun first, so that neither of two workers ends with them alone.
LONG = (
    "tests/test_access_walk.py",
    "tests/browser/test_looks.py",
    "tests/test_demo.py",
    "tests/browser/",
    "tests/kpis/test_kills.py",
    "tests/common/test_every_list.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files before the others; xdist hands files out in this order."""

    def place(item: pytest.Item) -> int:
        return next((i for i, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def nobodys_language() -> Iterator[None]:
    """A request leaves its viewer's language and zone active, until the next one: not for tests."""
    yield
    translation.deactivate()
    timezone.deactivate()


def _become(role: dict[str, Any]) -> None:
    connection.close()
    connection.settings_dict.update({key: role[key] for key in ("USER", "PASSWORD")})


def _end_other_sessions() -> None:
    """A thread or a killed program may have left a session, and then no database is dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Create and migrate as the owner, then connect as the app's role."""
    from django.test.utils import setup_databases, teardown_databases

    app = env.database("DATABASE_URL")
    owner = env.database("DATABASE_OWNER_URL") if settings.DATABASE_OWNER_URL else app
    suffix = getattr(request.config, "workerinput", {}).get("workerid", "")
    with django_db_blocker.unblock():
        _become(owner)
        if suffix:
            connection.settings_dict["TEST"]["NAME"] = f"test_{owner['NAME']}_{suffix}"
        config = setup_databases(
            verbosity=0, interactive=False, keepdb=bool(os.environ.get("PRM_KEEP_TEST_DB"))
        )
        _become(app)
        with connection.cursor() as cursor:
            cursor.execute("SELECT key, value FROM common_setting")
            SETTINGS[:] = cursor.fetchall()
    yield
    with django_db_blocker.unblock():
        _become(owner)
        if not os.environ.get("PRM_KEEP_TEST_DB"):
            _end_other_sessions()
            teardown_databases(config, verbosity=0)


def owner_connection() -> Any:
    """A connection of its own as the database's owner (not Django's)."""
    role = env.database("DATABASE_OWNER_URL" if settings.DATABASE_OWNER_URL else "DATABASE_URL")
    return psycopg2.connect(
        dbname=connection.settings_dict["NAME"],
        user=role["USER"],
        password=role["PASSWORD"],
        host=role["HOST"],
        port=role["PORT"] or None,
    )


SETTINGS: list[tuple[str, str]] = []  # as the migrations make them
KEPT = {
    "django_migrations",
    "common_setting",
    "common_fiscalmonth",
    "common_day",
    "django_content_type",
    "auth_permission",
}


def empty_database() -> None:
    """Take out all rows but the calendar, with the first settings; the app's role could not."""
    with owner_connection() as owner, owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({name for (name,) in cursor.fetchall()} - KEPT)
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        cursor.execute("DELETE FROM common_setting")
        cursor.executemany("INSERT INTO common_setting VALUES (%s, %s, now())", SETTINGS)
        # what the migrations put in: the span of direct business, the rates of the months
        cursor.execute(
            "INSERT INTO kpis_profilespan VALUES"
            " (0, 0, 0, '', '', '', '', 0, '-infinity', 'infinity')"
        )
        cursor.execute("SELECT kpis_refresh_rates()")
    owner.close()


def _flush_as_owner(_self: Any) -> None:
    empty_database()


# Tests with real commits clean up as the owner.
TransactionTestCase._fixture_teardown = _flush_as_owner  # type: ignore[method-assign]
