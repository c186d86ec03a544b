"""From rows to sufficient statistics: what each measure asks the engine for, one scan per table and date column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

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
    outcomes = {_outcome_name(request): _outcome(rows, request) for request in asked}
    rows = rows.mutate(**{name: outcome for name, outcome in outcomes.items() if outcome is not None})
    statistics: dict[str, ir.Value] = {}
    columns: dict[str, str] = {}
    for request in asked:
        outcome = _outcome_name(request)
        for statistic, value in _statistics(rows, request).items():
            columns[f"{request.prefix}::{statistic}"] = f"{outcome}::{statistic}"
            statistics[f"{outcome}::{statistic}"] = value
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


class Outcome(IntEnum):
    """What a row is to a measure; counted instead of the conditions themselves, so that each is worked out once."""

    ELSEWHERE = 0
    UNKNOWN = 1
    PENDING = 2
    MISS = 3
    HIT = 4


def _outcome_name(request: Request) -> str:
    """Return one name for requests whose rows fare alike (the mean and the quantiles of one duration)."""
    match request.measure:
        case Mean(of=Duration() as duration, among=None) | Quantile(of=duration, among=None):
            return f"_outcome{_hours(duration)}"
        case _:
            return f"_outcome_{request.prefix}"


def _outcome(rows: ir.Table, request: Request) -> ir.Value | None:
    measure, kpi = request.measure, request.kpi
    match measure:
        case Share():
            known = ~_was_voided(rows, kpi)
            for column in measure.known:
                if column not in _required(kpi.table):
                    known = known & rows[column].notnull()
            last = [(_condition(rows, measure.hit), Outcome.HIT)]
            return _case(_condition(rows, measure.among), known, last, Outcome.MISS)
        case Within(duration=duration):
            so_far, hours = rows[f"{_hours(duration)}__so_far"], rows[_hours(duration)]
            last = [(so_far < measure.limit_hours, Outcome.PENDING), (hours <= measure.limit_hours, Outcome.HIT)]
            return _case(*_timed(rows, kpi, duration, measure.among), last, Outcome.MISS)
        case Mean(of=Duration() as duration) | Quantile(of=duration):
            last = [(rows[_hours(duration)].isnull(), Outcome.PENDING)]
            return _case(*_timed(rows, kpi, duration, measure.among), last, Outcome.HIT)
        case Mean(of=str() as column):
            looked_at = _condition(rows, measure.among) & (rows[column].notnull() | _was_voided(rows, kpi))
            return _case(looked_at, ~_was_voided(rows, kpi), [], Outcome.HIT)
        case _:
            return None


def _case(
    looked_at: ir.BooleanValue,
    known: ir.BooleanValue,
    last: Sequence[tuple[ir.BooleanValue, Outcome]],
    otherwise: Outcome,
) -> ir.Value:
    branches = [(~looked_at, Outcome.ELSEWHERE), (~known, Outcome.UNKNOWN), *last]
    return ibis.cases(
        *[(condition, ibis.literal(int(outcome), "int8")) for condition, outcome in branches],
        else_=ibis.literal(int(otherwise), "int8"),
    )


def _condition(rows: ir.Table, condition: object) -> ir.BooleanValue:
    """Bind a deferred condition; null counts as not holding."""
    if condition is None:
        return ibis.literal(True)
    return rows.bind(condition)[0].fill_null(False)


def _was_voided(rows: ir.Table, kpi: Kpi) -> ir.BooleanValue:
    """Whether a value this KPI needs came but could not be right."""
    own = [column for table, column in kpi.needed_columns() if table == kpi.table and column not in _required(table)]
    if VOIDED not in rows.columns or not own:
        return ibis.literal(False)
    # The cheap test first: nearly every row has an empty list, and the engine looks no further there.
    return ((rows[VOIDED].length() > 0) & ibis.or_(*[rows[VOIDED].contains(column) for column in own])).fill_null(False)


def _required(table: str) -> set[str]:
    return {column.name for column in TABLES[table].columns if column.required}


def _timed(rows: ir.Table, kpi: Kpi, duration: Duration, among: object) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Return which rows are looked at and of which the duration can be known (a negative one cannot be)."""
    looked_at = _condition(rows, among) & rows[duration.start].notnull()
    negative = (rows[_hours(duration)] < 0).fill_null(False)
    return looked_at, ~_was_voided(rows, kpi) & ~negative


def _statistics(rows: ir.Table, request: Request) -> dict[str, ir.Value]:
    measure = request.measure
    if isinstance(measure, Tally):
        return {"tally": _tally(rows, measure)}
    outcome = rows[_outcome_name(request)]

    def fared(*outcomes: Outcome) -> ir.IntegerValue:
        return (outcome >= min(outcomes)).sum() if len(outcomes) > 1 else (outcome == outcomes[0]).sum()

    unknown = {"unknown": fared(Outcome.UNKNOWN)}
    has_value = outcome == Outcome.HIT
    match measure:
        case Share():
            return {"numerator": fared(Outcome.HIT), "denominator": fared(Outcome.MISS, Outcome.HIT), **unknown}
        case Within():
            pending = {"pending": fared(Outcome.PENDING)}
            share = {"numerator": fared(Outcome.HIT), "denominator": fared(Outcome.MISS, Outcome.HIT)}
            return {**share, **pending, **unknown}
        case Mean(of=of):
            value = rows[_hours(of)] if isinstance(of, Duration) else rows[of].cast("float64")
            return {
                "numerator": value.sum(where=has_value),
                "sum_sq": (value * value).sum(where=has_value),
                "denominator": fared(Outcome.HIT),
                "pending": fared(Outcome.PENDING),
                **unknown,
            }
        case Quantile(of=duration):
            running = rows[f"{_hours(duration)}__so_far"]
            return {
                "ended": rows[_hours(duration)].collect(where=has_value),
                "running": running.collect(where=outcome == Outcome.PENDING),
                **unknown,
            }
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
