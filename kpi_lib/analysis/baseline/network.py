"""A false-alarm budget for the whole network: branches × indicators, every month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.calendar import label_of
from kpi_lib.analysis.baseline.evidence import log_scaled, used
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.false_alarms import flagged
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.screen import Family, Screened, screen
from kpi_lib.stats.spc import OUTER

BUDGET: Final = 0.1
"""Share of the flags that may be chance."""

LEAST: Final = 8
"""Months before the last two that a chart needs to be judged."""

COLUMNS: Final = ("branch", "kpi", "period", "value", "centre", "p", "beyond", "flag", "persistent")


@dataclass(frozen=True, eq=False)
class Budget:
    """Flags of one month over many charts.

    Parameters
    ----------
    table
        ``branch, kpi, period, value, centre, p, beyond, flag, persistent``: ``beyond`` the plain three-sigma rule,
        ``flag`` what stands out within the budget, ``persistent`` flagged the month before too.
    n_charts
        Charts with a value in the month.
    expected
        Plain three-sigma flags expected by chance alone.
    rate
        Share of the flags that may be chance.
    """

    table: pd.DataFrame
    n_charts: int
    expected: float
    rate: float


def alarm_budget(series: Sequence[tuple[str, Series]], *, rate: float = BUDGET) -> Budget:
    """Judge the last month of many series together.

    Shares and rates are charted with plain or Laney's limits as their months ask for, durations by their logarithm, all
    against the months before the last two, so that neither of these sets its own limits.

    Parameters
    ----------
    series
        Branch and series; all must end with the same period.
    rate
        Share of the flags that may be chance (Benjamini and Hochberg 1995).
    """
    wanted = [(branch, one) for branch, one in series if int(used(one)[:-2].sum()) >= LEAST]
    rows: list[dict[str, object]] = []
    before: list[float] = []
    for kind in dict.fromkeys(_kind(one) for _, one in wanted):
        own = [(branch, one) for branch, one in wanted if _kind(one) == kind]
        found = _screened(kind[0], [one for _, one in own])
        for place, (branch, one) in enumerate(own):
            scale = np.exp if kind[1] else float
            rows.append(
                {
                    "branch": branch,
                    "kpi": one.key,
                    "period": label_of(one.start[-1], one.grain),
                    "value": one.value[-1],
                    "centre": float(scale(found.centre[place, -1])),
                    "p": found.p[place, -1],
                    "beyond": bool(found.beyond[place, -1]),
                }
            )
            before.append(float(found.p[place, -2]))
    if not rows:
        return Budget(pd.DataFrame(columns=list(COLUMNS)), 0, 0.0, rate)
    table = pd.DataFrame(rows)
    table["flag"] = flagged(table["p"].to_numpy(dtype=float), rate=rate)
    table["persistent"] = table["flag"] & flagged(np.array(before), rate=rate)
    n = int(table["p"].notna().sum())
    return Budget(table[list(COLUMNS)], n, 2 * OUTER * n, rate)


def _kind(series: Series) -> tuple[Family, bool]:
    """Return how a series is screened, and whether by its logarithm."""
    match series.family:
        case "share":
            return "share", False
        case "rate" | "count":
            return "rate", False
        case _:
            return "value", log_scaled(series)


def _screened(family: Family, series: Sequence[Series]) -> Screened:
    """Screen series of one kind, aligned at their last period."""
    width = max(len(one) for one in series)
    k, n = (np.full((len(series), width), np.nan) for _ in range(2))
    for row, one in enumerate(series):
        value, below = (one.numerator, one.denominator) if family != "value" else (_scaled(one), None)
        fine = used(one)
        k[row, width - fine.size :] = np.where(fine, value, np.nan)
        n[row, width - fine.size :] = 1.0 if below is None else below
    return screen(family, k, n, base=np.arange(width) < width - 2)


def _scaled(series: Series) -> Floats:
    return np.log(series.value) if log_scaled(series) else series.value
