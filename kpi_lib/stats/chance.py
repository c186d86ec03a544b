"""What chance alone explains of a series: its centre, the standard error about it, the spread of its neighbours.

Everything works along the last axis: one series, or many as rows; a centre has no such axis.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask, mean, median, total

Kind = Literal["run", "i", "i_prime", "mr", "c", "p", "p_prime", "u", "u_prime"]

SHARES: Final = frozenset({"p", "p_prime"})
COUNTED: Final = frozenset({"p", "p_prime", "u", "u_prime", "c"})

SMALL_EXPECTED: Final = 5.0
"""Below this many expected hits (or misses) normal limits are replaced by exact ones."""


def counted_periods(numerator: Floats, denominator: Floats | None) -> tuple[Floats, Floats]:
    """Return numerator and denominator, both ``nan`` where either is missing or the denominator is not above 0."""
    n = np.ones_like(numerator) if denominator is None else denominator
    n = np.where(np.isnan(numerator) | ~(n > 0), np.nan, n)
    return np.where(np.isnan(n), np.nan, numerator), n


def centre_of(kind: Kind, value: Floats, numerator: Floats, denominator: Floats, inside: Mask) -> Floats:
    """Return the centre line of the periods ``inside``, ``nan`` where there are none."""
    match kind:
        case "run":
            return median(value, inside)
        case "i" | "mr" | "c":
            found = mean(value, inside)
        case _:
            below = total(np.where(inside, denominator, 0.0))
            found = total(np.where(inside, numerator, 0.0)) / np.where(below > 0, below, np.nan)
    # Rounding must not put the centre of equal values beside them.
    ends = [np.where(inside, value, end) for end in (np.inf, -np.inf)]
    return np.clip(found, ends[0].min(axis=-1, initial=np.inf), ends[1].max(axis=-1, initial=-np.inf))


def chance_error(kind: Kind, centre: Floats, denominator: Floats) -> Floats:
    """Return each point's standard error by chance alone, before any estimated dispersion."""
    level = np.asarray(centre)[..., None]
    match kind:
        case "p" | "p_prime":
            return np.asarray(np.sqrt(np.maximum(level * (1 - level), 0) / denominator))
        case "u" | "u_prime" | "c":
            # A centre can be below 0 only for values that are no counts; the chart then has no limits.
            return np.asarray(np.sqrt(np.where(level >= 0, level, np.nan) / denominator))
        case "i_prime":
            return np.asarray(np.sqrt(1 / denominator))
        case _:
            return np.ones_like(denominator)


def few_expected(kind: Kind, centre: Floats, denominator: Floats, *, small: float = SMALL_EXPECTED) -> Mask:
    """Return where fewer than ``small`` hits or misses are expected, yet some."""
    level = np.asarray(centre)[..., None]
    rarer = np.minimum(level, 1 - level) if kind in SHARES else level
    return np.asarray((denominator * rarer < small) & (rarer > 0))


def from_centre(
    kind: Kind, value: Floats, numerator: Floats, denominator: Floats, inside: Mask
) -> tuple[Floats, Floats]:
    """Return the centre of the periods ``inside`` and their distances from it in standard errors of chance alone.

    Distances are ``nan`` outside and where chance leaves no room to differ.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = centre_of(kind, value, numerator, denominator, inside)
        error = chance_error(kind, centre, denominator)
        return centre, np.where(inside & (error > 0), (value - centre[..., None]) / error, np.nan)


def dispersion(z: Floats) -> tuple[Floats, Floats, Ints]:
    """Return how much more neighbours differ than chance allows.

    Parameters
    ----------
    z
        Distances from the centre in standard errors of chance alone; ``nan`` for gaps.

    Returns
    -------
    ratio, limit, steps
        Mean of half the squared steps, what chance explains of it at 5 %, and the number of steps; the first two
        ``nan`` without any. Half the squared step has mean 1 and variance 2; neighbours overlap, which makes three in
        all.

    References
    ----------
    von Neumann (1941), Annals of Mathematical Statistics 12:367.
    """
    halves = np.diff(z, axis=-1) ** 2 / 2
    there = ~np.isnan(halves)
    steps = there.sum(axis=-1)
    limit = 1 + 1.645 * np.sqrt(3 / np.where(steps > 0, steps, np.nan))
    return mean(halves, there), np.asarray(limit), steps
