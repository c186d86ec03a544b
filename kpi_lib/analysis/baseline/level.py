"""How sure the level of a chart's last phase is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.series import Family
from kpi_lib.stats.intervals import Bounds, mean_t, poisson_rate, wilson
from kpi_lib.stats.rows import stacked, total


def centre_intervals(charts: Sequence[ControlChart], *, level: float = 0.95) -> Bounds:
    """Return intervals of the last phases' levels, months varying as much as they do; ``nan`` where nothing is."""
    lo, hi = (np.full(len(charts), np.nan) for _ in range(2))
    for family in dict.fromkeys(chart.series.family for chart in charts):
        rows = [at for at, chart in enumerate(charts) if chart.series.family == family and chart.last.n]
        if rows:
            lo[rows], hi[rows] = _interval(family, [charts[at] for at in rows], level)
    return lo, hi


def _interval(family: Family, charts: Sequence[ControlChart], level: float) -> Bounds:
    phases = [chart.last for chart in charts]
    n, k, size = (np.array(each) for each in zip(*((p.n, p.numerator, p.denominator) for p in phases), strict=True))
    widened = [
        chart.choice.widened * (max(chart.last.spread, 1.0) if chart.choice.kind in {"p_prime", "u_prime"} else 1.0)
        for chart in charts
    ]
    inflation = np.array(widened) ** 2
    match family:
        case "share":
            return wilson(k / inflation, size / inflation, level=level)
        case "rate":
            return poisson_rate(k / inflation, size / inflation, level=level)
        case "count":
            return poisson_rate(k / inflation, n / inflation, level=level)
    logged = np.array([chart.choice.log for chart in charts])
    inside = stacked([chart.inside for chart in charts], fill=False)
    scaled = [np.log(chart.series.value) if chart.choice.log else chart.series.value for chart in charts]
    # About the centre, so that squares of large values do not swallow small differences.
    centre = np.nan_to_num([phase.centre for phase in phases])
    value = np.where(inside, stacked(scaled) - centre[:, None], 0.0)
    lo, hi = (centre + end for end in mean_t(total(value), total(value**2), inside.sum(axis=1), level=level))
    lo[logged], hi[logged] = np.exp(lo[logged]), np.exp(hi[logged])
    return lo, hi
