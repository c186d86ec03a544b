"""Estimates from a sample with design-based standard errors: means, totals, ratios, shares, domains, contrasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.sampling.design import Design


@dataclass(frozen=True, eq=False)
class Estimates:
    """Several statistics of one sample and how they vary together.

    Parameters
    ----------
    value
        Shape (statistics,).
    scores
        Linearised values per row, shape (rows, statistics); differences of statistics are differences of scores.
    covariance
        Shape (statistics, statistics).
    df
        Degrees of freedom of the whole design (units less strata), also for a domain.
    """

    value: Floats
    scores: Floats
    covariance: Floats
    df: int

    @property
    def se(self) -> Floats:
        """Standard errors."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def interval(self, *, level: float = 0.95, df: float | None = None) -> tuple[Floats, Floats]:
        """Return ``lo, hi`` by Student's t."""
        half = stats.t.isf((1 - level) / 2, self.df if df is None else df) * self.se
        return self.value - half, self.value + half

    def contrast(self, weights: npt.ArrayLike) -> tuple[float, float]:
        """Return value and standard error of a linear combination of the statistics."""
        c = np.asarray(weights, dtype=float)
        return float(c @ self.value), float(np.sqrt(max(c @ self.covariance @ c, 0.0)))


def _columns(values: npt.ArrayLike) -> Floats:
    array = np.asarray(values, dtype=float)
    return array[:, None] if array.ndim == 1 else array


def _domains(values: Floats, domain: npt.ArrayLike | None) -> Floats:
    """Return 1 where a value counts: inside the domain and not missing."""
    inside = ~np.isnan(values)
    if domain is not None:
        inside = inside & _columns(domain).astype(bool)
    return inside.astype(float)


def weighted_sums(weights: Floats, values: Floats) -> Floats:
    """Return the weighted sum of every column; one column is too thin to be worth threads."""
    if values.shape[1] == 1:
        return np.array([(weights * values[:, 0]).sum()])
    sums: Floats = weights @ values
    return sums


def _made(design: Design, value: Floats, scores: Floats) -> Estimates:
    return Estimates(value, scores, design.covariance(scores), design.degrees_of_freedom())


def totals(design: Design, values: npt.ArrayLike, *, domain: npt.ArrayLike | None = None) -> Estimates:
    """Estimate population totals of each column of ``values``; missing values count as outside the domain.

    Parameters
    ----------
    design
        The whole sample.
    values
        Shape (rows,) or (rows, statistics).
    domain
        Rows that belong, of the same shape; the others stay in the design (Lumley 2010, section 2.2.1).
    """
    y = _columns(values)
    scores = np.where(_domains(y, domain) > 0, y, 0.0)
    return _made(design, weighted_sums(design.weights, scores), scores)


def ratios(
    design: Design, numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, domain: npt.ArrayLike | None = None
) -> Estimates:
    """Estimate ratios of two totals, over rows where both are known.

    Parameters
    ----------
    design
        Weights, strata and clusters of the rows.
    numerator, denominator
        One entry per row, or one column per ratio; ``nan`` where not known.
    domain
        Rows counted: true or 1, for all ratios or one column each.

    References
    ----------
    Särndal, Swensson and Wretman (1992), eq. 5.6.10: score ``(y - R x) / X``.
    """
    y, x = np.broadcast_arrays(_columns(numerator), _columns(denominator))
    inside = _domains(y + x, domain) > 0
    top, bottom = np.where(inside, y, 0.0), np.where(inside, x, 0.0)
    below = weighted_sums(design.weights, bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = weighted_sums(design.weights, top) / below
        scores = (top - ratio * bottom) / below
    return _made(design, ratio, scores)


def means(design: Design, values: npt.ArrayLike, *, domain: npt.ArrayLike | None = None) -> Estimates:
    """Estimate means (shares, where the values are 0 and 1) of each column, over the rows known and in the domain.

    A column may have a domain of its own, so means of several domains come with their covariance.
    """
    y = _columns(values)
    inside = _domains(y, domain)
    known = np.where(inside > 0, y, np.nan)
    return ratios(design, known, np.ones_like(inside))


def variances(design: Design, values: npt.ArrayLike) -> Estimates:
    """Estimate the population variance, with the weighted mean of ``n/(n-1) (y - mean)^2``."""
    y = _columns(values)
    known = (~np.isnan(y)).sum(axis=0) if y.size else np.zeros(y.shape[1])
    centred = y - means(design, y).value
    return means(design, centred**2 * known / (known - 1))


def design_effects(
    design: Design, values: npt.ArrayLike, *, replacement: bool = False, estimated: Estimates | None = None
) -> Floats:
    """Return how many times the variance is that of a simple random sample of as many rows.

    Parameters
    ----------
    replacement
        Compare with a simple random sample with replacement (no finite population correction).
    estimated
        The means of the values, where they are at hand.

    References
    ----------
    Kish (1965), section 8.2.
    """
    y = _columns(values)
    estimated = means(design, y) if estimated is None else estimated
    known = ~np.isnan(y)
    weights = design.weights[:, None] * known
    counted = known.sum(axis=0)
    squares = (weights * np.where(known, y - estimated.value, 0.0) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        simple = squares / weights.sum(axis=0) * counted / (counted - 1) / design.n
    if not replacement:
        simple = simple * (1 - design.n / design.weights.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        effects: Floats = np.diag(estimated.covariance) / simple
    return effects


def kish_effect(weights: npt.ArrayLike) -> float:
    """Return the loss through unequal weights, ``n sum(w^2) / sum(w)^2`` (Kish 1965, section 11.7)."""
    w = np.asarray(weights, dtype=float)
    w = w[w != 0]
    return float(w.size * (w * w).sum() / w.sum() ** 2) if w.size else float("nan")
