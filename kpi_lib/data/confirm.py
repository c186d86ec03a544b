"""A second opinion on the finished store, by a validation library that shares no code with what made it.

The rules that judge rows run inside DuckDB, in the scan that types them, because each row needs its own reasons and
its values voided one by one; a validation report only counts. Pointblank then confirms that what was written keeps
the promises of the schema, reading the Parquet through Polars in pieces of bounded size.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pointblank as pb
import polars as pl
import pyarrow.parquet as pq

from kpi_lib.data.rules import EARLIEST
from kpi_lib.data.schema import SOURCE, SOURCE_ROW, VOIDED, ColumnType, Table
from kpi_lib.errors import Issue, RunError

PIECE_ROWS = 1_000_000
"""Rows validated at a time."""


def confirm(table: Table, folder: Path, n_accepted: int) -> None:
    """Raise RunError where the prepared ``table`` in ``folder`` lacks rows or breaks a promise of its schema."""
    where, plea = f"prepared table {table.name}", "this is a fault of the preparation: please report it"
    n_rows = 0
    for piece in _pieces(table, folder):
        n_rows += piece.height
        report = _plan(table, piece).interrogate(get_first_n=1)
        broken = [step for step in report.validation_info if not step.all_passed]
        if broken:
            raise RunError(
                Issue(
                    where,
                    f"{step.n_failed} rows fail {step.assertion_type} of {step.column}",
                    plea,
                )
                for step in broken
            )
    if n_rows != n_accepted:
        raise RunError(Issue(where, f"{n_accepted} rows were accepted but {n_rows} are there", plea))


def _pieces(table: Table, folder: Path) -> Iterator[pl.DataFrame]:
    names = [*table.names, VOIDED, SOURCE, SOURCE_ROW]
    waiting: list[Path] = []
    rows = 0
    for path in sorted((folder / table.name).glob("branch=*/*.parquet")):
        rows += pq.read_metadata(path).num_rows
        waiting.append(path)
        if rows >= PIECE_ROWS:
            yield pl.read_parquet(waiting, hive_partitioning=True, try_parse_hive_dates=False).select(names)
            waiting, rows = [], 0
    if waiting:
        yield pl.read_parquet(waiting, hive_partitioning=True, try_parse_hive_dates=False).select(names)


def _plan(table: Table, piece: pl.DataFrame) -> pb.Validate:
    plan = pb.Validate(piece).col_vals_not_null(
        columns=[column.name for column in table.columns if column.required] + [VOIDED, SOURCE, SOURCE_ROW]
    )
    for column in table.columns:
        value = pl.col(column.name)
        if column.values:
            plan = plan.col_vals_expr(value.is_null() | value.is_in(list(column.values)))
        if column.minimum is not None:
            plan = plan.col_vals_ge(columns=column.name, value=column.minimum, na_pass=True)
        if column.maximum is not None:
            plan = plan.col_vals_le(columns=column.name, value=column.maximum, na_pass=True)
        if column.type is ColumnType.TIMESTAMP:
            plan = plan.col_vals_ge(columns=column.name, value=EARLIEST, na_pass=True)
        if column.not_before:
            plan = plan.col_vals_ge(columns=column.name, value=pb.col(column.not_before), na_pass=True)
    return plan
