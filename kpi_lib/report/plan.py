"""The problem table, the draft plan as table, workbook and CSV, and what a repair would bring."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.what_if import ALL
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.shown import shown, shown_change
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


def what_if(result: RootCauses, language: Language) -> Fragment:
    """Return what each segment's return to its reference would bring."""
    rows = records(result.what_if)
    if not rows:
        return element("p", language.sentence("There is no segment whose repair could be worked out."))
    columns = [
        language.sentence("Were it back at its level"),
        language.sentence("Indicator"),
        language.sentence("Now"),
        language.sentence("Then"),
        language.sentence("Change"),
        language.sentence("Target"),
        language.sentence("Score"),
        language.sentence("Composite"),
    ]
    names = _names(result, language)
    cells: list[list[Child]] = []
    for row in rows:
        kpi = result.card.kpis[row["kpi"]]
        missing = row["value_if"] != row["value_if"]
        cells.append(
            [
                names[row["segment"]],
                language.pick(kpi.name),
                shown(row["value"], kpi.unit, language),
                shown(row["value_if"], kpi.unit, language),
                MISSING if missing else shown_change(row["value_if"] - row["value"], kpi.unit, language),
                _reached(row, shown(row["target"], kpi.unit, language), language),
                _arrow(row["score"], row["score_if"], language),
                _arrow(row["composite"], row["composite_if"], language),
            ]
        )
    caption = language.sentence("Everything else as it is. A composite is given for indicators that are part of it.")
    return table(columns, cells, caption=caption, text_columns=(0, 1))


def _names(result: RootCauses, language: Language) -> dict[str, str]:
    """Return the segments of the table for people, by key."""
    found = {
        segment.name: language.pick(segment_text(segment.dims))
        for cause in result.causes
        if cause.explanation is not None
        for segment in cause.explanation.found
    }
    return {**found, ALL: language.sentence("all of them")}


def _reached(row: dict[str, object], target: str, language: Language) -> str:
    return language.sentence("{target}, reached", target=target) if row["reaches_target"] else target


def _arrow(before: float, after: float, language: Language) -> str:
    if before != before or after != after:
        return MISSING
    return f"{language.number(before, 1)} → {language.number(after, 1)}"
