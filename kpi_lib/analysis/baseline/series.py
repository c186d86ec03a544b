"""One indicator of one branch over the full calendar, every period with its state."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_lib.analysis.baseline.calendar import Days, Grain, label_of, place_of, start_of
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.spc import Mask

Family = Literal["share", "rate", "count", "mean", "value"]
"""What a value is: a part of a whole, events per exposure, a number of events, a mean of n, or a bare number."""

Words = npt.NDArray[np.object_]


BOUNDS: Final[dict[Family, tuple[float, float]]] = {"share": (0.0, 1.0), "rate": (0.0, np.inf), "count": (0.0, np.inf)}
"""Ends of the scale, where the family has any."""


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
    """A series ready for limits: arrays of one length over the full calendar, oldest first.

    Parameters
    ----------
    key
        Name of the indicator.
    family
        What its value is.
    start
        First day of each period.
    numerator, denominator
        Counts, the value itself for a bare number; ``denominator`` is None where the family has none.
    value
        Values; only periods in state ``ok`` or ``provisional`` have one.
    state
        A :class:`State` each.
    grain
        Step of the calendar.
    higher_is_better
        Direction; None where neither is.
    bounds
        Least and largest value there can be.
    """

    key: str
    family: Family
    start: Days
    numerator: Floats
    denominator: Floats | None
    value: Floats
    state: Words
    grain: Grain = "month"
    higher_is_better: bool | None = None
    bounds: tuple[float, float] = (-np.inf, np.inf)

    def __len__(self) -> int:
        return self.start.size

    @cached_property
    def period(self) -> tuple[str, ...]:
        """Label of each period."""
        return tuple(label_of(day, self.grain) for day in self.start)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per period: ``period, start, numerator, denominator, value, state``."""
        below = np.full(len(self), np.nan) if self.denominator is None else self.denominator
        return pd.DataFrame(
            {
                "period": list(self.period),
                "start": pd.DatetimeIndex(self.start),
                "numerator": self.numerator,
                "denominator": below,
                "value": self.value,
                "state": [str(state) for state in self.state],
            }
        )

    @cached_property
    def ok(self) -> Mask:
        """Periods that may set limits."""
        return np.asarray(self.state == State.OK)

    @property
    def month(self) -> Floats:
        """Month of the year of each period."""
        return np.asarray(self.start.astype("datetime64[M]").astype(np.int64) % 12 + 1, dtype=float)

    @property
    def n(self) -> int:
        """Periods with a value."""
        return int(np.isfinite(self.value).sum())

    def position(self, day: pd.Timestamp) -> int:
        """Return the position of the first period that starts on or after ``day``."""
        return int(np.searchsorted(self.start, np.datetime64(day), side="left"))

    def part(self, first: int, end: int | None = None) -> Series:
        """Return the periods from position ``first`` up to, not including, ``end``."""
        here = slice(first, end)
        return replace(
            self,
            start=self.start[here],
            numerator=self.numerator[here],
            denominator=None if self.denominator is None else self.denominator[here],
            value=self.value[here],
            state=self.state[here],
        )


def series_of(
    frame: pd.DataFrame,
    *,
    key: str = "value",
    period: str = "period",
    numerator: str | None = None,
    denominator: str | None = None,
    value: str | None = None,
    family: Family | None = None,
    grain: Grain = "month",
    provisional: str | None = None,
    higher_is_better: bool | None = None,
    bounds: tuple[float, float] | None = None,
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
        Step of the calendar; a date inside a period stands for the period.
    provisional
        Column of flags: those rows are shown but belong to no baseline.
    higher_is_better
        Direction.
    bounds
        Least and largest value there can be; by default 0 to 1 for shares, 0 or more for counts and rates.

    Raises
    ------
    InputError
        A column that is not there, dates that cannot be read, or two rows for one period.
    """
    found = series_by(
        frame, by=(), period=period, numerator=numerator, denominator=denominator, value=value, family=family,
        grain=grain, provisional=provisional, higher_is_better=higher_is_better, bounds=bounds,
    )  # fmt: skip
    blank = np.empty(0)
    nothing = Series(
        key, family or "value", np.empty(0, "datetime64[ns]"), blank, None, blank, np.empty(0, object), grain
    )
    return replace(found.get((), nothing), key=key)


def series_by(
    frame: pd.DataFrame,
    *,
    by: Sequence[str],
    period: str = "period",
    numerator: str | None = None,
    denominator: str | None = None,
    value: str | None = None,
    family: Family | None = None,
    grain: Grain = "month",
    provisional: str | None = None,
    higher_is_better: bool | None = None,
    bounds: tuple[float, float] | None = None,
) -> dict[tuple[Hashable, ...], Series]:
    """Put many series of one family on the full calendar at once.

    Parameters
    ----------
    frame
        One row per group and period.
    by
        Columns that tell the series apart; ``()`` for one series.
    period, numerator, denominator, value, family, grain, provisional, higher_is_better, bounds
        As of :func:`series_of`.

    Returns
    -------
    dict
        Series by the values of ``by``; each runs from its first to its last row, its key is the last of these values.

    Raises
    ------
    InputError
        As :func:`series_of`.
    """
    named = [name for name in (*by, period, numerator, denominator, value, provisional) if name is not None]
    issues = [
        Issue(str(name), "no such column", did_you_mean(str(name), [str(c) for c in frame.columns]))
        for name in named
        if name not in frame.columns
    ]
    if numerator is None and value is None:
        issues.append(
            Issue("numerator", "neither numerator nor value is named", "name the column that holds the values")
        )
    if issues:
        raise InputError(issues)
    day = pd.to_datetime(frame[period], errors="coerce")
    if day.isna().any():
        bad = frame.loc[day.isna(), period].iloc[0]
        raise InputError(Issue(period, f"cannot read {bad!r} as a date", "such as 2025-11 or 2025-11-01"))
    family = family or (
        "share" if numerator and denominator else "count" if numerator else "mean" if denominator else "value"
    )
    place = place_of(day.to_numpy().astype("datetime64[D]"), grain)
    codes, groups = _groups(frame, by)
    order = np.lexsort((place, codes))
    codes, place = codes[order], place[order]
    double = np.flatnonzero((np.diff(codes) == 0) & (np.diff(place) == 0))
    if double.size:
        raise InputError(Issue(period, f"two rows for {start_of(place[double[:1]], grain)[0]}", "add them up first"))
    top, below = (_floats(frame, name)[order] for name in (numerator or value, denominator))
    if family == "mean" and value is not None:
        top = top * below
    running = frame[provisional].to_numpy(dtype=bool)[order] if provisional else np.zeros(codes.size, dtype=bool)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [codes.size]]) if codes.size else [0]
    found = {}
    for first, end in pairwise(edges):
        own = groups[codes[first]]
        series = _on_calendar(
            str(own[-1]) if own else "value", family, grain, higher_is_better,
            place[first:end], top[first:end], below[first:end], running[first:end],
        )  # fmt: skip
        found[own] = replace(series, bounds=bounds or BOUNDS.get(series.family, (-np.inf, np.inf)))
    return found


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
        fine = series.ok[here] | (series.state[here] == State.NO_ACTIVITY) | (series.state[here] == State.PROVISIONAL)
        top = np.nansum(series.numerator[here]) if fine.all() else np.nan
        below = np.nan if series.denominator is None else np.nansum(series.denominator[here])
        rows.append((start_of(np.array([quarter]), "quarter")[0], top, below, State.PROVISIONAL in series.state[here]))
    table = pd.DataFrame(rows, columns=["period", "numerator", "denominator", "provisional"])
    return series_of(
        table.astype({"period": "datetime64[ns]", "provisional": bool}), key=series.key, numerator="numerator",
        denominator=None if series.denominator is None else "denominator", family=series.family, grain="quarter",
        provisional="provisional", higher_is_better=series.higher_is_better, bounds=series.bounds,
    )  # fmt: skip


def _on_calendar(
    key: str, family: Family, grain: Grain, higher: bool | None,
    place: Ints, top: Floats, below: Floats, running: Mask,
) -> Series:  # fmt: skip
    """Return one series with every period from its first row to its last."""
    at = place - place[0]
    size = int(at[-1]) + 1
    numerator, denominator = np.full(size, np.nan), np.full(size, np.nan)
    absent, provisional = np.ones(size, dtype=bool), np.zeros(size, dtype=bool)
    numerator[at], denominator[at], absent[at], provisional[at] = top, below, False, running
    divided = family not in {"count", "value"}
    state = np.full(size, State.OK, dtype=object)
    state[provisional] = State.PROVISIONAL
    if family == "share":
        state[numerator > denominator] = State.EXCESS
    state[np.isnan(numerator) | (divided & np.isnan(denominator))] = State.MISSING_NUMERATOR
    if divided:
        state[denominator == 0] = State.NO_ACTIVITY
    state[absent] = State.GAP
    there = (state == State.OK) | (state == State.PROVISIONAL)
    if divided:
        there &= denominator > 0
    divisor = denominator if divided else np.ones(size)
    value = np.divide(numerator, divisor, out=np.full(size, np.nan), where=there)
    start = start_of(np.arange(place[0], place[0] + size), grain)
    return Series(key, family, start, numerator, denominator if divided else None, value, state, grain, higher)


def _groups(frame: pd.DataFrame, by: Sequence[str]) -> tuple[Ints, list[tuple[Hashable, ...]]]:
    if not by:
        return np.zeros(len(frame), dtype=np.int64), [()]
    grouped = frame.groupby(list(by), sort=True, observed=True)
    names: list[tuple[Hashable, ...]] = [name if isinstance(name, tuple) else (name,) for name in grouped.size().index]
    codes = np.asarray(grouped.ngroup(), dtype=np.int64)
    return codes, names


def _floats(frame: pd.DataFrame, name: str | None) -> Floats:
    return np.full(len(frame), np.nan) if name is None else frame[name].to_numpy(dtype=float, na_value=np.nan)
