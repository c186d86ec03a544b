"""A period against earlier ones: by chance alone as the exact intervals say, and wider where periods lie apart."""

import numpy as np
import pytest

from kpi_lib.stats.differences import mover
from kpi_lib.stats.intervals import clopper_pearson, poisson_rate
from kpi_lib.stats.periods import against_earlier

ZERO = np.zeros(12)


def test_where_periods_do_not_differ_the_interval_is_that_of_chance():
    k, n = np.full(12, 10.0), np.full(12, 100.0)
    for family, bounds in (("share", clopper_pearson), ("rate", poisson_rate)):
        found = against_earlier(family, (30.0, 100.0, 0.0), (k, n, ZERO), level=0.95)
        wanted = mover(0.3, *bounds(30, 100), 0.1, *bounds(120, 1200))
        assert found.spread == 1.0
        assert (found.difference.lo, found.difference.hi) == pytest.approx((float(wanted.lo), float(wanted.hi)))


def test_periods_that_lie_apart_widen_it_by_the_dispersion_they_show():
    k, n = np.array([5.0, 15.0] * 6), np.full(12, 100.0)
    found = against_earlier("rate", (20.0, 100.0, 0.0), (k, n, ZERO), level=0.95)
    # Pearson: twelve deviations of 0.05, a variance by chance of 0.1 / 100, eleven degrees of freedom.
    assert found.spread == pytest.approx(12 * 0.05**2 / (0.1 / 100) / 11)
    alone = mover(0.2, *poisson_rate(20, 100), 0.1, *poisson_rate(120, 1200))
    t, z = 2.200985, 1.959964
    wider = np.sqrt(found.spread) * t / z
    assert 0.1 - float(found.difference.lo) == pytest.approx(wider * (0.1 - float(alone.lo)), rel=1e-5)
    assert not found.difference.clear
    assert alone.clear


def test_a_difference_of_shares_stays_one():
    k, n = np.array([0.0, 8.0] * 6), np.full(12, 10.0)
    found = against_earlier("share", (5.0, 6.0, 0.0), (k, n, ZERO), level=0.999)
    assert (float(found.difference.lo), float(found.difference.hi)) == (-1.0, 1.0)


def test_a_mean_uses_what_varies_within_the_periods():
    rng = np.random.default_rng(2)
    months = [rng.normal(50, 10, 40) for _ in range(12)]
    sums = [np.array([f(x) for x in months]) for f in (np.sum, np.size, lambda x: (x**2).sum())]
    now = rng.normal(60, 10, 40)
    found = against_earlier("mean", (now.sum(), 40.0, (now**2).sum()), tuple(sums), level=0.95)
    assert found.difference.lo > 0
    assert float(found.difference.value) == pytest.approx(now.mean() - np.concatenate(months).mean())
    same = against_earlier(
        "mean", (2000.0, 40.0, 0.0), (np.full(12, 2000.0), np.full(12, 40.0), np.full(12, 1e5)), level=0.95
    )
    assert np.isnan(same.difference.lo), "nothing varies, so nothing is known of chance"


def test_fewer_than_three_earlier_periods_say_nothing_of_how_far_periods_lie_apart():
    found = against_earlier("rate", (50.0, 100.0, 0.0), ([5.0, 5.0, 0.0], [100.0, 100.0, 0.0], [0.0] * 3), level=0.95)
    assert float(found.difference.value) == pytest.approx(0.45)
    assert np.isnan(found.difference.lo)
    nothing = against_earlier("share", (0.0, 0.0, 0.0), ([1.0] * 3, [9.0] * 3, [0.0] * 3), level=0.95)
    assert np.isnan(nothing.difference.value)


@pytest.mark.parametrize(("family", "n", "level", "between"), [("rate", 300, 0.01, 0.3), ("share", 50, 0.05, 0.0)])
def test_of_35_figures_where_nothing_rose_hardly_ever_one_is_called_risen(family, n, level, between):
    rng = np.random.default_rng(7)
    false = 0
    for _ in range(60):
        cases = rng.poisson(n, (35, 13)) + 1.0
        levels = level * rng.gamma(1 / between**2, between**2, (35, 13)) if between else np.full((35, 13), level)
        hits = rng.poisson(levels * cases) if family == "rate" else rng.binomial(cases.astype(int), levels)
        false += any(
            against_earlier(family, (k[-1], m[-1], 0.0), (k[:-1], m[:-1], ZERO), level=1 - 0.05 / 35).difference.lo > 0
            for k, m in zip(hits, cases, strict=True)
        )
    # Of 60 companies 3 are expected at most; 8 would be one chance in 70.
    assert false <= 7
