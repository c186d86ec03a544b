"""From rows to sufficient statistics: what each measure asks the engine for, one scan per table and date column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.coverage import Coverage
from kpi_lib.data.schema import TABLES, VOIDED, ColumnType
from kpi_lib.kpi.clock import WorkingClock, with_working_hours
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Duration, Growth, Mean, Quantile, Ratio, Share, Stock, Tally, Within
from kpi_lib.params.periods import Period

PERIOD = "period_start"
MOMENT = "datetime64[us]"
"""One resolution for every period start, so that indexes of different scans meet."""

_TRUNCATE = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


@dataclass(frozen=True)
class Request:
    """One group of statistics that share a table and a date column.

    Parameters
    ----------
    table, dated_by
        Where the rows are and what dates them; ``dated_by`` ending in ``+<hours>`` dates a row by that much later.
    kpi
        What the statistics are for.
    measure
        The measure, or the tally or stock that is one side of a ratio.
    prefix
        Names the statistics in the result, ``<prefix>::<statistic>``.
    """

    table: str
    dated_by: str
    kpi: Kpi
    measure: Share | Within | Mean | Quantile | Tally | Stock
    prefix: str


def requests(kpi: Kpi) -> tuple[Request, ...]:
    """Return what a KPI asks the engine for."""
    match kpi.measure:
        case Within(duration=duration, limit_hours=limit, dated_by_limit=True):
            return (Request(kpi.table, f"{duration.start}+{limit}", kpi, kpi.measure, kpi.key),)
        case Share() | Within() | Mean() | Quantile():
            return (Request(kpi.table, kpi.dated_by, kpi, kpi.measure, kpi.key),)
        case Count(of=tally):
            return (_side(kpi, tally, kpi.key),)
        case (
            Ratio(numerator=numerator, denominator=denominator)
            | Growth(of=Ratio(numerator=numerator, denominator=denominator))
        ):
            return (_side(kpi, numerator, f"{kpi.key}/top"), _side(kpi, denominator, f"{kpi.key}/bottom"))


def _side(kpi: Kpi, side: Tally | Stock, prefix: str) -> Request:
    return Request(side.table, side.dated_by if isinstance(side, Tally) else "", kpi, side, prefix)


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
        Requests, as :func:`requests` makes them.
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
            frames.append(
                _scan(tables[name], dated_by, asked, periods=periods, by=by, as_of=as_of, clock=clock, extent=extent)
            )
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


def _scan(
    table: ir.Table,
    dated_by: str,
    asked: Sequence[Request],
    *,
    periods: Sequence[Period],
    by: Sequence[str],
    as_of: datetime,
    clock: WorkingClock | None,
    extent: Coverage | None,
) -> pd.DataFrame:
    groups, columns = scan(table, dated_by, asked, periods=periods, by=by, as_of=as_of, clock=clock, extent=extent)
    found = _indexed(groups, by)
    return pd.DataFrame({name: found[column] for name, column in columns.items()})


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
    rows = _with_durations(_with_voided_flags(rows, asked, extent), asked, as_of=as_of, clock=clock)
    rows = rows.mutate(**{_known(request): _is_known(rows, request) for request in asked if _is_judged(request)})
    rows = rows.mutate(**{name: mark for request in asked for name, mark in _marks(rows, request).items()})
    statistics: dict[str, ir.Value] = {}
    columns: dict[str, str] = {}
    for request in asked:
        shared = _shared_name(request)
        for statistic, value in _statistics(rows, request).items():
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


def _with_durations(
    rows: ir.Table, asked: Sequence[Request], *, as_of: datetime, clock: WorkingClock | None
) -> ir.Table:
    durations = {duration for request in asked if (duration := _duration(request.measure)) is not None}
    for duration in sorted(durations, key=_hours):
        name = _hours(duration)
        if duration.clock == "working":
            if clock is None:
                raise ValueError("a measure on the working clock needs the working calendars")
            rows = with_working_hours(rows, duration.start, duration.end, name=name, clock=clock, as_of=as_of)
        else:
            began = rows[duration.start].epoch_seconds()
            rows = rows.mutate(
                **{
                    name: (rows[duration.end].epoch_seconds() - began) / 3600.0,
                    f"{name}__so_far": (ibis.literal(as_of).epoch_seconds() - began) / 3600.0,
                }
            )
    return rows


def _duration(measure: object) -> Duration | None:
    match measure:
        case Within(duration=duration) | Quantile(of=duration):
            return duration
        case Mean(of=Duration() as duration):
            return duration
        case _:
            return None


def _hours(duration: Duration) -> str:
    return f"_{duration.clock}__{duration.start}__{duration.end}"


def _is_judged(request: Request) -> bool:
    """Whether rows can be unknown to the measure; a tally takes every row as it comes."""
    return not isinstance(request.measure, Tally | Stock)


def _shared_name(request: Request) -> str:
    """Return one name for requests whose rows fare alike (the mean and the quantiles of one duration)."""
    match request.measure:
        case Mean(of=Duration() as duration, among=None) | Quantile(of=duration, among=None):
            return _hours(duration)
        case _:
            return request.prefix


def _known(request: Request) -> str:
    """Return the column that says whether a row is looked at and known: never unknown, perhaps pending."""
    duration = _duration(request.measure)
    if duration is None or getattr(request.measure, "among", None) is not None:
        return f"_known.{request.prefix}"
    return f"_known{_hours(duration)}.{','.join(sorted(_voidable(request.kpi)))}"


def _value(request: Request) -> str:
    """Return the column that holds what a mean or quantile is taken of, missing where it is not known."""
    return f"_value.{_shared_name(request)}"


def _is_known(rows: ir.Table, request: Request) -> ir.BooleanValue:
    measure, kpi = request.measure, request.kpi
    conditions = [] if (looked_at := _looked_at(rows, request)) is None else [looked_at]
    if voided := [rows[_voided_flag(column)] for column in _voidable(kpi) if _voided_flag(column) in rows.columns]:
        conditions.append(~ibis.or_(*voided))
    match measure:
        case Share(known=known):
            conditions += [rows[column].notnull() for column in known if column not in _required(kpi.table)]
        case Within(duration=duration) | Quantile(of=duration) | Mean(of=Duration() as duration):
            hours = rows[_hours(duration)]  # A negative duration cannot be right, so it is not known.
            conditions.append(hours.isnull() | (hours >= 0))
    return ibis.and_(*conditions)


def _looked_at(rows: ir.Table, request: Request) -> ir.BooleanValue | None:
    """Return the rows a measure looks at, None for all that have a date."""
    measure = request.measure
    conditions = []
    if (among := getattr(measure, "among", None)) is not None:
        conditions.append(rows.bind(among)[0])
    if (duration := _duration(measure)) is not None and duration.start != request.dated_by.partition("+")[0]:
        conditions.append(rows[duration.start].notnull())
    if isinstance(measure, Mean) and isinstance(measure.of, str):
        conditions.append(rows[measure.of].notnull() | _was_voided(rows, measure.of))
    return ibis.and_(*conditions) if conditions else None


def _was_voided(rows: ir.Table, column: str) -> ir.BooleanValue:
    return rows[_voided_flag(column)] if _voided_flag(column) in rows.columns else ibis.literal(False)


def _marks(rows: ir.Table, request: Request) -> dict[str, ir.Value]:
    """Say of each row what a measure makes of it; as columns, so that each condition is worked out once."""
    match request.measure:
        case Share(hit=hit):
            return {f"_hit.{request.prefix}": rows[_known(request)] & rows.bind(hit)[0]}
        case Within(duration=duration, limit_hours=limit):
            counted = rows[_known(request)] & (rows[f"{_hours(duration)}__so_far"] >= limit)
            in_time = rows[_hours(duration)] <= limit
            return {f"_counted.{request.prefix}": counted, f"_hit.{request.prefix}": counted & in_time}
        case Mean(of=of) | Quantile(of=of):
            value = rows[_hours(of)] if isinstance(of, Duration) else rows[of].cast("float64")
            return {_value(request): ibis.ifelse(rows[_known(request)], value, None)}
        case _:
            return {}


def _statistics(rows: ir.Table, request: Request) -> dict[str, ir.Value]:
    """Return what is summed, counted and collected; a null condition counts as not holding."""
    measure = request.measure
    if isinstance(measure, Tally):
        return {"tally": _tally(rows, measure)}
    known = rows[_known(request)]
    looked_at = _looked_at(rows, request)
    counts = {"looked_at": rows.count() if looked_at is None else rows.count(where=looked_at)}
    counts["known"] = known.sum()
    match measure:
        case Share():
            return {**counts, "numerator": rows[f"_hit.{request.prefix}"].sum()}
        case Within():
            counted, hit = rows[f"_counted.{request.prefix}"], rows[f"_hit.{request.prefix}"]
            return {**counts, "counted": counted.sum(), "numerator": hit.sum()}
        case Mean():
            value = rows[_value(request)]
            return {**counts, "numerator": value.sum(), "sum_sq": (value * value).sum(), "counted": value.count()}
        case Quantile(of=duration):
            # Missing values stay in the list: dropping them later costs less than a condition on the list.
            ended = {**counts, "ended": rows[_value(request)].collect(include_null=True)}
            if duration.end == request.dated_by:
                return ended
            running = known & rows[duration.end].isnull()
            return {**ended, "running": rows[f"{_hours(duration)}__so_far"].collect(where=running)}
        case Stock():
            raise AssertionError("a stock is counted per period, not per row")


def _voidable(kpi: Kpi) -> list[str]:
    """Return the columns of its own table a KPI needs whose value may have been set aside."""
    return [column for table, column in kpi.needed_columns() if table == kpi.table and column not in _required(table)]


def _voided_flag(column: str) -> str:
    return f"_voided.{column}"


def _with_voided_flags(rows: ir.Table, asked: Sequence[Request], extent: Coverage | None) -> ir.Table:
    """Add a flag per needed column whether its value was set aside; worked out once, for all measures."""
    if VOIDED not in rows.columns:
        return rows
    needed = {column for request in asked for column in _voidable(request.kpi)}
    columns = sorted(needed if extent is None else needed.intersection(extent.set_aside))
    # Nearly every row has an empty list, and a case looks no further there.
    some = rows[VOIDED].length() > 0
    return rows.mutate(
        **{_voided_flag(column): ibis.ifelse(some, rows[VOIDED].contains(column), False) for column in columns}
    )


def _required(table: str) -> set[str]:
    return {column.name for column in TABLES[table].columns if column.required}


def _tally(rows: ir.Table, tally: Tally) -> ir.Value:
    among = None if tally.among is None else rows.bind(tally.among)[0]
    if tally.distinct:
        return rows[tally.distinct].nunique(where=among)
    if tally.total:
        return rows[tally.total].sum(where=among)
    return rows.count(where=among)


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
