"""Sums by candidate and block: what permutations and resamples are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Cells, Family, Mask
from kpi_lib.stats.segments.families import slope
from kpi_lib.stats.segments.lattice import Lattice
from kpi_lib.stats.segments.statistic import Sums, scores

PARTS: Final = 4
"""Observed less expected, information, expected, denominator; and squared residuals for a mean."""


def parts(cells: Cells, mean: Floats) -> list[Floats]:
    """Return what is summed, per cell."""
    n = cells.denominator
    out = [cells.numerator - n * mean, n * slope(mean, cells.family), n * mean, n]
    if cells.family == "mean":
        out.append(cells.sum_sq - 2 * mean * cells.numerator + n * mean**2)
    return out


def row_parts(cells: Cells, mean: Floats) -> list[Floats]:
    """Return what is summed, per row."""
    n, own = cells.rows.denominator, mean[cells.rows.cell]
    out = [cells.rows.numerator - n * own, n * slope(own, cells.family), n * own, n]
    if cells.family == "mean":
        out.append(cells.rows.sum_sq - 2 * own * cells.rows.numerator + n * own**2)
    return out


def sums(found: list[Floats]) -> Sums:
    """Return summed parts by name."""
    residual, information, expected, n, *squared = found
    if not squared:
        return Sums(residual, information, information, expected, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(n > 0, np.maximum(squared[0] - residual**2 / n, 0), 0.0)
    return Sums(residual, information, variance, expected, n)


@dataclass(frozen=True, eq=False)
class Tables:
    """Sums by candidate and block, and of all cases by block.

    Parameters
    ----------
    own
        Of shape (candidates, blocks), one per part.
    whole
        Of shape (1, blocks), one per part.
    current
        Period of each block.
    family
        What is counted.
    """

    own: list[Floats]
    whole: list[Floats]
    current: Mask
    family: Family

    def scores(self, now: Floats, then: Floats) -> Floats:
        """Return scores of shape (candidates, columns) for weights of the blocks, one column a permutation."""
        own = [sums([table @ weight for table in self.own]) for weight in (now, then)]
        whole = [sums([table @ weight for table in self.whole]) for weight in (now, then)]
        return scores(own[0], own[1], whole[0], whole[1], self.family)

    def permuted(self, labels: Floats) -> Floats:
        """Return the scores under permuted period labels."""
        return self.scores(labels, 1 - labels)


def tables(cells: Cells, lattice: Lattice, mean: Floats, keep: Ints) -> Tables:
    """Sum residuals by kept candidate and block.

    Parameters
    ----------
    cells, lattice
        The cases and candidates.
    mean
        Expected mean of each cell.
    keep
        Candidates, ascending.
    """
    weights = row_parts(cells, mean)
    return Tables(
        lattice.block_sums(cells, weights, keep), [_whole(cells, weight) for weight in weights],
        cells.block_current, cells.family,
    )  # fmt: skip


def tables_of(cells: Cells, mean: Floats, held: Mask) -> Tables:
    """Sum residuals of one set of cells by block."""
    weights = row_parts(cells, mean)
    inside = held[cells.rows.cell]
    return Tables(
        [_whole(cells, weight * inside) for weight in weights], [_whole(cells, weight) for weight in weights],
        cells.block_current, cells.family,
    )  # fmt: skip


def _whole(cells: Cells, weight: Floats) -> Floats:
    summed = np.bincount(cells.rows.block, weights=weight, minlength=len(cells.block_current))
    return np.asarray(summed, dtype=float)[None, :]
