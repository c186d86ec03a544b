"""Cells, rows and blocks."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_lib.stats.segments.cells import Cells, cells


def built(block: np.ndarray | None, *, seed: int = 0, n: int = 400, kept: tuple[tuple[int, int], ...] = ()) -> Cells:
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, 3, n), rng.integers(0, 200, n) * (rng.random(n) < 0.3)]).astype(np.int32)
    current = np.arange(n) < n // 4
    hits = rng.integers(0, 2, n).astype(float)
    return cells(
        codes, (3, 200), current, block, hits, np.ones(n), None, family="share", min_share=0.05, kept=kept,
        rng=np.random.default_rng(1),
    )  # fmt: skip


def test_nothing_is_lost_and_rare_values_share_one_place() -> None:
    found = built(None)
    assert found.denominator.sum() == found.rows.denominator.sum() == 400
    assert found.numerator.sum() == found.rows.numerator.sum()
    assert found.values[1].tolist() == [0]
    assert (found.codes[1] == -1).sum() > 0
    assert found.sizes == (3, 1)


def test_a_value_asked_for_keeps_its_code_however_rare() -> None:
    found = built(None, kept=((1, 77),))
    assert found.own(((1, 77),)) == ((1, 1),)
    assert found.given(((1, 1),)) == ((1, 77),)


def test_days_stay_whole_and_few_days_are_no_blocks() -> None:
    case = np.arange(400)
    found = built(np.where(case < 100, case % 10, case % 30))
    assert found.clustered
    assert len(found.block_current) == 40
    assert found.block_current.sum() == 10
    assert np.bincount(found.rows.block, weights=found.rows.denominator).tolist() == [10.0] * 40
    assert not built(np.arange(400) % 5).clustered


def test_blocks_far_larger_on_one_side_are_split() -> None:
    # The peers of one branch: the same twenty days, three times the cases and more.
    rng = np.random.default_rng(2)
    n = 2200
    current = np.arange(n) < 200
    codes = rng.integers(0, 3, n).astype(np.int32)[None]
    days = rng.integers(0, 20, n)
    found = cells(
        codes, (3,), current, days, np.zeros(n), np.ones(n), None, family="share", min_share=0.01,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    mass = np.bincount(found.rows.block, weights=found.rows.denominator)
    sizes = [np.median(mass[found.block_current == side]) for side in (True, False)]
    assert sizes[1] < 2.5 * sizes[0], sizes


def test_random_blocks_are_about_equal() -> None:
    found = built(None, n=4800)
    mass = np.bincount(found.rows.block, weights=found.rows.denominator)
    assert mass.min() >= 19
    assert mass.max() <= 21
    assert found.block_current.mean() == pytest.approx(0.25)
