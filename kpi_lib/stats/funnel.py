"""Groups against a common level: exact contours, overdispersion, smallest difference a group could show, ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats

WINSOR = 0.1
"""Share of the z-scores pulled in at each end before the overdispersion is estimated (Spiegelhalter 2005)."""


@dataclass(frozen=True, eq=False)
class Overdispersion:
    """How much more groups differ than chance allows.

    Parameters
    ----------
    phi
        Mean square of the winsorised z-scores: 1 by chance alone.
    tau
        Additive standard deviation of the true levels, in the unit of the value; 0 where ``phi`` is not above 1.
    z
        Each group's z-score with ``tau`` in its standard error.
    """

    phi: float
    tau: float
    z: Floats


def overdispersion(value: npt.ArrayLike, level: float, error: npt.ArrayLike) -> Overdispersion:
    """Estimate additive overdispersion about a common level.

    Parameters
    ----------
    value, level, error
        Value of each group, the common level, and each group's standard error by chance alone at that level.

    References
    ----------
    Spiegelhalter (2005), Quality and Safety in Health Care 14:347.
    """
    y, s = np.asarray(value, dtype=float), np.asarray(error, dtype=float)
    there = ~np.isnan(y) & (s > 0)
    if there.sum() < 2:
        return Overdispersion(np.nan, 0.0, _scores(y, level, s, 0.0))
    z = (y[there] - level) / s[there]
    low, high = np.quantile(z, [WINSOR, 1 - WINSOR])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    w, groups = 1 / s[there] ** 2, int(there.sum())
    tau2 = max(0.0, (groups * phi - (groups - 1)) / float(w.sum() - np.sum(w**2) / w.sum()))
    # Spiegelhalter's test: without more spread than chance there is nothing to add.
    tau = float(np.sqrt(tau2)) if phi * groups > groups - 1 else 0.0
    return Overdispersion(phi, tau, _scores(y, level, s, tau))


def _scores(y: Floats, level: float, s: Floats, tau: float) -> Floats:
    spread = np.hypot(s, tau)
    return np.asarray(np.divide(y - level, spread, out=np.full(y.size, np.nan), where=spread > 0))


def exact_p(numerator: npt.ArrayLike, denominator: npt.ArrayLike, level: float, *, share: bool) -> Floats:
    """Return the two-sided chance of a count at least as far out when the true level is ``level``.

    Twice the smaller tail, at most 1; ``nan`` without a denominator. Binomial for shares, Poisson for rates.
    """
    k, n = (np.asarray(x, dtype=float) for x in (numerator, denominator))
    law = stats.binom(n, level) if share else stats.poisson(n * level)
    p = np.minimum(1.0, 2 * np.minimum(law.cdf(k), law.sf(k - 1)))
    return np.asarray(np.where((n > 0) & ~np.isnan(k), p, np.nan))


def smallest_difference(
    level: float, error: npt.ArrayLike, *, significance: float = 0.05, power: float = 0.8
) -> Floats:
    """Return the true difference a group of this standard error would show with ``power``.

    Parameters
    ----------
    level
        Common level of the groups.
    error
        Standard error of each group's value.
    significance, power
        Two-sided size of the test, and the chance that it shows the difference.

    References
    ----------
    Verburg et al. (2018), Critical Care 22:285 (funnel workflow: smallest group that can tell).
    """
    return np.asarray((stats.norm.isf(significance / 2) + stats.norm.ppf(power)) * np.asarray(error, dtype=float))


@dataclass(frozen=True, eq=False)
class Ranks:
    """Ranks of groups with their uncertainty; 1 is best.

    Parameters
    ----------
    lo, middle, hi
        Interval and median of each group's rank.
    worst_fifth
        Chance that the group is truly among the worst fifth.
    """

    lo: Floats
    middle: Floats
    hi: Floats
    worst_fifth: Floats


def ranks(draws: Floats, *, higher_is_better: bool, level: float = 0.95) -> Ranks:
    """Rank groups from joint draws of their true levels.

    Parameters
    ----------
    draws
        Of shape (draws, groups).
    higher_is_better
        Direction.
    level
        Of the rank intervals.

    References
    ----------
    Goldstein and Spiegelhalter (1996), J. R. Stat. Soc. A 159:385.
    """
    order = np.argsort(np.argsort(-draws if higher_is_better else draws, axis=1), axis=1) + 1
    groups = draws.shape[1]
    lo, middle, hi = np.quantile(order, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0, method="nearest")
    worst = order > groups - max(1, round(groups / 5))
    return Ranks(lo, middle, hi, worst.mean(axis=0))
