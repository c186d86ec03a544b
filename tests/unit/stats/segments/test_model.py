"""Expected values against an independent fit."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from kpi_lib.stats.segments.cells import Cells, Family, cells
from kpi_lib.stats.segments.lattice import lattice, members
from kpi_lib.stats.segments.model import fit


def simulated(family: Family, n: int = 40000) -> tuple[Cells, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    codes = np.stack([rng.integers(0, 3, n), rng.integers(0, 4, n)]).astype(np.int32)
    current = rng.random(n) < 0.3
    eta = 0.4 + 0.5 * (codes[0] == 1) - 0.6 * (codes[1] == 2) - 0.2 * current
    match family:
        case "share":
            y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
        case "rate":
            y = rng.poisson(np.exp(eta)).astype(float)
        case "mean":
            y = eta + rng.normal(0, 1, n)
    found = cells(
        codes, (3, 4), current, None, y, np.ones(n), y**2, family=family, min_share=0.01, rng=np.random.default_rng(0)
    )
    columns = [np.ones(n), current] + [codes[0] == v for v in (1, 2)] + [codes[1] == v for v in (1, 2, 3)]
    return found, np.column_stack(columns).astype(float), y


@pytest.mark.parametrize("family", ["share", "rate", "mean"])
def test_it_agrees_with_statsmodels_up_to_the_weak_ridge(family: Family) -> None:
    found, design, y = simulated(family)
    kinds = {"share": sm.families.Binomial(), "rate": sm.families.Poisson(), "mean": sm.families.Gaussian()}
    other = sm.GLM(y, design, family=kinds[family]).fit()
    own = fit(found)
    share = np.array([found.denominator[found.current == side].sum() for side in (False, True)])
    assert share.sum() == len(y)
    expected = other.predict(np.column_stack([np.ones(2), [0, 1], np.zeros((2, 5))]))
    first = members(found, ((0, 0), (1, 0)))
    got = [own.mean[first & (found.current == side)][0] for side in (False, True)]
    assert got == pytest.approx(expected, rel=2e-3)
    assert own.common_se == pytest.approx(other.bse[1], rel=0.01)


def test_the_reference_is_met_exactly() -> None:
    found, _, _ = simulated("share", 3000)
    own = fit(found)
    for side in (False, True):
        here = found.current == side
        assert (found.denominator * own.mean)[here].sum() == pytest.approx(found.numerator[here].sum(), rel=1e-6)


def test_candidates_have_support_and_twins_are_counted_once() -> None:
    rng = np.random.default_rng(1)
    n = 2000
    branch = rng.integers(0, 4, n)
    codes = np.stack([branch, branch // 2, branch]).astype(np.int32)
    found = cells(
        codes, (4, 2, 4), np.arange(n) < 500, None, np.zeros(n), np.ones(n), None, family="share", min_share=0.01,
        rng=rng,
    )  # fmt: skip
    grid = lattice(found, max_depth=3, min_cases=30, min_share=0.01)
    names = [grid.name(place) for place in range(len(grid))]
    assert ((0, 1), (1, 0)) in names
    assert {name for name, primary in zip(names, grid.primary, strict=True) if primary} == {
        ((0, 0),), ((0, 1),), ((0, 2),), ((0, 3),), ((1, 0),), ((1, 1),),
    }  # fmt: skip
    ((reference, current),) = grid.sums(found, [found.denominator])
    place = names.index(((1, 1),))
    assert reference[place] == ((branch // 2 == 1) & (np.arange(n) >= 500)).sum()
    assert current[place] == ((branch // 2 == 1) & (np.arange(n) < 500)).sum()
    assert not len(lattice(found, max_depth=3, min_cases=600, min_share=0.01))
