"""Intervals after selection."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_lib.stats.segments.selected import after_selection


@pytest.mark.parametrize("mean", [-5.5, -4.0, -2.5])
def test_they_cover_among_the_selected(mean: float) -> None:
    draws = np.random.default_rng(3).normal(mean, 1, 20000)
    kept = draws[np.abs(draws) > 3.8][:1200]
    covered = [lo <= mean <= hi for lo, hi in (after_selection(float(score), 3.8) for score in kept)]
    assert 0.93 <= np.mean(covered) <= 0.985
    plain = np.mean(np.abs(kept - mean) < 1.96)
    assert mean < -3 or plain < 0.9, "the plain interval must fail here, else this shows nothing"


def test_far_from_the_threshold_nothing_is_paid() -> None:
    assert after_selection(12.0, 4.0) == pytest.approx((12 - 1.95996, 12 + 1.95996), abs=1e-4)


def test_just_beyond_the_threshold_the_end_is_zero_and_never_the_other_sign() -> None:
    lo, hi = after_selection(-4.01, 4.0)
    assert (lo, hi) == (-4.01, 0)


def test_what_was_not_selected_has_no_such_interval() -> None:
    with pytest.raises(ValueError, match="did not pass"):
        after_selection(3.0, 4.0)
