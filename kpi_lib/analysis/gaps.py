"""What closing the gap to a target takes, in things one can count."""

from __future__ import annotations

import math
from fractions import Fraction

from kpi_lib.kpi.definition import Better


def to_reach(numerator: float, denominator: float, target: float, *, better: Better) -> int:
    """Return the fewest more (or fewer) that bring ``numerator / denominator`` to the target.

    Parameters
    ----------
    numerator, denominator
        Hits of so many tickets, events per so many, or the sum of so many scores.
    target
        Wanted quotient; read as the decimal it is written as, so that 0.95 of 400 is 380 and not 381.
    better
        ``"higher"``: how many hits (or points of score) are lacking. ``"lower"``: how many are too many.

    Returns
    -------
    int
        0 where the target is reached.
    """
    wanted = Fraction(repr(float(target))) * Fraction(float(denominator))
    have = Fraction(float(numerator))
    lacking = math.ceil(wanted - have) if better == "higher" else math.ceil(have - wanted)
    return max(0, lacking)


def to_reach_quantile(within: float, n: float, at: float) -> int:
    """Return how many more of ``n`` durations within the target bring their quantile to it, whatever the others are.

    Parameters
    ----------
    within
        Durations of at most the target.
    n
        All durations.
    at
        Which quantile: 0.5 for the median.

    Returns
    -------
    int
        The quantile that interpolates between order statistics (type 7) is at most the target once
        ``ceil((n - 1) * at) + 1`` durations are; less those there are, and 0 where there are enough.
    """
    needed = math.ceil(Fraction(repr(float(at))) * (int(n) - 1)) + 1
    return max(0, needed - int(within))
