"""What a branch is held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from kpi_lib.kpi.score import Rule
from kpi_lib.params.baselines import AcceptedBaseline, BaselineFile
from kpi_lib.params.periods import months_between
from kpi_lib.params.policy import KpiPolicy
from kpi_lib.text import Text

REVISED_AFTER: Final = 3
"""Months after which accepted baselines are due for revision (domain rule)."""


DAYS_A_MONTH: Final = 30.4

INDUSTRY_REFRESHED_AFTER: Final = 6
"""Months after which an industry figure must be taken anew (domain rule)."""


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


@dataclass(frozen=True)
class Acceptance:
    """Who accepted the baselines in force, and how old they are.

    Parameters
    ----------
    period
        Last period they rest on.
    author, on
        Who accepted them, and when.
    age
        Months from that period to the one judged.
    """

    period: str
    author: str
    on: date | None
    age: int

    @property
    def stale(self) -> bool:
        """Whether the quarterly revision is due."""
        return self.age > REVISED_AFTER


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
    accepted
        Baselines a person has accepted for the branch, by KPI: they stand in the policies in place of the policy's own.
    accepted_in
        Whose and how old these are; None where none were accepted.
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
    accepted: Mapping[str, AcceptedBaseline] = field(default_factory=dict)
    accepted_in: Acceptance | None = None
    rule: Rule = "bands"
    level: float = 0.95

    def with_accepted(self, file: BaselineFile | None, *, branch: str, period: str) -> Terms:
        """Return the terms with accepted baselines in place of the policy's.

        Parameters
        ----------
        file
            The baselines in force; None changes nothing.
        branch
            Key of the branch.
        period
            Month judged, such as ``2025-11``.
        """
        if file is None:
            return self
        found = {entry.kpi: entry for entry in file.baselines if entry.branch == branch and entry.kpi in self.policies}
        levels = {
            key: policy.model_copy(update={"baseline": found[key].level})
            for key, policy in self.policies.items()
            if key in found
        }
        acceptance = Acceptance(file.period, file.author, file.accepted_on, months_between(file.period, period))
        return replace(self, policies={**self.policies, **levels}, accepted=found, accepted_in=acceptance)

    def old_industry(self, day: date) -> dict[str, float]:
        """Return the age in months of every industry figure that must be taken anew on a day, by KPI."""
        ages = {
            key: (day - policy.industry.as_of).days / DAYS_A_MONTH
            for key, policy in self.policies.items()
            if policy.industry is not None
        }
        return {key: age for key, age in ages.items() if age > INDUSTRY_REFRESHED_AFTER}
