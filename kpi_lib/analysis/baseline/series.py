"""One indicator of one branch over the full calendar, every period with its state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import numpy as np
import pandas as pd

from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.stats.intervals import Floats

Family = Literal["share", "rate", "count", "mean", "value"]
"""What a value is: a part of a whole, events per exposure, a number of events, a mean of n, or a bare number."""


class State(StrEnum):
    """What a period holds."""

    OK = "ok"
    GAP = "gap"
    MISSING_NUMERATOR = "missing_numerator"
    NO_ACTIVITY = "no_activity"
    EXCESS = "excess"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, eq=False)
class Series:
    """A series ready for limits.

    Parameters
    ----------
    key
        Name of the indicator.
    family
        What its value is.
    frame
        One row per period of the full calendar, oldest first: ``period, start, numerator, denominator, value, state``.
        Only rows in state ``ok`` have a value.
    higher_is_better
        Direction; None where neither is.
    """

    key: str
    family: Family
    frame: pd.DataFrame
    higher_is_better: bool | None = None

    @property
    def value(self) -> Floats:
        """Values, ``nan`` where the period has none."""
        return self.frame["value"].to_numpy(dtype=float)

    @property
    def numerator(self) -> Floats:
        """Numerators; the value itself for a bare number."""
        return self.frame["numerator"].to_numpy(dtype=float)

    @property
    def denominator(self) -> Floats | None:
        """Denominators, None where the family has none."""
        return None if self.family in {"count", "value"} else self.frame["denominator"].to_numpy(dtype=float)

    @property
    def month(self) -> Floats:
        """Month of the year of each period."""
        return np.asarray(self.frame["start"].dt.month, dtype=float)

    @property
    def n(self) -> int:
        """Periods with a value."""
        return int(np.isfinite(self.value).sum())

    def position(self, day: pd.Timestamp) -> int:
        """Return the position of the first period that starts on or after ``day``."""
        return int(np.searchsorted(self.frame["start"].to_numpy(), np.datetime64(day), side="left"))


_FREQUENCY: Final = {"month": "MS", "week": "W-MON", "day": "D", "quarter": "QS"}


def series_of(
    frame: pd.DataFrame,
    *,
    key: str = "value",
    period: str = "period",
    numerator: str | None = None,
    denominator: str | None = None,
    value: str | None = None,
    family: Family | None = None,
    grain: Literal["month", "week", "day", "quarter"] = "month",
    provisional: str | None = None,
    higher_is_better: bool | None = None,
) -> Series:
    """Put any frame on the full calendar.

    Parameters
    ----------
    frame
        One row per period; rows may be in any order, and absent.
    key
        Name of the indicator.
    period
        Column of dates, or of labels pandas reads as dates.
    numerator, denominator, value
        Columns. Counts with a denominator make a share or rate; ``value`` alone a bare number, with ``denominator``
        a mean.
    family
        What the value is. By default counts with a denominator are a share (say ``rate`` for events per case), counts
        without one a count, a value with a denominator a mean, a value alone a bare number.
    grain
        Step of the calendar.
    provisional
        Column of flags: those rows are shown but belong to no baseline.
    higher_is_better
        Direction.

    Raises
    ------
    InputError
        A column that is not there, dates that cannot be read, or two rows for one period.
    """
    issues = [
        Issue(str(name), "no such column", did_you_mean(str(name), [str(c) for c in frame.columns]))
        for name in (period, numerator, denominator, value, provisional)
        if name is not None and name not in frame.columns
    ]
    if numerator is None and value is None:
        issues.append(
            Issue("numerator", "neither numerator nor value is named", "name the column that holds the values")
        )
    if issues:
        raise InputError(issues)
    start = pd.to_datetime(frame[period], errors="coerce")
    if start.isna().any():
        bad = frame.loc[start.isna(), period].iloc[0]
        raise InputError(Issue(period, f"cannot read {bad!r} as a date", "such as 2025-11 or 2025-11-01"))
    if start.duplicated().any():
        raise InputError(
            Issue(period, f"two rows for {start[start.duplicated()].iloc[0]:%Y-%m-%d}", "add them up first")
        )
    family = family or (
        "share" if numerator and denominator else "count" if numerator else "mean" if denominator else "value"
    )
    raw = pd.DataFrame(
        {
            "numerator": _floats(frame, numerator, value),
            "denominator": _floats(frame, denominator, None),
            "provisional": frame[provisional].to_numpy(dtype=bool) if provisional else False,
            "there": True,
        }
    ).set_index(pd.DatetimeIndex(start))
    if family == "mean" and value is not None:
        raw["numerator"] = raw["numerator"] * raw["denominator"]
    calendar = pd.date_range(start.min(), start.max(), freq=_FREQUENCY[grain]) if len(raw) else pd.DatetimeIndex([])
    full = raw.reindex(pd.DatetimeIndex(sorted({*calendar, *raw.index})))
    state = _states(full, family)
    ok = (state == State.OK.value) | (state == State.PROVISIONAL.value)
    divisor = full["denominator"].where(full["denominator"] > 0) if family not in {"count", "value"} else 1.0
    table = pd.DataFrame(
        {
            "period": [_label(day, grain) for day in full.index],
            "start": full.index,
            "numerator": full["numerator"].to_numpy(),
            "denominator": full["denominator"].to_numpy(),
            "value": (full["numerator"] / divisor).where(ok).to_numpy(),
            "state": state.to_numpy(),
        }
    )
    return Series(key, family, table, higher_is_better)


def _floats(frame: pd.DataFrame, name: str | None, other: str | None) -> Floats:
    column = name or other
    return np.full(len(frame), np.nan) if column is None else frame[column].to_numpy(dtype=float, na_value=np.nan)


def _states(full: pd.DataFrame, family: Family) -> pd.Series:
    divided = family not in {"count", "value"}
    absent = full["there"].isna()
    idle = divided & (full["denominator"] == 0)
    nothing = full["numerator"].isna() | (divided & full["denominator"].isna())
    excess = (family == "share") & (full["numerator"] > full["denominator"])
    running = full["provisional"].eq(True)
    found = np.select(
        [absent, idle, nothing, excess, running],
        [State.GAP, State.NO_ACTIVITY, State.MISSING_NUMERATOR, State.EXCESS, State.PROVISIONAL],
        State.OK.value,
    )
    return pd.Series(found, index=full.index, dtype=object).astype(str)


def _label(day: pd.Timestamp, grain: str) -> str:
    match grain:
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day.year}-Q{day.quarter}"
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        case _:
            return f"{day:%Y-%m-%d}"
