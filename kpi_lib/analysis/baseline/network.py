"""A false-alarm budget for the whole network: branches × indicators, every month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.evidence import used
from kpi_lib.stats.false_alarms import flagged
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.spc import OUTER

BUDGET: Final = 0.1
"""Share of the flags that may be chance."""


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


def alarm_budget(charts: Sequence[tuple[str, ControlChart]], *, rate: float = BUDGET) -> Budget:
    """Judge the last month of many charts together.

    Parameters
    ----------
    charts
        Branch and chart; the last period of each is judged against limits from the periods before it.
    rate
        Share of the flags that may be chance (Benjamini and Hochberg 1995).
    """
    rows = [{"branch": branch, "kpi": chart.series.key, **_last(chart)} for branch, chart in charts]
    columns = ["branch", "kpi", "period", "value", "centre", "p", "beyond", "flag", "persistent"]
    if not rows:
        return Budget(pd.DataFrame(columns=columns), 0, 0.0, rate)
    table = pd.DataFrame(rows)
    table["flag"] = flagged(table["p"].to_numpy(dtype=float), rate=rate)
    table["persistent"] = table["flag"] & flagged(table.pop("p_before").to_numpy(dtype=float), rate=rate)
    n = int(table["p"].notna().sum())
    return Budget(table[columns], n, 2 * OUTER * n, rate)


def _last(chart: ControlChart) -> dict[str, object]:
    fine = used(chart.series)
    p = two_sided(chart)
    points = chart.points
    return {
        "period": points["period"].iloc[-1],
        "value": points["value"].iloc[-1],
        "centre": points["centre"].iloc[-1],
        "p": p[-1] if fine[-1] else np.nan,
        "p_before": p[-2] if len(p) > 1 and fine[-2] else np.nan,
        "beyond": bool("beyond_limits" in str(points["rule"].iloc[-1])),
    }


def two_sided(chart: ControlChart) -> Floats:
    """Return for each point the two-sided chance of lying as far out, its own share in the limits taken into account.

    Exact for p, u and c charts with plain chance; else normal for p′ and u′, and Student's t with the moving ranges'
    degrees of freedom for values. A chart without limits has no chances.
    """
    points, kind = chart.points, chart.choice.kind
    value, centre = (points[name].to_numpy(dtype=float) for name in ("value", "centre"))
    n = max(int(chart.phases["n"].iloc[-1]), 2)
    if kind in {"p", "u", "c"} and chart.choice.widened == 1:
        size = np.ones(value.size) if kind == "c" else points["denominator"].to_numpy(dtype=float)
        k = points["numerator"].to_numpy(dtype=float)
        with np.errstate(invalid="ignore"):
            law = (
                stats.binom(size, np.clip(centre, 0, 1)) if kind == "p" else stats.poisson(size * np.maximum(centre, 0))
            )
            p = np.minimum(1.0, 2 * np.minimum(law.cdf(k), law.sf(k - 1)))
        return np.where(np.isnan(value) | np.isnan(centre), np.nan, p)
    upper, lower = (points[name].to_numpy(dtype=float) for name in ("upper", "lower"))
    if chart.choice.log:
        value, centre, upper, lower = (np.log(x) for x in (value, centre, upper, lower))
    # A limit cut off at the end of the scale says nothing of the spread; the other one does.
    sigma = np.fmax(upper - centre, centre - lower) / 3
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(value - centre) / (sigma * np.sqrt(1 + 1 / n))
    freedom = 0.62 * (n - 1) if kind in {"i", "i_prime"} else np.inf
    tail = stats.t.sf(z, freedom) if np.isfinite(freedom) else stats.norm.sf(z)
    return np.asarray(np.where(sigma > 0, 2 * tail, np.nan))
