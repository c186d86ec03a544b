"""The second clock: working hours between two timestamps, computed on the engine.

Working time up to a moment is the working time of all days before it plus the part of its own day that lies between
opening and closing. The working time between two moments is the difference, so two look-ups in a small table of days
replace any walk through the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

import holidays
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from kpi_lib.params.calendars import CalendarSpec

_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class WorkingClock:
    """The working calendars of a company.

    Parameters
    ----------
    calendars
        Calendars by name.
    default
        Calendar of a branch that names none.
    by_branch
        Branch → calendar, for branches that have their own.
    """

    calendars: Mapping[str, CalendarSpec]
    default: str
    by_branch: Mapping[str, str] = field(default_factory=dict)

    def days(self, first: date, last: date) -> pd.DataFrame:
        """Return the days of every calendar from ``first`` to ``last``.

        Returns
        -------
        DataFrame
            ``calendar, day, opens_s, closes_s, before_s``: opening and closing in seconds of the day (equal on a day
            off) and working seconds of all earlier days since ``first``.
        """
        used = sorted({self.default, *self.by_branch.values()})
        return pd.concat(
            [_days(self.calendars[name], first, last).assign(calendar=name) for name in used], ignore_index=True
        )


@lru_cache(maxsize=64)
def _days(spec: CalendarSpec, first: date, last: date) -> pd.DataFrame:
    days = pd.date_range(first, last, freq="D")
    working = ~days.day_of_week.isin(spec.weekend)
    if spec.country:
        public = holidays.country_holidays(
            spec.country, subdiv=spec.subdivision, years=range(first.year, last.year + 1)
        )
        make_up: set[date] = getattr(public, "weekend_workdays", set())
        working = (working & ~days.isin(pd.to_datetime(list(public)))) | days.isin(pd.to_datetime(list(make_up)))
    working = (working & ~days.isin(pd.to_datetime(list(spec.extra_holidays)))) | days.isin(
        pd.to_datetime(list(spec.extra_workdays))
    )
    opens = spec.opens.hour * 3600 + spec.opens.minute * 60 + spec.opens.second
    closes = spec.closes.hour * 3600 + spec.closes.minute * 60 + spec.closes.second
    length = np.where(working, closes - opens, 0)
    return pd.DataFrame(
        {
            "day": days,
            "opens_s": opens,
            "closes_s": np.where(working, closes, opens),
            "before_s": np.cumsum(length) - length,
        }
    )


def with_working_hours(
    table: ir.Table, start: str, end: str, *, name: str, clock: WorkingClock, as_of: datetime
) -> ir.Table:
    """Add the working hours from ``start`` to ``end`` and from ``start`` to ``as_of``.

    Parameters
    ----------
    table
        Rows with ``branch`` and both timestamps.
    start, end
        Timestamp columns.
    name
        Name of the new column; null where either timestamp is. ``<name>__so_far`` holds the hours up to ``as_of``.
    clock
        The working calendars.
    as_of
        The moment the clocks are read.

    Returns
    -------
    Table
        The same rows with the two columns, in hours.
    """
    span = table.aggregate(first=table[start].min(), last=table[end].max()).to_pyarrow().to_pylist()[0]
    if span["first"] is None:
        return table.mutate(**{name: ibis.null("float64"), f"{name}__so_far": ibis.null("float64")})
    last = as_of if span["last"] is None else max(span["last"], as_of)
    days = ibis.memtable(
        pa.Table.from_pandas(clock.days(min(span["first"], as_of).date(), last.date()), preserve_index=False)
    )
    calendar = (
        ibis.cases(
            *[(table.branch == branch, ibis.literal(own)) for branch, own in clock.by_branch.items()],
            else_=ibis.literal(clock.default),
        )
        if clock.by_branch
        else ibis.literal(clock.default)
    )
    keyed = table.mutate(_calendar=calendar, _start=table[start], _end=table[end], _now=ibis.literal(as_of))
    for moment in ("_start", "_end", "_now"):
        keyed = _with_worked(keyed, moment, days)
    return keyed.mutate(
        **{
            name: (keyed._end_worked - keyed._start_worked) / _SECONDS_PER_HOUR,
            f"{name}__so_far": (keyed._now_worked - keyed._start_worked) / _SECONDS_PER_HOUR,
        }
    ).drop("_calendar", *(f"{m}{part}" for m in ("_start", "_end", "_now") for part in ("", "_worked")))


def _with_worked(table: ir.Table, moment: str, days: ir.Table) -> ir.Table:
    own = days.rename(
        {f"{moment}_{column}": column for column in ("calendar", "day", "opens_s", "closes_s", "before_s")}
    )
    keyed = table.mutate(**{f"{moment}_date": table[moment].truncate("D")})
    joined = keyed.left_join(
        own, [keyed._calendar == own[f"{moment}_calendar"], keyed[f"{moment}_date"] == own[f"{moment}_day"]]
    )
    second = joined[moment].hour() * 3600 + joined[moment].minute() * 60 + joined[moment].second()
    opens, closes = joined[f"{moment}_opens_s"], joined[f"{moment}_closes_s"]
    worked = joined[f"{moment}_before_s"] + second.clip(lower=opens, upper=closes) - opens
    return joined.mutate(**{f"{moment}_worked": worked}).drop(
        f"{moment}_date", *(f"{moment}_{column}" for column in ("calendar", "day", "opens_s", "closes_s", "before_s"))
    )
