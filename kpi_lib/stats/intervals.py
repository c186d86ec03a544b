"""Confidence intervals of shares, means, rates, counts and quantiles, from sufficient statistics.

All functions broadcast over numpy arrays, are two-sided at ``level`` and return ``nan`` where there is nothing to say
(a zero denominator, one observation of a mean), never 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bounds = tuple[Floats, Floats]


def _upper_tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level is a probability between 0 and 1, not {level}")
    return (1 - level) / 2


def wilson(numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, level: float = 0.95) -> Bounds:
    """Wilson score interval of a share.

    Parameters
    ----------
    numerator, denominator
        Counts, ``0 <= numerator <= denominator``.
    level
        Confidence level.

    Returns
    -------
    lo, hi
        Shares in [0, 1]; ``nan`` where the denominator is 0. Defined at shares of 0 and 1.

    Raises
    ------
    ValueError
        A numerator below 0 or above its denominator.

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22:209.
    """
    k, n = np.broadcast_arrays(np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float))
    if np.any((k < 0) | (k > n)):
        raise ValueError("a share's numerator must lie between 0 and its denominator")
    z = -special.ndtri(_upper_tail(level))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / n
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    empty = n == 0
    lo = np.where(empty, np.nan, np.where(k == 0, 0.0, np.clip(centre - half, 0, 1)))
    hi = np.where(empty, np.nan, np.where(k == n, 1.0, np.clip(centre + half, 0, 1)))
    return lo, hi


def clopper_pearson(numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, level: float = 0.95) -> Bounds:
    """Exact interval of a binomial share.

    Parameters
    ----------
    numerator, denominator
        Hits and cases.
    level
        Confidence level.

    Returns
    -------
    lo, hi
        Within [0, 1]; ``nan`` where the denominator is 0.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26:404.
    """
    k, n = np.broadcast_arrays(np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float))
    if np.any(k < 0) or np.any(k > n):
        raise ValueError("hits lie between 0 and the cases")
    tail, empty = _upper_tail(level), ~(n > 0)
    lo = np.where(k > 0, special.betaincinv(np.where(k > 0, k, 1.0), n - k + 1, tail), 0.0)
    hi = np.where(k < n, special.betainccinv(k + 1, np.where(k < n, n - k, 1.0), tail), 1.0)
    return np.where(empty, np.nan, lo), np.where(empty, np.nan, hi)


def mean_t(total: npt.ArrayLike, total_sq: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> Bounds:
    """Student t interval of a mean, from the sum and the sum of squares.

    Parameters
    ----------
    total, total_sq, n
        Sum, sum of squares and number of the values.
    level
        Confidence level.

    Returns
    -------
    lo, hi
        In the unit of the values; ``nan`` where ``n < 2``.

    References
    ----------
    Student (1908), Biometrika 6:1.
    """
    s, ss, m = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (total, total_sq, n)))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = s / m
        variance = np.maximum(ss - s * mean, 0) / (m - 1)
        half = -special.stdtrit(np.where(m > 1, m - 1, np.nan), _upper_tail(level)) * np.sqrt(variance / m)
    few = m < 2
    return np.where(few, np.nan, mean - half), np.where(few, np.nan, mean + half)


def poisson_rate(count: npt.ArrayLike, exposure: npt.ArrayLike = 1.0, *, level: float = 0.95) -> Bounds:
    """Exact interval of a Poisson count per exposure.

    Parameters
    ----------
    count
        Events, 0 or more.
    exposure
        What they are counted per (tickets, customers); 1 for the count itself.
    level
        Confidence level.

    Returns
    -------
    lo, hi
        Rates of 0 or more; ``nan`` where the exposure is 0.

    Raises
    ------
    ValueError
        A count below 0.

    References
    ----------
    Garwood (1936), Biometrika 28:437.
    """
    k, e = np.broadcast_arrays(np.asarray(count, dtype=float), np.asarray(exposure, dtype=float))
    if np.any(k < 0):
        raise ValueError("a count of events cannot be below 0")
    tail = _upper_tail(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        lo = np.where(k > 0, special.gammaincinv(np.where(k > 0, k, 1.0), tail), 0.0) / e
        hi = special.gammainccinv(k + 1, tail) / e
    empty = ~(e > 0)
    return np.where(empty, np.nan, lo), np.where(empty, np.nan, hi)


def quantile_ranks(n: npt.ArrayLike, q: float, *, level: float = 0.95) -> tuple[Ints, Ints]:
    """Ranks of the two order statistics that enclose a quantile.

    The tightest pair with equal tails: each tail leaves out at most ``(1 - level) / 2``, so the interval holds at least
    ``level`` for any distribution.

    Parameters
    ----------
    n
        Numbers of values.
    q
        Quantile, between 0 and 1.
    level
        Confidence level.

    Returns
    -------
    lower, upper
        1-based ranks; both 0 where ``n`` values are too few to enclose the quantile.

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, 3rd ed., section 3.2.
    """
    sizes = np.asarray(n, dtype=np.int64)
    tail = _upper_tail(level)
    # P(X_(r) <= quantile) = P(Binomial(n, q) >= r): the largest lower rank keeps P(B < lower) <= tail.
    lower = stats.binom.ppf(tail, sizes, q)
    lower = np.where(stats.binom.cdf(lower - 1, sizes, q) > tail, lower - 1, lower)
    upper = stats.binom.isf(tail, sizes, q) + 1
    enclosed = (sizes > 0) & (lower >= 1) & (upper <= sizes)
    return np.where(enclosed, lower, 0).astype(np.int64), np.where(enclosed, upper, 0).astype(np.int64)


def quantiles(samples: Sequence[Floats], q: float, *, level: float = 0.95) -> Floats:
    """Quantile of each sample with its order-statistic interval.

    Parameters
    ----------
    samples
        One array of values a sample, any order, no ``nan``.
    q
        Quantile, between 0 and 1.
    level
        Confidence level.

    Returns
    -------
    array of shape (len(samples), 3)
        ``value, lo, hi``: ``value`` interpolates linearly (Hyndman and Fan's type 7); ``lo`` and ``hi`` are ``nan``
        where the sample is too small to enclose the quantile, all three where it is empty.

    References
    ----------
    Hyndman and Fan (1996), Am. Stat. 50:361; Conover (1999), section 3.2.
    """
    lower, upper = quantile_ranks([len(sample) for sample in samples], q, level=level)
    found = np.full((len(samples), 3), np.nan)
    for row, (sample, lo, hi) in enumerate(zip(samples, lower, upper, strict=True)):
        if len(sample):
            found[row] = _quantile(np.asarray(sample, dtype=float), q, int(lo), int(hi))
    return found


def _quantile(x: Floats, q: float, lower: int, upper: int) -> tuple[float, float, float]:
    ordered = np.sort(x)
    position = (x.size - 1) * q
    below = int(position)
    above = min(below + 1, x.size - 1)
    value = float(ordered[below] + (position - below) * (ordered[above] - ordered[below]))
    return (value, float(ordered[lower - 1]), float(ordered[upper - 1])) if lower else (value, np.nan, np.nan)


def censored_quantile(
    observed: npt.ArrayLike, still_running: npt.ArrayLike, q: float, *, level: float = 0.95
) -> tuple[float, float, float]:
    """Quantile of a duration where some clocks are still running.

    Parameters
    ----------
    observed
        Durations that have ended.
    still_running
        Time run so far by those that have not.
    q
        Quantile, between 0 and 1.
    level
        Confidence level.

    Returns
    -------
    value, lo, hi
        Kaplan-Meier quantile with Brookmeyer and Crowley's interval on the log-log scale; ``nan`` where the curve does
        not come down far enough to say. Without running clocks the same as :func:`quantiles`.

    References
    ----------
    Kaplan and Meier (1958), J. Am. Stat. Assoc. 53:457; Brookmeyer and Crowley (1982), Biometrics 38:29.
    """
    ended = np.asarray(observed, dtype=float)
    running = np.asarray(still_running, dtype=float)
    if running.size == 0:
        value, lo, hi = quantiles([ended], q, level=level)[0]
        return float(value), float(lo), float(hi)
    if ended.size == 0:
        return np.nan, np.nan, np.nan
    times, died = np.unique(ended, return_counts=True)
    everyone = np.sort(np.concatenate([ended, running]))
    at_risk = everyone.size - np.searchsorted(everyone, times, side="left")
    surviving = np.cumprod(1 - died / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(died / (at_risk * (at_risk - died)))
        width = stats.norm.isf(_upper_tail(level)) * np.sqrt(greenwood) / -np.log(surviving)
        low, high = surviving ** np.exp(width), surviving ** np.exp(-width)
    ended_all = surviving == 0
    low, high = np.where(ended_all, 0.0, low), np.where(ended_all, np.nan, high)

    def first_at_or_below(curve: npt.NDArray[np.floating]) -> float:
        reached = np.flatnonzero(curve <= 1 - q + 1e-12)
        return float(times[reached[0]]) if reached.size else np.nan

    return first_at_or_below(surviving), first_at_or_below(low), first_at_or_below(high)
