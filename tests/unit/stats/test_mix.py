"""The exact split of a gap into rate and mix."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_lib.stats.mix import bridge


def test_a_pure_change_of_rates_is_all_rate() -> None:
    found = bridge([80, 60], [100, 100], [70, 60], [100, 100])
    assert found.rate_part == pytest.approx([-0.05, 0])
    assert found.mix_part == pytest.approx([0, 0])


def test_a_pure_change_of_weights_is_all_mix() -> None:
    # 0.9 and 0.5; the weak value grows from a quarter to a half: 0.8 becomes 0.7.
    found = bridge([270, 50], [300, 100], [180, 100], [200, 200])
    assert found.rate_part == pytest.approx([0, 0])
    # By hand: -0.25 * (0.9 - 0.75) and +0.25 * (0.5 - 0.75).
    assert found.mix_part == pytest.approx([-0.0375, -0.0625])


def test_values_that_came_or_went_are_all_mix() -> None:
    found = bridge([90, 10, 0], [100, 20, 0], [80, 0, 5], [100, 0, 10])
    assert np.isnan(found.after[1])
    assert np.isnan(found.before[2])
    assert found.rate_part[1:] == pytest.approx([0, 0])
    assert found.rate_part.sum() + found.mix_part.sum() == pytest.approx(85 / 110 - 100 / 120)


def test_a_period_without_cases_is_refused() -> None:
    with pytest.raises(ValueError, match="denominator above 0"):
        bridge([0], [0], [1], [2])
