"""A place for figures beside each partner, which an upper app fills; this one computes none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from prm.common import display
from prm.common.config import Program


@dataclass(frozen=True)
class PartnerFigures:
    """Revenue of the quarter so far and of the same days a year before; the closed quarters.

    Amounts are in the reporting currency, ``quarters`` oldest first. ``is_sure``: enough deals on
    both sides to call a change good or bad.
    """

    revenue: Decimal
    before: Decimal
    quarters: tuple[Decimal, ...]
    is_sure: bool = False

    @property
    def change(self) -> Decimal | None:
        """The change against the year before as a fraction; None without revenue then."""
        return display.growth(self.revenue, self.before)

    @property
    def course(self) -> list[float]:
        """The quarters as points of a line; empty where there never was revenue."""
        return [float(amount) for amount in self.quarters] if any(self.quarters) else []


class FigureSource(Protocol):
    """Who knows the figures. Partners that it does not count (test partners) are left out."""

    def of(
        self, partner_ids: Sequence[int], program: Program, now: datetime
    ) -> Mapping[int, PartnerFigures]:
        """The figures of some partners, in a fixed number of queries."""

    def revenue(self, program: Program, now: datetime) -> Mapping[int, Decimal]:
        """The quarter's revenue of every partner that has some, to sort by."""


SOURCES: list[FigureSource] = []


def source() -> FigureSource | None:
    """Who gives figures, if an upper app does."""
    return SOURCES[0] if SOURCES else None
