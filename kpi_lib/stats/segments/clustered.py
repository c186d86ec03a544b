"""Variances that know of days on which everything goes well or badly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Cells, Mask
from kpi_lib.stats.segments.families import slope


@dataclass(frozen=True)
class Spread:
    """Of the summed residuals of some cells.

    Parameters
    ----------
    variance
        The larger of the model's and that between blocks (Liang and Zeger 1986, Biometrika 73:13), for residuals that
        hang together can only add to it; where blocks are dealt at random a share keeps the model's.
    plain
        The model's alone.
    information
        About the linear predictor.
    """

    variance: float
    plain: float
    information: float


def spread(cells: Cells, mean: Floats, here: Mask) -> Spread:
    """Return how far the summed residuals of some cells spread.

    Parameters
    ----------
    cells
        The cases.
    mean
        Expected mean of each cell.
    here
        Cells, all of one period.
    """
    n, expected = cells.denominator[here], mean[here]
    information = float((n * slope(expected, cells.family)).sum())
    inside = here[cells.rows.cell]
    if not inside.any():
        return Spread(0.0, 0.0, 0.0)
    if cells.family == "mean":
        plain = float((cells.sum_sq[here] - 2 * expected * cells.numerator[here] + n * expected**2).sum())
    else:
        plain = information
    if not cells.clustered and cells.family == "share":
        return Spread(plain, plain, information)
    residual = (cells.rows.numerator - cells.rows.denominator * mean[cells.rows.cell])[inside]
    return Spread(max(plain, between_blocks(residual, cells.rows.block[inside])), plain, information)


def between_blocks(residual: Floats, block: np.typing.NDArray[np.int64]) -> float:
    """Return the variance of the sum of residuals that hang together within blocks."""
    summed = np.bincount(block, weights=residual)
    count = len(np.unique(block))
    return float((summed**2).sum()) * count / max(count - 1, 1)
