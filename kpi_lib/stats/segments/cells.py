"""Cases as aggregated cells of integer codes, and the blocks in which they are permuted.

Two levels: *cells* (one per combination of dimension values and period) carry the model, *rows* (cell by block) carry
the permutations. Both are in one fixed order, so that for counts nothing depends on the order the cases came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.blocks import FEWEST_BLOCKS, Rows, by_block, dealt_out, numbered, random_blocks

Family = Literal["share", "rate", "mean"]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

Pairs = tuple[tuple[int, int], ...]
"""A conjunction: ``(dimension, code)`` of each of its values."""


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
        label, block_current = numbered(Rows(row_cell, block[order], numerator, denominator, squares), current, rng)
        rows = by_block(Rows(row_cell, label, numerator, denominator, squares))
    else:
        dealt = Rows(row_cell, row_cell, numerator, denominator, squares)
        if family == "share":
            dealt = dealt_out(*whole[:2], rng=rng)
        label, block_current = random_blocks(current[first][dealt.cell], dealt.denominator, rng)
        rows = by_block(replace(dealt, block=label))
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

    Parameters
    ----------
    codes, sizes
        Value of each row by dimension, shape (dimensions, rows), and how many values each dimension has.
    current
        Rows of the current period.
    denominator
        Cases of each row.
    min_share
        Share of a period's cases below which a value is left out.
    kept
        Pairs of dimension and value that stay whatever their share.

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
