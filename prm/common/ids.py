"""Public ids: UUID version 7 (RFC 9562), so that new rows sort after old ones."""

import os
import time
import uuid

from django.db.models import CharField, Func, UUIDField


def uuid7() -> uuid.UUID:
    """A time-ordered random id: 48 bits of milliseconds, 74 random bits."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def uuid7_text() -> str:
    """A new id as text: the external id of a row that was made here."""
    return str(uuid7())


class NewUuid(Func):
    """The database's own ``uuid7`` (rows made by COPY and plain SQL)."""

    function = "prm_uuid7"
    arity = 0
    output_field = UUIDField()


class NewUuidText(Func):
    """The database's own ``uuid7`` as text."""

    template = "prm_uuid7()::text"
    arity = 0
    output_field = CharField()
