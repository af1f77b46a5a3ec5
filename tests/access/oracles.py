"""What every answer is held against: status, sameness, canaries, an unchanged database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.messages.storage.session import SessionStorage
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.access.cast import MARK, PRIMES, Cast

NO_SEPARATORS = str.maketrans("", "", ".,'’ \n\t\u00a0\u202f")
CSRF = re.compile(rb'(name="csrfmiddlewaretoken" value="|X-CSRFToken": ")\w+')
# (what may not be kept expires at the second of its answer)
HEADERS_THAT_VARY = {"X-Request-ID", "Date", "Expires"}
# Written by every request of a token or session, or read-only calendars.
UNWATCHED = {
    "common_session", "common_apitoken", "common_day", "common_fiscalmonth",
    "partners_portalsession",  # whoever reads is seen to visit
}  # fmt: skip


def body_of(response: Any) -> bytes:
    """All bytes of an answer, streamed or not."""
    if getattr(response, "streaming", False):
        parts = [part if isinstance(part, bytes) else part.encode() for part in response]
        response.streaming_content = iter(parts)
        return b"".join(parts)
    return bytes(response.content)


def likeness(response: HttpResponse, *typed: str) -> tuple[int, dict[str, str], bytes]:
    """An answer without what may differ: CSRF token, request id, date, the address typed."""
    body = CSRF.sub(rb"\1", body_of(response))
    headers = {name: value for name, value in response.items() if name not in HEADERS_THAT_VARY}
    for text in [part for word in typed for part in (quote(word), word)]:
        body = body.replace(text.encode(), b"~")
        headers = {name: value.replace(text, "~") for name, value in headers.items()}
    return response.status_code, headers, body


def canaries_in(response: HttpResponse, cast: Cast, sees: str, *typed: str) -> list[str]:
    """What of the competitor (or of the vendor alone) stands in an answer."""
    _status, headers, body = likeness(response, *typed)
    text = f"{headers} {body.decode('utf-8', 'replace')}"
    found = [text[max(0, hit.start() - 60) : hit.end() + 30] for hit in re.finditer(MARK, text)]
    digits = text.replace("&nbsp;", "").replace("&#x27;", "").translate(NO_SEPARATORS)
    found += [str(prime) for prime in PRIMES if str(prime) in digits]
    for label, sides in cast.objects.items():
        for side, ids in sides.items():
            if side not in {sees, "ours"}:
                found += [f"{label} {row}" for row in ids if row in text]
    return found


def forget_messages(client: Client) -> None:
    """A toast belongs to one's own step."""
    if settings.SESSION_COOKIE_NAME in client.cookies:
        session = client.session
        if session.pop(SessionStorage.session_key, None):
            session.save()


def fingerprint() -> dict[str, str]:
    """A hash of every table's rows."""
    tables = [name for name in connection.introspection.table_names() if name not in UNWATCHED]
    parts = [
        f"SELECT '{name}', count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0)"
        f' FROM "{name}" t'
        for name in sorted(tables)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


WRITES = re.compile(
    r"\s*(WITH.*)?(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+\"?(\w+)", re.S | re.I
)


@contextmanager
def writes() -> Iterator[list[str]]:
    """The watched tables that statements of this block write to."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        hit = WRITES.match(str(sql))
        if hit and hit[3] not in UNWATCHED:
            found.append(hit[3])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found
