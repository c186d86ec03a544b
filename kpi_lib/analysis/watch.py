"""The period's indicators held to the baselines a person has accepted; nothing is estimated."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.families import kpi_series
from kpi_lib.analysis.baseline.record import all_monitored
from kpi_lib.kpi.definition import Kpi
from kpi_lib.params.baselines import AcceptedBaseline

COLUMNS = ("kpi", "expected", "lower", "upper", "signal", "rule")


def watched(
    frame: pd.DataFrame, *, branch: str, kpis: Mapping[str, Kpi], accepted: Mapping[str, AcceptedBaseline]
) -> pd.DataFrame:
    """Return the last month of each indicator against its accepted baseline.

    Parameters
    ----------
    frame
        Rows of ``compute`` by month.
    branch
        Key of the branch.
    kpis
        Indicators by key.
    accepted
        Accepted baselines by indicator.

    Returns
    -------
    DataFrame
        ``kpi, expected, lower, upper, signal, rule``: centre (with its season) and limits of the month as accepted,
        +1 above, -1 below or 0, and the rules that mark the month. Indicators not in the month are left out.
    """
    last = frame["period_start"].max()
    held = {}
    for key, entry in accepted.items():
        series = kpi_series(frame, kpis[key]).get(branch) if key in kpis else None
        if series is None or series.start[-1] != np.datetime64(last) or series.period[-1] < entry.first:
            continue
        held[key] = (series, entry)
    rows = [
        (key, one.drawn.centre[-1], one.drawn.lower[-1], one.drawn.upper[-1], int(one.side[-1]), one.marks[-1])
        for key, one in zip(held, all_monitored(list(held.values())), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
