"""A monthly series added up to quarters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.calendar import place_of, start_of
from kpi_lib.analysis.baseline.series.model import CODE, Series, State
from kpi_lib.analysis.baseline.series.placing import series_of
from kpi_lib.errors import InputError, Issue

WHOLE = (State.OK, State.NO_ACTIVITY, State.PROVISIONAL)
"""States of the months that make a quarter whole."""


def by_quarter(series: Series) -> Series:
    """Add up a monthly series of counts to quarters, for what is too thin by the month.

    A quarter counts when its three months do; one with a month missing has no value. Quarters the series does not
    cover whole are left out at both ends.

    Raises
    ------
    InputError
        A series that is not monthly, or of values that do not add up.
    """
    if series.grain != "month" or series.family == "value":
        raise InputError(Issue(series.key, "cannot be added up to quarters", "monthly counts, shares, rates and means"))
    place = place_of(series.start, "quarter")
    whole = [quarter for quarter in np.unique(place) if (place == quarter).sum() == 3]
    rows = []
    for quarter in whole:
        here = place == quarter
        fine = np.isin(series.codes[here], [CODE[state] for state in WHOLE])
        top = np.nansum(series.numerator[here]) if fine.all() else np.nan
        below = np.nan if series.denominator is None else np.nansum(series.denominator[here])
        rows.append(
            (start_of(np.array([quarter]), "quarter")[0], top, below, CODE[State.PROVISIONAL] in series.codes[here])
        )
    table = pd.DataFrame(rows, columns=["period", "numerator", "denominator", "provisional"])
    return series_of(
        table.astype({"period": "datetime64[ns]", "provisional": bool}), key=series.key, numerator="numerator",
        denominator=None if series.denominator is None else "denominator", family=series.family, grain="quarter",
        provisional="provisional", higher_is_better=series.higher_is_better, bounds=series.bounds,
    )  # fmt: skip
