"""How an export looks: one declaration both writes the file and maps it back onto the canonical columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

UTC_OFFSET_SECONDS = 8 * 3600
"""Asia/Shanghai has had no summer time since 1991."""


@dataclass(frozen=True)
class Field:
    """One canonical column in an export.

    Parameters
    ----------
    header
        Header, or headers of the date and the time it is split into.
    column
        Canonical column it is mapped to; empty for one that is exported and not mapped.
    origin
        Column of the generated rows it is written from, when that has another name.
    pattern
        How a timestamp is written (both patterns, when split); empty writes a typed timestamp.
    words
        Canonical value to exported word; flags are ``true`` and ``false``.
    spelt
        Canonical value to exported word where the reader knows the word by itself and needs no mapping.
    compare
        The mapping derives a flag from the column: operator, and ``to`` or ``to_column`` with its value.
    otherwise
        Canonical value the mapping gives to words it does not know.
    days
        A duration in hours is exported in days.
    blank
        What a missing value looks like.
    dropped
        Words the mapping turns into missing.
    """

    header: str | tuple[str, str]
    column: str
    origin: str = ""
    pattern: str | tuple[str, str] = ""
    words: Mapping[str, str] = field(default_factory=dict)
    spelt: Mapping[str, str] = field(default_factory=dict)
    compare: tuple[str, str, str] | None = None
    otherwise: str = ""
    days: bool = False
    blank: str = ""
    dropped: tuple[str, ...] = ()

    @property
    def reads(self) -> str:
        """Column of the generated rows."""
        return self.origin or self.column

    def entry(self) -> Any:
        """Return the column's mapping, as short as ``sources.yml`` allows."""
        entry: dict[str, Any] = {"from": list(self.header) if isinstance(self.header, tuple) else self.header}
        if isinstance(self.header, tuple):
            entry["combine"] = "date_time"
        if self.pattern:
            entry["formats"] = [self.pattern if isinstance(self.pattern, str) else " ".join(self.pattern)]
        if self.compare:
            operator, side, value = self.compare
            entry["compare"] = {"op": operator, side: value}
        elif self.words or self.dropped:
            entry["values"] = {word: value for value, word in self.words.items()} | dict.fromkeys(self.dropped)
        if self.otherwise:
            entry["otherwise"] = self.otherwise
        if self.days:
            entry["unit"] = "days"
        return entry["from"] if len(entry) == 1 else entry


@dataclass(frozen=True)
class Layout:
    """One export: file, dialect and fields.

    Parameters
    ----------
    name, table, file
        Name of the source, its canonical table, file under ``data/raw``.
    kind
        ``csv``, ``excel`` or ``parquet``.
    fields
        Columns in order.
    constants
        Canonical columns that are the same in every row.
    encoding, byte_order_mark, sheet, timezone
        Dialect; an empty time zone is the company's.
    missing
        Values that mean missing.
    filters
        Row filters of the mapping.
    since, until
        Months exported, when not all.
    only
        Column and the values whose rows are exported, when not all.
    """

    name: str
    table: str
    file: str
    kind: Literal["csv", "excel", "parquet"]
    fields: tuple[Field, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    byte_order_mark: bool = False
    sheet: str = ""
    timezone: str = ""
    missing: tuple[str, ...] = ()
    filters: tuple[Mapping[str, Any], ...] = ()
    since: date | None = None
    until: date | None = None
    only: tuple[str, tuple[str, ...]] | None = None

    def takes(self, rows: pa.Table, month: date | None) -> pa.Table:
        """Return the rows of a month that belong into this export."""
        if month is not None and ((self.since and month < self.since) or (self.until and month >= self.until)):
            return rows.slice(0, 0)
        if self.only is None:
            return rows
        column, values = self.only
        return rows.filter(pc.is_in(rows[column], pa.array(values)))

    def render(self, rows: pa.Table) -> pa.Table:
        """Return the rows as the export shows them, under its headers."""
        shown: dict[str, pa.ChunkedArray] = {}
        for item in self.fields:
            column = rows[item.reads]
            if isinstance(item.header, tuple):
                for header, pattern in zip(item.header, item.pattern, strict=True):
                    shown[header] = _text(column, Field(header, item.column, pattern=pattern), self.timezone)
            else:
                shown[item.header] = _text(column, item, self.timezone)
        return pa.table(shown)

    def source(self) -> dict[str, Any]:
        """Return the source's entry of ``sources.yml``."""
        entry: dict[str, Any] = {"name": self.name, "table": self.table, "path": f"data/raw/{self.file}"}
        for key, value in (("encoding", self.encoding), ("sheet", self.sheet), ("timezone", self.timezone)):
            if value and value != "utf-8":
                entry[key] = value
        if self.missing:
            entry["missing"] = list(self.missing)
        if self.filters:
            entry["filters"] = [dict(condition) for condition in self.filters]
        entry["columns"] = {item.column: item.entry() for item in self.fields if item.column}
        entry["columns"] |= {column: {"constant": value} for column, value in self.constants.items()}
        return entry


def _text(column: pa.ChunkedArray, item: Field, timezone: str) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        if timezone == "UTC":
            column = pc.subtract(column, pa.scalar(UTC_OFFSET_SECONDS, pa.duration("s")))
        if item.pattern:
            column = pc.strftime(column, format=str(item.pattern))
    elif item.days:
        column = pc.round(pc.divide(column, 24.0), 2)
    elif item.words or item.spelt:
        column = _renamed(pc.cast(column, pa.string()), item.words or item.spelt)
    if item.blank:
        return pc.fill_null(pc.cast(column, pa.string()), item.blank)
    return column


def _renamed(column: pa.ChunkedArray, words: Mapping[str, str]) -> pa.ChunkedArray:
    """Replace the known values; others stay as they are."""
    positions = pc.index_in(column, pa.array(list(words), pa.string()))
    return pc.coalesce(pa.array(list(words.values())).take(positions), column)
