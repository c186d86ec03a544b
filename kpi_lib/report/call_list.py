"""The call list for interviewers and the form for inspectors, as Excel and CSV whose cells cannot run."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.report.sampling_plan import masked
from kpi_lib.report.sampling_words import kind_words, question_words, yes_no_complained
from kpi_lib.text.language import Language

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters at which a spreadsheet starts to compute."""


def safe(value: object) -> str:
    """Return a cell's text; what a spreadsheet would compute is led by an apostrophe."""
    text = "" if value is None or value != value else str(value)
    text = "".join(letter for letter in text if letter in "\t\n\r" or ord(letter) >= 32)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def call_list(draw: Draw, language: Language, *, show_phones: bool = False) -> pd.DataFrame:
    """Return the list in calling order: drawn first, then the reserve; empty columns are for the interviewer.

    Parameters
    ----------
    show_phones
        Write phone numbers in full instead of masked.
    """
    rows = draw.table
    role = {"drawn": language.sentence("call"), "reserve": language.sentence("reserve")}
    texts: dict[str, Iterable[object]] = {
        language.sentence("Customer"): rows["id"],
        language.sentence("Call or reserve"): rows["role"].map(role),
        language.sentence("Order"): rows["order"].astype(str),
        language.sentence("Kind"): [kind_words(str(kind), language) for kind in rows["kind"]],
        language.sentence("Complaint"): [yes_no_complained(str(value), language) for value in rows["complained"]],
        language.sentence("Phone"): rows["phone"].map(_number if show_phones else masked),
        language.sentence("Latest ticket"): rows["ticket_id"],
        language.sentence("Product"): rows["product"],
    }
    made = pd.DataFrame({name: [safe(value) for value in values] for name, values in texts.items()})
    blank = [
        language.sentence("Attempt (1, 2, 3)"),
        language.sentence("Reached? (yes / no / refused)"),
        language.sentence("Score 1 to 5"),
        language.sentence("Resolved at once? (yes / no)"),
        language.sentence("Comment"),
        language.sentence("Interviewer"),
    ]
    return made.assign(**dict.fromkeys(blank, ""))


def _number(phone: object) -> str:
    return "" if phone is None or phone != phone else str(phone).strip().removesuffix(".0")


def audit_form(draw: Draw, language: Language, *, questions: Sequence[str]) -> pd.DataFrame:
    """Return the form on which one inspector judges each ticket; each of the two gets an empty one."""
    rows = draw.drawn
    made = pd.DataFrame(
        {
            language.sentence("Ticket"): [safe(value) for value in rows["id"]],
            language.sentence("Engineer"): [safe(value) for value in rows["engineer"]],
            language.sentence("Product"): [safe(value) for value in rows["product"]],
        }
    )
    blank = [question_words(name, language) + language.sentence(" (yes / no)") for name in questions]
    return made.assign(**dict.fromkeys([*blank, language.sentence("Anomaly"), language.sentence("Signature")], ""))


def workbook(sheets: dict[str, pd.DataFrame]) -> bytes:
    """Return an Excel file with one sheet per frame: headings fixed, every cell text.

    Parameters
    ----------
    sheets
        Frames by name of the sheet.
    """
    book = Workbook()
    book.remove(book.active)
    for name, frame in sheets.items():
        sheet = book.create_sheet(name[:31])
        _fill(sheet, frame)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, frame: pd.DataFrame) -> None:
    sheet.append([str(name) for name in frame.columns])
    for row in frame.itertuples(index=False):
        sheet.append([None if value == "" else str(value) for value in row])
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell, Cell) and cell.value is not None:
                cell.data_type = "s"
                cell.quotePrefix = True
                cell.number_format = "@"
    for place, name in enumerate(frame.columns, start=1):
        head = sheet.cell(1, place)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", start_color="FFE3EEF1")
        head.alignment = Alignment(wrap_text=True, vertical="top")
        longest = max([len(str(name)) / 1.6, *(len(str(value)) for value in frame.iloc[:, place - 1])], default=8)
        sheet.column_dimensions[get_column_letter(place)].width = min(max(longest * 1.3, 9), 30)
    sheet.freeze_panes = "A2"
    scores = [place for place, name in enumerate(frame.columns, start=1) if "1 to 5" in str(name) or "1–5" in str(name)]
    for place in scores:
        rule = DataValidation(type="whole", operator="between", formula1="1", formula2="5", allow_blank=True)
        sheet.add_data_validation(rule)
        letter = get_column_letter(place)
        rule.add(f"{letter}2:{letter}{len(frame) + 1}")
