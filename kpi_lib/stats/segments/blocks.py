"""Whole days, or random parts where there are none: what permutations exchange and resamples draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask

RANDOM_BLOCKS: Final = 240
"""Blocks that cases without a day are dealt into, both periods together: a permutation of them is one of the cases."""

FEWEST_BLOCKS: Final = 8
"""Fewer whole blocks on a side hold too few permutations; cases are then taken as independent."""

MOST_PARTS: Final = 50
"""Into which a block is split."""

DEALT_ONE_BY_ONE: Final = 1_000_000
SMALL_CELL: Final = 64
"""So many cases in all are dealt to random blocks one by one; of more, larger cells than this by a multinomial draw."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Cells by block.

    Parameters
    ----------
    cell, block
        Where a row belongs.
    numerator, denominator, sum_sq
        Its sums; ``sum_sq`` is empty unless the family is ``mean``.
    """

    cell: Ints
    block: Ints
    numerator: Floats
    denominator: Floats
    sum_sq: Floats


def by_block(rows: Rows) -> Rows:
    """Sum what shares cell and block."""
    key = rows.cell * (int(rows.block.max(initial=0)) + 1) + rows.block
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    summed = [
        np.add.reduceat(part[order], first) if part.size else part
        for part in (rows.numerator, rows.denominator, rows.sum_sq)
    ]
    return Rows(rows.cell[order][first], rows.block[order][first], summed[0], summed[1], summed[2])


def dealt_out(numerator: Floats, denominator: Floats, *, rng: np.random.Generator) -> Rows:
    """Split the cells of a share into single hits and misses, large cells into as many parts."""
    cell, hits, count = [], [], []
    largest = np.inf if denominator.sum() <= DEALT_ONE_BY_ONE else SMALL_CELL
    for is_hit, number in ((1.0, numerator), (0.0, denominator - numerator)):
        small = np.where(number <= largest, number, 0).astype(np.int64)
        cell.append(np.repeat(np.arange(len(number)), small))
        count.append(np.ones(int(small.sum())))
        hits.append(np.full(int(small.sum()), is_hit))
        for place in np.flatnonzero(number > largest):
            parts = rng.multinomial(round(float(number[place])), np.full(RANDOM_BLOCKS, 1 / RANDOM_BLOCKS))
            cell.append(np.full(RANDOM_BLOCKS, place))
            count.append(parts.astype(float))
            hits.append(parts * is_hit)
    whole = np.concatenate(count)
    every = np.concatenate(cell)
    return Rows(every, every, np.concatenate(hits), whole, np.zeros(0))


def random_blocks(current: Mask, denominator: Floats, rng: np.random.Generator) -> tuple[Ints, Mask]:
    """Deal rows to blocks of about equal size, as many to each period as its denominator asks for."""
    share = float(denominator[current].sum() / denominator.sum())
    n_current = int(np.clip(round(RANDOM_BLOCKS * share), FEWEST_BLOCKS, RANDOM_BLOCKS - FEWEST_BLOCKS))
    block = np.empty(len(current), dtype=np.int64)
    for side, start, number in ((False, n_current, RANDOM_BLOCKS - n_current), (True, 0, n_current)):
        rows = np.flatnonzero(current == side)
        block[rows] = start + rng.permutation(len(rows)) % number
    return block, np.arange(RANDOM_BLOCKS) < n_current


def numbered(rows: Rows, current: Mask, rng: np.random.Generator) -> tuple[Ints, Mask]:
    """Number the blocks; where those of one period are more than twice as large, split them at random.

    Permuting labels mixes blocks of both periods: were the peers' days ten times a branch's, a permuted period would be
    ten times too large and its figures too calm.
    """
    label = np.unique(rows.block * 2 + current, return_inverse=True)[1].astype(np.int64)
    mass = np.bincount(label, weights=rows.denominator)
    side = np.zeros(len(mass), dtype=np.bool_)
    side[label] = current
    typical = {period: float(np.median(mass[side == period])) for period in (False, True)}
    large = typical[True] > typical[False]
    ratio = min(round(typical[large] / max(typical[not large], 1e-300)), MOST_PARTS)
    if ratio > 2:
        # Rows in a fixed order, so that chance does not depend on the order they came in.
        order = np.lexsort((rows.numerator, rows.denominator, rows.block, rows.cell))
        spread = np.empty(len(label), dtype=np.int64)
        spread[order] = rng.integers(0, ratio, size=len(label))
        label = np.unique(label * ratio + np.where(current == large, spread, 0), return_inverse=True)[1].astype(
            np.int64
        )
        side = np.zeros(int(label.max()) + 1, dtype=np.bool_)
        side[label] = current
    return label, side
