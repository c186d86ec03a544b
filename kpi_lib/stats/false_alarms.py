"""How often a rule set cries wolf: the chance of at least one signal on a chart of a stable process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy import stats

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.rules import RuleSet, rules_of, signals_by_row
from kpi_lib.stats.spc import limits

LENGTHS: Final = (12, 18, 24, 36, 48)
"""Points for which chances were simulated."""

RATES: Final[Mapping[tuple[str, ...], tuple[float, ...]]] = {
    ("three_sigma",): (0.0262, 0.0418, 0.0576, 0.0902, 0.1212),
    ("anhoej",): (0.0174, 0.0242, 0.0426, 0.0543, 0.049),
    ("anhoej", "three_sigma"): (0.039, 0.0597, 0.0893, 0.1326, 0.1569),
    ("mdc",): (0.0458, 0.0986, 0.1555, 0.2623, 0.3563),
    ("western_electric",): (0.0503, 0.0951, 0.1473, 0.2535, 0.3347),
    ("nelson",): (0.0638, 0.1212, 0.1895, 0.3202, 0.4127),
    ("perla",): (0.1527, 0.2833, 0.4038, 0.5807, 0.7125),
}
"""Chance by rule sets and length; made by ``benchmarks/false_alarms.py`` (12,000 stable normal
series a length, limits from the same points)."""


def simulated(sets: Sequence[RuleSet], n: int, *, sims: int, rng: np.random.Generator, screened: bool = False) -> float:
    """Return the share of stable normal XmR charts of ``n`` points with at least one signal."""
    rules = rules_of(sets)
    charts = limits("i", rng.standard_normal((sims, n)), screened=screened)
    found = signals_by_row(charts.value, charts.centre, charts.sigma, charts.beyond, rules=rules)
    return sum(map(bool, found)) / sims


def false_alarm_chance(sets: Sequence[RuleSet], n: int) -> float:
    """Return the chance for a chart of ``n`` points, interpolated between the lengths simulated.

    Raises
    ------
    KeyError
        For a combination of sets that was not simulated.
    """
    known = RATES[tuple(sorted(sets))]
    return float(np.interp(n, (0, *LENGTHS), (0.0, *known)))


def flagged(p_values: Floats, *, rate: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which tests stand out when at most ``rate`` of those flagged may be chance.

    ``nan`` are no tests.

    References
    ----------
    Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57:289.
    """
    found = np.zeros(p_values.shape, dtype=bool)
    there = ~np.isnan(p_values)
    if there.any():
        found[there] = stats.false_discovery_control(np.clip(p_values[there], 0, 1)) <= rate
    return found
