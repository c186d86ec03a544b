"""Quantiles of a population from a sample, with Woodruff's interval."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.sampling.design import Design
from kpi_lib.stats.sampling.estimate import means
from kpi_lib.stats.sampling.shares import ShareInterval, share_interval


class QuantileRule(StrEnum):
    """How a quantile between two values is chosen (Hyndman and Fan 1996, with weights)."""

    MATH = "math"
    """The lowest value at which the cumulative share reaches the quantile (type 1)."""
    SCHOOL = "school"
    """As ``math``, but half way to the next value where the share is hit exactly (type 2)."""
    LINEAR = "hf7"
    """Linear between values, the weight of the largest left out (type 7)."""


@dataclass(frozen=True)
class QuantileEstimate:
    """A quantile with its interval; ``se`` is the interval's half width over the t quantile."""

    value: float
    se: float
    lo: float
    hi: float


def weighted_quantile(values: Floats, weights: Floats, q: float, *, rule: QuantileRule = QuantileRule.MATH) -> float:
    """Return the quantile of a weighted set of values; ``nan`` where it is empty.

    Parameters
    ----------
    values, weights
        Per row; rows of weight 0 are left out.
    q
        Share of the weight below, 0 to 1.
    rule
        What is taken between two values.
    """
    used = weights > 0
    x, w = values[used], weights[used]
    if x.size == 0:
        return float("nan")
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    # Extended precision: whether a share is hit exactly must not hang on the rounding of a long sum.
    cumulative = np.cumsum(w, dtype=np.longdouble).astype(float)
    if rule is QuantileRule.LINEAR:
        return _linear(x, cumulative, q)
    shares = cumulative / cumulative[-1]
    reached = min(int(np.searchsorted(shares, q)), x.size - 1)
    exact = rule is QuantileRule.SCHOOL and shares[reached] == q
    return float((x[reached] + x[reached + 1]) / 2 if exact and reached + 1 < x.size else x[reached])


def _linear(x: Floats, cumulative: Floats, q: float) -> float:
    if x.size == 1:
        return float(x[0])
    places = np.concatenate([[0.0], cumulative[:-1]]) / cumulative[-2]
    return float(np.interp(q, places, x))


def quantile(
    design: Design,
    values: npt.ArrayLike,
    q: float,
    *,
    rule: QuantileRule = QuantileRule.MATH,
    method: ShareInterval = ShareInterval.MEAN,
    level: float = 0.95,
) -> QuantileEstimate:
    """Estimate a quantile.

    Parameters
    ----------
    design, values
        The sample; rows whose value is missing are outside the domain.
    q
        Between 0 and 1.
    rule
        How a value is chosen.
    method
        Interval of the share at or below the quantile, turned back into values.

    References
    ----------
    Woodruff (1952), J. Am. Stat. Assoc. 47:635.
    """
    y = np.asarray(values, dtype=float)
    known = ~np.isnan(y)
    weights = np.where(known, design.weights, 0.0)
    value = weighted_quantile(y, weights, q, rule=rule)
    below = means(design, np.where(known, y <= value, np.nan))
    n = int(np.count_nonzero(weights))
    lo, hi = share_interval(float(below.value[0]), float(below.se[0]), n, df=below.df, method=method, level=level)
    bounds = [weighted_quantile(y, weights, share, rule=rule) for share in (lo, hi)]
    half = (bounds[1] - bounds[0]) / 2
    return QuantileEstimate(value, half / float(stats.t.isf((1 - level) / 2, below.df)), bounds[0], bounds[1])
