"""What closing a gap takes, in whole things."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_lib.analysis.gaps import to_reach, to_reach_quantile


@pytest.mark.parametrize(
    ("numerator", "denominator", "target", "better", "expected"),
    [
        (347, 410, 0.90, "higher", 22),
        (380, 400, 0.95, "higher", 0),
        (379, 400, 0.95, "higher", 1),
        (28, 1050, 0.02, "lower", 7),
        (21, 1050, 0.02, "lower", 0),
        (0, 30, 1.0, "higher", 30),
        (366, 85, 4.5, "higher", 17),
        (16, 1, 20, "higher", 4),
    ],
)
def test_known_gaps(numerator, denominator, target, better, expected):
    assert to_reach(numerator, denominator, target, better=better) == expected


targets = st.integers(0, 1000).map(lambda mille: mille / 1000)
counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, targets)
def test_it_is_the_smallest_number_that_reaches_the_target(count, target):
    k, n = count
    more = to_reach(k, n, target, better="higher")
    assert (k + more) / n >= target
    assert more == 0 or (k + more - 1) / n < target
    fewer = to_reach(k, n, target, better="lower")
    assert (k - fewer) / n <= target
    assert fewer == 0 or (k - fewer + 1) / n > target


@given(st.integers(1, 60), st.sampled_from([0.5, 0.9, 0.25]), st.integers(0, 2**32 - 1))
def test_so_many_within_the_target_are_enough_for_any_others_and_one_fewer_is_not(n, at, seed):
    rng = np.random.default_rng(seed)
    needed = to_reach_quantile(0, n, at)
    within = rng.uniform(0, 1.5, needed)
    beyond = rng.uniform(1.6, 1e6, n - needed)
    assert np.quantile(np.concatenate([within, beyond]), at) <= 1.5
    one_fewer = np.concatenate([np.full(needed - 1, 1.5), np.full(n - needed + 1, 1e6)])
    assert np.quantile(one_fewer, at) > 1.5


def test_a_quantile_within_its_target_takes_nothing():
    assert to_reach_quantile(80, 100, 0.5) == 0
    assert to_reach_quantile(40, 100, 0.5) == 11
