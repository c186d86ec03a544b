"""Tests in a sample: difference of two domain means, and independence of two classifications."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.design import Design
from kpi_lib.stats.sampling.estimate import means, totals


@dataclass(frozen=True)
class Difference:
    """A difference with its t test."""

    value: float
    se: float
    lo: float
    hi: float
    t: float
    df: float
    p: float


def t_difference(value: float, se: float, *, df: float, level: float = 0.95) -> Difference:
    """Return the t test of a difference against 0.

    Parameters
    ----------
    value, se
        The difference and its standard error.
    df
        Degrees of freedom; without any the interval is endless.
    level
        Of the interval.
    """
    half = float(stats.t.isf((1 - level) / 2, df)) * se if df > 0 else float("inf")
    with np.errstate(divide="ignore", invalid="ignore"):
        t = float(np.divide(value, se))
    return Difference(value, se, value - half, value + half, t, df, float(2 * stats.t.sf(abs(t), df)))


def difference_of_means(
    design: Design, values: npt.ArrayLike, group: npt.ArrayLike, *, level: float = 0.95
) -> Difference:
    """Return the mean inside a group less that outside, as the slope on the group's indicator.

    Degrees of freedom are those of the design less one, the convention of a regression with one slope.

    Parameters
    ----------
    design
        Weights, strata and clusters of the rows.
    values, group
        Per row: the value, and whether it is in the group.
    level
        Of the interval.

    References
    ----------
    Lumley (2010), Complex Surveys, section 5.2.
    """
    y, inside = np.asarray(values, dtype=float), np.asarray(group, dtype=bool)
    both = means(design, np.column_stack([y, y]), domain=np.column_stack([inside, ~inside]))
    value, se = both.contrast([1, -1])
    return t_difference(value, se, df=both.df - 1, level=level)


@dataclass(frozen=True)
class Independence:
    """Tests that two classifications are independent, each ``(statistic, p)``.

    Parameters
    ----------
    f
        Rao and Scott's second-order F.
    chi2
        Pearson's statistic of the estimated table at the sample's size, with the p of the first-order correction.
    wald, adjusted_wald
        Wald test of the departures from independence, and with the finite degrees of freedom.
    """

    f: tuple[float, float]
    chi2: tuple[float, float]
    wald: tuple[float, float]
    adjusted_wald: tuple[float, float]


def independence(design: Design, rows: Ints, columns: Ints) -> Independence:
    """Test that two classifications of the population are independent.

    Parameters
    ----------
    design
        The whole sample.
    rows, columns
        Classes coded from 0; -1 (missing) leaves a row out of the table. A class nobody is left in is none.

    Returns
    -------
    Independence
        All ``nan`` where fewer than two classes are left on a side, or nothing varies within the strata.

    References
    ----------
    Rao and Scott (1984), Ann. Stat. 12:46; Thomas and Rao (1987), J. Am. Stat. Assoc. 82:630; Koch, Freeman and
    Freeman (1975), Int. Stat. Rev. 43:59.
    """
    unknown = (float("nan"), float("nan"))
    nothing = Independence(f=unknown, chi2=unknown, wald=unknown, adjusted_wald=unknown)
    known = (rows >= 0) & (columns >= 0)
    rows, columns = _filled(rows, known), _filled(columns, known)
    shape = int(rows.max(initial=-1)) + 1, int(columns.max(initial=-1)) + 1
    if min(shape) < 2:
        return nothing
    cell = np.where(known, rows * shape[1] + columns, -1)
    indicators = (cell[:, None] == np.arange(shape[0] * shape[1])).astype(float)
    cells = means(design, indicators, domain=known[:, None])
    table = cells.value.reshape(shape)
    row_share, column_share = table.sum(axis=1), table.sum(axis=0)
    free = (shape[0] - 1) * (shape[1] - 1)
    n, df = int(np.count_nonzero(design.weights[known])), cells.df
    fitted = np.outer(row_share, column_share)
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = float(n * np.nansum((table - fitted) ** 2 / fitted))
    delta = n * _generalised_effects(cells.value, cells.covariance, shape)
    first, second = float(np.trace(delta)), float(np.trace(delta @ delta))
    if not second > 0:  # nothing varies within the strata, so there is nothing to hold the table against
        return nothing
    satterthwaite = first**2 / second
    f = pearson / first
    counts = totals(design, indicators, domain=known[:, None])
    wald = _wald(counts.value.reshape(shape), counts.covariance) / free
    adjusted = wald * (df - free + 1) / df
    return Independence(
        f=(f, float(stats.f.sf(f, satterthwaite, satterthwaite * df))),
        chi2=(pearson, float(stats.chi2.sf(pearson / (first / free), free))),
        wald=(wald, float(stats.f.sf(wald, free, df))),
        adjusted_wald=(adjusted, float(stats.f.sf(adjusted, free, max(df - free + 1, 1e-9)))),
    )


def _filled(codes: Ints, known: npt.NDArray[np.bool_]) -> Ints:
    """Return the codes of the classes that somebody is in, without gaps; -1 elsewhere."""
    found = np.full(codes.size, -1, dtype=np.int64)
    found[known] = np.unique(codes[known], return_inverse=True)[1]
    return found


def _generalised_effects(share: Floats, covariance: Floats, shape: tuple[int, int]) -> Floats:
    """Return the matrix whose eigenvalues are the generalised design effects, scaled by 1 (Pearson with its own n)."""
    interactions = _interactions(shape)
    main = _main_effects(shape)
    fit, *_ = np.linalg.lstsq(main, interactions, rcond=None)
    contrast: Floats = interactions - main @ fit
    with np.errstate(divide="ignore"):
        inverse = np.where(share > 0, 1 / share, 0.0)
    weighted: Floats = np.asarray(inverse[:, None] * contrast, dtype=np.float64)
    effects = np.linalg.pinv(contrast.T @ weighted, hermitian=True) @ (weighted.T @ covariance @ weighted)
    return np.asarray(effects, dtype=np.float64)


def _main_effects(shape: tuple[int, int]) -> Floats:
    row, column = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    return np.column_stack(
        [
            np.ones(row.size),
            *((row == r).astype(float) for r in range(1, shape[0])),
            *((column == c).astype(float) for c in range(1, shape[1])),
        ]
    )


def _interactions(shape: tuple[int, int]) -> Floats:
    row, column = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    return np.column_stack(
        [((row == r) & (column == c)).astype(float) for r in range(1, shape[0]) for c in range(1, shape[1])]
    )


def _wald(table: Floats, covariance: Floats) -> float:
    """Return the Wald statistic of counts less those expected under independence, the expected ones linearised too."""
    rows, columns = table.shape
    whole, by_row, by_column = table.sum(), table.sum(axis=1), table.sum(axis=0)
    row, column = np.divmod(np.arange(rows * columns), columns)
    gaps, slopes = [], []
    for r in range(rows - 1):
        for c in range(columns - 1):
            fitted = by_row[r] * by_column[c] / whole
            gaps.append(table[r, c] - fitted)
            expected = (row == r) * by_column[c] / whole + (column == c) * by_row[r] / whole - fitted / whole
            slopes.append(((row == r) & (column == c)) - expected)
    gap, gradient = np.array(gaps), np.array(slopes)
    # Generalised: a cell everybody in its strata is in has no spread (Moore 1977, J. Am. Stat. Assoc. 72:131).
    return float(gap @ np.linalg.pinv(gradient @ covariance @ gradient.T, hermitian=True) @ gap)
