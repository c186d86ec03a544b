"""How many cases it takes to see a level return."""

from __future__ import annotations

import math
from typing import Literal

from scipy import stats

from kpi_lib.stats.sampling.size import ceil, size_two_means, size_two_shares


def cases_needed(
    now: float,
    wanted: float,
    *,
    kind: Literal["share", "rate", "mean"],
    sd: float = math.nan,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int | None:
    """Return the cases before and after each that show a change from one level to another (two-sided).

    Parameters
    ----------
    now, wanted
        Levels.
    kind
        Share of cases, events per case (Poisson), or mean of a value.
    sd
        Standard deviation of the value, for a mean.
    power, alpha
        Chance of seeing it, and of a false alarm.

    Returns
    -------
    int or None
        None where the levels are equal or not known.

    References
    ----------
    Shares: Fleiss, Levin and Paik (2003), eq. 4.14. Means: Cohen (1988), section 2.4. Rates: two Poisson
    counts of equal exposure by the normal approximation, Lachin (2011), Biostatistical Methods, section 8.3.
    """
    if not (math.isfinite(now) and math.isfinite(wanted)) or now == wanted:
        return None
    match kind:
        case "share":
            return ceil(size_two_shares(now, wanted, power=power, alpha=alpha))
        case "rate":
            z = float(stats.norm.isf(alpha / 2) + stats.norm.isf(1 - power))
            return ceil(z**2 * (now + wanted) / (now - wanted) ** 2)
        case "mean":
            known = math.isfinite(sd) and sd > 0
            # An effect of more than four standard deviations is seen with three cases each.
            return (
                ceil(size_two_means(now - wanted, max(sd, abs(now - wanted) / 4), power=power, alpha=alpha))
                if known
                else None
            )
