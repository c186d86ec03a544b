"""What may be said of a value against its target and baseline, given its interval."""

from __future__ import annotations

import math
from enum import StrEnum

from kpi_lib.kpi.definition import Better, Unit
from kpi_lib.kpi.score import reaches


class Status(StrEnum):
    """Verdict on one indicator in one period."""

    MET = "met"
    CANNOT_TELL = "cannot_tell"
    BELOW_TARGET = "below_target"
    BELOW_BASELINE = "below_baseline"
    TOO_FEW = "too_few"
    NO_TARGET = "no_target"
    NO_VALUE = "no_value"


MISSED = (Status.BELOW_BASELINE, Status.BELOW_TARGET)
"""Verdicts that chance does not explain, the worst first."""

_BOUND = {("share", "higher"): 1.0, ("share", "lower"): 0.0}


def status_of(
    value: float,
    lo: float,
    hi: float,
    *,
    n: float,
    target: float | None,
    baseline: float | None,
    better: Better,
    unit: Unit,
    min_n: int = 1,
) -> Status:
    """Judge a value against its target and baseline.

    Parameters
    ----------
    value, lo, hi
        The value and its interval.
    n
        Observations behind it; fewer than ``min_n`` give no verdict.
    target, baseline
        In the KPI's unit, None where the policy has none.
    better, unit
        Of the KPI.
    min_n
        Fewest observations for a verdict.

    Returns
    -------
    Status
        ``MET`` when the whole interval is at or beyond the target, and when a share is at the end of its scale and the
        target asks for just that (nothing better exists). ``BELOW_BASELINE`` and ``BELOW_TARGET`` when the whole
        interval is worse than the line, read in the KPI's direction. ``CANNOT_TELL`` when the interval covers the
        target or a value has no interval.
    """
    if math.isnan(value):
        return Status.NO_VALUE
    if target is None:
        return Status.NO_TARGET
    if n < min_n:
        return Status.TOO_FEW
    if value == target == _BOUND.get((unit, better)):
        return Status.MET
    worst, best = (lo, hi) if better == "higher" else (hi, lo)
    if reaches(worst, target, better=better):
        return Status.MET
    if math.isnan(best) or reaches(best, target, better=better):
        return Status.CANNOT_TELL
    if baseline is not None and not reaches(best, baseline, better=better):
        return Status.BELOW_BASELINE
    return Status.BELOW_TARGET
