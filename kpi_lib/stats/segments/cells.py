"""Cases as aggregated cells of integer codes, and the blocks in which they are permuted.

Two levels: *cells* (one per combination of dimension values and period) carry the model, *rows* (cell by block) carry
the permutations. Both are in one fixed order, so that for counts nothing depends on the order the cases came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Floats, Ints

Family = Literal["share", "rate", "mean"]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

Pairs = tuple[tuple[int, int], ...]
"""A conjunction: ``(dimension, code)`` of each of its values."""

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


@dataclass(frozen=True, eq=False)
class Cells:
    """Cases of both periods.

    Parameters
    ----------
    codes
        Of shape (dimensions, cells): value of each dimension; -1 for values below support.
    values
        Of each dimension, the caller's codes of the values that kept one.
    current
        Whether a cell belongs to the period under review.
    numerator, denominator, sum_sq
        Sums of a cell; ``sum_sq`` is empty unless the family is ``mean``.
    rows
        The same cases by block.
    block_current
        Period of each block.
    clustered
        Whether blocks are the caller's days, so that cases of one block may hang together.
    family
        What numerator and denominator are.
    """

    codes: Codes
    values: tuple[Ints, ...]
    current: Mask
    numerator: Floats
    denominator: Floats
    sum_sq: Floats
    rows: Rows
    block_current: Mask
    clustered: bool
    family: Family

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the number of values of each dimension."""
        return tuple(len(own) for own in self.values)

    def given(self, pairs: Pairs) -> Pairs:
        """Return a conjunction in the caller's codes."""
        return tuple((dimension, int(self.values[dimension][value])) for dimension, value in pairs)

    def own(self, pairs: Pairs) -> Pairs:
        """Return a conjunction given in the caller's codes, each of which kept a code."""
        return tuple((dimension, int(np.searchsorted(self.values[dimension], value))) for dimension, value in pairs)

    @property
    def totals(self) -> tuple[float, float]:
        """Denominators of the reference and of the current period."""
        return float(self.denominator[~self.current].sum()), float(self.denominator[self.current].sum())


def cells(
    codes: Codes,
    sizes: tuple[int, ...],
    current: Mask,
    block: Ints | None,
    numerator: Floats,
    denominator: Floats,
    sum_sq: Floats | None,
    *,
    family: Family,
    min_share: float,
    kept: Sequence[tuple[int, int]] = (),
    rng: np.random.Generator,
) -> Cells:
    """Aggregate coded cases.

    Parameters
    ----------
    codes, sizes
        Of shape (dimensions, cases), each below its dimension's size.
    current, block, numerator, denominator, sum_sq
        Of each case or leaf; ``block`` numbers the days (the same day of both periods is two blocks), None where there
        are none. Sums of counts are the same in any order of the cases; of other numbers in the order given.
    family
        What is counted.
    min_share
        A value below this share of the cases in both periods keeps no code of its own: no candidate can hold it, so
        that nothing the search could find is lost and the number of cells stays bounded.
    kept
        ``(dimension, code)`` of values that keep their code however rare.
    rng
        Deals cases to random blocks where there are no days.

    Returns
    -------
    Cells
    """
    codes, values = coarsened(codes, sizes, current, denominator, min_share=min_share, kept=kept)
    sizes = tuple(len(own) for own in values)
    squares = np.zeros(0) if sum_sq is None else sum_sq
    key = _keys(codes, sizes, current)
    if block is not None and min(len(np.unique(block[current])), len(np.unique(block[~current]))) < FEWEST_BLOCKS:
        block = None
    clustered = block is not None
    order = np.argsort(key, kind="stable")
    key, numerator, denominator, current = key[order], numerator[order], denominator[order], current[order]
    codes = codes[:, order]
    squares = squares[order] if family == "mean" else squares
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    row_cell = np.cumsum(np.r_[0, (key[1:] != key[:-1]).astype(np.int64)])
    whole = (
        np.add.reduceat(numerator, first), np.add.reduceat(denominator, first),
        np.add.reduceat(squares, first) if family == "mean" else squares,
    )  # fmt: skip
    if block is not None:
        label, block_current = _numbered(Rows(row_cell, block[order], numerator, denominator, squares), current, rng)
        rows = _by_block(Rows(row_cell, label, numerator, denominator, squares))
    else:
        dealt = Rows(row_cell, row_cell, numerator, denominator, squares)
        if family == "share":
            dealt = _dealt(*whole[:2], rng=rng)
        label, block_current = _random_blocks(current[first][dealt.cell], dealt.denominator, rng)
        rows = _by_block(replace(dealt, block=label))
    return Cells(codes[:, first], values, current[first], *whole, rows, block_current, clustered, family)


def sampled(cells: Cells, rows: int, rng: np.random.Generator) -> Cells:
    """Return about so many of the rows, drawn at random, and their cells; all of them where there are no more."""
    number = len(cells.rows.cell)
    if number <= rows:
        return cells
    drawn = np.flatnonzero(rng.random(number) < rows / number)
    held, place = np.unique(cells.rows.cell[drawn], return_inverse=True)
    parts = [part[drawn] if part.size else part for part in
             (cells.rows.numerator, cells.rows.denominator, cells.rows.sum_sq)]  # fmt: skip
    summed = [
        np.bincount(place, weights=part, minlength=len(held)).astype(float) if part.size else part for part in parts
    ]
    return Cells(
        cells.codes[:, held], cells.values, cells.current[held], summed[0], summed[1], summed[2],
        Rows(place.astype(np.int64), cells.rows.block[drawn], parts[0], parts[1], parts[2]), cells.block_current,
        cells.clustered, cells.family,
    )  # fmt: skip


def coarsened(
    codes: Codes, sizes: tuple[int, ...], current: Mask, denominator: Floats, *, min_share: float,
    kept: Sequence[tuple[int, int]] = (),
) -> tuple[Codes, tuple[Ints, ...]]:  # fmt: skip
    """Number the values anew, with -1 for those below ``min_share`` of the denominator in both periods.

    Returns
    -------
    codes, values
        New codes, and by dimension the old code of each new one. A value that only one period lacks is kept, so that
        its cases keep an expectation of their own.
    """
    out, values = np.empty_like(codes), []
    for place, size in enumerate(sizes):
        held = np.stack(
            [np.bincount(codes[place][side], weights=denominator[side], minlength=size) for side in (~current, current)]
        )
        total = held.sum(axis=1, keepdims=True)
        common = (held >= min_share * np.maximum(total, 1e-300)).any(axis=0) & (held > 0).any(axis=0)
        common[[value for dimension, value in kept if dimension == place]] = True
        values.append(np.flatnonzero(common))
        number = np.full(size, -1, dtype=np.int32)
        number[values[-1]] = np.arange(len(values[-1]))
        out[place] = number[codes[place]]
    return out, tuple(values)


def _keys(codes: Codes, sizes: tuple[int, ...], current: Mask) -> Ints:
    """Return one integer per combination of values and period, in canonical order."""
    key = current.astype(np.int64)
    for code, size in zip(codes, sizes, strict=True):
        if key.max(initial=0) > np.iinfo(np.int64).max // (size + 2):
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        key = key * (size + 1) + (code + 1)
    return key


def _by_block(rows: Rows) -> Rows:
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


def _dealt(numerator: Floats, denominator: Floats, *, rng: np.random.Generator) -> Rows:
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


def _random_blocks(current: Mask, denominator: Floats, rng: np.random.Generator) -> tuple[Ints, Mask]:
    """Deal rows to blocks of about equal size, as many to each period as its denominator asks for."""
    share = float(denominator[current].sum() / denominator.sum())
    n_current = int(np.clip(round(RANDOM_BLOCKS * share), FEWEST_BLOCKS, RANDOM_BLOCKS - FEWEST_BLOCKS))
    block = np.empty(len(current), dtype=np.int64)
    for side, start, number in ((False, n_current, RANDOM_BLOCKS - n_current), (True, 0, n_current)):
        rows = np.flatnonzero(current == side)
        block[rows] = start + rng.permutation(len(rows)) % number
    return block, np.arange(RANDOM_BLOCKS) < n_current


def _numbered(rows: Rows, current: Mask, rng: np.random.Generator) -> tuple[Ints, Mask]:
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
