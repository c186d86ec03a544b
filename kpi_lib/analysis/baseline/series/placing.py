"""Any frame on the full calendar: every period from the first row to the last, with its state."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.calendar import Days, Grain, place_of, start_of
from kpi_lib.analysis.baseline.series.model import BOUNDS, CODE, Codes, Family, Series, State
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask


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
        key, family or "value", np.empty(0, "datetime64[ns]"), blank, None, blank, np.empty(0, np.int8), grain
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
    firsts = np.flatnonzero(np.diff(codes, prepend=-1))
    laid = _on_calendar(family, grain, place, top, below, running, firsts)
    ends = bounds or BOUNDS.get(family, (-np.inf, np.inf))
    found = {}
    for own, series in zip((groups[code] for code in codes[firsts].tolist()), laid, strict=True):
        key = str(own[-1]) if own else "value"
        found[own] = Series(key, family, *series, grain=grain, higher_is_better=higher_is_better, bounds=ends)
    return found


Placed = tuple[Days, Floats, Floats | None, Floats, Codes]
"""Start, numerator, denominator, value and codes of a series."""


def _on_calendar(
    family: Family, grain: Grain, place: Ints, top: Floats, below: Floats, running: Mask, firsts: Ints
) -> Iterator[Placed]:
    """Yield the series one after the other, each with every period from its first row to its last.

    Parameters
    ----------
    place, top, below, running
        Of the rows of all series in order.
    firsts
        Where each series' rows begin.
    """
    rows = np.diff(firsts, append=place.size)
    sizes = place[firsts + rows - 1] - place[firsts] + 1
    begins = np.cumsum(sizes) - sizes
    periods = int(sizes.sum())
    start = start_of(np.arange(periods) + np.repeat(place[firsts] - begins, sizes), grain)
    at = place - np.repeat(place[firsts] - begins, rows)
    numerator, denominator = np.full(periods, np.nan), np.full(periods, np.nan)
    absent, provisional = np.ones(periods, dtype=bool), np.zeros(periods, dtype=bool)
    numerator[at], denominator[at], absent[at], provisional[at] = top, below, False, running
    divided = family not in {"count", "value"}
    codes = np.full(periods, CODE[State.OK])
    codes[provisional] = CODE[State.PROVISIONAL]
    if family == "share":
        codes[numerator > denominator] = CODE[State.EXCESS]
    codes[np.isnan(numerator) | (divided & np.isnan(denominator))] = CODE[State.MISSING_NUMERATOR]
    if divided:
        codes[denominator == 0] = CODE[State.NO_ACTIVITY]
    codes[absent] = CODE[State.GAP]
    there = (codes == CODE[State.OK]) | (codes == CODE[State.PROVISIONAL])
    if divided:
        there &= denominator > 0
    divisor = denominator if divided else np.ones(periods)
    value = np.divide(numerator, divisor, out=np.full(periods, np.nan), where=there)
    for first, end in zip(begins.tolist(), (begins + sizes).tolist(), strict=True):
        here = slice(first, end)
        yield start[here], numerator[here], denominator[here] if divided else None, value[here], codes[here]


def _groups(frame: pd.DataFrame, by: Sequence[str]) -> tuple[Ints, list[tuple[Hashable, ...]]]:
    if not by:
        return np.zeros(len(frame), dtype=np.int64), [()]
    grouped = frame.groupby(list(by), sort=True, observed=True)
    names: list[tuple[Hashable, ...]] = [name if isinstance(name, tuple) else (name,) for name in grouped.size().index]
    codes = np.asarray(grouped.ngroup(), dtype=np.int64)
    return codes, names


def _floats(frame: pd.DataFrame, name: str | None) -> Floats:
    return np.full(len(frame), np.nan) if name is None else frame[name].to_numpy(dtype=float, na_value=np.nan)
