"""How fast a run is and when it will be done, from what it did so far. Pure rules."""

from dataclasses import dataclass
from datetime import datetime

from prm.common.imports.models import Import

SOON = 3.0  # seconds before which an estimate is worth nothing


@dataclass(frozen=True)
class Pace:
    """Rows a second and seconds left; None while nobody can tell."""

    rate: int | None = None
    left: int | None = None

    @property
    def minutes(self) -> int:
        """Whole minutes left, at least one."""
        return max(1, round((self.left or 0) / 60))


def pace_of(run: Import, now: datetime) -> Pace:
    """The pace of a working run; its percent are shares of the whole time."""
    if run.state != Import.State.RUNNING or run.working_since is None:
        return Pace()
    elapsed = (now - run.working_since).total_seconds()
    if elapsed < SOON or run.percent < 3:
        return Pace()
    left = elapsed * (100 - run.percent) / run.percent
    rows = run.rows_total or run.rows_read
    return Pace(int(rows * run.percent / 100 / elapsed) or None, max(1, round(left)))
