"""Every conjunction of up to three dimension values with enough cases, and sums over all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Cells, Codes, Mask


@dataclass(frozen=True, eq=False)
class Lattice:
    """Candidates, shallow ones first.

    Parameters
    ----------
    subsets
        Dimensions of each group of candidates.
    supported
        Per subset the combined codes of its candidates.
    starts
        Place of the first candidate of each subset, and the number of all at the end.
    depth
        Of each candidate.
    primary
        False where a candidate before it holds the very same cases.
    sizes
        Number of values of each dimension.
    """

    subsets: tuple[tuple[int, ...], ...]
    supported: tuple[Ints, ...]
    starts: Ints
    depth: Ints
    primary: Mask
    sizes: tuple[int, ...]

    def __len__(self) -> int:
        return int(self.starts[-1])

    def name(self, candidate: int) -> tuple[tuple[int, int], ...]:
        """Return ``(dimension, code)`` pairs of a candidate."""
        place = int(np.searchsorted(self.starts, candidate, side="right")) - 1
        code = int(self.supported[place][candidate - self.starts[place]])
        pairs = []
        for dimension in reversed(self.subsets[place]):
            code, value = divmod(code, self.sizes[dimension])
            pairs.append((dimension, value))
        return tuple(reversed(pairs))

    def sums(self, cells: Cells, weights: Sequence[Floats]) -> list[tuple[Floats, Floats]]:
        """Return for each weight its sums by candidate: reference, current."""
        out = [(np.empty(len(self)), np.empty(len(self))) for _ in weights]
        for place, subset in enumerate(self.subsets):
            code, size = _combined(cells.codes, subset, self.sizes)
            here = slice(int(self.starts[place]), int(self.starts[place + 1]))
            key = np.where(code < 0, 2 * size, code + size * cells.current)
            for weight, (reference, current) in zip(weights, out, strict=True):
                total = np.bincount(key, weights=weight, minlength=2 * size + 1)
                reference[here] = total[self.supported[place]]
                current[here] = total[size + self.supported[place]]
        return out

    def block_sums(self, cells: Cells, weights: Sequence[Floats], keep: Ints) -> list[Floats]:
        """Return for each weight of the rows its sums by kept candidate and block.

        Parameters
        ----------
        cells
            The cases.
        weights
            One value per row.
        keep
            Candidates wanted, in ascending order.
        """
        blocks = len(cells.block_current)
        out = [np.empty((len(keep), blocks)) for _ in weights]
        for place, subset in enumerate(self.subsets):
            first, last = np.searchsorted(keep, self.starts[place : place + 2])
            if first == last:
                continue
            code, size = _combined(cells.codes, subset, self.sizes)
            number = int(last - first)
            lookup = np.full(size + 1, number, dtype=np.int64)
            lookup[self.supported[place][keep[first:last] - self.starts[place]]] = np.arange(number)
            key = lookup[code][cells.rows.cell] * blocks + cells.rows.block
            for weight, table in zip(weights, out, strict=True):
                total = np.bincount(key, weights=weight, minlength=(number + 1) * blocks)
                table[first:last] = total[: number * blocks].reshape(number, blocks)
        return out


def lattice(cells: Cells, *, max_depth: int, min_cases: float, min_share: float, either: bool = False) -> Lattice:
    """Find the candidates with support in both periods, they and all that is not them.

    Parameters
    ----------
    cells
        The cases.
    max_depth
        Longest conjunction.
    min_cases, min_share
        Fewest cases and smallest share of the cases, in each period; the cases outside must be ``min_cases`` too.
    either
        Whether support in one of the periods is enough, for values that came or went.
    """
    subsets, supported, prints = [], [], []
    total = cells.totals
    floor = tuple(max(min_cases, min_share * whole) for whole in total)
    ceiling = tuple(whole - min_cases for whole in total)
    mark = np.random.default_rng(0).random(len(cells.current))
    sizes = cells.sizes
    for depth in range(1, min(max_depth, len(sizes)) + 1):
        for subset in combinations(range(len(sizes)), depth):
            code, size = _combined(cells.codes, subset, sizes)
            key = np.where(code < 0, 2 * size, code + size * cells.current)
            held = np.bincount(key, weights=cells.denominator, minlength=2 * size + 1)[:-1].reshape(2, size)
            large = np.stack([row >= low for row, low in zip(held, floor, strict=True)])
            partial = np.stack([row <= high for row, high in zip(held, ceiling, strict=True)])
            places = np.flatnonzero((large.any(axis=0) if either else large.all(axis=0)) & partial.all(axis=0))
            if len(places):
                subsets.append(subset)
                supported.append(places)
                prints.append(np.bincount(np.where(code < 0, size, code), weights=mark, minlength=size)[places])
    starts = np.cumsum([0, *(len(places) for places in supported)])
    depths = np.repeat([len(subset) for subset in subsets], np.diff(starts)).astype(np.int64)
    primary = np.zeros(int(starts[-1]), dtype=np.bool_)
    if prints:
        primary[np.unique(np.concatenate(prints), return_index=True)[1]] = True
    return Lattice(tuple(subsets), tuple(supported), starts, depths, primary, sizes)


def members(cells: Cells, pairs: Sequence[tuple[int, int]]) -> Mask:
    """Return which cells a conjunction holds."""
    return np.asarray(np.logical_and.reduce([cells.codes[dimension] == value for dimension, value in pairs]))


def _combined(codes: Codes, subset: tuple[int, ...], sizes: tuple[int, ...]) -> tuple[Ints, int]:
    """Return one code per cell for several dimensions (-1 where any is unsupported) and their number."""
    code = codes[subset[0]].astype(np.int64)
    size = sizes[subset[0]]
    unsupported = code < 0
    for dimension in subset[1:]:
        code = code * sizes[dimension] + codes[dimension]
        unsupported = unsupported | (codes[dimension] < 0)
        size *= sizes[dimension]
    return np.where(unsupported, -1, code), size
