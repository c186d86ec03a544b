"""Reasons of complaints and of leaving, and anomalies noted in audits: circumstances that only the data can name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
from ibis import _

from kpi_lib.kpi.circumstances import Circumstance, CircumstanceSource, measured
from kpi_lib.kpi.measures import Measure, Ratio, Share, Tally
from kpi_lib.params.periods import Period
from kpi_lib.text import Text

MOST_VALUES = 20
"""Reasons, or anomalies, looked at: the most frequent. A column of free text would have one a row."""


@dataclass(frozen=True)
class Named:
    """A column whose values are reasons or findings of their own.

    Parameters
    ----------
    table, dated_by, column
        Where they are noted.
    prefix
        Put before a value to make its key.
    """

    source: CircumstanceSource
    table: str
    dated_by: str
    column: str
    prefix: str


NAMED: tuple[Named, ...] = (
    Named("reason", "complaints", "filed_at", "category", "complaint="),
    Named("reason", "customers", "churned_at", "churn_reason", "leaving="),
    Named("audit", "audits", "audited_at", "anomaly", ""),
)


def reasons(
    tables: Mapping[str, ir.Table],
    *,
    span: tuple[Period, Period],
    as_of: datetime,
    available: Mapping[str, Collection[str]],
) -> tuple[tuple[Circumstance, ...], int]:
    """Return the reasons of complaints and of leaving and the anomalies of audits that the data name.

    Parameters
    ----------
    tables
        Canonical tables of the branch.
    span
        First and last period looked at.
    as_of
        Later rows are not known.
    available
        Columns the data have, by table.

    Returns
    -------
    tuple
        The circumstances, the most frequent first, at most :data:`MOST_VALUES` a column; and how many values were left
        out for being rarer.
    """
    found: list[Circumstance] = []
    left_out = 0
    for one in NAMED:
        if not {one.dated_by, one.column} <= set(available.get(one.table, ())):
            continue
        values = _values(tables[one.table], one, span=span, as_of=as_of)
        found += [_of_value(one, value) for value in values[:MOST_VALUES]]
        left_out += max(0, len(values) - MOST_VALUES)
    return tuple(found), left_out


def _values(rows: ir.Table, one: Named, *, span: tuple[Period, Period], as_of: datetime) -> list[str]:
    first, last = span
    moment = rows[one.dated_by]
    inside = rows.filter(
        rows[one.column].notnull(), moment >= first.start, moment < last.end, moment <= ibis.literal(as_of)
    )
    counted = inside.group_by(one.column).aggregate(number=inside.count())
    ordered = counted.order_by(ibis.desc("number"), one.column).select(one.column)
    return [str(value) for value in ordered.to_pyarrow().column(0).to_pylist()]


def _of_value(one: Named, value: str) -> Circumstance:
    """Return a reason per ticket, or its share of those who left; an anomaly per audited ticket."""
    among = _[one.column] == value
    measure: Measure = Share(hit=among)
    match one.table:
        case "audits":
            name = Text(f"Audited: {value}", f"抽查：{value}")
        case "complaints":
            measure = Ratio(Tally("complaints", one.dated_by, among=among), Tally("tickets", "created_at"), kind="rate")
            name = Text(f"Complaints: {value}", f"投诉：{value}")
        case _:
            name = Text(f"Left: {value}", f"流失：{value}")
    return measured(
        one.source, f"{one.prefix}{value}", name, table=one.table, dated_by=one.dated_by, measure=measure,
        needs=(one.dated_by, one.column, *(("tickets.created_at",) if one.table == "complaints" else ())),
        only=("churn_rate", "repurchase_rate") if one.table == "customers" else (),
    )  # fmt: skip
