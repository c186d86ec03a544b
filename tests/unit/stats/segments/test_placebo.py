"""The reference held against itself."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_lib.stats.segments.cells import Cells, cells
from kpi_lib.stats.segments.lattice import Lattice, lattice
from kpi_lib.stats.segments.model import fit
from kpi_lib.stats.segments.placebo import excess
from kpi_lib.stats.segments.search import search
from kpi_lib.stats.segments.tables import counted, tables


def built(drift: float, *, days: bool = True) -> tuple[Cells, Lattice]:
    rng = np.random.default_rng(8)
    n = 24000
    branch, product, day = rng.integers(0, 12, n), rng.integers(0, 4, n), rng.integers(0, 120, n)
    level = rng.normal(0, drift, (12, 18)).cumsum(axis=1)[branch, day // 7]
    hit = rng.random(n) < 1 / (1 + np.exp(-1.5 - level))
    codes = np.stack([branch, product]).astype(np.int32)
    found = cells(
        codes, (12, 4), day >= 90, day if days else None, hit.astype(float), np.ones(n), None, family="share",
        min_share=0.01, rng=rng,
    )  # fmt: skip
    return found, lattice(found, max_depth=2, min_cases=30, min_share=0.01)


def factors(found: Cells, grid: Lattice) -> np.ndarray:
    keep = np.flatnonzero(grid.primary)
    ones = np.ones(len(grid))
    of = tables(found, grid, fit(found).mean, keep, counted(found, grid, keep), ones)
    return excess(found, grid, of, keep)


def test_steady_branches_vary_as_the_model_has_it() -> None:
    assert factors(*built(0.0)) == pytest.approx(1.0)


def test_drifting_branches_ask_for_more_and_products_do_not() -> None:
    found, grid = built(0.2)
    own = factors(found, grid)
    depth_one = [grid.name(place)[0][0] for place in range(len(grid)) if grid.depth[place] == 1]
    assert own[: len(depth_one)][np.array(depth_one) == 0].min() > 3
    assert own[: len(depth_one)][np.array(depth_one) == 1].max() < 2


def test_without_days_nothing_is_known_of_drift() -> None:
    assert factors(*built(0.2, days=False)) == pytest.approx(1.0)


def test_drift_alone_is_less_often_a_finding() -> None:
    found, grid = built(0.2)
    known = search(found, grid, alpha=(0.035, 0.005, 0.05), permutations=399, rng=np.random.default_rng(0))
    blind, _ = built(0.2, days=False)
    unknown = search(blind, grid, alpha=(0.035, 0.005, 0.05), permutations=399, rng=np.random.default_rng(0))
    assert len(known.picks) < len(unknown.picks)
