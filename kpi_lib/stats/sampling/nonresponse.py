"""Did we hear from a fair part of those drawn: response rates, differences, R-indicator, bounds, tipping point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.association import Difference, t_difference
from kpi_lib.stats.sampling.design import Design
from kpi_lib.stats.sampling.estimate import means


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


def standardised_difference(inside: npt.ArrayLike, outside: npt.ArrayLike) -> float:
    """Return the difference of two means over their pooled standard deviation (Austin 2009, eq. 1 and 2)."""
    a, b = np.asarray(inside, dtype=float), np.asarray(outside, dtype=float)
    if a.size == 0 or b.size == 0:
        return float("nan")
    spread = np.sqrt((a.var() + b.var()) / 2)
    gap = a.mean() - b.mean()
    return float(gap / spread) if spread > 0 else (0.0 if gap == 0 else float(np.sign(gap) * np.inf))


def answered_against_drawn(design: Design, values: npt.ArrayLike, answered: npt.ArrayLike) -> Difference:
    """Test the mean of those who answered against that of everyone drawn, who include them.

    References
    ----------
    The covariance of the two overlapping means is linearised (Särndal, Swensson and Wretman 1992, section 5.6);
    degrees of freedom of the design less one.
    """
    y, heard = np.asarray(values, dtype=float), np.asarray(answered, dtype=bool)
    both = means(design, np.column_stack([y, y]), domain=np.column_stack([heard, np.ones_like(heard)]))
    value, se = both.contrast([1, -1])
    return t_difference(value, se, df=both.df - 1)


def joint_index(values: Floats, reference: Floats, importance: Floats | None = None) -> Floats:
    """Return a weighted sum of several variables: one number, and so one test instead of several.

    A difference that the variables share shows in it more clearly than in any one of them.

    Parameters
    ----------
    values, reference
        Shape (rows, variables); means and standard deviations are those of the reference, and a missing value counts
        as the mean.
    importance
        What one unit of each variable counts; one over its standard deviation where absent.

    References
    ----------
    O'Brien (1984), Biometrics 40:1079 (ordinary least squares statistic, equal importance).
    """
    centre, spread = np.nanmean(reference, axis=0), np.nanstd(reference, axis=0)
    with np.errstate(divide="ignore"):
        weights = np.where(spread > 0, 1 / spread, 0.0) if importance is None else importance
    index: Floats = (np.nan_to_num(values - centre) * weights).sum(axis=1)
    return index


@dataclass(frozen=True)
class SelectionTest:
    """Mean of those drawn against what their strata of the frame let expect."""

    value: float
    expected: float
    se: float
    smd: float
    z: float


def drawn_against_frame(drawn: Floats, drawn_strata: Ints, frame: Floats, frame_strata: Ints) -> SelectionTest:
    """Test the mean of those drawn against the frame, within strata (a stratum drawn more on purpose is no bias).

    Parameters
    ----------
    drawn, frame
        Values; ``drawn`` are part of ``frame``.
    drawn_strata, frame_strata
        Codes from 0.

    Returns
    -------
    SelectionTest
        ``smd`` sizes the difference of those drawn from those who were not.

    References
    ----------
    Cochran (1977), eq. 5.9 with the hypergeometric correction of each stratum.
    """
    size = np.bincount(frame_strata).astype(float)
    n = np.bincount(drawn_strata, minlength=size.size).astype(float)
    mean = np.bincount(frame_strata, weights=frame) / size
    squares = np.bincount(frame_strata, weights=(frame - mean[frame_strata]) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(size > 1, squares / (size - 1), 0.0)
    expected, value = float((n * mean).sum() / n.sum()), float(drawn.mean())
    se = float(np.sqrt((n * (1 - n / size) * variance).sum()) / n.sum())
    left = size.sum() - n.sum()
    spread = float(frame.std())
    smd = (value - expected) / spread * size.sum() / left if left and spread else float("nan")
    return SelectionTest(value, expected, se, smd, (value - expected) / se if se else 0.0)


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


def bounds(share: float, response_rate: float) -> tuple[float, float]:
    """Return the overall share if nobody, and if everybody, who was silent had said yes (Manski 1989)."""
    return share * response_rate, share * response_rate + 1 - response_rate


def tipping_point(share: float, response_rate: float, target: float) -> float:
    """Return the share of the silent at which the overall share equals the target; outside [0, 1] it cannot tip."""
    if response_rate >= 1:
        return float("nan")
    return (target - response_rate * share) / (1 - response_rate)


def pattern_mixture(share: float, response_rate: float, *, delta: float) -> float:
    """Return the overall share if the silent lie ``delta`` below those who answered (Little 1993)."""
    return share * response_rate + min(max(share - delta, 0.0), 1.0) * (1 - response_rate)


@dataclass(frozen=True)
class Trend:
    """Share by contact wave, first to last."""

    first: float
    last: float
    z: float
    p: float


def wave_trend(satisfied: npt.ArrayLike, wave: npt.ArrayLike) -> Trend:
    """Test whether a share falls or rises from one contact wave to the next; late answers resemble the silent ones.

    References
    ----------
    Cochran (1954), Armitage (1955), test of a linear trend in proportions (two-sided).
    """
    y, x = np.asarray(satisfied, dtype=float), np.asarray(wave, dtype=float)
    if y.size == 0 or np.ptp(x) == 0:
        return Trend(float("nan"), float("nan"), float("nan"), float("nan"))
    share = y.mean()
    spread = share * (1 - share) * ((x - x.mean()) ** 2).sum()
    first, last = float(y[x == x.min()].mean()), float(y[x == x.max()].mean())
    if spread == 0:
        return Trend(first, last, 0.0, 1.0)
    z = float(((x - x.mean()) @ y) / np.sqrt(spread))
    return Trend(first, last, z, float(2 * stats.norm.sf(abs(z))))
