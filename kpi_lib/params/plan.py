"""An improvement plan as people filled it in: the workbook or CSV of the root-cause notebook, read back."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from kpi_lib.errors import InputError, Issue

SHEET, HEADINGS = "plan", "headings"
"""Sheets of the workbook: the plan, and the key behind each of its headings."""


def _blank(value: object) -> object:
    return None if value in ("", None) else value


def _day(value: object) -> object:
    return value.date() if isinstance(value, datetime) else _blank(value)


_Number = Annotated[float | None, BeforeValidator(_blank)]
_Count = Annotated[int | None, BeforeValidator(_blank)]
_Day = Annotated[date | None, BeforeValidator(_day)]
_Flag = Annotated[bool | None, BeforeValidator(_blank)]


class PlanRow(BaseModel):
    """One measure of the plan.

    Parameters
    ----------
    number, branch, period
        Its number in the plan, the branch, and the period the problem was seen in.
    kind, cause
        What it answers: ``segment``, ``broad``, ``mix``, ``signal``, ``stage`` or ``theme``, and its key.
    kpis
        Indicators hit, separated by ``; ``.
    type, symptom, root_cause, direction
        The problem in words.
    measure, department, owner, due, resources, cost
        Who does what by when; ``owner``, ``resources`` and ``cost`` come back filled in.
    rule
        How it is verified, in words.
    rule_measure, rule_segment
        Indicator or signal looked at, in which segment (empty: everywhere).
    rule_at_least
        Whether the threshold is a floor (true) or a ceiling.
    rule_now, rule_threshold
        Level in the period, and level from which on the measure counts as effective.
    rule_cases
        Cases needed to see the difference with a chance of 80 %.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    number: int
    branch: str
    period: str
    kind: str
    cause: str
    kpis: str
    type: str = ""
    symptom: str = ""
    root_cause: str = ""
    direction: str = ""
    measure: str = ""
    department: str = ""
    owner: str = ""
    due: _Day = None
    resources: str = ""
    cost: str = ""
    rule: str = ""
    rule_measure: str = ""
    rule_segment: str = ""
    rule_at_least: _Flag = None
    rule_now: _Number = None
    rule_threshold: _Number = None
    rule_cases: _Count = None


FIELDS = tuple(PlanRow.model_fields)
"""Columns of a plan, in order."""


def read_plan(path: Path) -> tuple[PlanRow, ...]:
    """Return the rows of a plan.

    Parameters
    ----------
    path
        ``plan.xlsx`` (columns may have been moved and added, headings kept) or ``plan.csv``.

    Raises
    ------
    InputError
        Not there, not a plan, or rows with mistakes, all of them at once.
    """
    rows = _read_csv(path) if path.suffix.lower() == ".csv" else _read_workbook(path)
    found, issues = [], []
    for line, row in rows:
        try:
            found.append(PlanRow.model_validate(row))
        except ValidationError as error:
            for one in error.errors():
                where = f"{path.name}, row {line}: {'.'.join(map(str, one['loc']))}"
                issues.append(Issue(where, f"{one['msg']}, got {one.get('input')!r}"))
    if issues:
        raise InputError(issues)
    return tuple(found)


def _read_csv(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError as error:
        raise InputError(Issue(str(path), "there is no such file", "the root-cause notebook makes one")) from error
    except UnicodeDecodeError as error:
        raise InputError(Issue(str(path), "not written as UTF-8", "save it as 'CSV UTF-8'")) from error
    _check(path, set(rows[0]) if rows else set(FIELDS))
    return [(line, _plain(row)) for line, row in enumerate(rows, start=2) if any(row.values())]


def _read_workbook(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        book = load_workbook(path, data_only=True)
    except FileNotFoundError as error:
        raise InputError(Issue(str(path), "there is no such file", "the root-cause notebook makes one")) from error
    except (InvalidFileException, BadZipFile, KeyError, OSError) as error:
        raise InputError(Issue(str(path), "not a workbook", "plan.xlsx as Excel saves it")) from error
    if not {SHEET, HEADINGS} <= set(book.sheetnames):
        raise InputError(Issue(str(path), f"has no sheets {SHEET!r} and {HEADINGS!r}", "take the notebook's plan.xlsx"))
    keys = {heading: key for heading, key, *_ in book[HEADINGS].iter_rows(min_row=2, values_only=True)}
    lines = list(book[SHEET].iter_rows(values_only=True))
    names = [keys.get(heading) for heading in lines[0]] if lines else []
    _check(path, set(names))
    return [
        (line, _plain({str(name): value for name, value in zip(names, cells, strict=False) if name}))
        for line, cells in enumerate(lines[1:], start=2)
        if any(cell is not None for cell in cells)
    ]


def _check(path: Path, names: set[Any]) -> None:
    lacking = [field for field in FIELDS if field not in names]
    if lacking:
        hint = "headings must stay as they are"
        raise InputError([Issue(f"{path.name}", f"there is no column for {field!r}", hint) for field in lacking])


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return cells as they were before they were made safe for spreadsheets; empty ones as empty text."""
    return {name: _unsafe(value) if isinstance(value, str) else _text(value) for name, value in row.items()}


def _unsafe(text: str) -> str:
    return text[1:] if text.startswith("'") and len(text) > 1 and not text[1].isalnum() else text


def _text(value: object) -> object:
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
