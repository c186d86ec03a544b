"""Scores are monotone, weights add up, order does not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_lib.kpi.score import band_score, composite, share_out

numbers = st.floats(-1e3, 1e3, allow_nan=False)
rising_cuts = st.lists(st.integers(-400, 400), min_size=4, max_size=4, unique=True).map(
    lambda c: [x / 4 for x in sorted(c)]
)
rules = st.sampled_from(["bands", "linear"])
weights = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.01, 100), min_size=1)


@given(numbers, numbers, rising_cuts, rules)
def test_a_better_value_never_scores_less(one, other, cuts, rule):
    low, high = sorted((one, other))
    assert band_score(low, cuts=cuts, better="higher", rule=rule) <= band_score(
        high, cuts=cuts, better="higher", rule=rule
    )
    falling = cuts[::-1]
    assert band_score(high, cuts=falling, better="lower", rule=rule) <= band_score(
        low, cuts=falling, better="lower", rule=rule
    )


@given(numbers, rising_cuts, rules)
def test_scores_stay_between_fail_and_excellent_and_mirror(value, cuts, rule):
    score = band_score(value, cuts=cuts, better="higher", rule=rule)
    assert 1 <= score <= 5
    assert band_score(-value, cuts=[-cut for cut in cuts], better="lower", rule=rule) == pytest.approx(float(score))


@given(numbers, rising_cuts)
def test_the_line_is_never_below_the_step(value, cuts):
    line = band_score(value, cuts=cuts, better="higher", rule="linear")
    assert line >= band_score(value, cuts=cuts, better="higher") - 1e-9


@given(weights, st.data())
def test_shared_out_weights_add_up_to_100_and_keep_their_proportions(policy, data):
    kept = data.draw(st.sets(st.sampled_from(sorted(policy)), min_size=1))
    shared = share_out(policy, kept)
    assert sum(shared.values()) == pytest.approx(100)
    first = min(kept)
    for kpi in kept:
        assert shared[kpi] / shared[first] == pytest.approx(policy[kpi] / policy[first])


@given(st.lists(st.tuples(st.floats(1, 5), st.floats(0.1, 50)), min_size=1, max_size=8), st.randoms())
def test_the_order_of_kpis_is_irrelevant_and_bounds_hold(pairs, random):
    mixed = list(pairs)
    random.shuffle(mixed)
    first, second = (composite(*np.array(p).T) for p in (pairs, mixed))
    assert first == pytest.approx(float(second))
    assert 20 - 1e-6 <= first <= 100 + 1e-6
