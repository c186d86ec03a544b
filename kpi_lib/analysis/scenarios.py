"""The same scores under other weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kpi_lib.kpi.score import BEST, judge
from kpi_lib.stats.intervals import Floats

POLICY = "policy"
"""Name of the weights as the policy has them, the scenario the others are compared with."""


@dataclass(frozen=True, eq=False)
class Scenarios:
    """A branch's composite under each weighting.

    Parameters
    ----------
    composites
        ``scenario, composite, lo, hi, grade, change``; the policy's weights first, ``change`` against them.
    contributions
        ``scenario, kpi, weight, points``: effective weight, and points of the composite it brings.
    """

    composites: pd.DataFrame
    contributions: pd.DataFrame


def reweigh(
    scores: pd.Series,
    draws: Mapping[str, Floats],
    *,
    weightings: Mapping[str, Mapping[str, float]],
    grades: Mapping[str, float],
    level: float = 0.95,
) -> Scenarios:
    """Put the same scores together under each weighting.

    Parameters
    ----------
    scores, draws
        Score and drawn scores by KPI.
    weightings
        Weights by KPI for each scenario; :data:`POLICY` first.
    grades
        Minimum of each grade by key, from the best down to 0.
    level
        Level of the intervals.
    """
    judged = {
        key: judge(scores, draws, weights=weights, grades=grades, level=level) for key, weights in weightings.items()
    }
    composites = pd.DataFrame(
        [
            {"scenario": key, "composite": found.value, "lo": found.lo, "hi": found.hi, "grade": found.grade}
            for key, found in judged.items()
        ]
    )
    contributions = pd.DataFrame(
        [
            {"scenario": key, "kpi": kpi, "weight": weight, "points": weight * scores[kpi] / BEST}
            for key, found in judged.items()
            for kpi, weight in found.weights.items()
        ],
        columns=["scenario", "kpi", "weight", "points"],
    )
    return Scenarios(composites.assign(change=composites["composite"] - judged[POLICY].value), contributions)
