"""Durations of several kinds of cases put together in other proportions, or with one kind exchanged for another.

Clocks still running are censored: each kind has its Kaplan-Meier curve, and the whole is their weighted mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from kpi_lib.stats.intervals import Floats


@dataclass(frozen=True, eq=False)
class Durations:
    """How long the cases of one kind took.

    Parameters
    ----------
    ended
        Durations of those that ended.
    running
        Time run so far by the others.
    """

    ended: Floats
    running: Floats

    @property
    def n(self) -> int:
        """Return the number of cases, ended or not."""
        return int(self.ended.size + self.running.size)

    @property
    def known_until(self) -> float:
        """Return the time after which nothing is known of this kind; infinite where its longest case ended."""
        longest_ended = float(self.ended.max()) if self.ended.size else -np.inf
        longest = max(longest_ended, float(self.running.max()) if self.running.size else -np.inf)
        return longest if longest > longest_ended else np.inf


Part = tuple[float, Durations]
"""Weight in the whole, and cases."""


def mixed_quantile(parts: Sequence[Part], q: float, *, level: float = 0.95) -> tuple[float, float, float]:
    """Return the quantile of a mixture of kinds.

    Parameters
    ----------
    parts
        Weights that add up to 1, and cases; a kind of weight 0 may have none.
    q
        Quantile, between 0 and 1.
    level
        Of the interval.

    Returns
    -------
    value, lo, hi
        Shortest time by which at least a share ``q`` of the mixture has ended; its interval holds where the curve's own
        interval (log-log, the kinds independent) meets ``1 - q``. ``nan`` where the data do not reach that far: a kind
        whose longest case still runs says nothing of later times.

    References
    ----------
    Kaplan and Meier (1958), J. Am. Stat. Assoc. 53:457; Greenwood's variance; Brookmeyer and Crowley (1982), Biometrics
    38:29.
    """
    used = [(weight, kind) for weight, kind in parts if weight > 0]
    times = np.unique(np.concatenate([kind.ended for _, kind in used]))
    if not times.size or any(kind.ended.size == 0 for _, kind in used):
        return np.nan, np.nan, np.nan
    curves = [_survival(kind, times) for _, kind in used]
    surviving = sum(weight * curve for (weight, _), (curve, _) in zip(used, curves, strict=True))
    variance = sum(weight**2 * spread for (weight, _), (_, spread) in zip(used, curves, strict=True))
    known = times <= min(kind.known_until for _, kind in used)
    low, high = _log_log(np.asarray(surviving), np.asarray(variance), level)

    def first_at_or_below(curve: Floats) -> float:
        reached = np.flatnonzero((curve <= 1 - q + 1e-12) & known)
        return float(times[reached[0]]) if reached.size else np.nan

    return first_at_or_below(np.asarray(surviving)), first_at_or_below(low), first_at_or_below(high)


def _survival(kind: Durations, at: Floats) -> tuple[Floats, Floats]:
    """Return the Kaplan-Meier curve and its variance at some times."""
    times, died = np.unique(kind.ended, return_counts=True)
    everyone = np.sort(np.concatenate([kind.ended, kind.running]))
    at_risk = everyone.size - np.searchsorted(everyone, times, side="left")
    surviving = np.cumprod(1 - died / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(died / (at_risk * (at_risk - died)))
    variance = np.where(surviving > 0, surviving**2 * np.where(surviving > 0, greenwood, 0.0), 0.0)
    place = np.searchsorted(times, at, side="right") - 1
    before = place < 0
    return np.where(before, 1.0, surviving[place]), np.where(before, 0.0, variance[place])


def _log_log(surviving: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    inside = (surviving > 0) & (surviving < 1)
    safe = np.where(inside, surviving, 0.5)
    width = stats.norm.isf((1 - level) / 2) * np.sqrt(variance) / (safe * -np.log(safe))
    low = np.where(inside, safe ** np.exp(width), surviving)
    high = np.where(inside, safe ** np.exp(-width), np.where(surviving == 0, np.nan, 1.0))
    return low, high


def mixed_mean(parts: Sequence[Part], *, level: float = 0.95) -> tuple[float, float, float]:
    """Return the mean of a mixture of kinds, over the cases that ended, with Welch's interval.

    Parameters
    ----------
    parts
        Weights that add up to 1, and cases.
    level
        Of the interval.

    Returns
    -------
    value, lo, hi
        ``nan`` where a kind has no case that ended, the interval where one has fewer than two.

    References
    ----------
    Welch (1947), Biometrika 34:28.
    """
    used = [(weight, kind.ended) for weight, kind in parts if weight > 0]
    if any(ended.size == 0 for _, ended in used):
        return np.nan, np.nan, np.nan
    value = float(sum(weight * ended.mean() for weight, ended in used))
    if any(ended.size < 2 for _, ended in used):
        return value, np.nan, np.nan
    errors = np.array([weight**2 * ended.var(ddof=1) / ended.size for weight, ended in used])
    if errors.sum() == 0:
        return value, np.nan, np.nan
    freedom = errors.sum() ** 2 / sum(
        error**2 / (ended.size - 1) for error, (_, ended) in zip(errors, used, strict=True)
    )
    half = float(stats.t.isf((1 - level) / 2, freedom) * np.sqrt(errors.sum()))
    return value, value - half, value + half
