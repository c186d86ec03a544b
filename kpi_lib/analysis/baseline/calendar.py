"""The calendar of a series: periods as running numbers, so that gaps show."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_lib.stats.intervals import Ints

Grain = Literal["month", "week", "day", "quarter"]
Days = npt.NDArray[np.datetime64]


def place_of(day: Days, grain: Grain) -> Ints:
    """Return the running number of the period a day lies in."""
    match grain:
        case "month":
            return np.asarray(day.astype("datetime64[M]").astype(np.int64))
        case "quarter":
            return np.asarray(day.astype("datetime64[M]").astype(np.int64) // 3)
        case "week":
            # Day 0 was a Thursday; weeks begin on Mondays.
            return np.asarray((day.astype(np.int64) + 3) // 7)
        case "day":
            return np.asarray(day.astype(np.int64))


def start_of(place: Ints, grain: Grain) -> Days:
    """Return the first day of a period by its running number."""
    match grain:
        case "month":
            first: Any = place.astype("datetime64[M]")
        case "quarter":
            first = (place * 3).astype("datetime64[M]")
        case "week":
            first = (place * 7 - 3).astype("datetime64[D]")
        case "day":
            first = place.astype("datetime64[D]")
    return np.asarray(first.astype("datetime64[ns]"))


def label_of(day: np.datetime64, grain: Grain) -> str:
    """Return how a period is written, by its first day."""
    match grain:
        case "month":
            return str(day.astype("datetime64[M]"))
        case "quarter":
            month = int(day.astype("datetime64[M]").astype(np.int64))
            return f"{1970 + month // 12}-Q{month % 12 // 3 + 1}"
        case "week":
            year, week, _ = pd.Timestamp(day).isocalendar()
            return f"{year}-W{week:02d}"
        case "day":
            return str(day.astype("datetime64[D]"))
