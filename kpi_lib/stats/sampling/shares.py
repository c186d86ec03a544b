"""Intervals of shares from a sample: always defined, always inside [0, 1]."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from scipy import special, stats

from kpi_lib.stats.intervals import wilson

_HAIR = 1e-9


class ShareInterval(StrEnum):
    """How the interval of a share is made."""

    WILSON = "wilson"
    LOGIT = "logit"
    KORN_GRAUBARD = "korn_graubard"
    BETA = "beta"
    ASIN = "asin"
    MEAN = "mean"


def share_interval(
    share: float,
    se: float,
    n: int,
    *,
    df: float,
    method: ShareInterval = ShareInterval.WILSON,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the interval of a share estimated from a sample.

    Parameters
    ----------
    share, se
        Estimate and design-based standard error.
    n
        Answers it rests on (rows of the design).
    df
        Degrees of freedom of the design.
    method
        ``wilson`` (effective sample size ``p(1-p)/se^2`` in Wilson's interval with the t quantile of the design),
        ``logit``, ``korn_graubard`` (Clopper-Pearson on the effective size, scaled for the degrees of freedom and never
        above ``n``), ``beta`` (the same, not cut at ``n``), ``asin`` or ``mean``
        (Wald, cut at 0 and 1).
    level
        Confidence level.

    Returns
    -------
    lo, hi
        In [0, 1]; ``nan`` where nobody answered. Where every answer is the same (or the standard error is not known),
        Clopper-Pearson's interval of ``n`` answers for the exact methods and for the others the wider of that and
        Wilson's, which alone is too short for one to four answers; a share known of everyone (``se`` 0 and neither 0
        nor 1) is a point.

    References
    ----------
    Wilson (1927); Korn and Graubard (1998), Survey Methodology 24:193; Parker et al. (2017), Vital Health Stat. 2:175;
    Franco et al. (2019), J. Surv. Stat. Methodol. 7:334.
    """
    if n == 0 or np.isnan(share):
        return float("nan"), float("nan")
    # Sums of weights leave a hair of 0 or 1.
    share = 0.0 if share < _HAIR else 1.0 if share > 1 - _HAIR else share
    if share in (0.0, 1.0) or np.isnan(se):
        return _same_answers(share, n, method, level)
    if se == 0:
        return share, share
    t = float(stats.t.isf((1 - level) / 2, df)) if df > 0 else float("inf")
    lo, hi = _interval(share, se, n, df, t, method, level)
    return float(np.clip(lo, 0, 1)), float(np.clip(hi, 0, 1))


def _same_answers(share: float, n: int, method: ShareInterval, level: float) -> tuple[float, float]:
    exact = _clopper_pearson(share, n, level)
    if method in (ShareInterval.KORN_GRAUBARD, ShareInterval.BETA):
        return exact
    lo, hi = wilson(share * n, n, level=level)
    return min(float(lo), exact[0]), max(float(hi), exact[1])


def _clopper_pearson(share: float, n: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    lo = stats.beta.ppf(tail, n * share, n * (1 - share) + 1) if n * share > _HAIR else 0.0
    hi = stats.beta.isf(tail, n * share + 1, n * (1 - share)) if n * (1 - share) > _HAIR else 1.0
    return float(lo), float(hi)


def _interval(
    p: float, se: float, n: int, df: float, t: float, method: ShareInterval, level: float
) -> tuple[float, float]:
    # A hair above nothing, so that a rare event with a large error still has its (wide) interval.
    effective = max(p * (1 - p) / se**2, 1e-3)
    match method:
        case ShareInterval.WILSON:
            centre = (p + t**2 / (2 * effective)) / (1 + t**2 / effective)
            half = t / (1 + t**2 / effective) * np.sqrt(p * (1 - p) / effective + t**2 / (4 * effective**2))
            return centre - half, centre + half
        case ShareInterval.LOGIT:
            logit, half = special.logit(p), t * min(se / (p * (1 - p)), 1e6)
            return special.expit(logit - half), special.expit(logit + half)
        case ShareInterval.BETA | ShareInterval.KORN_GRAUBARD:
            scaled = effective * (stats.t.isf((1 - level) / 2, max(n - 1, 1)) / t) ** 2
            return _clopper_pearson(p, min(n, scaled) if method is ShareInterval.KORN_GRAUBARD else scaled, level)
        case ShareInterval.ASIN:
            angle, half = np.arcsin(np.sqrt(p)), t * se / (2 * np.sqrt(p * (1 - p)))
            return np.sin(max(angle - half, 0)) ** 2, np.sin(min(angle + half, np.pi / 2)) ** 2
        case ShareInterval.MEAN:
            return p - t * se, p + t * se
