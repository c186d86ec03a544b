"""Who answered: response rates, a model of answering, and how alike those who answered are to all drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats


@dataclass(frozen=True)
class ResponseRates:
    """Response rates of the AAPOR.

    Parameters
    ----------
    rr1
        Answers over everyone not known to be ineligible.
    rr3
        As ``rr1``, counting only the share ``eligible`` of those of unknown eligibility.
    rr5
        Answers over those known to be eligible.
    eligible
        Share eligible among those known (CASRO); 1 where none is known.
    """

    rr1: float
    rr3: float
    rr5: float
    eligible: float


def response_rates(answered: float, silent: float, ineligible: float = 0, unknown: float = 0) -> ResponseRates:
    """Return the response rates of counts, or of sums of weights.

    References
    ----------
    AAPOR (2023), Standard Definitions, 10th ed.: RR1, RR3 (with the CASRO allocation), RR5.
    """
    known = answered + silent + ineligible
    eligible = (answered + silent) / known if known else 1.0

    def rate(of: float) -> float:
        return answered / of if of else float("nan")

    return ResponseRates(
        rate(answered + silent + unknown),
        rate(answered + silent + eligible * unknown),
        rate(answered + silent),
        eligible,
    )


@dataclass(frozen=True, eq=False)
class ResponseModel:
    """Logistic regression of answering on what is known of everyone drawn.

    Parameters
    ----------
    coefficients, se
        One per column of the predictors.
    propensity
        Estimated chance of answering, per row.
    """

    coefficients: Floats
    se: Floats
    propensity: Floats


def response_model(
    predictors: Floats, answered: npt.ArrayLike, weights: Floats | None = None, *, steps: int = 100
) -> ResponseModel:
    """Fit who answers.

    Parameters
    ----------
    predictors
        Shape (rows, variables), with a column of ones.
    answered
        0 or 1.
    weights
        Base weights, used as frequencies of the fit; all 1 where absent.
    steps
        Newton steps before the fit stops; separated classes stop it at chances near 0 or 1.

    References
    ----------
    McCullagh and Nelder (1989), section 4.4 (iteratively reweighted least squares).
    """
    y = np.asarray(answered, dtype=float)
    w = np.ones(len(y)) if weights is None else weights
    beta = np.zeros(predictors.shape[1])
    for _ in range(steps):
        p = _expit(predictors @ beta)
        information = (predictors * (w * p * (1 - p))[:, None]).T @ predictors
        step = np.linalg.lstsq(information, predictors.T @ (w * (y - p)), rcond=None)[0]
        beta = beta + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-10:
            break
    p = _expit(predictors @ beta)
    information = (predictors * (w * p * (1 - p))[:, None]).T @ predictors
    return ResponseModel(beta, np.sqrt(np.maximum(np.diag(np.linalg.pinv(information)), 0.0)), p)


def _expit(x: Floats) -> Floats:
    bounded: Floats = 1 / (1 + np.exp(-np.clip(x, -30, 30)))
    return bounded


@dataclass(frozen=True)
class Representativity:
    """How alike those who answered are to those drawn, in what the response model knows.

    Parameters
    ----------
    r
        R-indicator, 1 where everyone is as likely to answer.
    largest_bias
        Bound of the bias of a mean, in its standard deviations.
    auc
        Chance that one who answered had the higher propensity than one who did not.
    """

    r: float
    largest_bias: float
    auc: float


def representativity(propensity: Floats, answered: npt.ArrayLike, weights: Floats | None = None) -> Representativity:
    """Return the R-indicator of fitted propensities.

    References
    ----------
    Schouten, Cobben and Bethlehem (2009), Surv. Methodol. 35:101, eq. 1 and 8.
    """
    w = np.ones(len(propensity)) if weights is None else weights
    mean = np.average(propensity, weights=w)
    spread = np.sqrt((w @ (propensity - mean) ** 2) / (w.sum() - 1))
    heard = np.asarray(answered, dtype=bool)
    r = 1 - 2 * spread
    return Representativity(float(r), float((1 - r) / (2 * mean)), _auc(propensity[heard], propensity[~heard]))


def _auc(inside: Floats, outside: Floats) -> float:
    if inside.size == 0 or outside.size == 0:
        return float("nan")
    u = stats.rankdata(np.concatenate([inside, outside]))[: inside.size].sum() - inside.size * (inside.size + 1) / 2
    return float(u / (inside.size * outside.size))
