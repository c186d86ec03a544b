from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

from kpi_lib.analysis.sampling import draw
from kpi_lib.report.call_list import audit_form, call_list, safe, workbook
from kpi_lib.report.sampling_plan import masked
from kpi_lib.text.language import language

FRAME = pd.DataFrame(
    {
        "customer_id": ["=1+1", "c2", "c3", "客户4"],
        "kind": ["old", "new", "old", "new"],
        "complained": [0.0, 1.0, 0.0, 0.0],
        "phone": ["13812345678", None, "028-123", "13900000000"],
        "ticket_id": ["@t1", "t2", "t3", None],
        "engineer": ["e1", "+e", "e3", "e4"],
        "product": ["tv", "tv", "-tv", "tv"],
    }
)
CARRY = ["kind", "complained", "phone", "ticket_id", "engineer", "product"]


@pytest.fixture
def made():
    return draw(FRAME, n=3, salt="s", reserve=0.3, carry=CARRY)


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@sum", "\tx", "＝1"])
def test_nothing_a_spreadsheet_would_compute(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(
    ("phone", "shown"), [("13812345678", "138****78"), ("028-123", "028****23"), ("123", "****"), (None, "")]
)
def test_phones_are_masked(phone: str | None, shown: str) -> None:
    assert masked(phone) == shown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_list_is_text_in_calling_order_with_masked_phones(made, lang: str) -> None:
    calls = call_list(made, language(lang))
    assert len(calls) == 4
    assert not any("13812345678" in str(value) for value in calls.to_numpy().ravel())
    assert any(
        "13812345678" in str(value) for value in call_list(made, language(lang), show_phones=True).to_numpy().ravel()
    )
    sheet = openpyxl.load_workbook(io.BytesIO(workbook({"calls": calls})))["calls"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in cells)
    assert sheet.max_row == 5
    assert len(sheet.data_validations.dataValidation) == 1


def test_the_form_asks_every_question(made) -> None:
    form = audit_form(made, language("en"), questions=("record_true",))
    assert len(form) == 3
    assert "record true (yes / no)" in form.columns
