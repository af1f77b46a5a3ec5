"""Writes many rows by COPY; ids come from the tables' own sequences."""

import io
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from django.db import connection

from prm.management.demo.plan import NULL, SECOND, Array

CHUNK = 100_000
MILLIS_BYTES, UUID_BYTES = 6, 16
Columns = dict[str, Any]


def numbered(prefix: str, n: int) -> Array:
    """External ids like ``D-000017``, in order."""
    return np.array([f"{prefix}-{place:06}" for place in range(1, n + 1)], object)


def public_ids(dice: np.random.Generator, instants: Array) -> Array:
    """UUIDs of version 7 whose time is the fact's own, so that they sort like the facts."""
    n = len(instants)
    raw = dice.integers(0, 256, (n, UUID_BYTES), np.uint8)
    millis = instants.astype("datetime64[ms]").astype(np.int64).astype(">i8")
    raw[:, :MILLIS_BYTES] = millis.view(np.uint8).reshape(n, 8)[:, 2:]
    raw[:, 6] = raw[:, 6] & 0x0F | 0x70
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    text, width = raw.tobytes().hex(), UUID_BYTES * 2
    return np.array([text[place : place + width] for place in range(0, n * width, width)], object)


def texts(column: Any) -> list[str]:
    """A column as COPY reads it; an empty value is ``\\N``."""
    values = np.asarray(column)
    if values.dtype.kind == "M":
        return list(np.where(np.isnat(values), r"\N", np.datetime_as_string(values)).tolist())
    if values.dtype.kind == "b":
        return list(np.where(values, "t", "f").tolist())
    if values.dtype.kind in "iu":
        return [r"\N" if value == NULL else str(value) for value in values.tolist()]
    return [r"\N" if value is None else value for value in values.tolist()]


class Store:
    """Rows into tables, with a progress line for each table."""

    def __init__(self, say: Callable[[str], None], dice: np.random.Generator) -> None:
        self.say, self.dice = say, dice
        self.began = time.monotonic()

    def ids(self, table: str, n: int) -> Array:
        """``n`` fresh ids of a table."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, n],
            )
            return np.array([row[0] for row in cursor.fetchall()], np.int64)

    def rows(self, table: str, label: str, columns: Columns, at: Array | None = None) -> None:
        """COPY the columns into the table; a text stands for the same in every row.

        ``at`` gives the rows public ids of those instants.
        """
        if at is not None:
            columns = {"public_id": public_ids(self.dice, at.astype(SECOND)), **columns}
        n = max(len(values) for values in columns.values() if not isinstance(values, str))
        for first in range(0, n, CHUNK):
            last = min(n, first + CHUNK)
            part = [
                [values] * (last - first) if isinstance(values, str) else texts(values[first:last])
                for values in columns.values()
            ]
            self._copy(table, list(columns), part)
        self.progress(f"{n:>9,} {label}")

    def _copy(self, table: str, names: Sequence[str], columns: Sequence[list[str]]) -> None:
        lines = "\n".join(map("\t".join, zip(*columns, strict=True)))
        quoted = ", ".join(f'"{name}"' for name in names)
        with connection.cursor() as cursor:
            cursor.cursor.copy_expert(f'COPY "{table}" ({quoted}) FROM STDIN', io.StringIO(lines))

    def progress(self, text: str) -> None:
        """A line with the seconds since the beginning."""
        self.say(f"{time.monotonic() - self.began:7.1f} s {text}")
