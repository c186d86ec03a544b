"""What a branch is held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi_lib.kpi.score import Rule
from kpi_lib.params.policy import KpiPolicy
from kpi_lib.text import Text


@dataclass(frozen=True)
class Names:
    """What the keys of a scorecard are called.

    Parameters
    ----------
    branch
        The branch.
    grades, scenarios
        By key.
    preset
        The indicators' origin, None where the policy names no preset.
    preset_note
        What a reader must know of it, None for nothing.
    """

    branch: Text
    grades: Mapping[str, Text]
    scenarios: Mapping[str, Text] = field(default_factory=dict)
    preset: Text | None = None
    preset_note: Text | None = None


@dataclass(frozen=True, eq=False)
class Terms:
    """What a branch is held to.

    Parameters
    ----------
    policies
        Terms by KPI.
    weights
        Weight by KPI, adding up to 100.
    grades
        Minimum of each grade by key, from the best down to 0.
    names
        What branch, grades and scenarios are called.
    weightings
        Weights by KPI for each weight scenario, without the policy's own.
    rule
        Scoring rule.
    level
        Confidence level of every interval.
    """

    policies: Mapping[str, KpiPolicy]
    weights: Mapping[str, float]
    grades: Mapping[str, float]
    names: Names
    weightings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rule: Rule = "bands"
    level: float = 0.95
