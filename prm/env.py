"""Typed readers of environment variables; a wrong value stops the start with one sentence."""

import os
from collections.abc import Container
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

_MISSING = object()
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str | object = _MISSING) -> str:
    """The value of ``name``, or of the file that ``name_FILE`` points to."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "no text"
            raise ImproperlyConfigured(
                f"{name}_FILE names {path}, which cannot be read ({why}). Correct the path."
            ) from None
    value = os.environ.get(name)
    if value is not None:
        return value
    if default is _MISSING:
        raise ImproperlyConfigured(f"Set {name} (see .env.example).")
    return str(default)


def flag(name: str, *, default: bool) -> bool:
    """A yes/no setting: 1, true, yes, on or 0, false, no, off."""
    value = text(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: Container[str], what: str) -> str:
    """One of the allowed words; ``what`` says how they look, with an example."""
    value = text(name, default).strip()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be {what}, not {value!r}.")
    return value


def time_zone(name: str, default: str) -> str:
    """The name of a time zone."""
    value = text(name, default).strip()
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} must be a time zone like Europe/Berlin, not {value!r}."
        ) from None


def _split(name: str, url: str) -> tuple[SplitResult, int | None]:
    """The URL's parts and its port. Raises ImproperlyConfigured naming the setting."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is no URL (see .env.example).") from None
    try:
        return parts, parts.port
    except ValueError:
        raise ImproperlyConfigured(
            f"The port in {name} must be a number from 0 to 65535."
        ) from None


def database(name: str) -> dict[str, Any]:
    """A Django database entry from ``postgres://user:password@host:port/name?host=/socket``.

    Raises ImproperlyConfigured when the URL is not one of Postgres.
    """
    url = text(name)
    parts, port = _split(name, url)
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured(
            f"{name} must look like postgres://user:password@host:5432/name, not {_masked(url)!r}."
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port or "",
        "OPTIONS": query,
    }


def _masked(url: str) -> str:
    """The URL without its password."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":…@") if parts.password else url


def broker_urls(redis_url: str, shift: int = 0) -> dict[str, str]:
    """The cache's and the broker's URL from one ``REDIS_URL``.

    redis-py says ``unix:///path?db=0`` where Celery says ``redis+socket:///path?virtual_host=1``.
    The cache takes the given database number plus ``shift``, the broker the next one.
    """
    parts, _port = _split("REDIS_URL", redis_url)
    if parts.scheme == "unix":
        db = _redis_number(parse_qs(parts.query).get("db", ["0"])[0]) + shift
        return {
            "cache": f"unix://{parts.path}?db={db}",
            "broker": f"redis+socket://{parts.path}?virtual_host={db + 1}",
        }
    if parts.scheme in {"redis", "rediss"}:
        db = _redis_number(parts.path.strip("/") or "0") + shift
        base = redis_url.split("?")[0].removesuffix(parts.path)
        tail = f"?{parts.query}" if parts.query else ""
        return {"cache": f"{base}/{db}{tail}", "broker": f"{base}/{db + 1}{tail}"}
    raise ImproperlyConfigured(
        f"REDIS_URL must begin with redis://, rediss:// or unix://, not {_masked(redis_url)!r}."
    )


def _redis_number(word: str) -> int:
    if word.isascii() and word.isdecimal():
        return int(word)
    raise ImproperlyConfigured(
        f"REDIS_URL must end with the number of a database, like redis://host:6379/0, not {word!r}."
    )


def mail(url: str) -> dict[str, Any]:
    """Mail settings from ``smtp://user:password@host:587?tls=1``; empty: mail stays in the log."""
    if not url:
        return {"host": "", "port": 0, "user": "", "password": "", "tls": False, "ssl": False}
    parts, port = _split("EMAIL_URL", url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp://user:password@host:587?tls=1.")
    query = parse_qs(parts.query)
    return {
        "host": parts.hostname,
        "port": port or (465 if parts.scheme == "smtps" else 587),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "tls": query.get("tls", ["0"])[0] == "1",
        "ssl": parts.scheme == "smtps",
    }
