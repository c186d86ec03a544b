"""What a chart can see: the smallest lasting change it would show, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.stats.intervals import Floats

POWER: Final = 0.8
"""Chance of being seen that is asked for."""

MONTHS: Final = 12


@dataclass(frozen=True)
class Sight:
    """Smallest lasting change for the worse that a chart shows by its limits with 80 %, in the unit of the value.

    Parameters
    ----------
    next_month, in_a_year
        In the first month, and in at least one of twelve; ``nan`` where no change is large enough, as where the limit
        lies at the end of the scale.
    """

    next_month: float
    in_a_year: float


def sight(chart: ControlChart) -> Sight:
    """Return what a chart can see from its last baseline period on.

    A month at the changed level lies beyond the limit with 80 % where the level has moved by the limit's distance and
    0.84 standard errors more; twelve months need one in eight each. Runs can show a change earlier: the figures are the
    limits' alone.

    References
    ----------
    Montgomery (2013), Introduction to Statistical Quality Control, 7th ed., section 6.2.2 (operating characteristic).
    """
    inside = np.flatnonzero(chart.inside)
    drawn = chart.drawn
    if inside.size == 0 or not np.isfinite(drawn.sigma[inside[-1]]):
        return Sight(np.nan, np.nan)
    at = inside[-1]
    centre, sigma = float(drawn.centre[at]), float(drawn.sigma[at])
    up = chart.series.higher_is_better is False
    limit = float(drawn.upper[at] if up else drawn.lower[at])
    if chart.choice.log:
        centre, limit = float(np.log(centre)), float(np.log(limit)) if limit > 0 else -np.inf
    low, high = (-np.inf, np.inf) if chart.choice.log else chart.series.bounds
    if limit >= high if up else limit <= low:
        return Sight(np.nan, np.nan)
    each = 1 - (1 - POWER) ** (1 / MONTHS)
    moved = [abs(limit - centre) + float(special.ndtri(chance)) * sigma for chance in (POWER, each)]
    sign = 1 if up else -1
    ends = [(np.exp(centre + sign * m) if chart.choice.log else centre + sign * m) for m in moved]
    middle = float(np.exp(centre)) if chart.choice.log else centre
    found = [abs(float(end) - middle) if chart.choice.log or low <= end <= high else np.nan for end in ends]
    return Sight(*found)


def chance_seen(distance: Floats, sigma: Floats, shift: float) -> Floats:
    """Return the chance that one month at a level ``shift`` away lies beyond a limit ``distance`` away.

    Parameters
    ----------
    distance, sigma
        Distance of the limit from the centre, and standard error, of each chart.
    shift
        Change of the level towards the limit.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(special.ndtr((shift - distance) / sigma), dtype=float)
