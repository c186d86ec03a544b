"""How far a candidate's change stands out: the difference in differences of its residuals, as a normal score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Family
from kpi_lib.stats.segments.families import deviance

REFINED_FROM = 2.0
"""Scores beyond this are refined by the likelihood ratio; smaller ones can never be the largest."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums by candidate (and, where it has two axes, by permutation) of one period.

    Parameters
    ----------
    residual
        Observed less expected.
    information
        Information about a change on the link's scale.
    variance
        Variance of ``residual``.
    expected, n
        Expected sum and denominator.
    """

    residual: Floats
    information: Floats
    variance: Floats
    expected: Floats
    n: Floats


def scores(now: Sums, then: Sums, whole_now: Sums, whole_then: Sums, family: Family) -> Floats:
    """Return the signed normal scores of the candidates' changes beyond the common one.

    Parameters
    ----------
    now, then
        Of the candidates.
    whole_now, whole_then
        The same sums over all cases; their residuals are the common change that is still in the data (0 for the data
        the model was fitted to, not for a permutation of it).
    family
        What is counted.

    Returns
    -------
    array
        Score statistic of the interaction with the period, its standing difference and the common change estimated with
        it; where it is large, for counts, the signed root of the likelihood ratio, whose tails are near normal for
        thirty cases of a share of 0.9 already (Barndorff-Nielsen and Cox 1994, Inference and Asymptotics, 3.4).
    """
    residual_now = now.residual - now.information * (whole_now.residual / whole_now.information)
    residual_then = then.residual - then.information * (whole_then.residual / whole_then.information)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = residual_now / now.information - residual_then / then.information
        own = now.variance / now.information**2 + then.variance / then.information**2
        all_of_it = whole_now.variance / whole_now.information**2 + whole_then.variance / whole_then.information**2
        left = np.maximum(1 - all_of_it / own, 1e-3)
        score = np.where(own > 0, difference / np.sqrt(own * left), 0.0)
    if family == "mean":
        return np.asarray(score)
    return _refined(score, left, (now, then), (residual_now, residual_then), family)


def _refined(
    score: Floats, left: Floats, sides: tuple[Sums, Sums], residuals: tuple[Floats, Floats], family: Family
) -> Floats:
    large = np.abs(score) > REFINED_FROM
    if not large.any():
        return score
    picked = [
        Sums(*(np.broadcast_to(part, score.shape)[large] for part in (r, s.information, s.variance, s.expected, s.n)))
        for s, r in zip(sides, residuals, strict=True)
    ]
    level = sum(side.residual for side in picked) / sum(side.information for side in picked)
    total = np.zeros(int(large.sum()))
    for side in picked:
        # A case's chance varies within the candidate: its residual varies less than a binomial of the mean chance.
        mean = side.expected / side.n
        spread = side.n * mean * (1 - mean) if family == "share" else side.expected
        edge = np.minimum(side.expected, side.n - side.expected) if family == "share" else side.expected
        shifted = side.expected + np.clip(level * side.information, -0.9 * edge, 0.9 * edge)
        total += deviance(side.expected + side.residual, shifted, side.n, family) * spread / side.information
    out = score.copy()
    out[large] = np.sign(score[large]) * np.sqrt(total / left[large])
    return out
