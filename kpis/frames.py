"""Figures as pandas frames, for exports and for what needs whole columns.

pandas is imported inside the functions: nothing at start-up pays for it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import ngettext

from kpis.result import Result
from kpis.trend import Point
from prm.common.display import number
from prm.common.money import rounded

if TYPE_CHECKING:
    import pandas as pd

TREND_COLUMNS = (
    "period", "starts_on", "value", "numerator", "denominator", "n", "target", "baseline",
    "last_year", "change", "reason",
)  # fmt: skip
PART_COLUMNS = ("part", "value", "numerator", "denominator", "n", "ci_low", "ci_high", "reason")


def trend_frame(points: Sequence[Point]) -> "pd.DataFrame":
    """Return a trend with one row a period; ``change`` is value / last_year - 1.

    It is empty where a year before there was nothing, or less.
    """
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
    ).reindex(columns=list(TREND_COLUMNS))
    now, before = (pd.to_numeric(frame[name]).astype(float) for name in ("value", "last_year"))
    frame["change"] = (now / before.where(before > 0) - 1).round(6)
    return frame


def part_frame(parts: Sequence[Result]) -> "pd.DataFrame":
    """Return a breakdown with one row a part."""
    import pandas as pd

    frame = pd.DataFrame([{**vars(part), "part": part.label} for part in parts])
    return frame.reindex(columns=list(PART_COLUMNS))


def ranking_lines(items: Sequence[dict[str, Any]], currency: str) -> Iterator[list[Any]]:
    """Return type, rank, partner, net revenue and currency of each line that the page shows.

    Partners that may not be named to the reader stand together in one line, without a rank.
    """
    for item in items:
        for one in item["partners"]:
            if one["net"] > 0:
                net = rounded(one["net"], currency)
                yield [item["type"], one["rank"], one["name"], net, currency]
        n, net = item["hidden"]["partners"], item["hidden"]["net"]
        if n:
            words = ngettext("%(n)s other partner", "%(n)s other partners", n) % {"n": number(n)}
            yield [item["type"], None, words, rounded(net, currency), currency]


def lines_of(frame: "pd.DataFrame") -> Iterator[list[Any]]:
    """Return a frame's rows as plain values for an export; gaps are empty."""
    whole = frame.astype(object).where(frame.notna(), None)
    for row in whole.itertuples(index=False):
        yield list(row)
