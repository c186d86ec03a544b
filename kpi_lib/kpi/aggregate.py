"""From rows to sufficient statistics: what each measure asks the engine for, one scan per table and date column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

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
        if dated_by:
            frames.append(_scan(tables[name], dated_by, asked, periods=periods, by=by, as_of=as_of, clock=clock))
        else:
            known = _known_by(tables[name], name, as_of)
            frames.extend(_stock(known, request, periods=periods, by=by) for request in asked)
    return pd.concat(frames, axis=1)


def _known_by(table: ir.Table, name: str, as_of: datetime) -> ir.Table:
    """Blank every timestamp later than ``as_of``: at that moment it had not happened."""
    moment = ibis.literal(as_of)
    times = [c.name for c in TABLES[name].columns if c.type is ColumnType.TIMESTAMP and c.name in table.columns]
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
) -> pd.DataFrame:
    column, _, hours = dated_by.partition("+")
    moment = table[column] + ibis.interval(seconds=int(float(hours) * 3600)) if hours else table[column]
    first, end = pd.Timestamp(periods[0].start), pd.Timestamp(periods[-1].end)
    # The filter stands on the raw column, so that it reaches the Parquet files.
    rows = table.filter(moment >= first, moment < end, moment <= ibis.literal(as_of))
    rows = rows.mutate(**{PERIOD: _bucket(moment, periods[0])})
    rows = _known_by(rows, asked[0].table, as_of)
    rows = _with_durations(rows, asked, as_of=as_of, clock=clock)
    marks = {f"{_marks_name(r)}.{mark}": value for r in asked for mark, value in _marks(rows, r).items()}
    rows = rows.mutate(**marks)
    statistics: dict[str, ir.Value] = {}
    columns: dict[str, str] = {}
    for request in asked:
        shared = _marks_name(request)
        for statistic, value in _statistics(rows, request).items():
            columns[f"{request.prefix}::{statistic}"] = f"{shared}::{statistic}"
            statistics[f"{shared}::{statistic}"] = value
    found = _indexed(rows.group_by(PERIOD, *by).aggregate(**statistics), by)
    return pd.DataFrame({name: found[column] for name, column in columns.items()})


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


def _marks_name(request: Request) -> str:
    """Return one name for requests whose rows are marked alike (the mean and the quantiles of one duration)."""
    match request.measure:
        case Mean(of=Duration() as duration, among=None) | Quantile(of=duration, among=None):
            return f"_marks{_hours(duration)}"
        case _:
            return f"_marks_{request.prefix}"


def _marks(rows: ir.Table, request: Request) -> dict[str, ir.BooleanValue]:
    """Say of each row what it is to a measure: ``counted`` (and ``hit``), ``pending`` or ``unknown``.

    The marks become columns, so that the engine works each condition out once. A null mark counts as not set.
    """
    measure, kpi = request.measure, request.kpi
    match measure:
        case Share():
            among, known = _condition(rows, measure.among), ~_was_voided(rows, kpi)
            for column in measure.known:
                if column not in _required(kpi.table):
                    known = known & rows[column].notnull()
            hit = among & known & _condition(rows, measure.hit)
            return {"counted": among & known, "hit": hit, "unknown": among & ~known}
        case Within(duration=duration):
            looked_at, known = _timed(rows, kpi, duration, measure.among)
            run_out = rows[f"{_hours(duration)}__so_far"] >= measure.limit_hours
            return {
                "counted": looked_at & known & run_out,
                "hit": looked_at & known & run_out & (rows[_hours(duration)] <= measure.limit_hours),
                "pending": looked_at & known & ~run_out,
                "unknown": looked_at & ~known,
            }
        case Mean(of=Duration() as duration) | Quantile(of=duration):
            looked_at, known = _timed(rows, kpi, duration, measure.among)
            ended = rows[_hours(duration)].notnull()
            return {
                "counted": looked_at & known & ended,
                "pending": looked_at & known & ~ended,
                "unknown": looked_at & ~known,
            }
        case Mean(of=str() as column):
            among, voided = _condition(rows, measure.among), _was_voided(rows, kpi)
            return {"counted": among & ~voided & rows[column].notnull(), "unknown": among & voided}
        case _:
            return {}


def _condition(rows: ir.Table, condition: object) -> ir.BooleanValue:
    return ibis.literal(True) if condition is None else rows.bind(condition)[0]


def _was_voided(rows: ir.Table, kpi: Kpi) -> ir.BooleanValue:
    """Whether a value this KPI needs came but could not be right; never null."""
    own = [column for table, column in kpi.needed_columns() if table == kpi.table and column not in _required(table)]
    if VOIDED not in rows.columns or not own:
        return ibis.literal(False)
    # The cheap test first: nearly every row has an empty list, and the engine looks no further there.
    return (rows[VOIDED].length() > 0) & ibis.or_(*[rows[VOIDED].contains(column) for column in own])


def _required(table: str) -> set[str]:
    return {column.name for column in TABLES[table].columns if column.required}


def _timed(rows: ir.Table, kpi: Kpi, duration: Duration, among: object) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Return which rows are looked at and of which the duration can be known (a negative one cannot be)."""
    looked_at = _condition(rows, among) & rows[duration.start].notnull()
    hours = rows[_hours(duration)]
    return looked_at, ~_was_voided(rows, kpi) & (hours.isnull() | (hours >= 0))


def _statistics(rows: ir.Table, request: Request) -> dict[str, ir.Value]:
    measure = request.measure
    if isinstance(measure, Tally):
        return {"tally": _tally(rows, measure)}
    marks = {
        name.removeprefix(f"{_marks_name(request)}."): rows[name]
        for name in rows.columns
        if name.startswith(f"{_marks_name(request)}.")
    }
    counts = {name: rows.count(where=marks[name]) for name in ("pending", "unknown") if name in marks}
    counted = rows.count(where=marks["counted"])
    match measure:
        case Share() | Within():
            return {"numerator": rows.count(where=marks["hit"]), "denominator": counted, **counts}
        case Mean(of=of):
            value = rows[_hours(of)] if isinstance(of, Duration) else rows[of].cast("float64")
            total, total_sq = value.sum(where=marks["counted"]), (value * value).sum(where=marks["counted"])
            return {"numerator": total, "sum_sq": total_sq, "denominator": counted, **counts}
        case Quantile(of=duration):
            running = rows[f"{_hours(duration)}__so_far"].collect(where=marks["pending"])
            return {"ended": rows[_hours(duration)].collect(where=marks["counted"]), "running": running, **counts}
        case Stock():
            raise AssertionError("a stock is counted per period, not per row")


def _tally(rows: ir.Table, tally: Tally) -> ir.Value:
    among = _condition(rows, tally.among)
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
