"""What a series is worth as a baseline, before any limit is believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
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


@dataclass(frozen=True, eq=False)
class BaselineQuality:
    """Verdict on a series as a baseline.

    Parameters
    ----------
    chart
        The chart judged.
    checks
        ``check, verdict, figure``, one row per check.
    grade
        A: nothing to remark; B: remarks a chart can allow for; C: not stable, or several remarks; trial: too short, or
        stopped.
    centre, centre_lo, centre_hi
        Centre line of the last phase and its interval, in the unit of the value.
    sigma_lo, sigma_hi
        What the limits' distance from the centre may truly be, as a multiple of the one drawn (90 %).
    """

    chart: ControlChart
    checks: pd.DataFrame
    grade: Grade
    centre: float
    centre_lo: float
    centre_hi: float
    sigma_lo: float
    sigma_hi: float

    @property
    def table(self) -> pd.DataFrame:
        """The checks."""
        return self.checks


def baseline_quality(chart: ControlChart, *, level: float = 0.95) -> BaselineQuality:
    """Judge a charted series as a baseline.

    Parameters
    ----------
    chart
        From :func:`~kpi_lib.analysis.baseline.chart.control_chart`.
    level
        Of the centre's interval.
    """
    checks = pd.DataFrame([(c.value, v.value, f) for c, v, f in _checks(chart)], columns=["check", "verdict", "figure"])
    centre, lo, hi = _centre(chart, level)
    sigma_lo, sigma_hi = sigma_range(_n(chart), estimated=not np.isnan(_spread(chart)))
    return BaselineQuality(chart, checks, _grade(checks, _n(chart)), centre, lo, hi, sigma_lo, sigma_hi)


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


def _n(chart: ControlChart) -> int:
    return int(chart.phases["n"].iloc[-1])


def _spread(chart: ControlChart) -> float:
    return float(chart.phases["spread"].iloc[-1])


def _centre(chart: ControlChart, level: float) -> tuple[float, float, float]:
    """Return the last phase's level with its interval, months varying as much as they do."""
    phase = chart.phases.iloc[-1]
    n, k, size = int(phase["n"]), float(phase["numerator"]), float(phase["denominator"])
    if n == 0:
        return np.nan, np.nan, np.nan
    inflation = max(_spread(chart), 1.0) ** 2 if chart.choice.kind in {"p_prime", "u_prime"} else 1.0
    inflation *= chart.choice.widened**2
    match chart.series.family:
        case "share":
            lo, hi = wilson(k / inflation, size / inflation, level=level)
        case "rate":
            lo, hi = poisson_rate(k / inflation, size / inflation, level=level)
        case "count":
            lo, hi = poisson_rate(k / inflation, n / inflation, level=level)
        case _:
            inside = chart.points["base"] & ~chart.points["excluded"] & (chart.points["phase"] == phase["phase"])
            value = chart.points.loc[inside, "value"].to_numpy(dtype=float)
            value = np.log(value) if chart.choice.log else value
            lo, hi = mean_t(value.sum(), np.sum(value**2), value.size, level=level)
            if chart.choice.log:
                lo, hi = np.exp(lo), np.exp(hi)
    return float(phase["level"]), float(lo), float(hi)


def _checks(chart: ControlChart) -> list[tuple[Check, Verdict, float]]:
    series, evidence = chart.series, chart.evidence
    state = series.frame["state"]
    n = _n(chart)
    found = [(Check.PERIODS, _at_least(n, FULL_FROM, TRIAL_BELOW), float(n))]
    if series.family in {"share", "rate", "mean"}:
        cases = float(chart.phases["denominator"].iloc[-1])
        found.append((Check.CASES, _at_least(cases, FEWEST_CASES, 1), cases))
    unstable = len(chart.signals[chart.signals["phase"] == chart.phases["phase"].iloc[-1]])
    found.append((Check.STABLE, Verdict.WARN if unstable else Verdict.PASS, float(unstable)))
    found.append((Check.AUTOCORRELATION, _warn(evidence.autocorrelated), evidence.rho))
    found.append((Check.SEASON, _warn(evidence.seasonal), evidence.wave.share))
    if series.family in {"share", "rate", "count"}:
        found.append((Check.DISPERSION, _warn(evidence.overdispersed), evidence.dispersion))
    for check, kind, bad in (
        (Check.GAPS, State.GAP, Verdict.WARN),
        (Check.MISSING_NUMERATOR, State.MISSING_NUMERATOR, Verdict.WARN),
        (Check.NO_ACTIVITY, State.NO_ACTIVITY, Verdict.WARN),
        (Check.EXCESS, State.EXCESS, Verdict.STOP),
    ):
        count = int((state == kind.value).sum())
        found.append((check, bad if count else Verdict.PASS, float(count)))
    value = series.value[~np.isnan(series.value)]
    constant = value.size > 1 and np.ptp(value) == 0
    found.append((Check.CONSTANT, _warn(bool(constant)), float(value[0]) if constant else np.nan))
    return found


def _at_least(x: float, full: float, least: float) -> Verdict:
    return Verdict.PASS if x >= full else Verdict.WARN if x >= least else Verdict.STOP


def _warn(remark: bool) -> Verdict:
    return Verdict.WARN if remark else Verdict.PASS


def _grade(checks: pd.DataFrame, n: int) -> Grade:
    verdict = checks.set_index("check")["verdict"]
    warned = int((verdict == Verdict.WARN.value).sum())
    if n < TRIAL_BELOW or (verdict == Verdict.STOP.value).any():
        return Grade.TRIAL
    if verdict[Check.STABLE.value] == Verdict.WARN.value or warned > 2:
        return Grade.C
    return Grade.B if warned else Grade.A
