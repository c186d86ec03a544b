"""Mean, spread and likelihood of the three kinds of KPI."""

from __future__ import annotations

import numpy as np
from scipy import special

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Family

LIMIT = 15.0
"""Largest linear predictor: a share of 3e-7 from 0 or 1."""


def mean_of(eta: Floats, family: Family) -> Floats:
    """Return the mean at a linear predictor (canonical link)."""
    match family:
        case "share":
            return np.asarray(special.expit(np.clip(eta, -LIMIT, LIMIT)))
        case "rate":
            return np.asarray(np.exp(np.clip(eta, -LIMIT, LIMIT)))
        case "mean":
            return eta


def slope(mean: Floats, family: Family) -> Floats:
    """Return the derivative of the mean by the linear predictor: the information of one case."""
    match family:
        case "share":
            return np.asarray(mean * (1 - mean))
        case "rate":
            return mean
        case "mean":
            return np.ones_like(mean)


def link(mean: float, family: Family) -> float:
    """Return the linear predictor of a mean."""
    match family:
        case "share":
            return float(special.logit(np.clip(mean, 1e-6, 1 - 1e-6)))
        case "rate":
            return float(np.log(max(mean, 1e-9)))
        case "mean":
            return mean


def deviance(observed: Floats, expected: Floats, n: Floats, family: Family) -> Floats:
    """Return twice the log-likelihood ratio of the observed against the expected sum (0 for a mean).

    Parameters
    ----------
    observed, expected
        Sums of hits or events, of one shape.
    n
        Cases behind a share.
    family
        Share, rate or mean.
    """
    match family:
        case "share":
            o, e = np.clip(observed, 0, n), np.clip(expected, 1e-9, n - 1e-9)
            return np.asarray(2 * (special.rel_entr(o, e) + special.rel_entr(n - o, n - e)))
        case "rate":
            o, e = np.maximum(observed, 0), np.maximum(expected, 1e-9)
            return np.asarray(2 * (special.rel_entr(o, e) - (o - e)))
        case "mean":
            return np.zeros_like(observed)
