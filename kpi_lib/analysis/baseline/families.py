"""Indicators as series: which family a measure makes, and its branches' series from computed rows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kpi_lib.analysis.baseline.series import Family, Series, series_by
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Mean, Ratio, Share, Within
from kpi_lib.kpi.values import possible_values


def family_of(kpi: Kpi) -> Family:
    """Return what an indicator's value is."""
    match kpi.measure:
        case Share() | Within():
            return "share"
        case Ratio(kind=kind):
            return "rate" if kind == "rate" else "share"
        case Mean():
            return "mean"
        case Count():
            return "count"
        case _:
            return "value"


def kpi_series(frame: pd.DataFrame, kpi: Kpi) -> dict[str, Series]:
    """Return one indicator's series by branch from computed rows; a branch without any value has none.

    Months before a branch's first value are before its data began, not months without activity.
    """
    own = frame[frame["kpi"] == kpi.key]
    began = own["period_start"].where(own["value"].notna()).groupby(own["branch"]).transform("min")
    own = own[own["period_start"] >= began]
    family = family_of(kpi)
    found = series_by(
        own,
        by=("branch",),
        period="period_start",
        numerator="value" if family == "value" else "numerator",
        denominator=None if family in {"value", "count"} else "denominator",
        family=family,
        provisional="provisional",
        higher_is_better=kpi.better == "higher",
        bounds=possible_values(kpi.table, kpi.measure.of) if isinstance(kpi.measure, Mean) else None,
    )
    return {str(branch): replace(series, key=kpi.key) for (branch,), series in found.items()}
