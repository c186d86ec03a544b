from __future__ import annotations

import gzip
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from kpi_lib.data.simulate.layout import Field, Layout
from kpi_lib.data.simulate.writers import Exporter

ROWS = pa.table({"ticket_id": ["1", "2"], "branch": ["成都", None]})
FIELDS = (Field("工单号", "ticket_id"), Field("分公司", "branch"))


def written(folder: Path, layout: Layout) -> Path:
    exporter = Exporter(folder, (layout,))
    assert exporter.write(layout, ROWS) == 1
    assert exporter.write(layout, ROWS) == 3
    exporter.close()
    return folder / layout.file


def test_csv_has_headers_once(tmp_path: Path) -> None:
    path = written(tmp_path, Layout("s", "tickets", "t.csv", "csv", FIELDS))
    assert path.read_text("utf-8") == "工单号,分公司\n1,成都\n2,\n1,成都\n2,\n"


def test_csv_with_a_byte_order_mark_and_gzip(tmp_path: Path) -> None:
    path = written(tmp_path, Layout("s", "tickets", "t.csv.gz", "csv", FIELDS, byte_order_mark=True))
    assert gzip.decompress(path.read_bytes()).decode("utf-8-sig").startswith("工单号")
    assert gzip.decompress(path.read_bytes()).startswith(b"\xef\xbb\xbf")


def test_csv_in_gb18030(tmp_path: Path) -> None:
    path = written(tmp_path, Layout("s", "tickets", "t.csv", "csv", FIELDS, encoding="gb18030"))
    assert path.read_bytes().decode("gb18030").splitlines()[1] == "1,成都"


def test_parquet_is_typed(tmp_path: Path) -> None:
    path = written(tmp_path, Layout("s", "tickets", "t.parquet", "parquet", FIELDS))
    assert pq.read_table(path).to_pydict() == {"工单号": ["1", "2"] * 2, "分公司": ["成都", None] * 2}


def test_excel_is_the_same_file_on_every_run(tmp_path: Path) -> None:
    layout = Layout("s", "tickets", "t.xlsx", "excel", FIELDS, sheet="工单")
    first = written(tmp_path / "a", layout)
    # The time in an Excel file has a resolution of a second.
    time.sleep(1.1)
    assert written(tmp_path / "b", layout).read_bytes() == first.read_bytes()
    rows = python_calamine.CalamineWorkbook.from_path(first).get_sheet_by_name("工单").to_python()
    assert rows == [["工单号", "分公司"], ["1", "成都"], ["2", ""], ["1", "成都"], ["2", ""]]


def test_sheets_of_one_workbook(tmp_path: Path) -> None:
    sheets = tuple(Layout(name, "tickets", "t.xlsx", "excel", FIELDS, sheet=name) for name in ("甲", "乙"))
    exporter = Exporter(tmp_path, sheets)
    for layout in sheets:
        exporter.write(layout, ROWS)
    exporter.close()
    assert python_calamine.CalamineWorkbook.from_path(tmp_path / "t.xlsx").sheet_names == ["甲", "乙"]
