"""Fixtures every test folder shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from kpi_lib.data.schema import TABLES, VOIDED, ColumnType
from kpi_lib.params import Project, load_project

ENGINE_TYPES = {
    ColumnType.STRING: pa.string(),
    ColumnType.TIMESTAMP: pa.timestamp("us"),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
}
PARAMS = {
    "branches.yml": """
company: {en: Company, zh: 公司}
centres: {chengdu: {en: Chengdu centre, zh: 成都中心}}
branches:
  chengdu: {name: {en: Chengdu, zh: 成都}, centre: chengdu, region: southwest, aliases: [成都分公司]}
  kunming: {name: {en: Kunming, zh: 昆明}, centre: chengdu, region: southwest}
""",
    "calendars.yml": "{default: office, calendars: {office: {country: CN, opens: 8:30, closes: 18:00}}}",
    "policy.yml": "{grades: [{key: fail, name: {en: F, zh: 差}, minimum: 0}], kpis: {csat_score: {target: 4.5}}}",
}

MakeProject = Callable[..., Project]
Canonical = Callable[[str, Sequence[Mapping[str, object]]], ir.Table]


def pytest_configure(config: pytest.Config) -> None:
    """Let Ibis 12 ask DuckDB 2 for a table's columns the old way; it is the library's own call."""
    config.addinivalue_line("filterwarnings", "ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture(scope="session")
def canonical() -> Canonical:
    """Return a maker of canonical tables: name and rows in, columns not given are missing."""

    def make(name: str, rows: Sequence[Mapping[str, object]]) -> ir.Table:
        columns = {column.name: ENGINE_TYPES[column.type] for column in TABLES[name].columns}
        for row in rows:
            assert set(row) <= {*columns, VOIDED}, f"no such column in {name}: {set(row) - set(columns)}"
        data = {column: pa.array([row.get(column) for row in rows], kind) for column, kind in columns.items()}
        data[VOIDED] = pa.array([row.get(VOIDED, []) for row in rows], pa.list_(pa.string()))
        return ibis.memtable(pa.table(data))

    return make


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> MakeProject:
    """Return a maker of projects: the text of ``sources.yml`` and the raw files by name, in a folder of their own."""

    def make(sources: str, files: Mapping[str, str | bytes], *, root: Path | None = None) -> Project:
        root = root or tmp_path_factory.mktemp("project")
        (root / "params").mkdir(exist_ok=True)
        (root / "data" / "raw").mkdir(parents=True, exist_ok=True)
        for name, text in {**PARAMS, "sources.yml": sources}.items():
            (root / "params" / name).write_text(text, encoding="utf-8")
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (root / "data" / "raw" / name).write_bytes(data)
        return load_project(root)

    return make
