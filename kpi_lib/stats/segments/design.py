"""Columns of the regression as codes and sets of cells, so that no matrix of cells by columns is ever built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Mask


@dataclass(frozen=True, eq=False)
class Column:
    """An indicator.

    Parameters
    ----------
    held
        Its cells.
    places
        The same as places.
    """

    held: Mask
    places: Ints


@dataclass(frozen=True, eq=False)
class Design:
    """Indicators of every dimension's values, and further ones.

    Parameters
    ----------
    codes, sizes
        Value of each cell, and number of values, by dimension.
    columns
        Further indicators.
    """

    codes: Sequence[Ints]
    sizes: Sequence[int]
    columns: Sequence[Column]

    @property
    def width(self) -> int:
        """Return the number of coefficients: the dimensions' values, then the further columns."""
        return sum(self.sizes) + len(self.columns)

    def predict(self, beta: Floats) -> Floats:
        """Return the linear predictor of each cell."""
        eta = np.zeros(len(self.codes[0]))
        start = 0
        for code, size in zip(self.codes, self.sizes, strict=True):
            eta += beta[start : start + size][code]
            start += size
        for place, column in enumerate(self.columns):
            eta[column.places] += beta[start + place]
        return eta

    def scores(self, residual: Floats) -> Floats:
        """Return each column's sum of the residuals."""
        coded = [
            np.bincount(code, weights=residual, minlength=size)
            for code, size in zip(self.codes, self.sizes, strict=True)
        ]
        return np.concatenate([*coded, [float(residual[column.places].sum()) for column in self.columns]])

    def information(self, weight: Floats) -> Floats:
        """Return the weighted cross-products of the columns."""
        out = np.zeros((self.width, self.width))
        edges = np.cumsum([0, *self.sizes])
        for i, (code, size) in enumerate(zip(self.codes, self.sizes, strict=True)):
            here = slice(edges[i], edges[i + 1])
            out[here, here][np.diag_indices(size)] = np.bincount(code, weights=weight, minlength=size)
            for j in range(i):
                there = slice(edges[j], edges[j + 1])
                pair = code * self.sizes[j] + self.codes[j]
                table = np.bincount(pair, weights=weight, minlength=size * self.sizes[j]).reshape(size, self.sizes[j])
                out[here, there], out[there, here] = table, table.T
        for place, column in enumerate(self.columns):
            own = weight[column.places]
            coded = [
                np.bincount(code[column.places], weights=own, minlength=size)
                for code, size in zip(self.codes, self.sizes, strict=True)
            ]
            others = [float(own[other.held[column.places]].sum()) for other in self.columns]
            row = edges[-1] + place
            out[row] = np.concatenate([*coded, others])
            out[:, row] = out[row]
        return out


def column(held: Mask) -> Column:
    """Return the indicator of some cells."""
    return Column(held, np.flatnonzero(held))
