"""How fast a run is and when it will be done, from what it did so far. Pure rules."""

from dataclasses import dataclass
from datetime import datetime

from prm.common.imports import progress as steps
from prm.common.imports.models import Import

SOON = 2.0  # seconds of work before which an estimate is worth nothing


@dataclass(frozen=True)
class Pace:
    """Percent done; rows a second and seconds left, or None while nobody can tell."""

    percent: int = 0
    rate: int | None = None
    left: int | None = None

    @property
    def minutes(self) -> int:
        """Whole minutes left, at least one."""
        return max(1, round((self.left or 0) / 60))


def pace_of(run: Import, now: datetime) -> Pace:
    """The pace of a working run.

    A step that is one long statement says nothing until it ends: meanwhile the bar goes on as
    fast as before, up to where the next step begins.
    """
    began, reached = run.working_since, run.percent_at
    if run.state != Import.State.RUNNING or began is None or reached is None:
        return Pace(run.percent)
    spent = (reached - began).total_seconds()
    if spent < SOON or run.percent <= steps.READ:
        return Pace(run.percent)
    whole = spent * 100 / run.percent
    elapsed = max(spent, (now - began).total_seconds())
    percent = max(run.percent, min(int(100 * elapsed / whole), _end_of_step(run.percent)))
    rows = run.rows_total or run.rows_read
    left = max(1, round(whole - elapsed))
    return Pace(percent, int(rows * percent / 100 / elapsed) or None, left)


def _end_of_step(percent: int) -> int:
    """The last percent of the step that these percent belong to."""
    ends = (steps.CHECK, steps.STORE, steps.FINISH, 100)
    return next(end for end in ends if percent < end or end == 100) - 1
