"""Order statistics and intervals from histograms."""

import pytest

from kpis import stats

# 1, 1, 1, 4, 9, 9
SIX = [(1, 3), (4, 1), (9, 2)]


@pytest.mark.parametrize(("k", "value"), [(1, 1), (3, 1), (4, 4), (5, 9), (6, 9)])
def test_the_kth_smallest_of_a_histogram(k: int, value: int) -> None:
    assert stats.order_statistics(SIX)(k) == value


def test_median_and_mean_of_a_histogram() -> None:
    assert (stats.median(SIX), stats.median([(2, 3)]), stats.median([])) == (2.5, 2, None)
    assert stats.mean(SIX) == pytest.approx(25 / 6)


def test_the_bootstrap_of_equal_values_has_no_width_and_draws_the_same_each_time() -> None:
    assert stats.median_difference([(30, 9)], [(20, 8)], draws=40) == (10, 10)
    first = stats.bootstrap_medians(SIX, 50, seed=1)
    assert first == stats.bootstrap_medians(SIX, 50, seed=1)
    assert set(first) <= {1, 2.5, 4, 5, 6.5, 9}
