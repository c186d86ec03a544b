"""The full calendar: every state a period can be in, and input that cannot be charted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.baseline.series import State, series_of
from kpi_lib.errors import InputError


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": ["2025-06", "2025-01", "2025-02", "2025-04", "2025-05"],
            "hits": [3, 8, np.nan, 0, 11],
            "cases": [5, 10, 10, 0, 10],
            "running": [True, False, False, False, False],
        }
    )


def test_every_period_of_the_calendar_has_its_state() -> None:
    found = series_of(frame(), numerator="hits", denominator="cases", provisional="running").frame
    assert found["period"].tolist() == [f"2025-0{month}" for month in range(1, 7)]
    assert found["state"].tolist() == ["ok", "missing_numerator", "gap", "no_activity", "excess", "provisional"]
    assert found.loc[found["state"] == State.OK, "value"].tolist() == [0.8]
    assert found["value"].isna().tolist() == [False, True, True, True, True, False]


def test_a_mean_is_weighed_by_its_cases() -> None:
    rows = pd.DataFrame({"period": ["2025-01", "2025-02"], "score": [4.0, 5.0], "n": [10, 30]})
    series = series_of(rows, value="score", denominator="n")
    assert series.family == "mean"
    assert series.numerator.tolist() == [40.0, 150.0]
    assert series.value.tolist() == [4.0, 5.0]


@pytest.mark.parametrize(
    ("rows", "columns", "problem"),
    [
        ({"period": ["2025-01"], "y": [1]}, {"value": "z"}, "no such column"),
        ({"period": ["2025-01"], "y": [1]}, {}, "neither numerator nor value"),
        ({"period": ["soon"], "y": [1]}, {"value": "y"}, "cannot read 'soon' as a date"),
        ({"period": ["2025-01", "2025-01"], "y": [1, 2]}, {"value": "y"}, "two rows for 2025-01-01"),
    ],
)
def test_what_cannot_be_charted_is_told(rows: dict[str, list[object]], columns: dict[str, str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        series_of(pd.DataFrame(rows), **columns)
