"""One test for each silently wrong number a control chart can show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.baseline.chart import control_chart
from kpi_lib.analysis.baseline.series import series_of
from kpi_lib.stats.contours import binomial_contour
from kpi_lib.stats.rules import signals
from kpi_lib.stats.runs import anhoej
from kpi_lib.stats.spc import limits


def test_a_missing_numerator_takes_its_denominator_out_of_the_centre() -> None:
    found = limits("p", [5.0, np.nan, 7.0], [30.0, 100.0, 44.0])
    assert found.centre[0] == pytest.approx(12 / 74)


def test_eight_of_eight_is_no_signal_where_it_is_likely() -> None:
    hits = np.array([7, 6, 8, 7, 7, 8, 6, 7, 7, 8.0])
    found = limits("p", hits, np.full(10, 8.0))
    assert binomial_contour(found.centre[0], 8, 1 - 0.00135) < 1, "the interpolated contour would flag 8 of 8"
    assert not found.beyond.any()


def test_a_share_never_has_a_limit_above_1() -> None:
    found = limits("p", [9, 10, 10, 9, 10], [10, 10, 10, 10, 10], small_expected=0)
    assert found.upper.max() == 1


def test_a_zero_denominator_is_no_activity_and_no_zero() -> None:
    found = limits("p", [5, 0, 7], [10, 0, 10])
    assert np.isnan(found.value[1])
    assert found.centre[0] == 0.6


def test_moving_ranges_do_not_cross_a_gap() -> None:
    level = np.array([1.0, 1.2, 0.9, 1.1, np.nan, 5.0, 5.2, 4.9, 5.1])
    joined = level[~np.isnan(level)]
    assert limits("i", level).spread < limits("i", joined).spread / 2


def test_runs_do_not_cross_a_gap() -> None:
    level = np.array([1.0] * 6 + [np.nan] + [1.0] * 6 + [-1.0] * 13)
    assert anhoej(level, 0.0).longest_run == 13
    assert anhoej(level[:13], 0.0).longest_run == 6
    assert anhoej(level[:13], 0.0, join_gaps=True).longest_run == 12


def test_sigma_z_below_1_does_not_narrow_the_limits() -> None:
    hits = np.tile([85.0, 86.0], 12)
    narrowed = limits("p_prime", hits, np.full(24, 100.0), sigma_z_floor=0)
    assert narrowed.spread < 0.5
    assert limits("p_prime", hits, np.full(24, 100.0)).spread == 1


def test_all_values_equal_give_no_signal() -> None:
    for kind in ("i", "p", "p_prime", "run"):
        found = limits(kind, np.full(20, 50.0), np.full(20, 50.0))
        rules = ("beyond_limits", "shift_8", "trend_6", "two_of_three", "hugging_15")
        assert signals(found.value, found.centre, found.sigma, found.beyond, rules=rules) == ()


def test_a_chart_of_a_series_with_a_gap_does_not_join_its_ranges_either() -> None:
    level = np.array([1.0, 1.2, 0.9, 1.1, np.nan, 5.0, 5.2, 4.9, 5.1, 5.0, 4.8])
    data = pd.DataFrame({"period": pd.date_range("2022-01-01", periods=11, freq="MS"), "y": level})
    for rows in (data, data.dropna()):
        assert control_chart(series_of(rows, value="y"), kind="i").last.spread == limits("i", level).spread


def test_a_chart_of_moving_ranges_shows_the_ranges() -> None:
    level = np.array([50.0, 51.0, 49.0, 50.5, 49.5, 50.0, 51.0, 50.0, 49.0])
    data = pd.DataFrame({"period": pd.date_range("2022-01-01", periods=9, freq="MS"), "y": level})
    chart = control_chart(series_of(data, value="y"), kind="mr")
    np.testing.assert_array_equal(chart.points["value"], [np.nan, *np.abs(np.diff(level))])
    assert chart.signals.empty
