"""How far a run is, written beside its transaction so that pages can see it."""

import time
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from prm.common.errors import DomainError

UPDATE = """
    UPDATE common_import SET step = %s, rows_read = greatest(rows_read, %s),
        rows_total = CASE WHEN %s > 0 THEN %s ELSE greatest(rows_total, %s) END,
        percent_at = CASE WHEN %s > percent THEN clock_timestamp() ELSE percent_at END,
        percent = greatest(percent, %s)
    WHERE id = %s RETURNING stop_asked_at IS NOT NULL
"""
# Shares of the time that the steps take (measured with deals), in percent at their beginning.
READ, CHECK, STORE, FINISH = 2, 15, 37, 95


class Stopped(DomainError):
    """Somebody asked the run to stop."""

    def __init__(self) -> None:
        super().__init__(_("The import was stopped. Nothing was stored."), "stopped")


class Progress:
    """Writes step and rows of one run through a connection of its own, and hears "stop" there.

    A connection that cannot be had is no reason to stop the run: then nothing is shown.
    """

    def __init__(self, run_id: int, *, total: int = 0, every: float = 0.5) -> None:
        self.run_id = run_id
        self.every = every
        self.total = total
        self.rows = 0
        self.percent = 0
        self._known = 0
        self._step = ""
        self._last = 0.0
        self._beside: Any = connection.copy()

    def say(self, step: str, percent: int = 0) -> None:
        """A new step begins. Raises Stopped when somebody asked for it."""
        self._step = step
        self.percent = max(self.percent, percent)
        self._write()

    def read(self, rows: int) -> None:
        """So many rows of the file have been read. Raises Stopped when somebody asked for it."""
        self.rows = rows
        if self.total:
            share = min(1.0, rows / self.total)
            self.percent = max(self.percent, READ + int((CHECK - READ) * share))
        if time.monotonic() - self._last > self.every:
            self._write()

    def all_read(self, rows: int) -> None:
        """The file has so many rows: now it is known."""
        self.rows = self._known = rows

    def _write(self) -> None:
        self._last = time.monotonic()
        known, rows = self._known, self.rows
        values = [self._step[:60], rows, known, known, rows]
        values += [self.percent, self.percent, self.run_id]
        try:
            with self._beside.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
                cursor.execute(UPDATE, values)
                found = cursor.fetchone()
        except DatabaseError:
            self._beside.close()
            return
        if found and found[0]:
            raise Stopped

    def close(self) -> None:
        """Give the connection back."""
        self._beside.close()


class Silent(Progress):
    """Progress that nobody watches, for a look at the first rows."""

    def _write(self) -> None:
        pass
