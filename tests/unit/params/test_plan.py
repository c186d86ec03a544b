"""A plan is read back as it was filled in, with everything that is wrong named."""

from datetime import date

import pandas as pd
import pytest
from openpyxl import load_workbook

from kpi_lib.errors import InputError
from kpi_lib.params.plan import FIELDS, HEADINGS, SHEET, PlanRow, read_plan
from kpi_lib.report.call_list import safe, workbook
from kpi_lib.report.plan_words import headings
from kpi_lib.text.language import language

ROW = {
    "number": 1, "branch": "chengdu", "period": "2025-11", "kind": "segment",
    "cause": "product=tv&provider==cmd|'x'!A1",
    "kpis": "first_time_fix_rate; csat_score", "type": "质量", "symptom": "-5 pp", "root_cause": "@SUM(A1)",
    "direction": "+x", "measure": "'quoted' word", "department": "Field", "owner": "", "due": "2025-12-31",
    "resources": "", "cost": "", "rule": "at 88% or more", "rule_measure": "first_time_fix_rate",
    "rule_segment": "product=tv", "rule_at_least": "true", "rule_now": -0.25, "rule_threshold": 0.88, "rule_cases": 41,
}  # fmt: skip
READ = PlanRow.model_validate({**ROW, "due": date(2025, 12, 31), "rule_at_least": True})


def files(folder, lang="en", rows=(ROW,)):
    frame = pd.DataFrame(list(rows), columns=list(FIELDS), dtype=object)
    names = headings(language(lang))
    shown = pd.DataFrame({names[field]: frame[field].map(safe) for field in FIELDS})
    keys = pd.DataFrame({"heading": list(names.values()), "field": list(names)})
    (folder / "plan.xlsx").write_bytes(workbook({SHEET: shown, HEADINGS: keys}))
    pd.DataFrame({field: frame[field].map(safe) for field in FIELDS}).to_csv(folder / "plan.csv", index=False)
    return folder / "plan.xlsx", folder / "plan.csv"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_comes_back_as_it_went(tmp_path, lang):
    for path in files(tmp_path, lang):
        assert read_plan(path) == (READ,), path.name


def test_no_cell_of_the_files_can_run(tmp_path):
    xlsx, csv = files(tmp_path)
    cells = [cell for row in load_workbook(xlsx)[SHEET].iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type == "s" for cell in cells)
    assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in cells)
    lines = csv.read_text(encoding="utf-8")
    assert not any(f",{start}" in lines for start in ("=", "+", "-", "@"))


def test_what_people_write_into_it_is_read(tmp_path):
    path, _ = files(tmp_path)
    book = load_workbook(path)
    sheet = book[SHEET]
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, columns["Owner"], "王工 <b>")
    sheet.cell(2, columns["Cost of the measure"], 3000)
    sheet.cell(2, columns["Due"], pd.Timestamp("2026-01-15").to_pydatetime())
    sheet.insert_cols(1)
    sheet.cell(1, 1, "our own column")
    sheet.cell(2, 1, "ignored")
    sheet.append([None] * 5)
    book.save(path)
    found = read_plan(path)
    assert [(row.owner, row.cost, row.due) for row in found] == [("王工 <b>", "3000", date(2026, 1, 15))]


def test_everything_wrong_is_told_at_once(tmp_path):
    bad = [{**ROW, "number": "one", "due": "soon"}, {**ROW, "rule_cases": "many"}]
    _, path = files(tmp_path, rows=bad)
    with pytest.raises(InputError) as error:
        read_plan(path)
    told = [str(issue) for issue in error.value.issues]
    assert len(told) == 3
    assert "row 2: number" in told[0]
    assert "row 3: rule_cases" in told[2]


def test_a_renamed_heading_a_missing_sheet_and_other_files_are_refused(tmp_path):
    path, csv = files(tmp_path)
    book = load_workbook(path)
    book[SHEET].cell(1, 1, "Nr")
    book.save(path)
    with pytest.raises(InputError, match="number"):
        read_plan(path)
    book.remove(book[HEADINGS])
    book.save(path)
    with pytest.raises(InputError, match="sheets"):
        read_plan(path)
    csv.write_bytes("负责人".encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        read_plan(csv)
    (tmp_path / "fake.xlsx").write_text("not a workbook", encoding="utf-8")
    for name in ("fake.xlsx", "none.xlsx", "none.csv"):
        with pytest.raises(InputError):
            read_plan(tmp_path / name)
