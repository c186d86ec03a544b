"""Every conjunction of up to three dimension values with enough cases, and sums over all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Cells, Codes, Mask, Pairs

MOST_REMEMBERED: Final = 40_000_000
"""Combined codes kept, of all cells and subsets together: 160 MB. Beyond they are worked out each time."""


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
    keys
        Per subset the combined code of every cell, set apart by period; empty where they would not fit in memory.
    """

    subsets: tuple[tuple[int, ...], ...]
    supported: tuple[Ints, ...]
    starts: Ints
    depth: Ints
    primary: Mask
    sizes: tuple[int, ...]
    keys: tuple[Codes, ...]

    def __len__(self) -> int:
        return int(self.starts[-1])

    def name(self, candidate: int) -> Pairs:
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
        for place in range(len(self.subsets)):
            key, size = self._key(cells, place)
            here = slice(int(self.starts[place]), int(self.starts[place + 1]))
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
        for place in range(len(self.subsets)):
            first, last = np.searchsorted(keep, self.starts[place : place + 2])
            if first == last:
                continue
            key, size = self._key(cells, place)
            number = int(last - first)
            lookup = np.full(2 * size + 1, number, dtype=np.int64)
            for side in (0, size):
                lookup[side + self.supported[place][keep[first:last] - self.starts[place]]] = np.arange(number)
            key = lookup[key][cells.rows.cell] * blocks + cells.rows.block
            for weight, table in zip(weights, out, strict=True):
                total = np.bincount(key, weights=weight, minlength=(number + 1) * blocks)
                table[first:last] = total[: number * blocks].reshape(number, blocks)
        return out

    def _key(self, cells: Cells, place: int) -> tuple[Ints | Codes, int]:
        size = int(np.prod([self.sizes[dimension] for dimension in self.subsets[place]]))
        return (self.keys[place] if self.keys else _key(cells, self.subsets[place], size)), size


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
    subsets, supported, prints, keys = [], [], [], []
    total = cells.totals
    floor = tuple(max(min_cases, min_share * whole) for whole in total)
    ceiling = tuple(whole - min_cases for whole in total)
    mark = np.random.default_rng(0).random(len(cells.current))
    sizes = cells.sizes
    number = sum(comb(len(sizes), depth) for depth in range(1, max_depth + 1))
    remembered = number * len(cells.current) <= MOST_REMEMBERED
    for depth in range(1, min(max_depth, len(sizes)) + 1):
        for subset in combinations(range(len(sizes)), depth):
            size = int(np.prod([sizes[dimension] for dimension in subset]))
            key = _key(cells, subset, size)
            held = np.bincount(key, weights=cells.denominator, minlength=2 * size + 1)[:-1].reshape(2, size)
            large = np.stack([row >= low for row, low in zip(held, floor, strict=True)])
            partial = np.stack([row <= high for row, high in zip(held, ceiling, strict=True)])
            places = np.flatnonzero((large.any(axis=0) if either else large.all(axis=0)) & partial.all(axis=0))
            if len(places):
                subsets.append(subset)
                supported.append(places)
                marked = np.bincount(key, weights=mark, minlength=2 * size + 1)[:-1].reshape(2, size)
                prints.append(marked.sum(axis=0)[places])
                keys += [key.astype(np.int32)] * remembered
    starts = np.cumsum([0, *(len(places) for places in supported)])
    depths = np.repeat([len(subset) for subset in subsets], np.diff(starts)).astype(np.int64)
    primary = np.zeros(int(starts[-1]), dtype=np.bool_)
    if prints:
        primary[np.unique(np.concatenate(prints), return_index=True)[1]] = True
    return Lattice(tuple(subsets), tuple(supported), starts, depths, primary, sizes, tuple(keys))


def members(cells: Cells, pairs: Pairs) -> Mask:
    """Return which cells a conjunction holds."""
    return np.asarray(np.logical_and.reduce([cells.codes[dimension] == value for dimension, value in pairs]))


def _key(cells: Cells, subset: tuple[int, ...], size: int) -> Ints:
    """Return one code per cell for several dimensions and the period; twice ``size`` where a value is unsupported."""
    code: Ints = cells.codes[subset[0]].astype(np.int64)
    unsupported = code < 0
    for dimension in subset[1:]:
        code = code * cells.sizes[dimension] + cells.codes[dimension]
        unsupported |= cells.codes[dimension] < 0
    code += size * cells.current
    code[unsupported] = 2 * size
    return code
