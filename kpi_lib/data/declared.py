"""What is wrong with a mapping before any file is opened."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_lib.data.convert import UNIT_HOURS, swapped_format
from kpi_lib.data.schema import TABLES, Column, ColumnType, Table
from kpi_lib.errors import Issue, did_you_mean
from kpi_lib.params.sources import ColumnMap, Source, SourcesFile


def declaration_issues(sources: SourcesFile) -> list[Issue]:
    """Return every mapping that does not fit the canonical tables."""
    return [issue for source in sources.sources for issue in _source_issues(source, sources)]


def _source_issues(source: Source, sources: SourcesFile) -> Iterator[Issue]:
    where = f"params/sources.yml, source {source.name}"
    table = TABLES.get(source.table)
    if table is None:
        yield Issue(where, f"unknown table {source.table!r}", did_you_mean(source.table, list(TABLES)))
        return
    for name, mapped in source.columns.items():
        if name not in table.names:
            problem = f"table {table.name} has no column {name!r}"
            yield Issue(where, problem, did_you_mean(name, table.names))
        else:
            yield from _column_issues(f"{where}, column {name}", table.column(name), mapped)
    fed = {other.table for other in sources.sources}
    for column in table.columns:
        if column.required and column.name not in source.columns and not _carriable(column, source, fed):
            yield Issue(where, f"the required column {column.name!r} is not mapped", _required_hint(column, table))


def _carriable(column: Column, source: Source, fed: set[str]) -> bool:
    return column.carried_by in source.columns and column.carried_from.partition(".")[0] in fed


def _required_hint(column: Column, table: Table) -> str:
    if column.carried_by:
        return f"map it, or map {column.carried_by} so that it comes from {column.carried_from}"
    return f"{table.name} needs it in every row"


def _column_issues(where: str, column: Column, mapped: ColumnMap) -> Iterator[Issue]:
    if mapped.formats and column.type is not ColumnType.TIMESTAMP and mapped.compare is None:
        yield Issue(where, "formats are for timestamps", f"{column.name} is a {column.type}")
    if mapped.unit is not None and column.unit not in UNIT_HOURS:
        yield Issue(where, f"a unit of time is for durations, {column.name} is none")
    both = [pattern for pattern in mapped.formats if swapped_format(pattern) in mapped.formats]
    if both:
        problem = f"{' and '.join(both)} cannot both be tried: 03/02 fits either"
        yield Issue(where, problem, "declare the one the source writes; the others are reported")
