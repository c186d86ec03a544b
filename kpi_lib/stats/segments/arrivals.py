"""Search for the segments whose share of the cases changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Cells, Mask, Pairs
from kpi_lib.stats.segments.lattice import Lattice, members
from kpi_lib.stats.segments.maxt import Maxima, largest, permuted
from kpi_lib.stats.segments.search import DEPTH_PRICE

MOST_SHIFTS: Final = 5

SMALLEST_SHIFT: Final = 0.01
"""A share of the cases that moved by less than a point moves no KPI."""

SMALLEST_RATIO: Final = 1.2
"""Shares wander from month to month; less than a fifth more or less is no news."""


@dataclass(frozen=True)
class Shift:
    """A segment with another share of the cases.

    Parameters
    ----------
    pairs
        ``(dimension, code)`` of its values.
    score, threshold
        Normal score with the shifts before it allowed for, and what it had to pass.
    p
        Adjusted for everything looked at.
    """

    pairs: Pairs
    score: float
    threshold: float
    p: float


def shifts(
    cells: Cells, lattice: Lattice, *, alpha: tuple[float, float, float], permutations: int, rng: np.random.Generator
) -> tuple[Shift, ...]:
    """Take the strongest shift, weigh the cases so that it is gone, and look again.

    Parameters
    ----------
    cells, lattice
        The cases and candidates; support is needed in one period only.
    alpha
        Chance of any false segment whose share shrank, of any whose share grew, and of any false finding of the whole
        analysis.
    permutations, rng
        Of the blocks' periods.

    Returns
    -------
    tuple of Shift
        In the order found. When one share grows all others shrink: after the growth is weighed away they stand still,
        so that only what moved by itself is named.
    """
    keep = np.flatnonzero(lattice.primary)
    found: list[Shift] = []
    if not len(keep):
        return ()
    labels = permuted(cells.block_current, permutations, rng)
    while len(found) < MOST_SHIFTS:
        weight = _weights(cells, [members(cells, one.pairs) for one in found])
        ((then, now),) = lattice.sums(cells, [cells.denominator * weight])
        whole = np.array([(cells.denominator * weight * side).sum() for side in (~cells.current, cells.current)])
        score = _scores(now, then + now, whole[1], whole.sum(), whole[1] / whole.sum())
        by_row = cells.rows.denominator * weight[cells.rows.cell]
        (table,) = lattice.block_sums(cells, [by_row], keep)
        every = np.bincount(cells.rows.block, weights=by_row, minlength=len(cells.block_current)).astype(float)
        maxima = largest(labels, _Permuted(table, every, float(whole[1] / whole.sum())), alpha=alpha)
        best = _best(cells, lattice, score, maxima)
        if best is None:
            break
        own = float(score[best])
        found.append(Shift(lattice.name(best), own, maxima.threshold(own), maxima.p(own)))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Permuted:
    table: Floats
    every: Floats
    fraction: float

    def __call__(self, labels: Floats) -> Floats:
        total = self.table.sum(axis=1, keepdims=True)
        return _scores(self.table @ labels, total, self.every @ labels, float(self.every.sum()), self.fraction)


def _scores(now: Floats, total: Floats, whole_now: Floats, whole: float, fraction: float) -> Floats:
    """Return normal scores of the cases in the current period, that of all cases given."""
    share = total / whole
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (now - share * whole_now) / np.sqrt(fraction * (1 - fraction) * total * (1 - share))
    return np.where(total > 0, score, 0.0)


def _weights(cells: Cells, held: Sequence[Mask]) -> Floats:
    """Return weights under which every combination of the found segments has the same share in both periods."""
    pattern = sum(
        (mask.astype(np.int64) << place for place, mask in enumerate(held)), np.zeros_like(cells.current, int)
    )
    now = np.bincount(pattern, weights=cells.denominator * cells.current)
    whole = np.bincount(pattern, weights=cells.denominator)
    overall = now.sum() / whole.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        own = now / whole
        up, down = overall / own, (1 - overall) / (1 - own)
    known = (own > 0) & (own < 1)
    return np.where(known[pattern], np.where(cells.current, up[pattern], down[pattern]), 0.0)


def _best(cells: Cells, lattice: Lattice, score: Floats, maxima: Maxima) -> int | None:
    reference, current = cells.totals
    ((then, now),) = lattice.sums(cells, [cells.denominator])
    before, after = then / reference, now / current
    with np.errstate(divide="ignore"):
        ratio = np.maximum(after / before, before / after)
    fall, rise = maxima.thresholds()
    passed = lattice.primary & ((score <= -fall) | (score >= rise))
    passed &= (np.abs(after - before) >= SMALLEST_SHIFT) & (ratio >= SMALLEST_RATIO)
    if not passed.any():
        return None
    merit = np.where(passed, score**2 - DEPTH_PRICE * (lattice.depth - 1), -np.inf)
    best = np.flatnonzero(merit >= merit.max() - 1e-6 * max(1.0, abs(merit.max())))
    return int(best[int(np.argmax(score[best]))])


def share_change(cells: Cells, held: Mask) -> tuple[float, float, float]:
    """Return a segment's share of the cases before and now, and the change's standard error, blocks as clusters."""
    reference, current = cells.totals
    share = [float(cells.denominator[held & side].sum()) for side in (~cells.current, cells.current)]
    before, after = share[0] / reference, share[1] / current
    expected = np.where(cells.block_current, after, before)
    blocks = len(cells.block_current)
    own = np.bincount(cells.rows.block, weights=cells.rows.denominator * held[cells.rows.cell], minlength=blocks)
    every = np.bincount(cells.rows.block, weights=cells.rows.denominator, minlength=blocks)
    total = np.where(cells.block_current, current, reference)
    return before, after, float(np.sqrt((((own - expected * every) / total) ** 2).sum()))
