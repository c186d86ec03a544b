"""One source's rows as typed canonical rows: mapped, completed from the tables they refer to, converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from kpi_lib.data.convert import Zones, typed
from kpi_lib.data.mapping import canonical_text
from kpi_lib.data.prepared import DTYPES, prepared_rows
from kpi_lib.data.rules import text_of
from kpi_lib.data.schema import SOURCE, SOURCE_ROW, TABLES, Column, Table
from kpi_lib.data.stage import Staged


@dataclass(frozen=True)
class Workplace:
    """What preparing any table needs.

    Parameters
    ----------
    engine
        The DuckDB connection of this preparation.
    folder
        Where the new store is being built.
    timezone
        The company's.
    latest
        The moment of the export, or now where it is not declared.
    spellings
        Table ``spelling, key``: every spelling of every registered branch and the key it means.
    """

    engine: Backend
    folder: Path
    timezone: str
    latest: datetime
    spellings: ir.Table

    def settled(self, rows: ir.Table) -> ir.Table:
        """Return ``rows`` as a view, which later expressions name instead of repeating."""
        return self.engine.create_view(ibis.util.gen_name("step"), rows)


def carried_columns(
    table: Table, mapped: frozenset[str], available: Mapping[str, tuple[str, ...]]
) -> tuple[Column, ...]:
    """Return the columns of ``table`` that can be filled in from a table prepared before."""
    found: list[Column] = []
    for column in table.columns:
        origin, _, name = column.carried_from.partition(".")
        linked = mapped | {earlier.name for earlier in found}
        if column.carried_by in linked and name in available.get(origin, ()):
            found.append(column)
    return tuple(found)


def typed_rows(
    staged: Staged, raw: ir.Table, table: Table, place: Workplace, available: Mapping[str, tuple[str, ...]]
) -> ir.Table:
    """Return ``source``, ``source_row`` and, for each column with values, its value and its text (:func:`text_of`).

    Parameters
    ----------
    staged, raw
        The staged source and its rows, or some of them.
    table
        The canonical table.
    place
        The preparation under way.
    available
        Columns of the tables prepared before this one.
    """
    source = staged.source
    zones = Zones(source.timezone or place.timezone, place.timezone)
    texts = canonical_text(staged, raw, zones)
    carried = carried_columns(table, frozenset(source.columns), available)
    absent = {
        column.name: ibis.null("string")
        for column in table.columns
        if column.name not in source.columns and (column.required or column in carried)
    }
    texts = place.settled(_carry(texts.mutate(**absent) if absent else texts, carried, place))
    names = [column for column in table.columns if column.name in texts.columns]
    values: dict[str, ir.Value] = {}
    for column in names:
        mapped = source.columns.get(column.name)
        text = texts[column.name]
        if column.name == "branch":
            continue
        if mapped is None:
            values[column.name] = text.cast(DTYPES[column.type])
        else:
            own = Zones(mapped.timezone or zones.written, zones.shown)
            values[column.name] = typed(text, column, mapped, own).cast(DTYPES[column.type])
    known = place.spellings
    joined = texts.left_join(known, texts["branch"] == known["spelling"])
    named = joined.select(
        texts[SOURCE],
        texts[SOURCE_ROW],
        **{text_of(column.name): texts[column.name] for column in names},
        **values,
        branch=known["key"],
    )
    return place.settled(named)


def _carry(texts: ir.Table, carried: tuple[Column, ...], place: Workplace) -> ir.Table:
    """Return ``texts`` with missing values filled in from the rows they refer to."""
    links = list(dict.fromkeys((column.carried_by, column.carried_from.partition(".")[0]) for column in carried))
    for link, origin in links:
        rows = prepared_rows(place.engine, place.folder, TABLES[origin])
        if rows is None:
            continue
        key = next(column.name for column in TABLES[origin].columns if column.unique)
        filled = [
            column for column in carried if (column.carried_by, column.carried_from.partition(".")[0]) == (link, origin)
        ]
        origins = rows.select(
            _key=rows[key], **{f"_{column.name}": rows[column.carried_from.partition(".")[2]] for column in filled}
        )
        joined = texts.left_join(origins, texts[link] == origins["_key"])
        texts = joined.mutate(
            **{column.name: ibis.coalesce(joined[column.name], joined[f"_{column.name}"]) for column in filled}
        ).drop("_key", *(f"_{column.name}" for column in filled))
    return texts
