"""Differences against published examples and scipy."""

import numpy as np
import pytest
from scipy import stats

from kpi_lib.stats.differences import mean_difference, mover, share_difference


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "lo", "hi"),
    [
        # Newcombe (1998), Statistics in Medicine 17:873, table II, method 10, four decimals.
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_shares_equal_newcombes_table(k1, n1, k2, n2, lo, hi):
    found = share_difference(k1, n1, k2, n2)
    assert found.value == pytest.approx(k1 / n1 - k2 / n2)
    assert found.lo == pytest.approx(lo, abs=5e-5)
    assert found.hi == pytest.approx(hi, abs=5e-5)


def test_means_equal_scipys_welch():
    rng = np.random.default_rng(1)
    a, b = rng.normal(4, 1, 23), rng.normal(3, 3, 41)
    found = mean_difference(a.sum(), (a**2).sum(), a.size, b.sum(), (b**2).sum(), b.size)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(a.mean() - b.mean())
    assert found.lo == pytest.approx(expected.low)
    assert found.hi == pytest.approx(expected.high)


def test_one_value_or_no_spread_is_never_clear():
    single = mean_difference([5.0, 50.0], [25.0, 250.0], [1, 10], [40.0, 40.0], [170.0, 160.0], [10, 10])
    assert np.isnan(single.lo).all()
    assert not single.clear.any()


def test_no_denominator_gives_no_difference():
    found = share_difference(0, 0, 5, 10)
    assert np.isnan(found.value)
    assert not found.clear


def test_swapping_the_sides_mirrors_the_interval():
    forth, back = share_difference(7, 50, 20, 60), share_difference(20, 60, 7, 50)
    assert forth.lo == pytest.approx(-back.hi)
    assert forth.hi == pytest.approx(-back.lo)


def test_mover_with_symmetric_intervals_adds_in_quadrature():
    found = mover(10.0, 7.0, 13.0, 4.0, 0.0, 8.0)
    assert (found.lo, found.hi) == (pytest.approx(1.0), pytest.approx(11.0))
    assert found.clear
