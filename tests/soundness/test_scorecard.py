"""Red flags by chance, and numbers that looked right and were not."""

import numpy as np
import pytest

from kpi_lib.analysis.gaps import to_reach
from kpi_lib.analysis.status import Status, status_of
from kpi_lib.kpi.score import band_score
from kpi_lib.stats.differences import mean_difference, share_difference
from kpi_lib.stats.intervals import wilson

RUNS = 20_000


@pytest.mark.parametrize(("p", "n"), [(0.9, 60), (0.95, 400), (0.8, 25)])
def test_a_stable_share_is_seldom_called_changed(p, n):
    rng = np.random.default_rng(1)
    before, now = rng.binomial(n, p, (2, RUNS))
    assert share_difference(now, n, before, n).clear.mean() < 0.055


def test_a_stable_mean_is_seldom_called_changed():
    rng = np.random.default_rng(2)
    scores = rng.choice([1, 2, 3, 4, 5], p=[0.05, 0.05, 0.1, 0.3, 0.5], size=(2, RUNS, 40)).astype(float)
    sums, squares = scores.sum(axis=2), (scores**2).sum(axis=2)
    found = mean_difference(sums[0], squares[0], 40, sums[1], squares[1], 40)
    assert found.clear.mean() < 0.06


@pytest.mark.parametrize("n", [50, 300])
def test_a_branch_exactly_at_its_target_is_seldom_flagged_red(n):
    rng = np.random.default_rng(3)
    hits = rng.binomial(n, 0.9, 4000)
    lo, hi = wilson(hits, n)
    shares = hits / n
    terms = {"n": n, "target": 0.9, "baseline": 0.85, "better": "higher", "unit": "share"}
    red = [
        status_of(share, low, high, **terms) in {Status.BELOW_TARGET, Status.BELOW_BASELINE}
        for share, low, high in zip(shares, lo, hi, strict=True)
    ]
    assert np.mean(red) < 0.04


def test_decimals_that_binary_numbers_miss_do_not_cost_a_ticket_or_a_band():
    # 0.95 * 400 and 0.29 * 100 are 380 and 29, though binary products say 380.0 and 28.999999999999996.
    assert to_reach(380, 400, 0.95, better="higher") == 0
    assert to_reach(29, 100, 0.29, better="higher") == 0
    assert band_score(0.1 + 0.2, cuts=(0.1, 0.2, 0.25, 0.3), better="higher") == 5
