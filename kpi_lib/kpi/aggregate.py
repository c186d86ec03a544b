"""From rows to sufficient statistics: one scan per table and date column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.coverage import Coverage
from kpi_lib.data.schema import TABLES, ColumnType
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.marks import is_known, marks, statistics_of, with_durations, with_voided_flags
from kpi_lib.kpi.measures import Stock
from kpi_lib.kpi.requests import Request, is_judged, known_column, shared_name
from kpi_lib.params.periods import Period

PERIOD = "period_start"
MOMENT = "datetime64[us]"
"""One resolution for every period start, so that indexes of different scans meet."""

_TRUNCATE = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


def aggregate(
    tables: Mapping[str, ir.Table],
    wanted: Iterable[Request],
    *,
    periods: Sequence[Period],
    by: Sequence[str],
    as_of: datetime,
    clock: WorkingClock | None,
    coverage: Mapping[str, Coverage] | None = None,
) -> pd.DataFrame:
    """Run the requests and return their statistics side by side.

    Parameters
    ----------
    tables
        Canonical tables by name.
    wanted
        Requests, as :func:`kpi_lib.kpi.requests.requests` makes them.
    periods
        Periods of one grain, oldest first.
    by
        Columns to group by; every table asked must have them.
    as_of
        The moment up to which anything is known.
    clock
        Working calendars, for measures on the working clock.
    coverage
        What is known of the tables; None when nothing is.

    Returns
    -------
    DataFrame
        Indexed by ``period_start`` and ``by``; one column per statistic; missing where a scan had no such group.
    """
    scans: dict[tuple[str, str], list[Request]] = defaultdict(list)
    for request in wanted:
        scans[request.table, request.dated_by].append(request)
    frames = []
    for (name, dated_by), asked in scans.items():
        extent = coverage[name] if coverage is not None else None
        if dated_by:
            groups, columns = scan(
                tables[name], dated_by, asked, periods=periods, by=by, as_of=as_of, clock=clock, extent=extent
            )
            found = _indexed(groups, by)
            frames.append(pd.DataFrame({statistic: found[column] for statistic, column in columns.items()}))
        else:
            known = _known_by(tables[name], name, as_of, extent)
            frames.extend(_stock(known, request, periods=periods, by=by) for request in asked)
    return pd.concat(frames, axis=1)


def _known_by(table: ir.Table, name: str, as_of: datetime, extent: Coverage | None) -> ir.Table:
    """Blank every timestamp later than ``as_of``: at that moment it had not happened."""
    if extent is not None and (extent.last is None or extent.last <= as_of):
        return table
    moment = ibis.literal(as_of)
    events = [c.name for c in TABLES[name].columns if c.type is ColumnType.TIMESTAMP and not c.planned]
    times = [event for event in events if event in table.columns]
    return table.mutate(**{time: ibis.ifelse(table[time] <= moment, table[time], None) for time in times})


def scan(
    table: ir.Table,
    dated_by: str,
    asked: Sequence[Request],
    *,
    periods: Sequence[Period],
    by: Sequence[str],
    as_of: datetime,
    clock: WorkingClock | None,
    extent: Coverage | None,
) -> tuple[ir.Table, dict[str, str]]:
    """Return the statistics of requests that share a table and a date column, not yet asked of the engine.

    Parameters
    ----------
    table, dated_by
        Rows, and what dates them.
    asked
        Requests of that table and date column.
    periods, by, as_of, clock
        As for :func:`aggregate`.
    extent
        Coverage of the table, None where it is not known.

    Returns
    -------
    tuple
        Groups by ``period_start`` and ``by``, and the column of each statistic by its name.
    """
    column, _, hours = dated_by.partition("+")
    moment = table[column] + ibis.interval(seconds=int(float(hours) * 3600)) if hours else table[column]
    first, end = pd.Timestamp(periods[0].start), pd.Timestamp(periods[-1].end)
    # The filter stands on the raw column, so that it reaches the Parquet files.
    rows = table.filter(moment >= first, moment < end, moment <= ibis.literal(as_of))
    rows = rows.mutate(**{PERIOD: _bucket(moment, periods[0])})
    rows = _known_by(rows, asked[0].table, as_of, extent)
    rows = with_durations(with_voided_flags(rows, asked, extent), asked, as_of=as_of, clock=clock)
    rows = rows.mutate(**{known_column(request): is_known(rows, request) for request in asked if is_judged(request)})
    rows = rows.mutate(**{name: mark for request in asked for name, mark in marks(rows, request).items()})
    statistics: dict[str, ir.Value] = {}
    columns: dict[str, str] = {}
    for request in asked:
        shared = shared_name(request)
        for statistic, value in statistics_of(rows, request).items():
            columns[f"{request.prefix}::{statistic}"] = f"{shared}::{statistic}"
            statistics[f"{shared}::{statistic}"] = value
    return rows.group_by(PERIOD, *by).aggregate(**statistics), columns


def _indexed(groups: ir.Table, by: Sequence[str]) -> pd.DataFrame:
    frame: pd.DataFrame = groups.to_pyarrow().to_pandas()
    return frame.astype({PERIOD: MOMENT}).set_index([PERIOD, *by])


def _bucket(moment: ir.TimestampValue, period: Period) -> ir.Value:
    if period.grain == "range":
        return ibis.literal(pd.Timestamp(period.start))
    return moment.truncate(_TRUNCATE[period.grain]).cast("timestamp")


def _stock(table: ir.Table, request: Request, *, periods: Sequence[Period], by: Sequence[str]) -> pd.DataFrame:
    stock = request.measure
    assert isinstance(stock, Stock)
    entered, left = table[stock.entered], table[stock.left]
    name = f"{request.prefix}::tally"
    starts = [pd.Timestamp(period.start) for period in periods]
    present = {
        str(number): table.count(where=(entered < start) & (left.isnull() | (left >= start)))
        for number, start in enumerate(starts)
    }
    wide: pd.DataFrame = (table.group_by(*by) if by else table).aggregate(**present).to_pyarrow().to_pandas()
    long = wide.melt(id_vars=list(by), var_name="number", value_name=name)
    long[PERIOD] = long["number"].astype(int).map(dict(enumerate(starts)))
    return long.drop(columns="number").astype({PERIOD: MOMENT}).set_index([PERIOD, *by])
