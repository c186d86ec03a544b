"""Fixtures every test folder shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from kpi_lib.data.schema import TABLES, VOIDED, ColumnType

ENGINE_TYPES = {
    ColumnType.STRING: pa.string(),
    ColumnType.TIMESTAMP: pa.timestamp("us"),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
}

Canonical = Callable[[str, Sequence[Mapping[str, object]]], ir.Table]


@pytest.fixture(scope="session")
def canonical() -> Canonical:
    """Return a maker of canonical tables: name and rows in, columns not given are missing."""

    def make(name: str, rows: Sequence[Mapping[str, object]]) -> ir.Table:
        columns = {column.name: ENGINE_TYPES[column.type] for column in TABLES[name].columns}
        for row in rows:
            assert set(row) <= {*columns, VOIDED}, f"no such column in {name}: {set(row) - set(columns)}"
        data = {column: pa.array([row.get(column) for row in rows], type) for column, type in columns.items()}
        data[VOIDED] = pa.array([row.get(VOIDED, []) for row in rows], pa.list_(pa.string()))
        return ibis.memtable(pa.table(data))

    return make
