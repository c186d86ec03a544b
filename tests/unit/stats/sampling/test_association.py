"""Tests of independence where the sample leaves hardly anything to test."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kpi_lib.stats.sampling.association import independence
from kpi_lib.stats.sampling.design import Design, element_design


def design(n: int, population: int) -> Design:
    return element_design(np.full(n, population / n), population=np.full(n, population))


def test_a_class_nobody_is_left_in_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, 2, 60), rng.integers(0, 3, 60)
    gap = np.where(columns == 2, 3, columns)
    assert independence(design(60, 500), rows, gap) == independence(design(60, 500), rows, columns)


@pytest.mark.parametrize("columns", [[0, 0, 0, 0], [-1, -1, 0, 0], [-1, -1, -1, -1]])
def test_one_class_is_nothing_to_test(columns: list[int]) -> None:
    found = independence(design(4, 40), np.array([0, 1, 0, 1]), np.array(columns))
    assert all(math.isnan(value) for value in (*found.f, *found.chi2, *found.wald, *found.adjusted_wald))


def test_only_the_silent_with_a_known_class_is_nothing_to_test() -> None:
    found = independence(design(4, 40), np.array([0, 0, 1, 1]), np.array([0, 1, -1, -1]))
    assert math.isnan(found.f[1])


def test_a_census_has_no_spread_to_hold_a_table_against() -> None:
    found = independence(design(4, 4), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]))
    assert math.isnan(found.f[1])


def test_a_cell_that_is_empty_is_tested() -> None:
    found = independence(design(12, 120), np.repeat([0, 1], 6), np.array([0] * 6 + [0, 1, 1, 1, 1, 1]))
    assert 0 < found.f[1] < 0.05
    assert 0 < found.wald[1] < 0.05
