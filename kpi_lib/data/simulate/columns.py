"""Columns of generated rows: numbers as floats (nan is missing), words as positions in a vocabulary, or text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from kpi_lib.data.schema import ColumnType, Table
from kpi_lib.data.simulate.draw import Flags, Floats, Integers


@dataclass(frozen=True)
class Words:
    """A column of words as positions in a vocabulary; position -1 is missing."""

    codes: Integers
    words: tuple[str, ...]

    def arrow(self) -> pa.Array:
        """Return the words as Arrow strings."""
        return pa.array(self.words, pa.string()).take(pa.array(self.codes, mask=self.codes < 0))

    def equals(self, word: str) -> Flags:
        """Return where the column holds ``word`` (nowhere if the vocabulary lacks it)."""
        if word not in self.words:
            return np.zeros(len(self.codes), dtype=bool)
        return np.asarray(self.codes == self.words.index(word))

    def where(self, keep: Flags) -> Words:
        """Return the column with everything outside ``keep`` missing."""
        return Words(np.where(keep, self.codes, -1), self.words)

    def take(self, rows: Integers) -> Words:
        """Return the given rows."""
        return Words(self.codes[rows], self.words)


Column: TypeAlias = Floats | Words | pa.StringArray


@dataclass(frozen=True)
class Columns:
    """Named columns of equal length; times are seconds from 1970 on the company's clock, flags 0 and 1."""

    of: Mapping[str, Column]

    def __len__(self) -> int:
        column = next(iter(self.of.values()))
        return len(column.codes) if isinstance(column, Words) else len(column)

    def floats(self, name: str) -> Floats:
        """Return a column of numbers, flags or times."""
        return np.asarray(self.of[name], dtype=float)

    def words(self, name: str) -> Words:
        """Return a column of words; raises TypeError for any other."""
        words = self.of[name]
        if not isinstance(words, Words):
            raise TypeError(f"{name} is not a column of words")
        return words

    def text(self, name: str) -> pa.Array:
        """Return a column as Arrow strings; raises TypeError for numbers."""
        column = self.of[name]
        if isinstance(column, np.ndarray):
            raise TypeError(f"{name} is not a column of text")
        return column.arrow() if isinstance(column, Words) else column

    def plus(self, more: Mapping[str, Column]) -> Columns:
        """Return the columns with ``more`` added or put in their place."""
        return Columns({**self.of, **more})

    def take(self, rows: Integers) -> Columns:
        """Return the given rows."""
        return Columns({name: _take(column, rows) for name, column in self.of.items()})

    def table(self, schema: Table) -> pa.Table:
        """Return the columns as Arrow, those of the schema in its order and then the others."""
        known = [column for column in schema.columns if column.name in self.of]
        arrays = {column.name: _typed(self.of[column.name], column.type) for column in known}
        extra = {name: self.text(name) for name in self.of if name not in arrays}
        return pa.table({**arrays, **extra})


def _take(column: Column, rows: Integers) -> Column:
    if isinstance(column, Words):
        return column.take(rows)
    return column[rows] if isinstance(column, np.ndarray) else column.take(pa.array(rows))


def _typed(column: Column, kind: ColumnType) -> pa.Array:
    if isinstance(column, Words):
        return column.arrow()
    if not isinstance(column, np.ndarray):
        return column
    missing = np.isnan(column)
    filled = np.where(missing, 0.0, column)
    match kind:
        case ColumnType.TIMESTAMP:
            return pa.array(filled.astype(np.int64), pa.timestamp("s"), mask=missing)
        case ColumnType.INTEGER:
            return pa.array(filled.astype(np.int64), pa.int64(), mask=missing)
        case ColumnType.BOOLEAN:
            return pa.array(filled != 0, pa.bool_(), mask=missing)
        case _:
            return pa.array(filled, pa.float64(), mask=missing)
