"""Expected values: ridge main-effects regression with a common change, and terms added as the search goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Cells, Mask
from kpi_lib.stats.segments.design import Design, column
from kpi_lib.stats.segments.families import LIMIT, link, mean_of, slope

RIDGE: Final = 0.5
"""Penalty of a value's effect: a normal prior with variance 2 on the link's scale (in units of the residual variance
for a mean). Weak: it only keeps nested and rare values identified."""

RIDGE_STANDING: Final = 1.0
"""Penalty of a standing interaction."""

RIDGE_CHANGE: Final = 0.01
"""Penalty of a found segment's change, so that it stays finite where every case is a hit."""

FREE: Final = 1e-9
"""Penalty of intercept and common change: none, but for a matrix that can be inverted."""

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
        The same with the common change.
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
        Standard error of the common change's coefficient.
    """

    before: Floats
    common: Floats
    mean: Floats
    eta: Floats
    coefficients: Floats
    changes: Floats
    composition_se: float
    common_se: float


def fit(
    cells: Cells,
    *,
    standing: Sequence[Mask] = (),
    changes: Sequence[Mask] = (),
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
    start
        Coefficients of a fit with the same main effects, standing terms and fewer changes.

    Returns
    -------
    Fit
        Penalised maximum likelihood by Newton's method; the mean of the reference is met exactly, up to the penalty of
        the found segments (le Cessie and van Houwelingen 1992, Applied Statistics 41:191).
    """
    design, penalty = _design(cells, standing, changes)
    beta = np.zeros(design.width)
    beta[sum(design.sizes)] = link(float(cells.numerator.sum() / cells.denominator.sum()), cells.family)
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
    return _fitted(cells, design, beta, information, n_changes=len(changes))


def _design(cells: Cells, standing: Sequence[Mask], changes: Sequence[Mask]) -> tuple[Design, Floats]:
    codes = [code.astype(np.int64) + 1 for code in cells.codes]
    sizes = [size + 1 for size in cells.sizes]
    masks = [np.ones(len(cells.current), dtype=np.bool_), *standing, cells.current]
    for held in changes:
        masks += [held, held & cells.current]
    penalty = np.concatenate(
        [
            np.full(sum(sizes), RIDGE), [FREE], np.full(len(standing), RIDGE_STANDING), [FREE],
            np.tile([RIDGE_STANDING, RIDGE_CHANGE], len(changes)),
        ]
    )  # fmt: skip
    return Design(codes, sizes, [column(held) for held in masks]), penalty


def _fitted(cells: Cells, design: Design, beta: Floats, information: Floats, *, n_changes: int) -> Fit:
    edge = len(beta) - 2 * n_changes
    changed = np.arange(edge + 1, len(beta), 2)
    since = np.r_[edge - 1, changed]
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
