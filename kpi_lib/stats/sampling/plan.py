"""The trade's coverage rules in whole people: a share of all customers and a share of those who complained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kpi_lib.stats.sampling.size import ceil


class CoverageRule(StrEnum):
    """How the two floors go together."""

    EITHER = "either"
    """One of them is enough: the smaller of those that apply."""
    BOTH = "both"
    """Both groups reach their own floor."""
    LARGER = "larger"
    """The larger of the two numbers, in all."""


@dataclass(frozen=True)
class Coverage:
    """The floors of one branch.

    Parameters
    ----------
    of_customers, of_complainers
        Least number asked among all customers, and among those who complained.
    needed
        Least number asked in all under the rule.
    rule
        The reading used.
    """

    of_customers: int
    of_complainers: int
    needed: int
    rule: CoverageRule


def coverage(
    customers: int,
    complainers: int,
    *,
    rule: CoverageRule = CoverageRule.BOTH,
    customer_rate: float = 0.05,
    complainer_rate: float = 0.30,
) -> Coverage:
    """Return how many must be asked.

    Parameters
    ----------
    customers, complainers
        People, each counted once; an empty group has no floor.
    rule
        How the two floors go together. ``both`` needs the larger number in all with its floor among the complainers,
        since complainers asked also count as customers asked.
    customer_rate, complainer_rate
        Shares.
    """
    floors = ceil(customers * customer_rate), ceil(complainers * complainer_rate)
    applying = [floor for floor in floors if floor > 0]
    needed = (min if rule is CoverageRule.EITHER else max)(applying, default=0)
    return Coverage(*floors, needed, rule)
