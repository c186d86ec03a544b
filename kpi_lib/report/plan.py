"""The problem table, and the draft plan as table, workbook and CSV."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.params.plan import HEADINGS, SHEET
from kpi_lib.report.call_list import safe, workbook
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.plan_words import headings, plan_frame
from kpi_lib.report.table import table
from kpi_lib.text.language import MISSING, Language

_PROBLEM = ("number", "type", "symptom", "kpis", "root_cause", "direction")
_DRAFT = ("number", "measure", "department", "owner", "due", "resources", "rule")


def plan(result: RootCauses, language: Language) -> Fragment:
    """Return the problem table and the draft plan."""
    frame = plan_frame(result, language)
    if frame.empty:
        return element("p", language.sentence("No problem was found that a measure could be drafted for."))
    names = headings(language)
    named = frame.assign(kpis=[_kpi_names(keys, result, language) for keys in frame["kpis"]])
    return joined(
        [
            table(
                [names[field] for field in _PROBLEM],
                _cells(named, _PROBLEM, language),
                caption=language.sentence("Problems: where the data show them, not yet why"),
                text_columns=range(len(_PROBLEM)),
            ),
            table(
                [names[field] for field in _DRAFT],
                _cells(named, _DRAFT, language),
                caption=language.sentence(
                    "Draft plan, to be changed: owner, resources and cost are left blank in plan.xlsx. The cases "
                    "needed show the difference with a chance of 80% when there are as many before as after."
                ),
                text_columns=range(len(_DRAFT)),
            ),
        ]
    )


def _cells(frame: pd.DataFrame, fields: tuple[str, ...], language: Language) -> list[list[Child]]:
    return [[_cell(row[field], field, language) for field in fields] for row in records(frame)]


def _cell(value: object, field: str, language: Language) -> str:
    if field == "due":
        return language.date(pd.Timestamp(str(value)).date())
    return str(value) or MISSING


def _kpi_names(keys: object, result: RootCauses, language: Language) -> str:
    return language.list([language.pick(result.card.kpis[key].name) for key in str(keys).split("; ") if key]) or MISSING


def plan_workbook(result: RootCauses, language: Language) -> bytes:
    """Return the plan as a workbook that :func:`kpi_lib.params.plan.read_plan` reads back; every cell is text."""
    frame, names = plan_frame(result, language), headings(language)
    shown_frame = pd.DataFrame({names[field]: frame[field].map(safe) for field in frame.columns})
    keys = pd.DataFrame({"heading": list(names.values()), "field": list(names)})
    return workbook({SHEET: shown_frame, HEADINGS: keys})


def plan_csv(result: RootCauses, language: Language) -> pd.DataFrame:
    """Return the plan as a tidy frame whose cells cannot run in a spreadsheet."""
    frame = plan_frame(result, language)
    return pd.DataFrame({name: frame[name].map(safe) for name in frame.columns})
