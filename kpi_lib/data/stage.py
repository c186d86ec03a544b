"""Staging a source: all its files as one Parquet of text columns, each row numbered as in the source.

Surrounding blanks go and an empty cell becomes missing here, once, for every format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from kpi_lib.data.fingerprint import Fingerprint, modified_at, sha256_of
from kpi_lib.data.freshness import shown, source_files
from kpi_lib.data.read import Malformed, Reading, read_file, read_query
from kpi_lib.data.schema import SOURCE_ROW
from kpi_lib.params.sources import Source


@dataclass(frozen=True)
class Staged:
    """A source as text.

    Parameters
    ----------
    source
        What was read.
    file
        Parquet with ``source_row`` and one text column per raw column the mapping or its filters name.
    columns
        Raw column to its name in ``file`` (raw names may differ in case only, which an SQL engine cannot hold).
    malformed
        Lines that could not be split into the header's columns; their numbers are missing in ``file``.
    fingerprints
        One per file, with the rows it gave.
    """

    source: Source
    file: Path
    columns: dict[str, str]
    malformed: tuple[Malformed, ...]
    fingerprints: tuple[Fingerprint, ...]

    @property
    def n_rows(self) -> int:
        """Rows the source holds, malformed lines included."""
        return sum(fingerprint.rows for fingerprint in self.fingerprints)


def raw_columns(source: Source) -> list[str]:
    """Return the raw columns the mapping of ``source`` reads, without repetition."""
    names = [name for mapped in source.columns.values() for name in mapped.from_]
    names += [
        mapped.compare.to_column for mapped in source.columns.values() if mapped.compare and mapped.compare.to_column
    ]
    names += [condition.column for condition in source.filters]
    return list(dict.fromkeys(names))


def stage(source: Source, root: Path, folder: Path) -> Staged:
    """Write ``source`` as text into ``folder`` and return what was written.

    Raises
    ------
    InputError
        A file is missing, unreadable or lacks a column the mapping names.
    """
    wanted = raw_columns(source)
    columns = {name: f"raw_{number}" for number, name in enumerate(wanted)}
    schema = pa.schema([(SOURCE_ROW, pa.int64()), *((name, pa.string()) for name in columns.values())])
    target = folder / f"{source.name}.parquet"
    prints: list[Fingerprint] = []
    malformed: list[Malformed] = []
    with pq.ParquetWriter(target, schema, compression="snappy") as writer:
        if source.url is not None:
            prints.append(_stage_query(source, wanted, writer))
        else:
            for path in source_files(source, root):
                first = 1 + sum(fingerprint.rows for fingerprint in prints)
                reading = read_file(source, path, wanted)
                rows = _write(reading, writer, first=first)
                malformed += [_renumbered(line, first) for line in reading.malformed]
                prints.append(
                    Fingerprint(
                        source.name,
                        shown(path, root),
                        sha256_of(path),
                        path.stat().st_size,
                        rows,
                        modified_at(path),
                        first,
                    )
                )
    return Staged(source, target, columns, tuple(malformed), tuple(prints))


def _stage_query(source: Source, wanted: list[str], writer: pq.ParquetWriter) -> Fingerprint:
    digest, size = hashlib.sha256(), 0

    def hashed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        nonlocal size
        for batch in batches:
            text = repr(batch.to_pydict()).encode()
            digest.update(text)
            size += len(text)
            yield batch

    reading = Reading(hashed(read_query(source, wanted).batches))
    rows = _write(reading, writer, first=1)
    address = sa.engine.make_url(source.url or "").render_as_string(hide_password=True)
    return Fingerprint(source.name, address, digest.hexdigest(), size, rows, None)


def _write(reading: Reading, writer: pq.ParquetWriter, *, first: int) -> int:
    """Write all rows of one file and return how many it holds, malformed lines included."""
    next_number = 1
    for batch in reading.batches:
        numbers = _numbers(batch.num_rows, next_number, [line.number for line in reading.malformed])
        next_number = int(numbers[-1]) + 1 if len(numbers) else next_number
        cells = [_tidy(column) for column in batch.columns]
        writer.write_batch(
            pa.RecordBatch.from_arrays([pa.array(numbers + (first - 1), pa.int64()), *cells], schema=writer.schema)
        )
    return max([next_number - 1, *(line.number for line in reading.malformed)])


def _numbers(n: int, start: int, malformed: list[int]) -> np.ndarray:
    """Return the numbers of ``n`` good rows from ``start`` on, leaving out those of malformed lines."""
    ahead = sorted(number for number in malformed if number >= start)
    numbers = np.arange(start, start + n + len(ahead), dtype=np.int64)
    return np.setdiff1d(numbers, np.array(ahead, dtype=np.int64), assume_unique=True)[:n]


def _tidy(column: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(column)
    empty = pc.equal(pc.binary_length(trimmed), 0)
    # Copying a column costs as much as parsing it, and most have no empty cell.
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed) if pc.any(empty).as_py() else trimmed


def _renumbered(line: Malformed, first: int) -> Malformed:
    return Malformed(line.number + first - 1, line.expected, line.found, line.line)
