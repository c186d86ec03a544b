"""Seasons and autocorrelation: what makes honest limits of a stable process look too narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special
from scipy.linalg import solve_triangular
from statsmodels.tsa.seasonal import STL

from kpi_lib.stats.intervals import Floats

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
    """Fit a yearly wave beside a trend, with a second harmonic where the evidence supports it.

    Parameters
    ----------
    values
        Series, ``nan`` for gaps.
    weights
        Denominators (quasi-likelihood: a share of few cases counts less); 1 for values of equal precision.
    month
        Month of the year of each point, 1 to 12.
    step_at
        Position of a known shift, which must not pass for a season.

    Returns
    -------
    Season
        One harmonic or two, by Akaike's criterion corrected for few points. The chance is the smaller of the two
        F tests', doubled because the data chose.

    References
    ----------
    Stolwijk, Straatman and Zielhuis (1999), J. Epidemiology and Community Health 53:235 (sine and cosine terms; F test
    on weighted residuals, which allows for overdispersion); Hurvich and Tsai (1989), Biometrika 76:297.
    """
    y, w = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    there = ~np.isnan(y) & (w > 0)
    n, blank = int(there.sum()), np.zeros(y.size)
    if n < 2 * MONTHS:
        return Season(blank, np.nan, np.nan)
    time = np.linspace(-1, 1, y.size)
    plain = [np.ones(y.size), time] + ([] if step_at is None else [(np.arange(y.size) >= step_at).astype(float)])
    angle = 2 * np.pi * np.asarray(month, dtype=float) / MONTHS
    wave = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)]
    design = np.column_stack([*plain, *wave])
    # Weighted least squares in one triangle: the columns come in order, so each model is a leading part of it.
    root = np.sqrt(w[there])
    turned, triangle = np.linalg.qr(design[there] * root[:, None])
    target = y[there] * root
    along = turned.T @ target
    left = float(target @ target) - np.concatenate([[0.0], np.cumsum(along**2)])
    fixed = len(plain)
    without = left[fixed]
    if without <= 1e-20 * max(float(target @ target), 1e-300):
        return Season(blank, 0.0, 1.0)
    # Where some months of the year have no value the waves cannot all be told apart.
    told = np.abs(np.diag(triangle)) > 1e-9 * np.abs(triangle).max()
    if not told[: fixed + 2].all():
        return Season(blank, np.nan, np.nan)
    found = [
        _tested(without, max(left[fixed + 2 * k], 0.0), n, fixed, 2 * k) for k in (1, 2) if told[: fixed + 2 * k].all()
    ]
    k = 1 + int(np.argmin([criterion for _, criterion in found]))
    size = fixed + 2 * k
    coefficients = solve_triangular(triangle[:size, :size], along[:size])
    effect = design[:, fixed:size] @ coefficients[fixed:]
    chance = min(1.0, len(found) * min(p for p, _ in found))
    return Season(np.asarray(effect), float(1 - left[size] / without), chance, k)


def _tested(without: float, rest: float, n: int, fixed: int, extra: int) -> tuple[float, float]:
    """Return the F test's chance of a model with ``extra`` more columns, and its corrected criterion."""
    freedom = n - fixed - extra
    if rest <= 1e-20 * without:
        return 0.0, -np.inf
    chance = float(special.fdtrc(extra, freedom, (without - rest) / extra / (rest / freedom)))
    size = fixed + extra + 1
    return chance, float(n * np.log(rest / n) + 2 * size * n / max(n - size - 1, 1))


def lag_one(values: npt.ArrayLike) -> tuple[float, float]:
    """Return the autocorrelation of neighbours and the chance of as much without any.

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
    gaps = np.flatnonzero(np.isnan(y))
    if gaps.size:
        edges = np.concatenate([[-1], gaps, [y.size]])
        longest = int(np.argmax(np.diff(edges)))
        y = y[edges[longest] + 1 : edges[longest + 1]]
    n = y.size
    if n < 8 or np.ptp(y) == 0:
        return np.nan, np.nan
    centred = y - y.mean()
    rho = float(centred[1:] @ centred[:-1] / (centred @ centred))
    return rho, float(special.chdtrc(1, n * (n + 2) * rho**2 / (n - 1)))


def widening(rho: float) -> float:
    """Return the factor by which limits from moving ranges must widen for a lag-1 autocorrelation.

    Moving ranges of alike neighbours are small: their mean measures sigma times sqrt(1 - rho).

    References
    ----------
    Maragah and Woodall (1992), J. Statistical Computation and Simulation 40:29.
    """
    return float(1 / np.sqrt(1 - min(rho, 0.95))) if rho > 0 else 1.0
