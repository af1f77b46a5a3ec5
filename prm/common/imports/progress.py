"""How far a run is, written beside its transaction so that pages can see it."""

import time
from typing import Any

from django.db import DatabaseError, connection

UPDATE = "UPDATE common_import SET step = %s, rows_read = greatest(rows_read, %s) WHERE id = %s"


class Progress:
    """Writes step and rows of one run through a connection of its own.

    A connection that cannot be had is no reason to stop the run: then nothing is shown.
    """

    def __init__(self, run_id: int, *, every: float = 0.5) -> None:
        self.run_id = run_id
        self.every = every
        self.rows = 0
        self._step = ""
        self._last = 0.0
        self._beside: Any = connection.copy()

    def say(self, step: str) -> None:
        """A new step begins."""
        self._step = step
        self._write()

    def read(self, rows: int) -> None:
        """So many rows of the file have been read."""
        self.rows = rows
        if time.monotonic() - self._last > self.every:
            self._write()

    def _write(self) -> None:
        self._last = time.monotonic()
        try:
            with self._beside.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
                cursor.execute(UPDATE, [self._step[:60], self.rows, self.run_id])
        except DatabaseError:
            self._beside.close()

    def close(self) -> None:
        """Give the connection back."""
        self._beside.close()
