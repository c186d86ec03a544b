"""Branches judged against what their own mix of cases would bring anywhere (indirect standardisation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.peers import judged, matters
from kpi_lib.analysis.baseline.series import Family
from kpi_lib.stats.funnel import Overdispersion, overdispersion, smallest_difference
from kpi_lib.stats.shrinkage import FEWEST


@dataclass(frozen=True, eq=False)
class CaseMix:
    """Branches beside their case mix.

    Parameters
    ----------
    strata
        What tells the cases apart.
    level
        Common level.
    table
        ``group, denominator, raw, expected, difference, adjusted, z, standing``: the raw value, the value its cases
        would have at the common rate of their strata, what is left, and the common level plus what is left.
    """

    strata: tuple[str, ...]
    level: float
    table: pd.DataFrame


def expected_counts(
    frame: pd.DataFrame,
    *,
    group: str,
    strata: Sequence[str],
    numerator: str,
    denominator: str,
    sum_sq: str | None = None,
    family: Family = "share",
) -> pd.DataFrame:
    """Return each group's expected count had it the company's rate in every stratum (indirect standardisation).

    Parameters
    ----------
    frame
        Counts by group and stratum.
    group, strata, numerator, denominator, sum_sq
        Columns; ``sum_sq`` (sum of squares) for means, whose numerator is their sum.
    family
        ``share``, ``rate`` or ``mean``.

    Returns
    -------
    DataFrame
        ``<group>, <numerator>, <denominator>, expected, variance``, one row per group; the variance is that of the
        numerator by chance alone, stratum by stratum: binomial, Poisson, or that inside the stratum.
    """
    added = [numerator, denominator, *([sum_sq] if sum_sq else [])]
    totals = frame.groupby(list(strata), dropna=False)[added].transform("sum")
    size = totals[denominator].where(totals[denominator] > 0)
    rate = (totals[numerator] / size).fillna(0)
    cases = frame[denominator].fillna(0)
    match family:
        case "share":
            each = rate * (1 - rate).clip(lower=0)
        case "mean" if sum_sq:
            each = ((totals[sum_sq] - rate * totals[numerator]) / (size - 1).where(size > 1)).clip(lower=0).fillna(0)
        case _:
            each = rate
    filled = frame.assign(expected=cases * rate, variance=cases * each)
    return filled.groupby(group, as_index=False)[[numerator, denominator, "expected", "variance"]].sum()


def case_mix(
    frame: pd.DataFrame,
    *,
    group: str,
    strata: Sequence[str],
    numerator: str,
    denominator: str,
    sum_sq: str | None = None,
    family: Family = "share",
    higher_is_better: bool = True,
    interest: float | None = None,
) -> CaseMix:
    """Compare groups after taking out their mix of cases.

    Parameters
    ----------
    frame
        Counts by group and stratum.
    group, strata, numerator, denominator, sum_sq, family
        As of :func:`expected_counts`.
    higher_is_better
        Direction.
    interest
        Difference that would matter, as of :func:`~kpi_lib.analysis.baseline.peers.funnel`.

    References
    ----------
    Breslow and Day (1987), Statistical Methods in Cancer Research II, chapter 2 (indirect standardisation);
    Spiegelhalter (2005), Quality and Safety in Health Care 14:347 (additive overdispersion).
    """
    found = expected_counts(
        frame, group=group, strata=strata, numerator=numerator, denominator=denominator, sum_sq=sum_sq, family=family
    )
    k, n, e, variance = (found[name].to_numpy(dtype=float) for name in (numerator, denominator, "expected", "variance"))
    level = float(k.sum() / n.sum()) if n.sum() > 0 else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        raw, expected, error = k / n, e / n, np.sqrt(variance) / n
        difference = raw - expected
        spread = overdispersion(difference, 0.0, error)
        if (n > 0).sum() < FEWEST:
            spread = Overdispersion(spread.phi, 0.0, np.where(error > 0, difference / error, np.nan))
    blind = smallest_difference(level, error) > matters(level, family, interest)
    standing = judged(difference, 0.0, spread.z, blind, higher_is_better)
    table = pd.DataFrame(
        {
            "group": found[group],
            "denominator": n,
            "raw": raw,
            "expected": expected,
            "difference": difference,
            "adjusted": np.clip(level + difference, 0, 1 if family == "share" else None),
            "z": spread.z,
            "standing": standing,
        }
    ).sort_values(["denominator", "group"], ascending=[False, True], ignore_index=True)
    return CaseMix(tuple(strata), level, table)
