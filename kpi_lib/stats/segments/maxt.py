"""Family-wise error: the largest score of all candidates when the blocks' periods are permuted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Mask

TIED: Final = 1e-5
"""Scores of whole counts tie with those of permutations; so near, the last digits of a fit must not decide."""

BATCH: Final = 250
"""Permutations at a time: bounds the memory to so many scores per candidate."""


def permuted(block_current: Mask, permutations: int, rng: np.random.Generator) -> Floats:
    """Return period labels of the blocks, one column per permutation; as many current blocks as there are."""
    draws = rng.random((len(block_current), permutations))
    rank = draws.argsort(axis=0).argsort(axis=0)
    return (rank < int(block_current.sum())).astype(float)


@dataclass(frozen=True, eq=False)
class Maxima:
    """Largest scores of each permutation, fallen and risen apart.

    Parameters
    ----------
    down, up
        Largest size of a negative and of a positive score, sorted.
    alpha_down, alpha_up
        Chance of a false finding that each direction may take up.
    alpha
        That of the whole analysis, to which p values are scaled.
    """

    down: Floats
    up: Floats
    alpha_down: float
    alpha_up: float
    alpha: float

    def thresholds(self) -> tuple[float, float]:
        """Return the smallest sizes of a falling and of a rising score that are findings."""
        return critical(self.down, self.alpha_down), critical(self.up, self.alpha_up)

    def threshold(self, score: float) -> float:
        """Return the size a score of this direction needs."""
        return self.thresholds()[int(score > 0)]

    def p(self, score: float) -> float:
        """Return the p of a score, adjusted for all candidates: a finding at ``alpha``."""
        ranked, alpha = (self.up, self.alpha_up) if score > 0 else (self.down, self.alpha_down)
        above = len(ranked) - np.searchsorted(ranked, abs(score) - TIED, side="left")
        return float(min(1.0, (above + 1) / (len(ranked) + 1) * self.alpha / alpha))


def largest(labels: Floats, score: Callable[[Floats], Floats], *, alpha: tuple[float, float, float]) -> Maxima:
    """Return the largest scores of each permutation.

    Parameters
    ----------
    labels
        As of :func:`permuted`.
    score
        Gives scores of shape (candidates, permutations) for some columns of the labels.
    alpha
        For falls, for rises, and of the whole analysis.

    References
    ----------
    Westfall and Young (1993), Resampling-Based Multiple Testing, section 2.3; studentised, so that it holds where the
    periods' mixes differ (Janssen 1997, Statistics and Probability Letters 36:9).
    """
    down, up = [], []
    for first in range(0, labels.shape[1], BATCH):
        found = score(labels[:, first : first + BATCH])
        down.append(-found.min(axis=0, initial=0.0))
        up.append(found.max(axis=0, initial=0.0))
    return Maxima(np.sort(np.concatenate(down)), np.sort(np.concatenate(up)), *alpha)


def critical(ranked: Floats, alpha: float) -> float:
    """Return the smallest score whose adjusted p is at most ``alpha``; infinite where the permutations are too few."""
    allowed = int(np.floor(alpha * (len(ranked) + 1) + 1e-9)) - 1
    return float("inf") if allowed < 0 else float(ranked[len(ranked) - 1 - allowed]) + 2 * TIED
