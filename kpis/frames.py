"""Figures as pandas frames, for exports and for what needs whole columns.

pandas is imported inside the functions: nothing at start-up pays for it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kpis.result import Result
from kpis.trend import Point

if TYPE_CHECKING:
    import pandas as pd

TREND_COLUMNS = (
    "period", "starts_on", "value", "numerator", "denominator", "n", "target", "baseline",
    "last_year", "change", "reason",
)  # fmt: skip
PART_COLUMNS = ("part", "value", "numerator", "denominator", "n", "ci_low", "ci_high", "reason")


def trend_frame(points: Sequence[Point]) -> "pd.DataFrame":
    """Return a trend with one row a period; ``change`` is value / last_year - 1."""
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                **vars(point.result),
                "starts_on": point.period.starts_on,
                "last_year": point.last_year,
            }
            for point in points
        ]
    )
    now, before = (pd.to_numeric(frame[name]).astype(float) for name in ("value", "last_year"))
    frame["change"] = (now / before.where(before != 0) - 1).round(6)
    return frame.reindex(columns=list(TREND_COLUMNS))


def part_frame(parts: Sequence[Result]) -> "pd.DataFrame":
    """Return a breakdown with one row a part."""
    import pandas as pd

    frame = pd.DataFrame([{**vars(part), "part": part.label} for part in parts])
    return frame.reindex(columns=list(PART_COLUMNS))


def lines_of(frame: "pd.DataFrame") -> Iterator[list[Any]]:
    """Return a frame's rows as plain values for an export; gaps are empty."""
    whole = frame.astype(object).where(frame.notna(), None)
    for row in whole.itertuples(index=False):
        yield list(row)
