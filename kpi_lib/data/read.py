"""Reading any export as text: every cell becomes the text it was, so that typing it is one declared step of its own.

Each reader yields Arrow batches of the wanted columns and never holds a whole file (a workbook's sheet excepted).
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import sqlalchemy as sa
from python_calamine import CalamineError, CalamineWorkbook

from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.params.sources import Source

BLOCK_BYTES = 16 << 20
"""Bytes of a CSV parsed at a time; a single row must fit."""
BATCH_ROWS = 50_000
"""Rows of a workbook, Parquet file or query converted at a time."""
PROBED_ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5")
"""Encodings tried, in this order, to say which one a file may have."""


@dataclass(frozen=True)
class Malformed:
    """A line that does not have the header's number of cells."""

    number: int
    expected: int
    found: int
    line: str


@dataclass
class Reading:
    """One file being read: batches of text columns, and the lines met on the way that could not be split.

    ``malformed`` fills while ``batches`` is consumed; both number rows from 1.
    """

    batches: Iterator[pa.RecordBatch]
    malformed: list[Malformed] = field(default_factory=list)


def read_file(source: Source, path: Path, wanted: Sequence[str]) -> Reading:
    """Return the ``wanted`` columns of one file of ``source``, all as text.

    Raises
    ------
    InputError
        The file is not what the source says, or lacks a wanted column.
    """
    match source.format:
        case "csv":
            return _read_csv(source, path, wanted)
        case "excel":
            return Reading(_excel_batches(source, path, wanted))
        case "parquet":
            return Reading(_parquet_batches(source, path, wanted))
        case _:
            raise InputError(Issue(f"source {source.name}", f"format {source.format} does not read files"))


def read_query(source: Source, wanted: Sequence[str]) -> Reading:
    """Return the ``wanted`` columns of the rows ``source`` queries, all as text."""
    return Reading(_query_batches(source, wanted))


def _read_csv(source: Source, path: Path, wanted: Sequence[str]) -> Reading:
    header = _csv_header(source, path)
    if header is None:
        raise InputError(Issue(_where(source, path), "the file is empty", "a CSV starts with a line of column names"))
    _demand(source, path, header, wanted)
    reading = Reading(iter(()))

    def note(row: pcsv.InvalidRow) -> str:
        # Arrow counts the header as row 1.
        reading.malformed.append(Malformed(row.number - 1, row.expected_columns, row.actual_columns, row.text))
        return "skip"

    reading.batches = _csv_batches(source, path, header, wanted, note)
    return reading


def _csv_batches(
    source: Source, path: Path, header: Sequence[str], wanted: Sequence[str], note: object
) -> Iterator[pa.RecordBatch]:
    # Columns are read under their positions: a name that comes twice is harmless unless it is wanted.
    names = [f"{number}" for number, _ in enumerate(header)]
    included = [names[list(header).index(name)] for name in wanted]
    try:
        with pa.input_stream(str(path), compression="gzip" if path.suffix == ".gz" else None) as stream:
            reader = pcsv.open_csv(
                stream,
                # One thread: row numbers are only known when rows are parsed in order, and it is no slower.
                read_options=pcsv.ReadOptions(
                    encoding=_codec(source), use_threads=False, block_size=BLOCK_BYTES, column_names=names, skip_rows=0
                ),
                parse_options=pcsv.ParseOptions(
                    delimiter=source.delimiter, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=pcsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), include_columns=included, strings_can_be_null=False
                ),
            )
            first = True
            for batch in reader:
                kept = batch.slice(1) if first and batch.num_rows else batch
                first = first and not batch.num_rows
                yield pa.RecordBatch.from_arrays(kept.columns, names=list(wanted))
    except (pa.ArrowInvalid, UnicodeError, OSError, EOFError) as error:
        raise InputError(_reading_issue(source, path, error)) from error


def _csv_header(source: Source, path: Path) -> list[str] | None:
    try:
        with pa.input_stream(str(path), compression="gzip" if path.suffix == ".gz" else None) as stream:
            text = io.TextIOWrapper(stream, encoding=_codec(source, header=True), newline="")
            row = next((row for row in csv.reader(text, delimiter=source.delimiter) if row), None)
    except (UnicodeError, OSError, EOFError, csv.Error) as error:
        raise InputError(_reading_issue(source, path, error)) from error
    return None if row is None else [name.strip() for name in row]


def _codec(source: Source, *, header: bool = False) -> str:
    """Return the codec's name; Arrow drops UTF-8's byte-order mark itself, Python wants to be told."""
    name = codecs.lookup(source.encoding).name
    if name in {"utf-8", "utf-8-sig"}:
        return "utf-8-sig" if header else "utf8"
    return name


def _excel_batches(source: Source, path: Path, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        with closing(CalamineWorkbook.from_path(path)) as book:
            if source.sheet is not None and source.sheet not in book.sheet_names:
                hint = did_you_mean(source.sheet, book.sheet_names)
                raise InputError(Issue(_where(source, path), f"there is no sheet {source.sheet!r}", hint))
            sheet = book.get_sheet_by_name(source.sheet) if source.sheet else book.get_sheet_by_index(0)
            rows = iter(sheet.to_python(skip_empty_area=True))
    except (CalamineError, OSError) as error:
        raise InputError(_reading_issue(source, path, error)) from error
    names = next((row for row in rows if any(_cell_text(cell) for cell in row)), None)
    if names is None:
        raise InputError(Issue(_where(source, path), "the sheet is empty", "its first row holds the column names"))
    header = [(_cell_text(name) or "").strip() for name in names]
    _demand(source, path, header, wanted)
    # Blank rows are no rows, as blank lines of a CSV are none.
    filled = (row for row in rows if any(cell not in (None, "") for cell in row))
    yield from _cell_batches(filled, [header.index(name) for name in wanted], wanted)


def _parquet_batches(source: Source, path: Path, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as file:
            _demand(source, path, file.schema_arrow.names, wanted)
            for batch in file.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(wanted))):
                arrays = [pc.cast(batch.column(name), pa.string()) for name in wanted]
                yield pa.RecordBatch.from_arrays(arrays, names=list(wanted))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise InputError(_reading_issue(source, path, error)) from error


def _query_batches(source: Source, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        engine = sa.create_engine(source.url or "")
    except (sa.exc.ArgumentError, ImportError) as error:
        raise InputError(Issue(f"source {source.name}", f"cannot open the database: {error}")) from error
    try:
        with engine.connect() as connection:
            result = connection.execution_options(stream_results=True).execute(sa.text(source.query or ""))
            header = list(result.keys())
            _demand(source, None, header, wanted)
            yield from _cell_batches(result, [header.index(name) for name in wanted], wanted)
    except sa.exc.SQLAlchemyError as error:
        raise InputError(Issue(f"source {source.name}", f"the query failed: {error}")) from error
    finally:
        engine.dispose()


def _cell_batches(
    rows: Iterable[Sequence[object]], places: Sequence[int], names: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    rows = iter(rows)
    while chunk := list(islice(rows, BATCH_ROWS)):
        arrays = [
            pa.array([_cell_text(row[place]) if place < len(row) else None for row in chunk], pa.string())
            for place in places
        ]
        yield pa.RecordBatch.from_arrays(arrays, names=list(names))


def _cell_text(cell: object) -> str | None:
    """Return a typed cell as the text a CSV would hold: times in ISO form, whole numbers without a point."""
    match cell:
        case None | "":
            return None
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 2**53:
            return str(int(cell))
        case dt.datetime():
            return cell.isoformat(" ")
        case dt.timedelta():
            hours, rest = divmod(int(cell.total_seconds()), 3600)
            return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
        case bytes():
            return cell.decode("utf-8", "replace")
        case _:
            return str(cell)


def _demand(source: Source, path: Path | None, header: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise every wanted column that is not there, or there more than once."""
    where = _where(source, path)
    issues = [
        Issue(where, f"there is no column {name!r}", did_you_mean(name, [known for known in header if known]))
        for name in wanted
        if name not in header
    ]
    issues += [
        Issue(where, f"the column {name!r} comes {list(header).count(name)} times", "rename one in the export")
        for name in wanted
        if list(header).count(name) > 1
    ]
    if issues:
        raise InputError(issues)


def _where(source: Source, path: Path | None) -> str:
    return f"source {source.name}" + (f", {path.name}" if path else "")


def _reading_issue(source: Source, path: Path, error: Exception) -> Issue:
    if isinstance(error, UnicodeError) or "UTF8" in str(error):
        fitting = [name for name in PROBED_ENCODINGS if name != source.encoding.lower() and _decodes(path, name)]
        hint = f"encoding: {fitting[0]}" if fitting else "look up the encoding the export was written in"
        return Issue(_where(source, path), f"the text is not {source.encoding}", hint)
    return Issue(_where(source, path), f"cannot read it as {source.format}: {' '.join(str(error).split())[:300]}")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with pa.input_stream(str(path), compression="gzip" if path.suffix == ".gz" else None) as stream:
            for piece in chain(iter(lambda: stream.read(1 << 20), b"")):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except (UnicodeError, OSError):
        return False
    return True
