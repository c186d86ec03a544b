"""KPIs per group and period: statistics from one pass over the rows, then values; one tidy row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.coverage import Coverage
from kpi_lib.data.coverage import coverage as find_coverage
from kpi_lib.kpi.aggregate import MOMENT, PERIOD, aggregate
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Growth, Ratio
from kpi_lib.kpi.requests import requests
from kpi_lib.kpi.values import COLUMNS, values_of
from kpi_lib.params.periods import Period


def compute(
    tables: Mapping[str, ir.Table],
    kpis: Sequence[Kpi],
    *,
    periods: Sequence[Period],
    as_of: datetime,
    by: Sequence[str] = ("branch",),
    groups: Sequence[str] | None = None,
    clock: WorkingClock | None = None,
    coverage: Mapping[str, Coverage] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compute KPIs per group and period.

    Parameters
    ----------
    tables
        Canonical tables by name (Ibis expressions); every table the KPIs need.
    kpis
        KPIs that are available, with the policy's limits set (:meth:`Kpi.with_limit`).
    periods
        Periods of one grain, oldest first and without a gap.
    as_of
        The moment up to which anything is known: later timestamps have not happened, clocks still running are read
        then, a period that ends after it is provisional.
    by
        Columns to group by; ``()`` for all rows together.
    groups
        Values of the single ``by`` column that get a row whether or not they have data; None for those found.
    clock
        Working calendars, where a KPI runs on them.
    coverage
        What each table has data for, of all its branches. Inside it "none" is 0, outside it is missing; it also saves
        the engine looking for later timestamps and set-aside values where there are none. None finds it out from the
        tables given, where a KPI counts.
    level
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        ``kpi, <by>, period, period_start, period_end`` and :data:`COLUMNS`, one row per KPI, group and period.
        ``numerator, denominator`` come before ``value``; for a mean they are the sum and the number of values (with
        ``sum_sq``), for a quantile the numerator is missing. ``n`` is the number of rows behind the value (customers
        and tickets, not months). ``n_pending`` counts clocks still running, ``n_unknown`` rows left out because a
        needed value was not recorded or could not be right. ``reason`` says why a value is missing.

    Raises
    ------
    ValueError
        No periods, or periods of more than one grain.
    """
    if len({period.grain for period in periods}) != 1:
        raise ValueError("periods must be at least one and of one grain")
    if not kpis:
        return pd.DataFrame(columns=["kpi", *by, "period", PERIOD, "period_end", *COLUMNS])
    spans = [[period] for period in periods] if periods[0].grain == "range" else [list(periods)]
    parts = [
        _compute_span(
            tables, kpis, periods=span, as_of=as_of, by=by, groups=groups, clock=clock, coverage=coverage, level=level
        )
        for span in spans
    ]
    return pd.concat(parts, ignore_index=True)


def _compute_span(
    tables: Mapping[str, ir.Table],
    kpis: Sequence[Kpi],
    *,
    periods: Sequence[Period],
    as_of: datetime,
    by: Sequence[str],
    groups: Sequence[str] | None,
    clock: WorkingClock | None,
    coverage: Mapping[str, Coverage] | None,
    level: float,
) -> pd.DataFrame:
    wanted = [request for kpi in kpis for request in requests(kpi)]
    statistics = aggregate(tables, wanted, periods=periods, by=by, as_of=as_of, clock=clock, coverage=coverage)
    earlier = _year_earlier(tables, kpis, periods=periods, by=by, as_of=as_of, coverage=coverage)
    grid = _grid(statistics, periods, by=by, groups=groups)
    covered = _covered_starts(tables, kpis, periods, coverage)
    frames = []
    for kpi in kpis:
        own = _own(statistics, kpi.key).reindex(grid)
        frame = values_of(kpi, own, earlier, covered=covered, level=level)
        frame.insert(0, "kpi", kpi.key)
        frames.append(frame)
    result = pd.concat(frames).reset_index()
    labels = {pd.Timestamp(period.start): (period.label, pd.Timestamp(period.end)) for period in periods}
    result["period"] = result[PERIOD].map(lambda start: labels[start][0])
    result["period_end"] = result[PERIOD].map(lambda start: labels[start][1])
    result["provisional"] = (result["period_end"] > pd.Timestamp(as_of)) | result["provisional"]
    return result[["kpi", *by, "period", PERIOD, "period_end", *COLUMNS]]


def _own(statistics: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return a KPI's statistics without its key in their names."""
    names = {name: name.removeprefix(key) for name in statistics.columns if name.startswith((f"{key}::", f"{key}/"))}
    return statistics[list(names)].rename(columns=names)


def _grid(
    statistics: pd.DataFrame, periods: Sequence[Period], *, by: Sequence[str], groups: Sequence[str] | None
) -> pd.Index:
    starts = pd.DataFrame({PERIOD: [pd.Timestamp(period.start) for period in periods]}, dtype=MOMENT)
    if not by:
        whole: pd.Index = starts.set_index(PERIOD).index
        return whole
    if groups is not None:
        found = pd.DataFrame({by[0]: list(groups)})
    else:
        found = statistics.index.to_frame(index=False)[list(by)].drop_duplicates().sort_values(list(by))
    grid: pd.Index = pd.MultiIndex.from_frame(found.merge(starts, how="cross")[[PERIOD, *by]])
    return grid


def _covered_starts(
    tables: Mapping[str, ir.Table],
    kpis: Sequence[Kpi],
    periods: Sequence[Period],
    coverage: Mapping[str, Coverage] | None,
) -> dict[str, set[pd.Timestamp]]:
    """Return the periods each counted table has data for."""
    covered = {}
    for name in sorted({name for kpi in kpis for name in _counted(kpi)}):
        span = coverage[name] if coverage is not None else find_coverage(tables[name], name)
        covered[name] = {
            pd.Timestamp(period.start)
            for period in periods
            if span.first is not None
            and span.last is not None
            and pd.Timestamp(period.end) > span.first
            and pd.Timestamp(period.start) <= span.last
        }
    return covered


def _counted(kpi: Kpi) -> list[str]:
    match kpi.measure:
        case Count(of=tally) | Ratio(numerator=tally):
            return [tally.table]
        case _:
            return []


def _year_earlier(
    tables: Mapping[str, ir.Table],
    kpis: Sequence[Kpi],
    *,
    periods: Sequence[Period],
    by: Sequence[str],
    as_of: datetime,
    coverage: Mapping[str, Coverage] | None,
) -> dict[str, pd.DataFrame]:
    """Return the statistics of growth KPIs a year earlier, under the start of the period they are compared with."""
    growing = [kpi for kpi in kpis if isinstance(kpi.measure, Growth)]
    if not growing:
        return {}
    pairs = [(period, a_year_back(period)) for period in periods]
    wanted = [request for kpi in growing for request in requests(kpi)]
    statistics = aggregate(
        tables, wanted, periods=[back for _, back in pairs], by=by, as_of=as_of, clock=None, coverage=coverage
    )
    starts = {pd.Timestamp(back.start): pd.Timestamp(period.start) for period, back in pairs}
    moved = statistics.reset_index()
    moved[PERIOD] = moved[PERIOD].map(starts)
    moved = moved.dropna(subset=[PERIOD]).astype({PERIOD: MOMENT}).set_index([PERIOD, *by])
    return {kpi.key: _own(moved, kpi.key) for kpi in growing}


def a_year_back(period: Period) -> Period:
    """Return the same period a year earlier; a day or week 52 weeks earlier, so that weekdays meet."""
    steps = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
    if period.grain in steps:
        return period.previous(steps[period.grain])
    year = pd.DateOffset(years=1)
    start, end = (pd.Timestamp(edge) - year for edge in (period.start, period.end))
    return Period("range", f"{start.date()}..{(end - pd.Timedelta(days=1)).date()}", start.date(), end.date())
