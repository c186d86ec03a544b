"""The call list for interviewers and the form for inspectors, as Excel and CSV whose cells cannot run."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.data.schema import PRODUCTS
from kpi_lib.report.sampling_plan import masked
from kpi_lib.report.sampling_words import kind_words, question_words, yes_no_complained
from kpi_lib.text.language import Language
from kpi_lib.text.language import language as language_of

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters at which a spreadsheet starts to compute."""


def safe(value: object) -> str:
    """Return a cell's text; what a spreadsheet would compute is led by an apostrophe."""
    text = "" if value is None or value != value else str(value)
    text = "".join(letter for letter in text if letter in "\t\n\r" or ord(letter) >= 32)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def headings(language: Language) -> dict[str, str]:
    """Return the headings of the call list by column."""
    return {
        "customer_id": language.sentence("Customer"),
        "role": language.sentence("Call or reserve"),
        "order": language.sentence("Order"),
        "kind": language.sentence("Kind"),
        "complained": language.sentence("Complaint"),
        "phone": language.sentence("Phone"),
        "ticket_id": language.sentence("Latest ticket"),
        "product": language.sentence("Product"),
        "attempts": language.sentence("Attempt (1, 2, 3)"),
        "reached": language.sentence("Reached? (yes / no / refused)"),
        "score": language.sentence("Score 1 to 5"),
        "resolved_at_once": language.sentence("Resolved at once? (yes / no)"),
        "comment": language.sentence("Comment"),
        "interviewer": language.sentence("Interviewer"),
    }


FILLED = ("attempts", "reached", "score", "resolved_at_once", "comment", "interviewer")
"""Columns the interviewer fills."""


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
        "customer_id": rows["id"],
        "role": rows["role"].map(role),
        "order": rows["order"].astype(str),
        "kind": [kind_words(str(kind), language) for kind in rows["kind"]],
        "complained": [yes_no_complained(str(value), language) for value in rows["complained"]],
        "phone": rows["phone"].map(_number if show_phones else masked),
        "ticket_id": rows["ticket_id"],
        "product": [_product(value, language) for value in rows["product"]],
    }
    made = pd.DataFrame({name: [safe(value) for value in values] for name, values in texts.items()})
    return made.assign(**dict.fromkeys(FILLED, "")).rename(columns=headings(language))


def returned(filled: pd.DataFrame) -> pd.DataFrame:
    """Return a filled call list, of either language, under the columns answers have.

    Parameters
    ----------
    filled
        As read from the file, every cell text.

    Returns
    -------
    DataFrame
        ``customer_id, attempts, score, resolved_at_once, interviewer`` and ``contacted``: whether anybody tried.
    """
    names = {heading: name for lang in ("en", "zh") for name, heading in headings(language_of(lang)).items()}
    rows = filled.rename(columns=names)
    ids = rows["customer_id"].astype(str).str.replace(_QUOTED, "", regex=True)
    answers = pd.DataFrame({"customer_id": ids})
    for name in ("attempts", "score"):
        answers[name] = pd.to_numeric(rows[name], errors="coerce") if name in rows else float("nan")
    blank = pd.Series("", index=rows.index)
    answers["resolved_at_once"] = rows.get("resolved_at_once", blank).map(_YES_NO)
    answers["interviewer"] = rows.get("interviewer", blank)
    reached = rows.get("reached", blank).fillna("").astype(str).str.strip() != ""
    answers["contacted"] = (answers["attempts"] > 0) | reached | answers["score"].notna()
    return answers


_YES_NO = {"yes": True, "no": False, "是": True, "否": False}
_QUOTED = r"^'(?=[=+\-@\t\r\n＝＋－＠])"
"""The apostrophe of :func:`safe`."""


def _product(product: object, language: Language) -> object:
    return language.name(PRODUCTS, product) if isinstance(product, str) else product


def _number(phone: object) -> str:
    return "" if phone is None or phone != phone else str(phone).strip().removesuffix(".0")


def audit_form(draw: Draw, language: Language, *, questions: Sequence[str]) -> pd.DataFrame:
    """Return the form on which one inspector judges each ticket; each of the two gets an empty one."""
    rows = draw.drawn
    made = pd.DataFrame(
        {
            language.sentence("Ticket"): [safe(value) for value in rows["id"]],
            language.sentence("Engineer"): [safe(value) for value in rows["engineer"]],
            language.sentence("Product"): [safe(_product(value, language)) for value in rows["product"]],
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
    lines = 1
    for place, name in enumerate(frame.columns, start=1):
        head = sheet.cell(1, place)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", start_color="FFE3EEF1")
        head.alignment = Alignment(wrap_text=True, vertical="top")
        longest = max([_width(name) / 2, *(_width(value) for value in frame.iloc[:, place - 1])], default=8)
        width = min(max(longest * 1.15, 9), 30)
        sheet.column_dimensions[get_column_letter(place)].width = width
        lines = max(lines, math.ceil(_width(name) * 1.3 / width))
    sheet.row_dimensions[1].height = _LINE * lines
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    scores = [place for place, name in enumerate(frame.columns, start=1) if "1 to 5" in str(name) or "1–5" in str(name)]
    for place in scores:
        rule = DataValidation(type="whole", operator="between", formula1="1", formula2="5", allow_blank=True)
        sheet.add_data_validation(rule)
        letter = get_column_letter(place)
        rule.add(f"{letter}2:{letter}{len(frame) + 1}")


_LINE = 15.0
"""Height of a line of a heading, in points."""


def _width(text: object) -> int:
    """Return how wide a text is in a spreadsheet, in Latin letters; a Chinese one takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in str(text))
