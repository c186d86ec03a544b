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
from kpi_lib.analysis.baseline.series import State
from kpi_lib.stats.intervals import mean_t, poisson_rate, wilson

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
    """Judge a charted series as a baseline.

    Parameters
    ----------
    chart
        From :func:`~kpi_lib.analysis.baseline.chart.control_chart`.
    level
        Of the centre's interval.
    """
    checked = tuple(_checks(chart))
    centre, lo, hi = _centre(chart, level)
    sigma_lo, sigma_hi = sigma_range(chart.last.n, estimated=not np.isnan(chart.last.spread))
    return BaselineQuality(chart, checked, _grade(checked, chart.last.n), centre, lo, hi, sigma_lo, sigma_hi)


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


def _centre(chart: ControlChart, level: float) -> tuple[float, float, float]:
    """Return the last phase's level with its interval, months varying as much as they do."""
    phase = chart.last
    n, k, size = phase.n, phase.numerator, phase.denominator
    if n == 0:
        return np.nan, np.nan, np.nan
    inflation = max(phase.spread, 1.0) ** 2 if chart.choice.kind in {"p_prime", "u_prime"} else 1.0
    inflation *= chart.choice.widened**2
    match chart.series.family:
        case "share":
            lo, hi = wilson(k / inflation, size / inflation, level=level)
        case "rate":
            lo, hi = poisson_rate(k / inflation, size / inflation, level=level)
        case "count":
            lo, hi = poisson_rate(k / inflation, n / inflation, level=level)
        case _:
            value = chart.series.value[chart.inside]
            value = np.log(value) if chart.choice.log else value
            lo, hi = mean_t(value.sum(), np.sum(value**2), value.size, level=level)
            if chart.choice.log:
                lo, hi = np.exp(lo), np.exp(hi)
    return phase.level, float(lo), float(hi)


def _checks(chart: ControlChart) -> Iterator[Checked]:
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
    states = list(series.state)
    for check, kind, bad in (
        (Check.GAPS, State.GAP, Verdict.WARN),
        (Check.MISSING_NUMERATOR, State.MISSING_NUMERATOR, Verdict.WARN),
        (Check.NO_ACTIVITY, State.NO_ACTIVITY, Verdict.WARN),
        (Check.EXCESS, State.EXCESS, Verdict.STOP),
    ):
        count = states.count(kind)
        yield Checked(check, bad if count else Verdict.PASS, float(count))
    value = series.value[~np.isnan(series.value)]
    constant = value.size > 1 and bool(np.ptp(value) == 0)
    yield Checked(Check.CONSTANT, _warn(constant), float(value[0]) if constant else np.nan)


def _at_least(x: float, full: float, least: float) -> Verdict:
    return Verdict.PASS if x >= full else Verdict.WARN if x >= least else Verdict.STOP


def _warn(remark: bool) -> Verdict:
    return Verdict.WARN if remark else Verdict.PASS


def _grade(checked: Sequence[Checked], n: int) -> Grade:
    verdict = {one.check: one.verdict for one in checked}
    warned = sum(found is Verdict.WARN for found in verdict.values())
    if n < TRIAL_BELOW or Verdict.STOP in verdict.values():
        return Grade.TRIAL
    if verdict[Check.STABLE] is Verdict.WARN or warned > 2:
        return Grade.C
    return Grade.B if warned else Grade.A
