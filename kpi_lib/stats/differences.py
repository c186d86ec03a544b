"""Differences of two independent estimates with their intervals: is a change more than chance?

Everything broadcasts over numpy arrays. Where one side has no interval, the difference has none either (``nan``), and a
difference without an interval is never clear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats, wilson


@dataclass(frozen=True)
class Difference:
    """First minus second, with a two-sided interval.

    Parameters
    ----------
    value, lo, hi
        Arrays of one shape; ``nan`` where nothing can be said.
    """

    value: Floats
    lo: Floats
    hi: Floats

    @property
    def clear(self) -> npt.NDArray[np.bool_]:
        """True where the interval leaves out zero."""
        return (self.lo > 0) | (self.hi < 0)


def mover(
    first: npt.ArrayLike,
    first_lo: npt.ArrayLike,
    first_hi: npt.ArrayLike,
    second: npt.ArrayLike,
    second_lo: npt.ArrayLike,
    second_hi: npt.ArrayLike,
) -> Difference:
    """Difference of two estimates of any kind, from their own intervals ("method of variance estimates recovery").

    Parameters
    ----------
    first, first_lo, first_hi, second, second_lo, second_hi
        Two independent estimates and their intervals at the level wanted for the difference.

    Returns
    -------
    Difference
        ``first - second``, at the level of the intervals given.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27:1693, equation 6.
    """
    a, al, ah, b, bl, bh = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (first, first_lo, first_hi, second, second_lo, second_hi))
    )
    value = a - b
    return Difference(value, value - np.hypot(a - al, bh - b), value + np.hypot(ah - a, b - bl))


def share_difference(
    numerator_1: npt.ArrayLike,
    denominator_1: npt.ArrayLike,
    numerator_2: npt.ArrayLike,
    denominator_2: npt.ArrayLike,
    *,
    level: float = 0.95,
) -> Difference:
    """Difference of two independent shares.

    Parameters
    ----------
    numerator_1, denominator_1, numerator_2, denominator_2
        Counts of both samples.
    level
        Confidence level.

    Returns
    -------
    Difference
        Within [-1, 1]; ``nan`` where a denominator is 0.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17:873, method 10.
    """
    k1, n1, k2, n2 = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (numerator_1, denominator_1, numerator_2, denominator_2))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = k1 / n1, k2 / n2
    return mover(p1, *wilson(k1, n1, level=level), p2, *wilson(k2, n2, level=level))


def mean_difference(
    total_1: npt.ArrayLike,
    total_sq_1: npt.ArrayLike,
    n_1: npt.ArrayLike,
    total_2: npt.ArrayLike,
    total_sq_2: npt.ArrayLike,
    n_2: npt.ArrayLike,
    *,
    level: float = 0.95,
) -> Difference:
    """Difference of two independent means with unequal variances.

    Parameters
    ----------
    total_1, total_sq_1, n_1, total_2, total_sq_2, n_2
        Sum, sum of squares and number of the values of both samples.
    level
        Confidence level.

    Returns
    -------
    Difference
        In the unit of the values. Its bounds are ``nan`` where a sample has fewer than two values or where neither
        sample varies at all, for then the data hold no measure of chance.

    References
    ----------
    Welch (1947), Biometrika 34:28.
    """
    s1, q1, n1, s2, q2, n2 = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (total_1, total_sq_1, n_1, total_2, total_sq_2, n_2))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        m1, m2 = s1 / n1, s2 / n2
        e1 = np.maximum(q1 - s1 * m1, 0) / (n1 - 1) / n1
        e2 = np.maximum(q2 - s2 * m2, 0) / (n2 - 1) / n2
        freedom = (e1 + e2) ** 2 / (e1**2 / (n1 - 1) + e2**2 / (n2 - 1))
        half = stats.t.isf((1 - level) / 2, freedom) * np.sqrt(e1 + e2)
    value = m1 - m2
    known = (n1 >= 2) & (n2 >= 2) & (e1 + e2 > 0)
    return Difference(value, np.where(known, value - half, np.nan), np.where(known, value + half, np.nan))
