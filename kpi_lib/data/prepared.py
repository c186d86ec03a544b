"""The prepared tables as they lie on disk: their columns and types, and reading them, one branch or all."""

from __future__ import annotations

import glob
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from kpi_lib.data.schema import SOURCE, SOURCE_ROW, VOIDED, ColumnType, Table

DTYPES = {
    ColumnType.STRING: "string",
    ColumnType.TIMESTAMP: "timestamp(6)",
    ColumnType.INTEGER: "int64",
    ColumnType.NUMBER: "float64",
    ColumnType.BOOLEAN: "boolean",
}
"""Type of a canonical column in the engine."""
BOOKKEEPING = {VOIDED: "array<string>", SOURCE: "string", SOURCE_ROW: "int64"}
"""Bookkeeping columns of every prepared table and their types."""


def schema_of(table: Table) -> ibis.Schema:
    """Return the prepared table's columns and types."""
    return ibis.schema({column.name: DTYPES[column.type] for column in table.columns} | BOOKKEEPING)


def prepared_rows(engine: Backend, folder: Path, table: Table, *, branch: str | None = None) -> ir.Table | None:
    """Return the rows of a prepared table, of one branch or all, None where there are none.

    Parameters
    ----------
    engine
        Of the expression.
    folder
        Of the store.
    table
        Declaration of the table.
    branch
        Only its files are read; None reads all.
    """
    part = "branch=*" if branch is None else f"branch={glob.escape(branch)}"
    files = sorted(str(path) for path in (folder / table.name).glob(f"{part}/*.parquet"))
    if not files:
        return None
    rows = engine.read_parquet(files, hive_partitioning=True, hive_types_autocast=False)
    return rows.select(**{name: rows[name].cast(kind) for name, kind in schema_of(table).items()})
