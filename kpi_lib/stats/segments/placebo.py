"""How much segments move when nothing is known to have happened: the reference held against itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Cells
from kpi_lib.stats.segments.lattice import Lattice
from kpi_lib.stats.segments.tables import Tables

FEWEST_LATE: Final = 7
"""Days of the later part; fewer say nothing of drift."""

BEYOND_CHANCE: Final = 2.0
"""Standard errors by which the mean squared score must pass 1 before it is believed."""

MOST: Final = 25.0
"""A segment would have to move by five times as much as chance has it; more is no drift any longer."""


def excess(cells: Cells, lattice: Lattice, of: Tables, keep: Ints) -> Floats:
    """Return by candidate how many times more its change varies than the model has it; 1 or more.

    Parameters
    ----------
    cells, lattice
        The cases and candidates.
    of
        Sums by block of the kept candidates.
    keep
        The kept candidates.

    Returns
    -------
    array
        The mean squared score of the reference's last days against its first ones, as many as the current period has,
        pooled over the candidates of the same dimensions: branches that drift, or have bad days, vary alike. 1 where
        blocks are no days.
    """
    days = np.flatnonzero(~cells.block_current)
    out = np.ones(len(lattice))
    late = min(int(cells.block_current.sum()), len(days) // 3)
    if not cells.clustered or late < FEWEST_LATE:
        return out
    now, then = np.zeros((2, len(cells.block_current), 1))
    now[days[-late:]] = 1
    then[days[:-late]] = 1
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = of.resampled(now, then)[:, 0] ** 2
    group = np.searchsorted(lattice.starts, keep, side="right") - 1
    known = np.isfinite(squared)
    number = np.bincount(group[known], minlength=len(lattice.subsets))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(group[known], weights=squared[known], minlength=len(lattice.subsets)) / number
        chance = 1 + BEYOND_CHANCE * np.sqrt(2 / number)
    ratio = np.where((number > 1) & (mean > chance), np.minimum(mean, MOST), 1.0)
    return np.repeat(ratio, np.diff(lattice.starts))
