"""Seasons and autocorrelation: what makes honest limits of a stable process look too narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox
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
    """

    effect: Floats
    share: float
    p_value: float


def season(
    values: npt.ArrayLike, weights: npt.ArrayLike, month: npt.ArrayLike, *, step_at: int | None = None
) -> Season:
    """Fit one yearly wave beside a trend.

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

    References
    ----------
    Stolwijk, Straatman and Zielhuis (1999), J. Epidemiology and Community Health 53:235 (sine and cosine terms); the
    F test on weighted residuals allows for overdispersion.
    """
    y, w = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    angle = 2 * np.pi * np.asarray(month, dtype=float) / MONTHS
    there = ~np.isnan(y) & (w > 0)
    blank = np.zeros(y.size)
    if there.sum() < 2 * MONTHS:
        return Season(blank, np.nan, np.nan)
    time = np.linspace(-1, 1, y.size)
    plain = [np.ones(y.size), time] + ([] if step_at is None else [(np.arange(y.size) >= step_at).astype(float)])
    wave = [np.sin(angle), np.cos(angle)]
    without = _residual(np.column_stack(plain)[there], y[there], w[there])[1]
    found, rest = _residual(np.column_stack(plain + wave)[there], y[there], w[there])
    freedom = int(there.sum()) - len(plain) - 2
    if rest <= 1e-20 * max(without, 1e-300) or without <= 0:
        return Season(blank, 0.0 if without <= 0 else 1.0, 1.0 if without <= 0 else 0.0)
    statistic = (without - rest) / 2 / (rest / freedom)
    effect = np.column_stack(wave) @ found[-2:]
    return Season(np.asarray(effect), float(1 - rest / without), float(stats.f.sf(statistic, 2, freedom)))


def _residual(design: Floats, y: Floats, w: Floats) -> tuple[Floats, float]:
    root = np.sqrt(w)
    found = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    return np.asarray(found), float(np.sum(w * (y - design @ found) ** 2))


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
    stretches = np.split(y, np.flatnonzero(np.isnan(y)))
    longest = max((part[~np.isnan(part)] for part in stretches), key=len, default=y[:0])
    if longest.size < 8 or np.ptp(longest) == 0:
        return np.nan, np.nan
    centred = longest - longest.mean()
    rho = float(np.sum(centred[1:] * centred[:-1]) / np.sum(centred**2))
    return rho, float(acorr_ljungbox(longest, lags=[1])["lb_pvalue"].iloc[0])


def widening(rho: float) -> float:
    """Return the factor by which limits from moving ranges must widen for a lag-1 autocorrelation.

    Moving ranges of alike neighbours are small: their mean measures sigma times sqrt(1 - rho).

    References
    ----------
    Maragah and Woodall (1992), J. Statistical Computation and Simulation 40:29.
    """
    return float(1 / np.sqrt(1 - min(rho, 0.95))) if rho > 0 else 1.0
