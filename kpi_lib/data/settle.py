"""The last word on doubtful rows: which copy of a number is kept, what goes to quarantine, which values are voided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from kpi_lib.data.convert import swapped_format
from kpi_lib.data.prepared import schema_of
from kpi_lib.data.rows import Workplace
from kpi_lib.data.rules import Rule, Severity, text_of
from kpi_lib.data.schema import SOURCE, SOURCE_ROW, VOIDED, ColumnType, Table
from kpi_lib.data.stage import Staged

WRITTEN = ".written"
"""Folder of what the passes write, before it is put in place."""


@dataclass(frozen=True)
class Doubtful:
    """The doubtful rows of one source, with the outcome of every rule in a column of its own."""

    staged: Staged
    rows: ir.Table
    rules: tuple[Rule, ...]
    counts: dict[str, int]


def identity(table: Table) -> str:
    """Return the column that names a row of ``table``."""
    return next(column.name for column in table.columns if column.unique)


def written(place: Workplace, table: Table, name: str) -> Path:
    """Return the folder for what is written of one source before it is put in place."""
    parts = place.folder / WRITTEN / table.name / name
    parts.mkdir(parents=True, exist_ok=True)
    return parts


def settle(table: Table, doubtful: Sequence[Doubtful], place: Workplace) -> ir.Table:
    """Return all doubtful rows with their final ``reasons``: empty for a row to keep."""
    names = list(schema_of(table))
    every = [source.rows.select(*names, "reasons") for source in doubtful]
    rows = ibis.union(*every) if len(every) > 1 else every[0]
    key = identity(table)
    usable = rows.filter(rows["reasons"] == "")
    contents = table.names
    times = [
        usable[column.name] for column in table.columns if column.type is ColumnType.TIMESTAMP and not column.planned
    ]
    ranked = usable.mutate(
        _latest=ibis.greatest(*times) if times else ibis.null("timestamp"),
        _filled=sum((usable[name].notnull().cast("int64") for name in contents), ibis.literal(0)),
        _content=ibis.struct({name: usable[name] for name in contents}).cast("string"),
    )
    # The copy of the latest state is kept, then the fullest; what is left is decided by content, never by the order
    # of the rows, so that a re-sorted export gives the same store.
    order = [ibis.desc("_latest"), ibis.desc("_filled"), "_content", SOURCE, SOURCE_ROW]
    window = ibis.window(group_by=key, order_by=order)
    placed = ranked.mutate(_place=ibis.row_number().over(window), _kept=ranked["_content"].first().over(window))
    same = placed["_content"] == placed["_kept"]
    verdict = ibis.cases(
        (placed["_place"] == 0, ""),
        (same, f"exact_duplicate({key})"),
        else_=f"duplicate_id({key})",
    )
    outcome = placed.select(*names, reasons=verdict)
    return place.engine.create_table(f"settled_{table.name}", ibis.union(outcome, rows.filter(rows["reasons"] != "")))


def write_good(settled: ir.Table, table: Table, place: Workplace) -> None:
    """Write the doubtful rows that turned out good, and put all rows of the table in place."""
    good = settled.filter(settled["reasons"] == "").drop("reasons")
    if good.count().to_pyarrow().as_py():
        place.engine.to_parquet(good, written(place, table, "~settled"), partition_by="branch")
    target = place.folder / table.name
    target.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted((place.folder / WRITTEN / table.name).glob("*/branch=*/*.parquet"))):
        folder = target / path.parent.name
        folder.mkdir(exist_ok=True)
        path.rename(folder / f"{number:05d}.parquet")


def write_quarantine(settled: ir.Table, table: Table, doubtful: Sequence[Doubtful], place: Workplace) -> None:
    """Write the rejected rows as they came, each with its reasons, and the lines that could not be split."""
    rejected = settled.filter(settled["reasons"] != "")
    parts = []
    for source in doubtful:
        staged = source.staged
        raw = place.engine.read_parquet(staged.file)
        own = rejected.filter(rejected[SOURCE] == staged.source.name).select(SOURCE, SOURCE_ROW, "reasons")
        found = own.join(raw, SOURCE_ROW).to_pyarrow()
        names = [SOURCE_ROW, SOURCE, "reasons", *staged.columns.values()]
        shown = [SOURCE_ROW, SOURCE, "reasons", *(_raw_name(name) for name in staged.columns)]
        parts.append(found.select(names).rename_columns(shown))
        if staged.malformed:
            parts.append(_malformed(staged))
    path = place.folder / "quarantine" / f"{table.name}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.concat_tables(parts, promote_options="default"), path)


def _raw_name(name: str) -> str:
    """Return a raw column's name in the quarantine, where some names are taken."""
    return f"{name} (raw)" if name in {SOURCE, SOURCE_ROW, "reasons", "line"} else name


def _malformed(staged: Staged) -> pa.Table:
    lines = staged.malformed
    return pa.table(
        {
            SOURCE_ROW: pa.array([line.number for line in lines], pa.int64()),
            SOURCE: [staged.source.name] * len(lines),
            "reasons": [f"malformed_line({line.found} cells, not {line.expected})" for line in lines],
            "line": [line.line for line in lines],
        }
    )


def write_voided(settled: ir.Table, table: Table, doubtful: Sequence[Doubtful], place: Workplace) -> None:
    """Write every value of an accepted row that was set to missing, as it came and why."""
    kept = settled.filter((settled["reasons"] == "") & (settled[VOIDED].length() > 0)).select(SOURCE, SOURCE_ROW)
    schema = pa.schema(
        [
            (SOURCE, pa.string()),
            (SOURCE_ROW, pa.int64()),
            ("column", pa.string()),
            ("original", pa.string()),
            ("reason", pa.string()),
            ("detail", pa.string()),
        ]
    )
    parts = [schema.empty_table()]
    for source in doubtful:
        for rule in source.rules:
            if rule.severity is not Severity.VOID or not source.counts[rule.flag]:
                continue
            failing = source.rows.filter(source.rows[rule.flag]).semi_join(kept, [SOURCE, SOURCE_ROW])
            found = failing.select(
                SOURCE,
                SOURCE_ROW,
                column=ibis.literal(rule.column),
                original=failing[text_of(rule.column)],
                reason=ibis.literal(rule.check),
                detail=_detail(failing, rule, source),
            )
            parts.append(found.to_pyarrow().cast(schema))
    path = place.folder / "voided" / f"{table.name}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.concat_tables(parts).sort_by([(SOURCE, "ascending"), (SOURCE_ROW, "ascending")]), path)


def _detail(rows: ir.Table, rule: Rule, source: Doubtful) -> ir.StringValue:
    mapped = source.staged.source.columns.get(rule.column)
    if rule.check != "not_convertible" or mapped is None or not mapped.formats:
        return ibis.literal("")
    wanted = " or ".join(mapped.formats)
    swapped = f"swapped_{rule.column}"
    if swapped not in rows.columns:
        return ibis.literal(f"does not match {wanted}")
    other = " or ".join(filter(None, map(swapped_format, mapped.formats)))
    return ibis.ifelse(rows[swapped], f"does not match {wanted} (matches {other})", f"does not match {wanted}")
