"""Intervals against scipy, textbook values and their own promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kpi_lib.stats.intervals import censored_quantile, mean_t, poisson_rate, quantile_ranks, quantiles, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 30), (7, 9), (30, 30), (172, 200), (1, 100_000)])
def test_wilson_equals_scipy(k, n):
    expected = stats.binomtest(k, n).proportion_ci(0.9, method="wilson")
    lo, hi = wilson(k, n, level=0.9)
    assert (lo, hi) == (pytest.approx(expected.low, abs=1e-12), pytest.approx(expected.high, abs=1e-12))


def test_wilson_of_nothing_is_missing_not_zero():
    lo, hi = wilson([0, 3], [0, 4])
    assert np.isnan([lo[0], hi[0]]).all()
    assert 0 < lo[1] < 0.75 < hi[1] < 1


@pytest.mark.parametrize(("k", "n"), [(5, 4), (-1, 4)])
def test_wilson_refuses_a_numerator_outside_its_denominator(k, n):
    with pytest.raises(ValueError, match="between 0 and its denominator"):
        wilson(k, n)


def test_a_level_is_a_probability():
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level=95)


def test_mean_t_equals_scipy():
    values = np.random.default_rng(1).lognormal(size=23)
    expected = stats.t.interval(0.95, 22, values.mean(), stats.sem(values))
    assert mean_t(values.sum(), (values**2).sum(), 23) == pytest.approx(expected)


def test_mean_of_one_value_has_no_interval():
    assert np.isnan(mean_t(3.0, 9.0, 1)).all()


def test_mean_of_equal_values_has_an_interval_of_no_width():
    assert mean_t(3 * 0.1, 3 * 0.1**2, 3) == pytest.approx((0.1, 0.1))


def test_poisson_rate_equals_published_values():
    # 1 event per 100: 0.0253 to 5.5716 per 100 (Public Health England, rates with exact limits).
    lo, hi = poisson_rate(1, 100)
    assert (100 * lo, 100 * hi) == (pytest.approx(0.0253, abs=5e-5), pytest.approx(5.5716, abs=5e-5))


def test_poisson_rate_of_no_events_reaches_zero_and_of_no_exposure_is_missing():
    lo, hi = poisson_rate([0, 2], [10, 0])
    assert lo[0] == 0
    assert hi[0] == pytest.approx(-np.log(0.025) / 10)
    assert np.isnan([lo[1], hi[1]]).all()


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_quantile_ranks_are_the_tightest_pair_with_equal_tails(q):
    for n in (6, 10, 37, 100, 1000):
        lower, upper = (int(rank) for rank in quantile_ranks(n, q))
        if lower == 0:
            assert q**n > 0.025 or (1 - q) ** n > 0.025
            continue
        below = stats.binom.cdf(lower - 1, n, q)
        above = stats.binom.sf(upper - 1, n, q)
        assert below <= 0.025 + 1e-12
        assert above <= 0.025 + 1e-12
        assert stats.binom.cdf(lower, n, q) > 0.025
        assert upper == 1 or stats.binom.sf(upper - 2, n, q) > 0.025


def test_quantiles_equal_numpy_and_scipy():
    sample = np.random.default_rng(2).exponential(size=37)
    value, lo, hi = quantiles([sample], 0.5)[0]
    expected = stats.quantile_test(sample, p=0.5).confidence_interval(0.95)
    assert value == pytest.approx(np.quantile(sample, 0.5))
    assert (lo, hi) == (expected.low, expected.high)


def test_a_sample_too_small_has_a_value_and_no_interval_and_an_empty_one_has_neither():
    small, empty = quantiles([np.array([1.0, 5.0, 2.0]), np.empty(0)], 0.5)
    assert small[0] == 2.0
    assert np.isnan(small[1:]).all()
    assert np.isnan(empty).all()


def test_quantile_intervals_cover_at_least_their_level():
    rng = np.random.default_rng(3)
    found = quantiles(list(rng.lognormal(size=(2000, 25))), 0.5)
    covered = np.mean((found[:, 1] <= 1) & (found[:, 2] >= 1))
    assert 0.945 < covered < 0.985


def test_censored_quantile_equals_the_plain_one_without_running_clocks():
    sample = np.arange(1.0, 12.0)
    assert censored_quantile(sample, [], 0.5) == pytest.approx(quantiles([sample], 0.5)[0])


def test_censored_quantile_follows_kaplan_and_meier():
    # Freireich et al. (1963), 6-mercaptopurine: remission: median 23 weeks, log-log limits 13 and none
    # (R, survfit with conf.type = "log-log").
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    running = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    value, lo, hi = censored_quantile(ended, running, 0.5)
    assert (value, lo) == (23, 13)
    assert np.isnan(hi)


def test_censoring_is_not_dropping():
    # Half of the clocks still run past every ended one: the median is not the median of the quick half.
    value, _, _ = censored_quantile([1.0] * 50, [100.0] * 51, 0.5)
    assert np.isnan(value)
    assert censored_quantile([1.0] * 51, [100.0] * 50, 0.5)[0] == 1.0
