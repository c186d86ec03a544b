"""What each measure asks the engine for, and what its columns are called there."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_lib.data.schema import TABLES
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Duration, Growth, Mean, Quantile, Ratio, Share, Stock, Tally, Within


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


def duration_of(measure: object) -> Duration | None:
    """Return the duration a measure rests on, None for the others."""
    match measure:
        case Within(duration=duration) | Quantile(of=duration):
            return duration
        case Mean(of=Duration() as duration):
            return duration
        case _:
            return None


def hours_column(duration: Duration) -> str:
    """Return the column of a duration's hours."""
    return f"_{duration.clock}__{duration.start}__{duration.end}"


def is_judged(request: Request) -> bool:
    """Whether rows can be unknown to the measure; a tally takes every row as it comes."""
    return not isinstance(request.measure, Tally | Stock)


def shared_name(request: Request) -> str:
    """Return one name for requests whose rows fare alike (the mean and the quantiles of one duration)."""
    match request.measure:
        case Mean(of=Duration() as duration, among=None) | Quantile(of=duration, among=None):
            return hours_column(duration)
        case _:
            return request.prefix


def known_column(request: Request) -> str:
    """Return the column that says whether a row is looked at and known: never unknown, perhaps pending."""
    duration = duration_of(request.measure)
    if duration is None or getattr(request.measure, "among", None) is not None:
        return f"_known.{request.prefix}"
    return f"_known{hours_column(duration)}.{','.join(sorted(voidable(request.kpi)))}"


def value_column(request: Request) -> str:
    """Return the column that holds what a mean or quantile is taken of, missing where it is not known."""
    return f"_value.{shared_name(request)}"


def voidable(kpi: Kpi) -> list[str]:
    """Return the columns of its own table a KPI needs whose value may have been set aside."""
    return [
        column for table, column in kpi.needed_columns() if table == kpi.table and column not in required_columns(table)
    ]


def voided_flag(column: str) -> str:
    """Return the column that says whether a row's value was set aside."""
    return f"_voided.{column}"


def required_columns(table: str) -> set[str]:
    """Return the columns a row of a table cannot be without."""
    return {column.name for column in TABLES[table].columns if column.required}
