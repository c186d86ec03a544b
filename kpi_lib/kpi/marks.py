"""What a measure makes of each row: looked at, known, counted, hit; and what is then summed and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir

from kpi_lib.data.coverage import Coverage
from kpi_lib.data.schema import VOIDED
from kpi_lib.kpi.clock import WorkingClock, with_working_hours
from kpi_lib.kpi.measures import Duration, Mean, Quantile, Share, Stock, Tally, Within
from kpi_lib.kpi.requests import (
    Request,
    duration_of,
    hours_column,
    known_column,
    required_columns,
    value_column,
    voidable,
    voided_flag,
)


def with_durations(
    rows: ir.Table, asked: Sequence[Request], *, as_of: datetime, clock: WorkingClock | None
) -> ir.Table:
    """Add a column of hours per duration asked for, and one of the hours up to ``as_of`` (``__so_far``)."""
    durations = {duration for request in asked if (duration := duration_of(request.measure)) is not None}
    for duration in sorted(durations, key=hours_column):
        name = hours_column(duration)
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


def is_known(rows: ir.Table, request: Request) -> ir.BooleanValue:
    """Return which rows a measure looks at and can judge: nothing it needs was set aside, no duration is negative."""
    measure, kpi = request.measure, request.kpi
    conditions = [] if (looked_at := _looked_at(rows, request)) is None else [looked_at]
    if voided := [rows[voided_flag(column)] for column in voidable(kpi) if voided_flag(column) in rows.columns]:
        conditions.append(~ibis.or_(*voided))
    match measure:
        case Share(known=known):
            conditions += [rows[column].notnull() for column in known if column not in required_columns(kpi.table)]
        case Within(duration=duration) | Quantile(of=duration) | Mean(of=Duration() as duration):
            hours = rows[hours_column(duration)]  # A negative duration cannot be right, so it is not known.
            conditions.append(hours.isnull() | (hours >= 0))
    return ibis.and_(*conditions)


def _looked_at(rows: ir.Table, request: Request) -> ir.BooleanValue | None:
    """Return the rows a measure looks at, None for all that have a date."""
    measure = request.measure
    conditions = []
    if (among := getattr(measure, "among", None)) is not None:
        conditions.append(rows.bind(among)[0])
    if (duration := duration_of(measure)) is not None and duration.start != request.dated_by.partition("+")[0]:
        conditions.append(rows[duration.start].notnull())
    if isinstance(measure, Mean) and isinstance(measure.of, str):
        conditions.append(rows[measure.of].notnull() | _was_voided(rows, measure.of))
    return ibis.and_(*conditions) if conditions else None


def _was_voided(rows: ir.Table, column: str) -> ir.BooleanValue:
    return rows[voided_flag(column)] if voided_flag(column) in rows.columns else ibis.literal(False)


def marks(rows: ir.Table, request: Request) -> dict[str, ir.Value]:
    """Say of each row what a measure makes of it; as columns, so that each condition is worked out once."""
    match request.measure:
        case Share(hit=hit):
            return {f"_hit.{request.prefix}": rows[known_column(request)] & rows.bind(hit)[0]}
        case Within(duration=duration, limit_hours=limit):
            counted = rows[known_column(request)] & (rows[f"{hours_column(duration)}__so_far"] >= limit)
            in_time = rows[hours_column(duration)] <= limit
            return {f"_counted.{request.prefix}": counted, f"_hit.{request.prefix}": counted & in_time}
        case Mean(of=of) | Quantile(of=of):
            value = rows[hours_column(of)] if isinstance(of, Duration) else rows[of].cast("float64")
            return {value_column(request): ibis.ifelse(rows[known_column(request)], value, None)}
        case _:
            return {}


def statistics_of(rows: ir.Table, request: Request) -> dict[str, ir.Value]:
    """Return what is summed, counted and collected; a null condition counts as not holding."""
    measure = request.measure
    if isinstance(measure, Tally):
        return {"tally": _tally(rows, measure)}
    known = rows[known_column(request)]
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
            value = rows[value_column(request)]
            return {**counts, "numerator": value.sum(), "sum_sq": (value * value).sum(), "counted": value.count()}
        case Quantile(of=duration):
            # Missing values stay in the list: dropping them later costs less than a condition on the list.
            ended = {**counts, "ended": rows[value_column(request)].collect(include_null=True)}
            if duration.end == request.dated_by:
                return ended
            running = known & rows[duration.end].isnull()
            return {**ended, "running": rows[f"{hours_column(duration)}__so_far"].collect(where=running)}
        case Stock():
            raise AssertionError("a stock is counted per period, not per row")


def with_voided_flags(rows: ir.Table, asked: Sequence[Request], extent: Coverage | None) -> ir.Table:
    """Add a flag per needed column whether its value was set aside; worked out once, for all measures."""
    if VOIDED not in rows.columns:
        return rows
    needed = {column for request in asked for column in voidable(request.kpi)}
    columns = sorted(needed if extent is None else needed.intersection(extent.set_aside))
    # Nearly every row has an empty list, and a case looks no further there.
    some = rows[VOIDED].length() > 0
    return rows.mutate(
        **{voided_flag(column): ibis.ifelse(some, rows[VOIDED].contains(column), False) for column in columns}
    )


def _tally(rows: ir.Table, tally: Tally) -> ir.Value:
    among = None if tally.among is None else rows.bind(tally.among)[0]
    if tally.distinct:
        return rows[tally.distinct].nunique(where=among)
    if tally.total:
        return rows[tally.total].sum(where=among)
    return rows.count(where=among)
