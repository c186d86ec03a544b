"""Sums by candidate and block: what permutations and resamples are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Cells, Family, Mask
from kpi_lib.stats.segments.families import slope
from kpi_lib.stats.segments.lattice import Lattice
from kpi_lib.stats.segments.statistic import Sums, scores


def parts(cells: Cells, mean: Floats) -> list[Floats]:
    """Return what is summed per cell and depends on the model: residual, information, squared residual of a mean."""
    return _parts(cells.numerator, cells.denominator, cells.sum_sq, mean, cells.family)


def counts(cells: Cells) -> list[Floats]:
    """Return what is summed per cell and does not: numerator and denominator."""
    return [cells.numerator, cells.denominator]


def _parts(numerator: Floats, n: Floats, sum_sq: Floats, mean: Floats, family: Family) -> list[Floats]:
    out = [numerator - n * mean, n * slope(mean, family)]
    if family == "mean":
        out.append(sum_sq - 2 * mean * numerator + n * mean**2)
    return out


def sums(counted: Iterable[Floats], found: Iterable[Floats]) -> Sums:
    """Return summed :func:`counts` and :func:`parts` by name."""
    numerator, n = counted
    residual, information, *squared = found
    if not squared:
        return Sums(residual, information, information, numerator - residual, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(n > 0, np.maximum(squared[0] - residual**2 / n, 0), 0.0)
    return Sums(residual, information, variance, numerator - residual, n)


@dataclass(frozen=True, eq=False)
class Tables:
    """Sums by candidate and block, and of all cases by block.

    Parameters
    ----------
    stacked
        Of shape (counts and parts, candidates + 1, blocks); the last row of each is that of all cases.
    family
        What is counted.
    excess
        Of each candidate: how many times more its change varies than the model has it.
    """

    stacked: Floats
    family: Family
    excess: Floats

    def permuted(self, labels: Floats) -> Floats:
        """Return scores of shape (candidates, permutations) under permuted period labels, one column each."""
        now = self._summed(labels)
        return self._scores(now, self.stacked.sum(axis=2)[:, :, None] - now)

    def resampled(self, now: Floats, then: Floats) -> Floats:
        """Return scores of shape (candidates, resamples) for numbers of times that each block is drawn."""
        return self._scores(self._summed(now), self._summed(then))

    def _summed(self, weights: Floats) -> Floats:
        # One product instead of one per part: many small ones wait for each other's threads.
        count, rows, blocks = self.stacked.shape
        return (self.stacked.reshape(count * rows, blocks) @ weights).reshape(count, rows, -1)

    def _scores(self, now: Floats, then: Floats) -> Floats:
        own = [sums(side[:2, :-1], side[2:, :-1]) for side in (now, then)]
        whole = [sums(side[:2, -1:], side[2:, -1:]) for side in (now, then)]
        return scores(own[0], own[1], whole[0], whole[1], self.family) / np.sqrt(self.excess)[:, None]


def counted(cells: Cells, lattice: Lattice, keep: Ints) -> Floats:
    """Return the counts by kept candidate and block, which no model changes; for :func:`tables`."""
    weights = [cells.rows.numerator, cells.rows.denominator]
    return _stacked(cells, weights, lattice.block_sums(cells, weights, keep))


def tables(cells: Cells, lattice: Lattice, mean: Floats, keep: Ints, counts_by_block: Floats, excess: Floats) -> Tables:
    """Sum residuals by kept candidate and block.

    Parameters
    ----------
    cells, lattice
        The cases and candidates.
    mean
        Expected mean of each cell.
    keep
        Candidates, ascending.
    counts_by_block
        As of :func:`counted`.
    excess
        Of every candidate of the lattice.
    """
    weights = _row_parts(cells, mean)
    own = _stacked(cells, weights, lattice.block_sums(cells, weights, keep))
    return Tables(np.concatenate([counts_by_block, own]), cells.family, excess[keep])


def tables_of(cells: Cells, mean: Floats, held: Mask, excess: float) -> Tables:
    """Sum residuals of one set of cells by block."""
    inside = held[cells.rows.cell]
    weights = [cells.rows.numerator, cells.rows.denominator, *_row_parts(cells, mean)]
    own = [_whole(cells, weight * inside) for weight in weights]
    return Tables(_stacked(cells, weights, own), cells.family, np.array([excess]))


def _row_parts(cells: Cells, mean: Floats) -> list[Floats]:
    rows = cells.rows
    return _parts(rows.numerator, rows.denominator, rows.sum_sq, mean[rows.cell], cells.family)


def _stacked(cells: Cells, weights: Sequence[Floats], own: Sequence[Floats]) -> Floats:
    return np.stack([np.vstack([table, _whole(cells, weight)]) for table, weight in zip(own, weights, strict=True)])


def _whole(cells: Cells, weight: Floats) -> Floats:
    summed = np.bincount(cells.rows.block, weights=weight, minlength=len(cells.block_current))
    return np.asarray(summed, dtype=float)[None, :]
