"""Intervals for what was selected because it was large."""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, special

BARELY = 0.9999
"""Part of a score at which a threshold is put that the score itself, rounded, would not pass."""


def after_selection(score: float, threshold: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return an interval of a normal score's mean, given that it passed a threshold either way.

    Parameters
    ----------
    score
        Estimate over its standard error; beyond the threshold in absolute value.
    threshold
        Of the selection.
    level
        Confidence level, held among the selected.

    Returns
    -------
    lo, hi
        On the scale of the score. Ends on the other side of 0 are set to 0: that the change has this sign is what
        passing the threshold of the family-wise test says. Of a score that only just passed, the interval would lie
        wholly nearer to 0; it is widened to hold the estimate itself.

    Raises
    ------
    ValueError
        A score that did not pass.

    References
    ----------
    Zhong and Prentice (2008), Biostatistics 9:621, section 3.1: the truncated normal likelihood; equal tails.
    """
    if not abs(score) > threshold:
        raise ValueError(f"a score of {score} did not pass the threshold {threshold}")
    size, tail = abs(score), (1 - level) / 2

    def below(mean: float) -> float:
        """Return the chance, given selection, of a score up to the one seen."""
        selected = np.logaddexp(special.log_ndtr(-threshold - mean), special.log_ndtr(mean - threshold))
        return 1 - math.exp(float(special.log_ndtr(mean - size) - selected))

    reach = size + 12
    lo = optimize.brentq(lambda mean: below(mean) - (1 - tail), -reach, reach)
    hi = optimize.brentq(lambda mean: below(mean) - tail, -reach, reach)
    lo, hi = max(lo, 0.0), max(hi, size)
    return (lo, hi) if score > 0 else (-hi, 0.0 - lo)
