"""A longer period that would show more, where one period has too few cases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pandas as pd

from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.kpi.leaves import DAY
from kpi_lib.params.periods import Period, parse_period

TOGETHER: Final = {"day": 7, "week": 4, "month": 3, "quarter": 4}
"""Periods of a grain taken together, this one the last; a free range and a year have no longer one."""

WORTH: Final = 0.85
"""A longer period is proposed where it shows a change at most this large a part of what one period shows."""


@dataclass(frozen=True)
class Longer:
    """A longer period and what it would show.

    Parameters
    ----------
    period
        It ends with the period looked at.
    n
        Cases in it.
    detectable
        Smallest change of the whole indicator it would show with a chance of 80 %, as far as can be told from the
        number of cases.
    """

    period: Period
    n: float
    detectable: float


def longer(cause: Cause, period: Period) -> Longer | None:
    """Return the longer period to take for an indicator; None where the data hold none or it would not help.

    Chance falls with the root of the cases: the present smallest change is scaled by the cases of both sides, the
    reference being what it is now less what the longer period takes from it.
    """
    found, counted, before = cause.explanation, cause.case.counted, cause.case.before
    if found is None or counted is None or before is None or period.grain not in TOGETHER:
        return None
    first = period.previous(TOGETHER[period.grain] - 1)
    day = counted.frame[DAY]
    if not len(day) or day.min() >= pd.Timestamp(period.start):
        return None
    inside = (day >= pd.Timestamp(first.start)) & (day < pd.Timestamp(period.end))
    n = float(counted.frame.loc[inside, "denominator"].sum())
    rest = float(before.loc[before[DAY] < pd.Timestamp(first.start), "denominator"].sum())
    if n <= 0 or rest <= 0:
        return None
    gap = found.gap
    scale = math.sqrt((1 / n + 1 / rest) / (1 / gap.n_current + 1 / gap.n_reference))
    if not scale <= WORTH:
        return None
    label = f"{first.start}..{period.end - timedelta(days=1)}"
    return Longer(parse_period(label), n, found.detectable * scale)
