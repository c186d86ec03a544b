"""Change from one wave of a survey to the next, those asked twice taken into account."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.sampling.estimating import SurveyEstimate
from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.stats.sampling.estimate import Estimates, means


@dataclass(frozen=True)
class WaveChange:
    """Change of the satisfied share from one wave to the next.

    Parameters
    ----------
    value, se, lo, hi
        Later less earlier share, its standard error and interval.
    overlap
        People who answered in both waves.
    covariance
        Of the two shares, through those people; 0 without overlap.
    clear
        Whether the interval leaves out 0.
    """

    value: float
    se: float
    lo: float
    hi: float
    overlap: int
    covariance: float
    clear: bool

    def to_json(self) -> str:
        """Return the change as JSON."""
        return strict_json(self)


def change_between(now: SurveyEstimate, before: SurveyEstimate, *, level: float = 0.95) -> WaveChange:
    """Return the change of the satisfied share, with a covariance for those who answered both times.

    Parameters
    ----------
    now, before
        Estimates of the two waves.

    References
    ----------
    Tam (1984), Am. Stat. 38:288, in weighted form: the covariance of two means that share people is the sum over
    those of the products of their weighted, centred answers, less what the finite population takes back where both
    waves draw from one frame (strata of the same name and size).
    """
    first, second = _whole(before), _whole(now)
    covariance, overlap = _covariance(before, now)
    variance = first.covariance[0, 0] + second.covariance[0, 0] - 2 * covariance
    se = math.sqrt(max(variance, 0.0))
    value = float(second.value[0] - first.value[0])
    df = max(min(first.df, second.df), 1)
    half = float(stats.t.isf((1 - level) / 2, df)) * se
    return WaveChange(value, se, value - half, value + half, overlap, covariance, bool(abs(value) > half > 0))


def _whole(made: SurveyEstimate) -> Estimates:
    return means(made.design, made.answers["satisfied"])


def _wave(made: SurveyEstimate) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": made.answers["id"],
            "stratum": made.answers["stratum"],
            "y": made.answers["satisfied"].astype(float),
            "people": made.answers["population"].astype(float),
        }
    )


def _covariance(before: SurveyEstimate, now: SurveyEstimate) -> tuple[float, int]:
    left, right = _wave(before), _wave(now)
    both = left.merge(right, on="id", suffixes=("_1", "_2"))
    total = 0.0
    for (one, two), pairs in both.groupby(["stratum_1", "stratum_2"]):
        n12, n1, n2 = len(pairs), int((left["stratum"] == one).sum()), int((right["stratum"] == two).sum())
        if n12 < 2:
            continue
        people_1, people_2 = float(pairs["people_1"].iloc[0]), float(pairs["people_2"].iloc[0])
        shared = float(np.cov(pairs["y_1"], pairs["y_2"])[0, 1])
        # One frame in both waves: what is common to it does not count as chance.
        common = 1 / people_1 if one == two and people_1 == people_2 else 0.0
        weight = people_1 / before.population * people_2 / now.population
        total += weight * (n12 / (n1 * n2) - common) * shared
    return total, len(both)
