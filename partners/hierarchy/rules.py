"""Days of links: pure calculation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

Edge = tuple[int, date, date | None]  # the other partner, first day, first day after (None: open)


@dataclass(frozen=True)
class Reach:
    """A partner that is above or below from ``first`` until before ``end`` (None: still)."""

    partner: int
    first: date
    end: date | None


def overlap(
    one: tuple[date, date | None], other: tuple[date, date | None]
) -> tuple[date, date | None] | None:
    """The days that two spans share; None when there are none."""
    first = max(one[0], other[0])
    ends = [end for end in (one[1], other[1]) if end is not None]
    end = min(ends) if ends else None
    return None if end is not None and end <= first else (first, end)


def reached(
    starts: Iterable[int],
    edges_of: Callable[[list[int]], Iterable[tuple[int, Edge]]],
    span: tuple[date, date | None] = (date.min, None),
) -> list[Reach]:
    """Everybody that links lead to, with the days on which every link of the way held.

    ``edges_of`` gives the links of some partners, as pairs of partner and edge. A way that comes
    back to where it was ends there.
    """
    found: list[Reach] = []
    seen: set[Reach] = set()
    level = [Reach(partner, *span) for partner in starts]
    start = {reach.partner for reach in level}
    while level:
        edges: dict[int, list[Edge]] = {}
        for partner, edge in edges_of([reach.partner for reach in level]):
            edges.setdefault(partner, []).append(edge)
        following = []
        for reach in level:
            for other, first, end in edges.get(reach.partner, ()):
                days = overlap((reach.first, reach.end), (first, end))
                new = Reach(other, *days) if days else None
                if new is not None and new not in seen and other not in start:
                    seen.add(new)
                    following.append(new)
        found += following
        level = following
    return found
