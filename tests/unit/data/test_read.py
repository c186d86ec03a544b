"""Every format gives the same rows, and what cannot be read is said with its remedy."""

import gzip
import io

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from kpi_lib.data.stage import stage
from kpi_lib.errors import InputError
from kpi_lib.params.sources import Source

ROWS = "编号,机构,时间\nA1,成都,2025-11-03 09:00:00\nA2, 昆明 ,\n"
WANTED = [
    {"source_row": 1, "编号": "A1", "机构": "成都", "时间": "2025-11-03 09:00:00"},
    {"source_row": 2, "编号": "A2", "机构": "昆明", "时间": None},
]


def declared(**options) -> Source:
    columns = {"ticket_id": "编号", "branch": "机构", "created_at": "时间"}
    return Source.model_validate({"name": "tickets", "table": "tickets", "columns": columns, **options})


def staged_rows(source, root):
    staged = stage(source, root, root)
    frame = pq.read_table(staged.file).rename_columns(["source_row", *staged.columns])
    return staged, frame.to_pylist()


@pytest.mark.parametrize(
    ("encoding", "bom", "zipped"),
    [("utf-8", "", False), ("utf-8", "\ufeff", False), ("utf-8", "\ufeff", True), ("gb18030", "", True),
     ("utf-16", "", False)],
)  # fmt: skip
def test_a_csv_in_any_encoding(tmp_path, encoding, bom, zipped):
    name = "rows.csv.gz" if zipped else "rows.csv"
    data = (bom + ROWS).encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(data) if zipped else data)
    staged, rows = staged_rows(declared(path=name, encoding=encoding), tmp_path)
    assert rows == WANTED
    assert staged.n_rows == 2
    assert staged.fingerprints[0].bytes == (tmp_path / name).stat().st_size


def test_a_tab_separated_file_with_windows_line_ends(tmp_path):
    (tmp_path / "rows.csv").write_bytes(ROWS.replace(",", "\t").replace("\n", "\r\n").encode())
    assert staged_rows(declared(path="rows.csv", delimiter="\t"), tmp_path)[1] == WANTED


def test_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["not this one"])
    sheet = book.create_sheet("工单")
    for row in [["编号", "机构", "时间"], ["A1", "成都", pd.Timestamp("2025-11-03 09:00")], [], ["A2", " 昆明 ", None]]:
        sheet.append(row)
    book.save(tmp_path / "rows.xlsx")
    assert staged_rows(declared(path="rows.xlsx", sheet="工单"), tmp_path)[1] == WANTED


def test_a_workbook_writes_whole_numbers_without_a_point(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["编号", "机构", "时间"])
    book.active.append([1001.0, True, 0.25])
    book.save(tmp_path / "rows.xlsx")
    _, rows = staged_rows(declared(path="rows.xlsx"), tmp_path)
    assert rows == [{"source_row": 1, "编号": "1001", "机构": "true", "时间": "0.25"}]


def test_a_parquet_file(tmp_path):
    times = pa.array([pd.Timestamp("2025-11-03 09:00"), None], pa.timestamp("s"))
    pq.write_table(pa.table({"编号": ["A1", "A2"], "机构": ["成都", "昆明"], "时间": times}), tmp_path / "rows.parquet")
    _, rows = staged_rows(declared(path="rows.parquet"), tmp_path)
    assert rows == [{**WANTED[0], "时间": "2025-11-03 09:00:00.000"}, WANTED[1]]


def test_a_database(tmp_path):
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    engine = sa.create_engine(url)
    pd.read_csv(io.StringIO(ROWS), skipinitialspace=True).to_sql("orders", engine, index=False)
    engine.dispose()
    staged, rows = staged_rows(declared(url=url, query="SELECT * FROM orders ORDER BY 编号"), tmp_path)
    assert rows == WANTED
    assert staged.fingerprints[0].modified_at is None


def test_the_password_of_a_database_is_not_kept(tmp_path):
    url = f"sqlite://user:secret@/{tmp_path / 'none.db'}"
    with pytest.raises(InputError) as caught:
        stage(declared(url=url, query="SELECT 1"), tmp_path, tmp_path)
    assert "secret" not in str(caught.value)


def test_several_files_are_numbered_on_in_order_of_their_names(tmp_path):
    for name, first in (("rows_2.csv", "B"), ("rows_1.csv", "A")):
        (tmp_path / name).write_text(ROWS.replace("A", first), encoding="utf-8")
    staged, rows = staged_rows(declared(path="rows_*.csv"), tmp_path)
    assert [(row["source_row"], row["编号"]) for row in rows] == [(1, "A1"), (2, "A2"), (3, "B1"), (4, "B2")]
    assert [(print_.file, print_.first_row) for print_ in staged.fingerprints] == [("rows_1.csv", 1), ("rows_2.csv", 3)]


def test_malformed_lines_keep_the_numbers_of_the_others_true(tmp_path, monkeypatch):
    monkeypatch.setattr("kpi_lib.data.read.BLOCK_BYTES", 200)
    lines = [f"A{n},成都,x" + (",extra" if n % 7 == 0 else "") for n in range(1, 101)]
    (tmp_path / "rows.csv").write_text("编号,机构,时间\n" + "\n".join(lines), encoding="utf-8")
    staged, rows = staged_rows(declared(path="rows.csv"), tmp_path)
    assert [line.number for line in staged.malformed] == list(range(7, 101, 7))
    assert all(row["编号"] == f"A{row['source_row']}" for row in rows)
    assert len(rows) + len(staged.malformed) == staged.n_rows == 100


@pytest.mark.parametrize(
    ("content", "options", "problem", "hint"),
    [
        (ROWS.encode("gb18030"), {}, "the text is not utf-8", "encoding: gb18030"),
        (ROWS.encode(), {"delimiter": ";"}, "there is no column '编号'", ""),
        (ROWS.replace("机构", "机构名").encode(), {}, "there is no column '机构'", "did you mean '机构名'?"),
        (ROWS.replace("时间", "机构").encode(), {}, "the column '机构' comes 2 times", "rename one in the export"),
        (b"", {}, "the file is empty", "a CSV starts with a line of column names"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, content, options, problem, hint):
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(InputError) as caught:
        stage(declared(path="rows.csv", **options), tmp_path, tmp_path)
    issue = next(issue for issue in caught.value.issues if issue.problem == problem)
    assert hint in issue.hint
    assert issue.where == "source tickets, rows.csv"


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.parquet", "rows.csv.gz"])
def test_a_file_that_is_not_what_its_name_says(tmp_path, name):
    (tmp_path / name).write_bytes(b"neither a workbook nor anything else")
    with pytest.raises(InputError, match="cannot read it as"):
        stage(declared(path=name), tmp_path, tmp_path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"there is no file nowhere/\*\.csv"):
        stage(declared(path="nowhere/*.csv"), tmp_path, tmp_path)


def test_a_header_without_rows(tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS.split("\n")[0], encoding="utf-8")
    assert staged_rows(declared(path="rows.csv"), tmp_path)[1] == []
