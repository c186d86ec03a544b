"""One period against several earlier ones, where periods differ by more than the chance of single cases.

Weather, season and campaigns move whole months: a month is unusual only against how far months lie apart anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.differences import Difference, mover
from kpi_lib.stats.intervals import Floats, clopper_pearson, poisson_rate

Family = Literal["share", "rate", "mean"]

FEWEST: Final = 3
"""Earlier periods from which on it can be said how far periods lie apart."""


@dataclass(frozen=True)
class Against:
    """A period against earlier ones.

    Parameters
    ----------
    difference
        Period less the earlier ones together; without an interval where fewer than :data:`FEWEST` hold cases.
    spread
        Variance between the earlier periods over that of chance alone, at least 1; ``nan`` where unknown.
    """

    difference: Difference
    spread: float


def against_earlier(
    family: Family,
    now: tuple[float, float, float],
    earlier: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
    *,
    level: float,
) -> Against:
    """Compare a period with the earlier ones together.

    Parameters
    ----------
    family
        ``share`` (binomial), ``rate`` (Poisson) or ``mean``.
    now
        Numerator, denominator and, for a mean, sum of squares of the period.
    earlier
        The same of each earlier period; those without a denominator are left out.
    level
        Of the interval.

    Returns
    -------
    Against
        The interval is that of chance alone, made wider by the root of ``spread`` and, where that is above 1, by
        Student's t with the degrees of freedom it rests on.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., section 4.5 (dispersion from Pearson's statistic);
    Zou and Donner (2008), Statistics in Medicine 27:1693 (difference of two estimates from their intervals).
    """
    k, n, q = (np.asarray(part, dtype=float) for part in earlier)
    there = n > 0
    k, n, q = k[there], n[there], q[there]
    if not now[1] > 0 or not n.size:
        return Against(Difference(*(np.asarray(np.nan),) * 3), np.nan)
    value, pooled = now[0] / now[1], float(k.sum() / n.sum())
    if n.size < FEWEST:
        change = np.asarray(value - pooled)
        return Against(Difference(change, np.asarray(np.nan), np.asarray(np.nan)), np.nan)
    unit = _variance(family, k, n, q)
    spread = 1.0
    if unit > 0:
        spread = max(1.0, float((n * (k / n - pooled) ** 2).sum() / unit / (n.size - 1)))
    tail = (1 - level) / 2
    wider = float(np.sqrt(spread) * stats.t.isf(tail, n.size - 1) / stats.norm.isf(tail)) if spread > 1 else 1.0
    return Against(_difference(family, now, (float(k.sum()), float(n.sum())), unit, wider, level), spread)


def _variance(family: Family, k: Floats, n: Floats, q: Floats) -> float:
    """Return the variance of one case in the earlier periods: within them, not between them."""
    pooled = float(k.sum() / n.sum())
    match family:
        case "share":
            return pooled * (1 - pooled)
        case "rate":
            return pooled
        case "mean":
            within = float(np.maximum(q - k**2 / n, 0).sum())
            freedom = float((n - 1).sum())
            return within / freedom if freedom > 0 else 0.0


def _difference(
    family: Family,
    now: tuple[float, float, float],
    then: tuple[float, float],
    unit: float,
    wider: float,
    level: float,
) -> Difference:
    (k1, n1, _), (k0, n0) = now, then
    if family == "mean":
        return _ratio_of_means(k1 / n1, k0 / n0, unit * (1 / n1 + 1 / n0), wider, level)
    # Score intervals are too short far out in the tail of a rare event; the exact ones are not.
    bounds = clopper_pearson if family == "share" else poisson_rate
    chance = mover(k1 / n1, *bounds(k1, n1, level=level), k0 / n0, *bounds(k0, n0, level=level))
    change = chance.value
    ends = change - wider * (change - chance.lo), change + wider * (chance.hi - change)
    lo, hi = (np.clip(end, -1.0, 1.0) for end in ends) if family == "share" else ends
    return Difference(change, lo, hi)


def _ratio_of_means(now: float, then: float, variance: float, wider: float, level: float) -> Difference:
    """Return a difference with the interval of its ratio: hours, seconds and money are skewed, their logarithm hardly.

    Its standard error is that of the earlier level (delta method).
    """
    change = np.asarray(now - then)
    if not (variance > 0 and now > 0 and then > 0):
        return Difference(change, np.asarray(np.nan), np.asarray(np.nan))
    half = wider * float(stats.norm.isf((1 - level) / 2) * np.sqrt(variance)) / then
    lo, hi = np.log(now / then) - half, np.log(now / then) + half
    return Difference(change, np.asarray(then * np.expm1(lo)), np.asarray(then * np.expm1(hi)))
