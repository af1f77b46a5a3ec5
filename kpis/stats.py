"""Statistics that the figures need: pure functions, numbers in, numbers out."""

import math
import random
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

Z95 = 1.959963984540054


def wilson(hits: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (kpis.md E12). ``n`` must be positive."""
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(hits1: float, n1: float, hits2: float, n2: float) -> tuple[float, float]:
    """Newcombe's 95 % interval of the difference of two proportions, first minus second."""
    p1, p2 = hits1 / n1, hits2 / n2
    (low1, high1), (low2, high2) = wilson(hits1, n1), wilson(hits2, n2)
    low = p1 - p2 - math.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + math.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return low, high


Histogram = Sequence[tuple[float, int]]  # (value, how often), ascending by value


def histogram(pairs: Iterable[tuple[float, int]]) -> Histogram:
    """Values with their counts, each value once, ascending."""
    counts: dict[float, int] = {}
    for value, n in pairs:
        counts[value] = counts.get(value, 0) + n
    return sorted(counts.items())


def size(values: Histogram) -> int:
    """How many observations."""
    return sum(n for _value, n in values)


def order_statistics(values: Histogram) -> Callable[[int], float]:
    """A function from k, counted from 1, to the k-th smallest observation."""
    seen = list(accumulate(n for _value, n in values))
    return lambda k: values[bisect_left(seen, k)][0]


def median(values: Histogram) -> float | None:
    """The exact median (mean of the middle two), None without observations."""
    n = size(values)
    if n == 0:
        return None
    smallest = order_statistics(values)
    return (smallest((n + 1) // 2) + smallest(n // 2 + 1)) / 2


def mean(values: Histogram) -> float | None:
    """The mean, None without observations."""
    n = size(values)
    return sum(value * count for value, count in values) / n if n else None


def bootstrap_medians(values: Histogram, draws: int, seed: int) -> Sequence[float]:
    """Medians of bootstrap samples, drawn exactly without drawing the samples.

    The k-th order statistic of n resampled observations is the quantile at a Beta(k, n-k+1)
    variate; the next one's level, given it, is a Beta(1, n-k) share of the rest. The same values
    give the same medians, which are kept: drawing them takes a quarter of the Overview's time.
    """
    return _bootstrap_medians(tuple(values), draws, seed)


@lru_cache(maxsize=64)
def _bootstrap_medians(values: Histogram, draws: int, seed: int) -> tuple[float, ...]:
    chance = random.Random(seed)  # noqa: S311 - statistics, not a secret
    n = size(values)
    k, smallest = (n + 1) // 2, order_statistics(values)
    medians = []
    for _draw in range(draws):
        level = chance.betavariate(k, n - k + 1)
        first = smallest(min(n, int(level * n) + 1))
        second = first
        if n % 2 == 0:
            level += (1 - level) * chance.betavariate(1, n - k)
            second = smallest(min(n, int(level * n) + 1))
        medians.append((first + second) / 2)
    return tuple(medians)


def median_difference(
    first: Histogram, second: Histogram, draws: int = 2000, seed: int = 1
) -> tuple[float, float]:
    """Bootstrap 95 % interval of median(first) - median(second)."""
    pairs = zip(
        bootstrap_medians(first, draws, seed),
        bootstrap_medians(second, draws, seed + 1),
        strict=True,
    )
    differences = sorted(a - b for a, b in pairs)
    return differences[int(0.025 * draws)], differences[int(0.975 * draws) - 1]


Lives = Sequence[tuple[float, bool]]  # (days, whether it happened then; else: not until then)


def kaplan_meier(lives: Lives) -> list[tuple[float, float]]:
    """The part to whom it has not happened after so many days, at each day on which it happened.

    Who is not followed any longer counts up to then, and on that day still.
    """
    happened: dict[float, int] = {}
    for days, is_event in lives:
        if is_event:
            happened[days] = happened.get(days, 0) + 1
    ends = sorted(days for days, _event in lives)
    left, curve = 1.0, []
    for days in sorted(happened):
        at_risk = len(ends) - bisect_left(ends, days)
        left *= 1 - happened[days] / at_risk
        curve.append((days, left))
    return curve


@dataclass(frozen=True)
class Step:
    """A day on which it happened: who was followed until then, to how many it happened, the part
    to whom it has not happened after it, with the 95 % interval (None: nobody is left).
    """

    days: float
    at_risk: int
    events: int
    left: float
    low: float | None
    high: float | None


def survival(lives: Lives) -> list[Step]:
    """Kaplan-Meier with Greenwood's variance and intervals on the log-log scale."""
    ends = sorted(days for days, _event in lives)
    happened: dict[float, int] = {}
    for days, is_event in lives:
        if is_event:
            happened[days] = happened.get(days, 0) + 1
    left, variance, steps = 1.0, 0.0, []
    for days in sorted(happened):
        at_risk, events = len(ends) - bisect_left(ends, days), happened[days]
        left *= 1 - events / at_risk
        low = high = None
        if events < at_risk:
            variance += events / (at_risk * (at_risk - events))
            low, high = log_log(left, variance)
        steps.append(Step(days, at_risk, events, left, low, high))
    return steps


def log_log(left: float, variance: float, z: float = Z95) -> tuple[float, float]:
    """The interval of a part between 0 and 1, from Greenwood's sum."""
    power = math.exp(z * math.sqrt(variance) / -math.log(left))
    return left**power, left ** (1 / power)


def step_at(steps: Sequence[Step], days: float) -> Step | None:
    """The last step within so many days; None before the first: nobody is gone."""
    return next((step for step in reversed(steps) if step.days <= days), None)


def followed(lives: Lives, days: float) -> int:
    """How many were followed for so many days or longer."""
    return sum(one >= days for one, _event in lives)


def median_life(curve: Sequence[tuple[float, float]]) -> float | None:
    """The first day after which half or fewer are left; None while more are."""
    return next((days for days, left in curve if left <= 0.5 + 1e-12), None)


def reached_by(curve: Sequence[tuple[float, float]], days: float) -> float:
    """The part to whom it has happened within so many days."""
    return 1 - next((left for day, left in reversed(curve) if day <= days), 1.0)


def hhi(revenues: Sequence[float]) -> float | None:
    """10,000 x the sum of squared shares; None when nothing was earned."""
    total = sum(revenues)
    return 10_000 * sum((x / total) ** 2 for x in revenues) if total > 0 else None


def top_share(revenues: Sequence[float], count: int) -> float | None:
    """The share of the ``count`` largest; None when nothing was earned."""
    total = sum(revenues)
    return sum(sorted(revenues, reverse=True)[:count]) / total if total > 0 else None


def gini(revenues: Sequence[float]) -> float | None:
    """Gini coefficient with zeros included; None when nothing was earned."""
    total, n = sum(revenues), len(revenues)
    if total <= 0:
        return None
    ordered = sorted(revenues)
    return sum((2 * i - n - 1) * x for i, x in enumerate(ordered, start=1)) / (n * total)


def theil_sen(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Median slope of all pairs with its 95 % interval (Sen 1968). Needs two points or more."""
    slopes = sorted(
        (y2 - y1) / (x2 - x1)
        for i, (x1, y1) in enumerate(points)
        for x2, y2 in points[i + 1 :]
        if x2 != x1
    )
    n, m = len(points), len(slopes)
    spread = Z95 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = round((m - spread) / 2), round((m + spread) / 2)
    middle = (slopes[(m - 1) // 2] + slopes[m // 2]) / 2
    return middle, slopes[max(0, low - 1)], slopes[min(m - 1, high)]
