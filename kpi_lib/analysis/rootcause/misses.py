"""The cases that count against an indicator, by what they are: for a Pareto chart."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.pareto import pareto_order
from kpi_lib.analysis.rootcause.cases import Cause

FIRST = ("fault", "product", "work_type", "queue", "provider")
"""Dimension the cases are sorted by: the first an indicator has; its first one where it has none of these."""


def misses(cause: Cause) -> tuple[str, pd.DataFrame] | None:
    """Return the period's cases that count against an indicator.

    Returns
    -------
    tuple or None
        Dimension, and the bars as :func:`kpi_lib.analysis.pareto.pareto_order` returns them. None for a mean, which has
        no hits and misses, and for an indicator that was not sorted.
    """
    counted, current = cause.case.counted, cause.case.current
    if counted is None or current is None or counted.kind == "mean" or not counted.dimensions or current.empty:
        return None
    dimension = next((key for key in FIRST if key in counted.dimensions), counted.dimensions[0])
    against = current["numerator"]
    if counted.kpi.better == "higher":
        against = current["denominator"] - current["numerator"]
    frame = pd.DataFrame({"label": current[dimension].astype(str), "count": against})
    return dimension, pareto_order(frame, label="label", count="count")
