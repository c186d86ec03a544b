"""Replicate weights: the jackknife and the bootstrap, both with the finite population correction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.sampling.design import Design


@dataclass(frozen=True, eq=False)
class Replicates:
    """Weights of a sample taken again and again.

    Parameters
    ----------
    weights
        Shape (replicates, rows).
    scales
        What each replicate's squared deviation counts; their sum is the variance.
    """

    weights: Floats
    scales: Floats

    @property
    def degrees_of_freedom(self) -> int:
        """Rank of the replicate weights less one: never more than the replicates can carry."""
        return int(np.linalg.matrix_rank(self.weights)) - 1

    def variance(self, statistic: Callable[[Floats], float]) -> float:
        """Return the variance of ``statistic(weights)``, around the mean of the replicates."""
        values = np.array([statistic(row) for row in self.weights])
        # Replicates of strata drawn whole carry no variance and must not shift the centre.
        centre = values[self.scales > 0].mean() if (self.scales > 0).any() else values.mean()
        return float(self.scales @ (values - centre) ** 2)


def jackknife(design: Design) -> Replicates:
    """Return the stratified jackknife: every first-stage unit is left out once (JK1 with one stratum, JKn with more).

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, sections 4.4 and 4.5; scale ``(n-1)/n (1 - n/N)``.
    """
    groups = design.stages[0].groups.checked()
    stratum, unit, drawn, fraction = groups.stratum, groups.unit, groups.drawn, groups.fraction
    of_row = stratum[unit]
    weights = np.repeat(design.weights[None, :], len(stratum), axis=0)
    for left_out, h in enumerate(stratum):
        if drawn[h] > 1:
            weights[left_out, of_row == h] *= drawn[h] / (drawn[h] - 1)
            weights[left_out, unit == left_out] = 0.0
    scales = ((drawn - 1) / drawn * (1 - fraction))[stratum]
    return Replicates(weights, scales)


def bootstrap(design: Design, *, replicates: int = 500, rng: np.random.Generator) -> Replicates:
    """Return the rescaled bootstrap: ``n - 1`` first-stage units with replacement per stratum, shrunk by ``1 - n/N``.

    References
    ----------
    Rao and Wu (1988), J. Am. Stat. Assoc. 83:231; Rao, Wu and Yue (1992), Surv. Methodol. 18:209.
    """
    groups = design.stages[0].groups.checked()
    stratum, unit, drawn, fraction = groups.stratum, groups.unit, groups.drawn, groups.fraction
    factor = np.ones((replicates, len(stratum)))
    for h, n in enumerate(drawn.astype(int)):
        if n > 1:
            times = rng.multinomial(n - 1, np.full(n, 1 / n), size=replicates)
            shrink = np.sqrt(1 - fraction[h])
            factor[:, stratum == h] = 1 - shrink + shrink * n / (n - 1) * times
    return Replicates(design.weights * factor[:, unit], np.full(replicates, 1 / (replicates - 1)))
