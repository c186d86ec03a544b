"""Seasons and autocorrelation: what makes honest limits of a stable process look too narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special
from statsmodels.tsa.seasonal import STL

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import longest, total

MONTHS: Final = 12


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Series = seasonal + trend + rest."""

    seasonal: Floats
    trend: Floats
    rest: Floats


def decompose(values: npt.ArrayLike, *, period: int = MONTHS, window: int | None = None) -> Decomposition:
    """Split a series by STL, with the defaults of R's ``stl``.

    Parameters
    ----------
    values
        Series without gaps, of at least two cycles.
    period
        Points in a cycle.
    window
        Seasonal window (odd); None for a season that is the same every year.

    References
    ----------
    Cleveland et al. (1990), J. Official Statistics 6:3.
    """
    y = np.asarray(values, dtype=float)
    span = 10 * y.size + 1 if window is None else window
    trend = _odd(int(np.ceil(1.5 * period / (1 - 1.5 / span))))
    low_pass = _odd(period)
    fitted = STL(
        y, period=period, seasonal=span, trend=trend, low_pass=low_pass, seasonal_deg=0, trend_deg=1, low_pass_deg=1,
        seasonal_jump=-(-span // 10), trend_jump=-(-trend // 10), low_pass_jump=-(-low_pass // 10),
    ).fit(inner_iter=2, outer_iter=0)  # fmt: skip
    seasonal, level = np.asarray(fitted.seasonal), np.asarray(fitted.trend)
    if window is None:
        place = np.arange(y.size) % period
        seasonal = np.array([seasonal[place == p].mean() for p in range(period)])[place]
    return Decomposition(seasonal, level, y - seasonal - level)


def _odd(n: int) -> int:
    return n if n % 2 else n + 1


@dataclass(frozen=True, eq=False)
class Season:
    """Yearly wave of a monthly series.

    Parameters
    ----------
    effect
        Wave at each point, in the unit of the value; adds up to about 0 over a year.
    share
        Part of the detrended variance the wave explains.
    p_value
        Chance of as large a wave in a series without one; ``nan`` where fewer than two years are there.
    harmonics
        Waves a year the evidence supports, 1 or 2; 0 where there was nothing to fit.
    """

    effect: Floats
    share: float
    p_value: float
    harmonics: int = 0


def season(
    values: npt.ArrayLike, weights: npt.ArrayLike, month: npt.ArrayLike, *, step_at: int | None = None
) -> Season:
    """Fit a yearly wave to one series; parameters as of :func:`seasons`."""
    y, w = (np.asarray(x, dtype=float)[None, :] for x in (values, weights))
    return seasons(y, w, month, step_at=step_at)[0]


def seasons(values: Floats, weights: Floats, month: npt.ArrayLike, *, step_at: int | None = None) -> list[Season]:
    """Fit a yearly wave beside a trend to each row, with a second harmonic where the evidence supports it.

    Parameters
    ----------
    values
        Series as rows, ``nan`` for gaps.
    weights
        Denominators (quasi-likelihood: a share of few cases counts less); 1 for values of equal precision.
    month
        Month of the year of each column, 1 to 12.
    step_at
        Position of a known shift of all rows, which must not pass for a season.

    Returns
    -------
    list of Season
        One harmonic or two, by Akaike's criterion corrected for few points. The chance is the smaller of the two
        F tests', doubled because the data chose.

    References
    ----------
    Stolwijk, Straatman and Zielhuis (1999), J. Epidemiology and Community Health 53:235 (sine and cosine terms; F test
    on weighted residuals, which allows for overdispersion); Hurvich and Tsai (1989), Biometrika 76:297.
    """
    there = ~np.isnan(values) & (weights > 0)
    n, width = there.sum(axis=1), values.shape[1]
    time = np.linspace(-1, 1, width)
    plain = [np.ones(width), time] + ([] if step_at is None else [(np.arange(width) >= step_at).astype(float)])
    angle = 2 * np.pi * np.asarray(month, dtype=float) / MONTHS
    design = np.column_stack([*plain, *(wave(k * angle) for k in (1, 2) for wave in (np.sin, np.cos))])
    fixed, enough = len(plain), n >= 2 * MONTHS
    unknown = Season(np.zeros(width), np.nan, np.nan)
    if width < design.shape[1] or not enough.any():
        return [unknown] * len(values)
    # Weighted least squares in one triangle: the columns come in order, so each model is a leading part of it.
    root = np.where(there, np.sqrt(np.where(there, weights, 0.0)), 0.0)
    turned, triangle = np.linalg.qr(design * root[:, :, None])
    target = np.where(there, values, 0.0) * root
    along = np.einsum("rmp,rm->rp", turned, target)
    squares = np.sum(target**2, axis=1)
    left = squares[:, None] - np.concatenate([np.zeros((len(values), 1)), np.cumsum(along**2, axis=1)], axis=1)
    diagonal = np.abs(np.diagonal(triangle, axis1=1, axis2=2))
    # Where some months of the year have no value the waves cannot all be told apart.
    told = diagonal > 1e-9 * diagonal.max(axis=1, keepdims=True)
    without = left[:, fixed]
    tests = [_tested(without, left[:, fixed + 2 * k], n, fixed, 2 * k) for k in (1, 2)]
    double = told.all(axis=1)
    two = double & (tests[1][1] < tests[0][1])
    chance = np.where(double, np.minimum(1.0, 2 * np.minimum(tests[0][0], tests[1][0])), tests[0][0])
    fitted = enough & told[:, : fixed + 2].all(axis=1)
    still = fitted & (without <= 1e-20 * np.maximum(squares, 1e-300))
    effect, share = np.zeros(values.shape), np.zeros(len(values))
    for k in (1, 2):
        rows = np.flatnonzero(fitted & ~still & (two == (k == 2)))
        size = fixed + 2 * k
        coefficients = np.linalg.solve(triangle[rows, :size, :size], along[rows, :size, None])[:, fixed:]
        # Column by column: a product of matrices would round by the number of rows.
        for at, column in enumerate(design.T[fixed:size]):
            effect[rows] += coefficients[:, at] * column
        share[rows] = 1 - left[rows, size] / without[rows]
    told_of = zip(
        effect, share.tolist(), np.where(still, 1.0, chance).tolist(), np.where(still, 0, 1 + two).tolist(), strict=True
    )
    return [Season(*one) if known else unknown for one, known in zip(told_of, fitted.tolist(), strict=True)]


def _tested(without: Floats, rest: Floats, n: Ints, fixed: int, extra: int) -> tuple[Floats, Floats]:
    """Return the F test's chance of a model with ``extra`` more columns, and its corrected criterion."""
    freedom, size = n - fixed - extra, fixed + extra + 1
    left = np.maximum(rest, 1e-20 * without)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = special.fdtrc(extra, np.maximum(freedom, 1), (without - left) / extra / (left / freedom))
        criterion = n * np.log(left / n) + 2 * size * n / np.maximum(n - size - 1, 1)
    return np.asarray(chance), np.asarray(criterion)


def lag_one(values: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the autocorrelation of neighbours and the chance of as much without any.

    Parameters
    ----------
    values
        A series over the full calendar, or many as rows.

    Returns
    -------
    rho, p_value
        Lag-1 autocorrelation of the longest stretch without a gap, and its Ljung-Box p; ``nan`` below 8 points or
        without variation.

    References
    ----------
    Ljung and Box (1978), Biometrika 65:297.
    """
    y = np.asarray(values, dtype=float)
    n, end = (found[..., None] for found in longest(~np.isnan(y)))
    place = np.arange(y.shape[-1])
    y = np.where((place > end - n) & (place <= end) & (n >= 8), y, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = np.where((place > end - n) & (place <= end), y - total(y)[..., None] / n, 0.0)
        squares = total(centred**2)
        varied = (n[..., 0] >= 8) & (squares > 1e-28 * np.maximum(total(y**2), 1e-300))
        rho = np.where(varied, total(centred[..., 1:] * centred[..., :-1]) / squares, np.nan)
        chance = special.chdtrc(1, (n * (n + 2) / (n - 1))[..., 0] * rho**2)
    return rho, np.asarray(chance)


def widening(rho: float) -> float:
    """Return the factor by which limits from moving ranges must widen for a lag-1 autocorrelation.

    Moving ranges of alike neighbours are small: their mean measures sigma times sqrt(1 - rho).

    References
    ----------
    Maragah and Woodall (1992), J. Statistical Computation and Simulation 40:29.
    """
    return float(1 / np.sqrt(1 - min(rho, 0.95))) if rho > 0 else 1.0
