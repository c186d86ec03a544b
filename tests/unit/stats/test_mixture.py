"""Mixed durations: alone they are what they were, together what the pooled sample is, and censored they say so."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from kpi_lib.stats.intervals import censored_quantile, clopper_pearson
from kpi_lib.stats.mixture import Durations, mixed_mean, mixed_quantile

NONE = np.empty(0)


def drawn(rng, n, scale, most=np.inf):
    times = rng.exponential(scale, n)
    return Durations(times[times <= most], np.full(int((times > most).sum()), float(most)))


def test_one_kind_alone_is_its_own_kaplan_meier_quantile_with_its_interval():
    rng = np.random.default_rng(1)
    kind = drawn(rng, 199, 10, 25)
    for q in (0.5, 0.8):
        wanted = censored_quantile(kind.ended, kind.running, q)
        assert mixed_quantile([(1.0, kind)], q) == pytest.approx(wanted)
    times = np.concatenate([kind.ended, kind.running])
    status = np.concatenate([np.ones(kind.ended.size), np.zeros(kind.running.size)])
    assert mixed_quantile([(1.0, kind)], 0.5)[0] == pytest.approx(SurvfuncRight(times, status).quantile(0.5))


def test_kinds_in_their_own_proportions_are_the_pooled_sample():
    rng = np.random.default_rng(2)
    a, b = drawn(rng, 300, 5), drawn(rng, 100, 40)
    pooled = np.sort(np.concatenate([a.ended, b.ended]))
    for q in (0.25, 0.5, 0.9):
        value = mixed_quantile([(0.75, a), (0.25, b)], q)[0]
        assert value == pooled[int(np.ceil(q * 400 - 1e-9)) - 1]
    assert mixed_mean([(0.75, a), (0.25, b)])[0] == pytest.approx(pooled.mean())


def test_other_proportions_move_it_as_weights_on_the_cases_do():
    rng = np.random.default_rng(3)
    a, b = drawn(rng, 300, 5), drawn(rng, 100, 40)
    values = np.concatenate([a.ended, b.ended])
    weights = np.concatenate([np.full(300, 0.4 / 300), np.full(100, 0.6 / 100)])
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) >= 0.5 - 1e-12
    assert mixed_quantile([(0.4, a), (0.6, b)], 0.5)[0] == values[order][reached][0]


def test_a_quantile_beyond_what_a_kind_has_run_is_not_said():
    rng = np.random.default_rng(4)
    slow = drawn(rng, 100, 50, 20)
    quick = drawn(rng, 100, 2)
    assert np.isnan(mixed_quantile([(0.5, quick), (0.5, slow)], 0.9)[0])
    assert mixed_quantile([(0.5, quick), (0.5, slow)], 0.4)[0] > 0
    # The quick ones alone would answer; the plateau of the slow ones would be read as if nobody ever ended.
    far = Durations(np.append(quick.ended, 100.0), NONE)
    assert np.isnan(mixed_quantile([(0.8, far), (0.2, slow)], 0.99)[0])
    assert np.isnan(mixed_quantile([(0.5, quick), (0.5, Durations(NONE, np.ones(3)))], 0.5)[0])


def test_nine_in_ten_intervals_and_more_hold_the_truth():
    rng = np.random.default_rng(5)
    at = 0.8
    grid = np.linspace(0, 200, 400_001)
    truth = grid[np.searchsorted(1 - 0.7 * np.exp(-grid / 10) - 0.3 * np.exp(-grid / 30), at)]
    mean = 0.7 * 10 + 0.3 * 30
    inside = {"quantile": 0, "mean": 0}
    for _ in range(300):
        parts = [(0.7, drawn(rng, 140, 10, 60)), (0.3, drawn(rng, 80, 30, 60))]
        _, lo, hi = mixed_quantile(parts, at)
        inside["quantile"] += lo <= truth <= hi
        _, lo, hi = mixed_mean([(0.7, drawn(rng, 140, 10)), (0.3, drawn(rng, 80, 30))])
        inside["mean"] += lo <= mean <= hi
    for held in inside.values():
        assert clopper_pearson(held, 300, level=0.999)[0] <= 0.95 <= clopper_pearson(held, 300, level=0.999)[1]


def test_a_mean_of_one_sample_is_students():
    values = np.array([1.0, 2.0, 4.0, 9.0])
    value, lo, hi = mixed_mean([(1.0, Durations(values, NONE)), (0.0, Durations(NONE, NONE))])
    half = stats.t.isf(0.025, 3) * values.std(ddof=1) / 2
    assert (value, lo, hi) == pytest.approx((4.0, 4.0 - half, 4.0 + half))
    assert np.isnan(mixed_mean([(0.5, Durations(values, NONE)), (0.5, Durations(NONE, NONE))])[0])
    assert np.isnan(mixed_mean([(1.0, Durations(values[:1], NONE))])[1])
