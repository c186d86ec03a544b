"""Files the exports are written to, a block at a time; the same rows give the same bytes."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from openpyxl import Workbook

from kpi_lib.data.simulate.layout import Layout

_ROW_GROUP = 250_000
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can hold; an Excel file would otherwise differ on every run."""


class Sink(Protocol):
    """Something rows of one layout are written to."""

    def write(self, rows: pa.Table) -> None:
        """Append rendered rows."""

    def close(self) -> None:
        """Finish the file."""


class CsvSink:
    """A CSV file, gzipped if its name ends so."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._encoding = layout.encoding
        self._mark = layout.byte_order_mark
        self._raw = path.open("wb")
        self._file: BinaryIO = self._raw
        if path.suffix == ".gz":
            # Without a name and a time of its own the archive is the same on every run.
            self._file = cast(BinaryIO, gzip.GzipFile("", "wb", compresslevel=9, fileobj=self._raw, mtime=0))
        self._headed = False

    def write(self, rows: pa.Table) -> None:
        """Append rows; the first call writes the headers."""
        if not self._headed:
            mark = codecs.BOM_UTF8 if self._mark else b""
            self._file.write(mark + (",".join(rows.column_names) + "\n").encode(self._encoding))
            self._headed = True
        buffer = io.BytesIO()
        pacsv.write_csv(rows, buffer, pacsv.WriteOptions(include_header=False, quoting_style="none"))
        text = buffer.getvalue()
        self._file.write(text if self._encoding == "utf-8" else text.decode().encode(self._encoding))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()


class ParquetSink:
    """A Parquet file with row groups of a decent size, however small the blocks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def write(self, rows: pa.Table) -> None:
        """Append rows."""
        self._waiting.append(rows)
        if sum(len(table) for table in self._waiting) >= _ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = pa.concat_tables(self._waiting)
        self._waiting = []
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, rows.schema, compression="zstd")
        self._writer.write_table(rows, row_group_size=_ROW_GROUP)


class ExcelSink:
    """One sheet of a workbook; the workbook is saved when its last sheet is closed."""

    def __init__(self, book: ExcelBook, sheet: str) -> None:
        self._book = book
        self._sheet: Any = book.workbook.create_sheet(sheet)
        self._headed = False

    def write(self, rows: pa.Table) -> None:
        """Append rows; the first call writes the headers."""
        if not self._headed:
            self._sheet.append(rows.column_names)
            self._headed = True
        for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            self._sheet.append(row)

    def close(self) -> None:
        """Leave the saving to the book."""
        self._book.close_sheet()


class ExcelBook:
    """A workbook that is written row by row."""

    def __init__(self, path: Path) -> None:
        self.workbook = Workbook(write_only=True)
        self._path = path
        self._open = 0

    def sheet(self, name: str) -> ExcelSink:
        """Add a sheet."""
        self._open += 1
        return ExcelSink(self, name)

    def close_sheet(self) -> None:
        """Save the workbook once all its sheets are closed."""
        self._open -= 1
        if self._open == 0:
            buffer = io.BytesIO()
            self.workbook.save(buffer)
            _timeless(buffer, self._path)


def _timeless(buffer: io.BytesIO, path: Path) -> None:
    """Write an Excel file without the time it was made at."""
    stamp = f"{datetime(*_LONG_AGO[:3]).isoformat()}Z".encode()
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for entry in made.infolist():
            content = made.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"(?<=W3CDTF\">)[^<]*", stamp, content)
            out.writestr(zipfile.ZipInfo(entry.filename, _LONG_AGO), content, zipfile.ZIP_DEFLATED, compresslevel=9)


class Exporter:
    """All exports of a run: routes rows to their files and knows how many each has."""

    def __init__(self, folder: Path, layouts: tuple[Layout, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.layouts = layouts
        self.rows = dict.fromkeys((layout.name for layout in layouts), 0)
        books = {layout.file: ExcelBook(folder / layout.file) for layout in layouts if layout.kind == "excel"}
        self._sinks: dict[str, Sink] = {}
        for layout in layouts:
            if layout.kind == "excel":
                self._sinks[layout.name] = books[layout.file].sheet(layout.sheet)
            elif layout.kind == "parquet":
                self._sinks[layout.name] = ParquetSink(folder / layout.file)
            else:
                self._sinks[layout.name] = CsvSink(folder / layout.file, layout)

    def write(self, layout: Layout, rows: pa.Table) -> int:
        """Append rows of a layout; return the number its first row has in the export, counted from 1."""
        first = self.rows[layout.name] + 1
        self._sinks[layout.name].write(layout.render(rows))
        self.rows[layout.name] += len(rows)
        return first

    def close(self) -> None:
        """Finish all files."""
        for sink in self._sinks.values():
            sink.close()
