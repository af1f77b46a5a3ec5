"""Before a start: which of the given servers cannot be reached, and what to do about it.

``python -m prm.preflight`` ends with 1 when Postgres is out of reach or the settings are wrong.
Without Redis or mail the site runs on, so for those there is a warning. With ``--settings`` only
the settings are read, no server is asked.
"""

import os
import smtplib
import sys
from importlib import import_module
from typing import Any

OLDEST_POSTGRES = 150_000  # server_version_num
PATIENCE = 5  # seconds for each server


class Unusable(Exception):
    """Postgres cannot be used; the message says why and what to do."""


def database() -> Any:
    """A connection to Postgres as the site will use it; raises Unusable."""
    import psycopg2
    from django.conf import settings
    from django.db import connection

    target = settings.DATABASES["default"]
    place = f"{target['HOST'] or 'localhost'}{target['PORT'] and ':'}{target['PORT']}"
    parameters = {"connect_timeout": PATIENCE, **connection.get_connection_params()}
    parameters.pop("cursor_factory", None)
    try:
        link = psycopg2.connect(**parameters)
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise Unusable(
            f"PostgreSQL at {place} (database {target['NAME']}, user {target['USER']}) does not "
            f"answer: {reason}. Check DATABASE_URL and that the server runs."
        ) from None
    if link.server_version < OLDEST_POSTGRES:
        found = link.server_version // 10000
        raise Unusable(f"PostgreSQL at {place} is too old ({found}); 15 or newer is needed.")
    return link


def redis_warning() -> str:
    """What is missing while Redis is away; empty when it answers."""
    import redis
    from django.conf import settings

    url = settings.CACHES["default"]["LOCATION"]
    try:
        redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE).ping()
    except (redis.RedisError, OSError, ValueError) as error:
        return (
            f"Redis does not answer ({error}). Pages work and writes are kept, but jobs, mail and "
            "KPI updates wait until it is back. Check REDIS_URL and that the server runs."
        )
    return ""


def mail_warning() -> str:
    """What is missing without a mail server; empty when it answers."""
    from django.conf import settings

    if not settings.EMAIL_HOST:
        return "No mail server is set (EMAIL_URL): mails are kept and can be read in the mail log."
    kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
    try:
        with kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=PATIENCE) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return (
            f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT} does not answer "
            f"({error}). Mails are kept and sent once it does. Check EMAIL_URL."
        )
    return ""


def owner_warning(link: Any) -> str:
    """What is weaker when the role that runs the site owns the tables; empty when it does not."""
    cursor = link.cursor()
    cursor.execute(
        "SELECT count(*), count(*) FILTER (WHERE pg_has_role(relowner, 'MEMBER')) "
        "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    tables, own = cursor.fetchone()
    if own or not (tables or os.environ.get("DATABASE_OWNER_URL")):
        return (
            "One database role owns the tables and runs the site, so triggers alone protect the "
            "audit log. Set DATABASE_OWNER_URL to let another role own them."
        )
    return ""


def main() -> int:
    """Print problems and warnings; 1 when the site cannot start."""
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")
    try:
        if "--settings" in sys.argv[1:]:
            import_module(os.environ["DJANGO_SETTINGS_MODULE"])
            return 0
        link = database()
    except (Unusable, ImproperlyConfigured) as error:
        print(f"Cannot start: {error}", file=sys.stderr)  # noqa: T201 (the door to a person)
        return 1
    for warning in filter(None, (owner_warning(link), redis_warning(), mail_warning())):
        print(f"Warning: {warning}", file=sys.stderr)  # noqa: T201
    link.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
