"""Expected values: ridge main-effects regression with a common change, and terms added as the search goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Cells, Mask
from kpi_lib.stats.segments.families import LIMIT, link, mean_of, slope

RIDGE: Final = 0.5
"""Penalty of a value's effect: a normal prior with variance 2 on the link's scale (in units of the residual variance
for a mean). Weak: it only keeps nested and rare values identified."""

RIDGE_STANDING: Final = 1.0
"""Penalty of a standing interaction."""

RIDGE_CHANGE: Final = 0.01
"""Penalty of a found segment's change, so that it stays finite where every case is a hit."""

STEPS: Final = 12
TOLERANCE: Final = 1e-7


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Parameters
    ----------
    before
        Expected mean of each cell had nothing changed.
    common
        The same with the common change, if the model has one.
    mean
        Fitted mean: with the found segments' changes too.
    eta
        Linear predictor of ``mean``.
    coefficients
        All of them: dimensions, intercept, standing terms, common change, then a standing difference and a change for
        each found segment.
    changes
        Coefficients of the found segments' changes.
    composition_se
        Standard error of the mix part that comes from the coefficients.
    common_se
        Standard error of the common change's coefficient; ``nan`` where the model has none.
    """

    before: Floats
    common: Floats
    mean: Floats
    eta: Floats
    coefficients: Floats
    changes: Floats
    composition_se: float
    common_se: float


@dataclass(frozen=True, eq=False)
class _Design:
    codes: list[np.typing.NDArray[np.int64]]
    sizes: list[int]
    columns: list[Floats]

    @property
    def width(self) -> int:
        return sum(self.sizes) + len(self.columns)

    def predict(self, beta: Floats) -> Floats:
        eta = np.zeros(len(self.codes[0]) if self.codes else len(self.columns[0]))
        start = 0
        for code, size in zip(self.codes, self.sizes, strict=True):
            eta += beta[start : start + size][code]
            start += size
        for place, column in enumerate(self.columns):
            eta += beta[start + place] * column
        return eta

    def scores(self, residual: Floats) -> Floats:
        coded = [
            np.bincount(code, weights=residual, minlength=size)
            for code, size in zip(self.codes, self.sizes, strict=True)
        ]
        return np.concatenate([*coded, [float(column @ residual) for column in self.columns]])

    def information(self, weight: Floats) -> Floats:
        out = np.zeros((self.width, self.width))
        edges = np.cumsum([0, *self.sizes])
        for i, (code, size) in enumerate(zip(self.codes, self.sizes, strict=True)):
            here = slice(edges[i], edges[i + 1])
            out[here, here][np.diag_indices(size)] = np.bincount(code, weights=weight, minlength=size)
            for j in range(i):
                there = slice(edges[j], edges[j + 1])
                table = np.bincount(
                    code * self.sizes[j] + self.codes[j], weights=weight, minlength=size * self.sizes[j]
                ).reshape(size, self.sizes[j])
                out[here, there], out[there, here] = table, table.T
        for place, column in enumerate(self.columns):
            row = edges[-1] + place
            out[row] = self.scores(weight * column)
            out[:, row] = out[row]
        return out


def fit(
    cells: Cells,
    *,
    standing: Sequence[Mask] = (),
    changes: Sequence[Mask] = (),
    main_effects: bool = True,
    common: bool = True,
    start: Floats | None = None,
) -> Fit:
    """Fit expected values to both periods at once.

    Parameters
    ----------
    cells
        The cases.
    standing
        Cells of segments that have always differed from what the dimensions' main effects predict.
    changes
        Cells of segments whose change is part of the model, and their standing difference with it.
    main_effects, common
        Whether dimensions, and a change that all cases share, are part of it.
    start
        Coefficients of a fit with the same main effects, standing terms and fewer changes.

    Returns
    -------
    Fit
        Penalised maximum likelihood by Newton's method; the mean of the reference is met exactly, up to the penalty of
        the found segments (le Cessie and van Houwelingen 1992, Applied Statistics 41:191).
    """
    design, penalty = _design(cells, standing, changes, main_effects=main_effects, common=common)
    beta = np.zeros(design.width)
    beta[_intercept(cells, main_effects=main_effects)] = link(
        float(cells.numerator.sum() / cells.denominator.sum()), cells.family
    )
    if start is not None:
        beta[: len(start)] = start
    n = cells.denominator
    information = np.zeros((0, 0))
    for step in range(STEPS):
        mean = mean_of(design.predict(beta), cells.family)
        if step < 3:
            information = design.information(n * slope(mean, cells.family)) + np.diag(penalty)
        change = np.linalg.solve(information, design.scores(cells.numerator - n * mean) - penalty * beta)
        limit = LIMIT / 4 if cells.family != "mean" else np.inf
        beta = beta + np.clip(change, -limit, limit)
        if np.abs(change).max() < TOLERANCE * max(1.0, np.abs(beta).max()):
            break
    return _fitted(cells, design, beta, information, n_changes=len(changes), common=common)


def _intercept(cells: Cells, *, main_effects: bool) -> int:
    return sum(size + 1 for size in cells.sizes) if main_effects else 0


def _design(
    cells: Cells, standing: Sequence[Mask], changes: Sequence[Mask], *, main_effects: bool, common: bool
) -> tuple[_Design, Floats]:
    current = cells.current.astype(float)
    codes = [code.astype(np.int64) + 1 for code in cells.codes] if main_effects else []
    sizes = [size + 1 for size in cells.sizes] if main_effects else []
    columns = [np.ones(len(current)), *(mask.astype(float) for mask in standing)]
    columns += [current] if common else []
    for mask in changes:
        columns += [mask.astype(float), mask * current]
    penalty = np.concatenate(
        [
            np.full(sum(sizes), RIDGE), [1e-9], np.full(len(standing), RIDGE_STANDING), [1e-9] * common,
            np.tile([RIDGE_STANDING, RIDGE_CHANGE], len(changes)),
        ]
    )  # fmt: skip
    return _Design(codes, sizes, columns), penalty


def _fitted(cells: Cells, design: _Design, beta: Floats, information: Floats, *, n_changes: int, common: bool) -> Fit:
    edge = len(beta) - 2 * n_changes
    changed = np.arange(edge + 1, len(beta), 2)
    since = np.r_[np.arange(edge - common, edge), changed]
    still, shared = beta.copy(), beta.copy()
    still[since] = 0
    shared[changed] = 0
    family, n = cells.family, cells.denominator
    before = mean_of(design.predict(still), family)
    reference, current = cells.totals
    weight = slope(before, family) * np.where(cells.current, n / current, -n / reference)
    pull = design.scores(weight)
    pull[since] = 0
    excess = 1.0
    if family == "mean":
        squared = cells.sum_sq - 2 * before * cells.numerator + n * before**2
        excess = float(squared.sum() / n.sum())
    composition_se = float(np.sqrt(max(excess * float(pull @ np.linalg.solve(information, pull)), 0.0)))
    common_se = np.nan
    if common:
        unit = np.zeros(len(beta))
        unit[edge - 1] = 1
        common_se = float(np.sqrt(excess * float(np.linalg.solve(information, unit)[edge - 1])))
    eta = design.predict(beta)
    return Fit(
        before,
        mean_of(design.predict(shared), family),
        mean_of(eta, family),
        eta,
        beta,
        beta[changed],
        composition_se,
        common_se,
    )
