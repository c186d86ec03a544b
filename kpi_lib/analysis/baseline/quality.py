"""What a series is worth as a baseline, before any limit is believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Final

import numpy as np
import pandas as pd
from scipy import special, stats

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.level import centre_intervals
from kpi_lib.analysis.baseline.series import CODE, State
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import stacked

TRIAL_BELOW: Final = 12
"""Fewer periods make a trial baseline: sigma from 12 points has a 90 % range of 0.6 to 1.5 times the truth."""

FULL_FROM: Final = 24
"""From here on sigma is known within about 30 % and a season can be seen."""

FEWEST_CASES: Final = 100
"""Below this sum of denominators the centre of a share is not known within 10 points."""


class Verdict(StrEnum):
    """Of one check."""

    PASS = "pass"
    WARN = "warn"
    STOP = "stop"


class Check(StrEnum):
    """What is looked at."""

    PERIODS = "periods"
    CASES = "cases"
    STABLE = "stable"
    AUTOCORRELATION = "autocorrelation"
    SEASON = "season"
    DISPERSION = "dispersion"
    THIN = "thin"
    GAPS = "gaps"
    MISSING_NUMERATOR = "missing_numerator"
    NO_ACTIVITY = "no_activity"
    EXCESS = "excess"
    CONSTANT = "constant"


class Grade(StrEnum):
    """Of a baseline."""

    A = "A"
    B = "B"
    C = "C"
    TRIAL = "trial"


@dataclass(frozen=True)
class Checked:
    """One check with its verdict and figure."""

    check: Check
    verdict: Verdict
    figure: float


@dataclass(frozen=True, eq=False)
class BaselineQuality:
    """Verdict on a series as a baseline.

    Parameters
    ----------
    chart
        The chart judged.
    checked
        The checks.
    grade
        A: nothing to remark; B: remarks a chart can allow for; C: not stable, or several remarks; trial: too short, or
        stopped.
    centre, centre_lo, centre_hi
        Centre line of the last phase and its interval, in the unit of the value.
    sigma_lo, sigma_hi
        What the limits' distance from the centre may truly be, as a multiple of the one drawn (90 %).
    """

    chart: ControlChart
    checked: tuple[Checked, ...]
    grade: Grade
    centre: float
    centre_lo: float
    centre_hi: float
    sigma_lo: float
    sigma_hi: float

    @property
    def remarks(self) -> tuple[Checked, ...]:
        """Checks that did not pass, stops first."""
        warned = [one for one in self.checked if one.verdict is not Verdict.PASS]
        return tuple(sorted(warned, key=lambda one: one.verdict is not Verdict.STOP))

    @cached_property
    def table(self) -> pd.DataFrame:
        """The checks: ``check, verdict, figure``."""
        rows = [(one.check.value, one.verdict.value, one.figure) for one in self.checked]
        return pd.DataFrame(rows, columns=["check", "verdict", "figure"])


def baseline_quality(chart: ControlChart, *, level: float = 0.95) -> BaselineQuality:
    """Judge a charted series as a baseline; parameters as of :func:`baseline_qualities`, one chart."""
    return baseline_qualities([chart], level=level)[0]


def baseline_qualities(charts: Sequence[ControlChart], *, level: float = 0.95) -> list[BaselineQuality]:
    """Judge charted series as baselines.

    Parameters
    ----------
    charts
        From :func:`~kpi_lib.analysis.baseline.chart.control_charts`.
    level
        Of the centre's interval.
    """
    if not charts:
        return []
    lo, hi = centre_intervals(charts, level=level)
    counts = zip(*(counted.tolist() for counted in _states(charts)), strict=True)
    found = []
    for chart, low, high, states, constant in zip(
        charts, lo.tolist(), hi.tolist(), counts, _constants(charts).tolist(), strict=True
    ):
        phase = chart.last
        checked = tuple(_checks(chart, states, constant))
        sigma_lo, sigma_hi = sigma_range(phase.n, estimated=phase.spread == phase.spread)
        centre = phase.level if phase.n else np.nan
        found.append(BaselineQuality(chart, checked, _grade(checked, phase.n), centre, low, high, sigma_lo, sigma_hi))
    return found


@cache
def sigma_range(n: int, *, estimated: bool = True) -> tuple[float, float]:
    """Return what the true sigma may be as multiples of one estimated by moving ranges (90 %).

    A chart whose sigma follows from its centre (p, u, c) has none to estimate: 1, 1.

    References
    ----------
    Scaled chi with about 0.62 (n - 1) degrees of freedom (Wheeler 1995, Advanced Topics in SPC), made unbiased as the
    moving-range estimate is.
    """
    if not estimated:
        return 1.0, 1.0
    freedom = 0.62 * (n - 1)
    if freedom < 1:
        return 0.0, np.inf
    unbiased = np.sqrt(2 / freedom) * np.exp(special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2))
    high, low = (np.sqrt(stats.chi2.ppf(q, freedom) / freedom) / unbiased for q in (0.95, 0.05))
    return float(1 / high), float(1 / low)


STATES: Final = (
    (Check.GAPS, State.GAP, Verdict.WARN),
    (Check.MISSING_NUMERATOR, State.MISSING_NUMERATOR, Verdict.WARN),
    (Check.NO_ACTIVITY, State.NO_ACTIVITY, Verdict.WARN),
    (Check.EXCESS, State.EXCESS, Verdict.STOP),
)
"""Checks that count periods in a state, with the verdict where there are any."""


def _states(charts: Sequence[ControlChart]) -> list[Ints]:
    """Return the number of periods in each of :data:`STATES`."""
    codes = stacked([chart.series.codes for chart in charts], fill=-1)
    return [(codes == CODE[state]).sum(axis=1) for _, state, _ in STATES]


def _constants(charts: Sequence[ControlChart]) -> Floats:
    """Return the value of series whose values, two or more, are all equal; ``nan`` for others."""
    value = stacked([chart.series.value for chart in charts])
    there = ~np.isnan(value)
    least, most = (np.where(there, value, end) for end in (np.inf, -np.inf))
    lowest = least.min(axis=1, initial=np.inf)
    return np.where((there.sum(axis=1) > 1) & (lowest == most.max(axis=1, initial=-np.inf)), lowest, np.nan)


def _checks(chart: ControlChart, states: Sequence[int], constant: float) -> Iterator[Checked]:
    series, evidence, phase = chart.series, chart.evidence, chart.last
    yield Checked(Check.PERIODS, _at_least(phase.n, FULL_FROM, TRIAL_BELOW), float(phase.n))
    if series.family in {"share", "rate", "mean"}:
        yield Checked(Check.CASES, _at_least(phase.denominator, FEWEST_CASES, 1), phase.denominator)
    unstable = sum(number == phase.number for number, _ in chart.found)
    yield Checked(Check.STABLE, _warn(unstable > 0), float(unstable))
    yield Checked(Check.AUTOCORRELATION, _warn(evidence.autocorrelated), evidence.rho)
    yield Checked(Check.SEASON, _warn(evidence.seasonal), evidence.wave.share)
    if series.family in {"share", "rate", "count"}:
        yield Checked(Check.DISPERSION, _warn(evidence.overdispersed), evidence.dispersion)
        yield Checked(Check.THIN, _warn(evidence.thin), float(evidence.small))
    for (check, _, bad), count in zip(STATES, states, strict=True):
        yield Checked(check, bad if count else Verdict.PASS, float(count))
    yield Checked(Check.CONSTANT, _warn(constant == constant), constant)


def _at_least(x: float, full: float, least: float) -> Verdict:
    return Verdict.PASS if x >= full else Verdict.WARN if x >= least else Verdict.STOP


def _warn(remark: bool) -> Verdict:
    return Verdict.WARN if remark else Verdict.PASS


def _grade(checked: Sequence[Checked], n: int) -> Grade:
    remarks = {one.check: one.verdict for one in checked if one.verdict is not Verdict.PASS}
    if n < TRIAL_BELOW or Verdict.STOP in remarks.values():
        return Grade.TRIAL
    if Check.STABLE in remarks or len(remarks) > 2:
        return Grade.C
    return Grade.B if remarks else Grade.A
