"""What only looks odd in the accepted rows: counted and shown, nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir

from kpi_lib.data.account import check_row
from kpi_lib.data.prepared import prepared_rows
from kpi_lib.data.rows import Workplace
from kpi_lib.data.rules import Severity
from kpi_lib.data.schema import TABLES, ColumnType, Table
from kpi_lib.data.stage import Staged

ENOUGH_ROWS = 20
"""Fewer rows say nothing about a column."""
MIDNIGHT_SHARE = 0.01
"""Share of exact midnights from which on times are lost: of times to the minute 1 in 1,440 is midnight by chance."""
BUSY_ROWS = 5
"""Rows a month from which on an empty month of a branch is odd: by chance it comes once in 150 (Poisson)."""
QUOTED = 5

Available = Mapping[str, tuple[str, ...]]


def oddities(staged: Sequence[Staged], available: Available, place: Workplace) -> list[dict[str, object]]:
    """Return the warnings about all prepared tables, as lines of ``Store.checks``."""
    found: list[dict[str, object]] = []
    for name, columns in available.items():
        table = TABLES[name]
        rows = prepared_rows(place.engine, place.folder, table)
        if rows is None:
            continue
        constants = {
            column
            for source in staged
            for column, mapped in source.source.columns.items()
            if source.source.table == name and mapped.constant is not None
        }
        found += _columns(rows, table, [column for column in columns if column not in constants])
        found += _references(rows, table, columns, available, place)
        found += _months(rows, table)
    return found


def _warning(
    table: Table, check: str, columns: str, n_rows: int, n_failed: int, quoted: Sequence[str] = ()
) -> dict[str, object]:
    examples = [(0, text) for text in quoted]
    return check_row(table.name, "", check, columns, Severity.WARN, n_rows, n_failed, examples)


def _columns(rows: ir.Table, table: Table, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield what is odd about single columns, from one scan."""
    asked: dict[str, ir.Scalar] = {"n": rows.count()}
    for name in columns:
        value = rows[name]
        asked |= {f"n_{name}": value.count(), f"lo_{name}": value.min(), f"hi_{name}": value.max()}
        if table.column(name).type is ColumnType.TIMESTAMP:
            asked[f"midnight_{name}"] = (value == value.truncate("D")).sum().fill_null(0)
    told = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
    n = told["n"]
    for name in columns:
        filled, low, high = told[f"n_{name}"], told[f"lo_{name}"], told[f"hi_{name}"]
        yield _warning(table, "empty_column", name, n, n if filled == 0 else 0)
        constant = filled >= ENOUGH_ROWS and low == high
        yield _warning(table, "constant_column", name, n, filled if constant else 0, [str(low)] if constant else [])
        if table.column(name).type is ColumnType.TIMESTAMP and name != "month_at":
            midnight = told[f"midnight_{name}"]
            dates_only = midnight == filled >= ENOUGH_ROWS and not constant
            some = not dates_only and midnight >= ENOUGH_ROWS and midnight > MIDNIGHT_SHARE * filled
            yield _warning(table, "all_midnight", name, n, midnight if dates_only else 0)
            yield _warning(table, "many_at_midnight", name, n, midnight if some else 0)


def _references(
    rows: ir.Table, table: Table, columns: Sequence[str], available: Available, place: Workplace
) -> Iterator[dict[str, object]]:
    """Yield the references that lead nowhere, and branches that are not the ticket's."""
    for column in table.columns:
        target, _, key = column.references.partition(".")
        if column.name not in columns or target not in available:
            continue
        there = prepared_rows(place.engine, place.folder, TABLES[target])
        if there is None:
            continue
        referring = rows.filter(rows[column.name].notnull())
        known = there.select(_key=there[key], _branch=there["branch"])
        joined = referring.left_join(known, referring[column.name] == known["_key"])
        lost = joined["_key"].isnull()
        elsewhere = (joined["_branch"] != joined["branch"]).fill_null(False)
        told = joined.aggregate(
            n=joined.count(),
            lost=lost.sum().fill_null(0),
            example=joined[column.name].min(where=lost),
            elsewhere=elsewhere.sum().fill_null(0),
        )
        counted = told.to_pyarrow().to_pylist()[0]
        quoted = [counted["example"]] if counted["lost"] else []
        yield _warning(table, "dangling_reference", column.name, counted["n"], counted["lost"], quoted)
        if target == "tickets":
            yield _warning(table, "disagrees_with_ticket", "branch", counted["n"], counted["elsewhere"])


def _months(rows: ir.Table, table: Table) -> Iterator[dict[str, object]]:
    """Yield the months a busy branch has no row in, from its first month to the one before the last of the table.

    The last month may have just begun.
    """
    if not table.dated_by:
        return
    dated = rows.filter(rows[table.dated_by].notnull())
    month = dated[table.dated_by].truncate("M")
    counted = dated.group_by(branch=dated["branch"], month=month).agg(n=ibis._.count()).to_pyarrow().to_pylist()
    last = max((_index(row["month"]) for row in counted), default=0)
    gaps: list[str] = []
    for branch in sorted({row["branch"] for row in counted}):
        own = {_index(row["month"]): row["n"] for row in counted if row["branch"] == branch}
        span = range(min(own), last)
        if span and sum(own.values()) >= BUSY_ROWS * len(span):
            gaps += [f"{branch} {index // 12}-{index % 12 + 1:02d}" for index in span if index not in own]
    yield _warning(table, "month_gap", table.dated_by, len(counted) + len(gaps), len(gaps), gaps[:QUOTED])


def _index(month: datetime) -> int:
    return 12 * month.year + month.month - 1
