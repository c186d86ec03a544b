"""Process signals for people: how frequent, how they went, and the cases to read."""

from __future__ import annotations

import math

from kpi_lib.analysis.cases.signals import rows_of
from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.kpi.shown import shown_change, shown_interval
from kpi_lib.report.case_list import case_table
from kpi_lib.report.html import Child, Fragment, element, folded, joined
from kpi_lib.report.root_cause_words import change_interval
from kpi_lib.report.signal_courses import signal_courses
from kpi_lib.report.table import row_name, table
from kpi_lib.report.words import period_words
from kpi_lib.text.language import MISSING, Language


def signals(result: RootCauses, language: Language) -> Fragment:
    """Return the process signals and the cases to read."""
    found = result.beside.signals
    risen = [language.pick(found.kpis[key].name) for key in found.risen["signal"]]
    said = (
        language.sentence("Clearly more frequent than before: {names}.", names=language.list(risen))
        if risen
        else language.sentence("No process signal is clearly more frequent than before.")
    )
    columns = [
        language.sentence("Signal"),
        language.sentence("Cases"),
        language.sentence("Of"),
        language.sentence("Share"),
        language.sentence("Interval"),
        language.sentence("Before"),
        language.sentence("Change"),
        language.sentence("What is counted"),
    ]
    rows = [_signal_cells(row, result, language) for row in records(found.table)]
    before = found.before or ("", "")
    caption = language.sentence(
        "Before: {first} to {last} together. {n} signals are compared, so each change is judged at {level}: where "
        "nothing changed, the chance of naming any is at most {alpha}.",
        n=language.number(len(rows_of(found))),
        level=language.percent(found.change_level, 2),
        alpha=language.percent(1 - result.card.terms.level, 0),
        first=period_words(before[0], language) or MISSING,
        last=period_words(before[1], language) or MISSING,
    )
    lists = [_cases(key, result, language) for key, frame in found.cases.items() if len(frame)]
    whole = table(columns, rows, caption=caption, text_columns=(0, 7))
    return joined([element("p", said), whole, signal_courses(found, language), *lists])


def _signal_cells(row: Row, result: RootCauses, language: Language) -> list[Child]:
    kpi = result.beside.signals.kpis[row["signal"]]
    if row["needs"]:
        lacking = language.sentence("not available: needs {columns}", columns=row["needs"])
        return [row_name(language.pick(kpi.name)), *[MISSING] * 6, lacking]
    change = MISSING
    if not math.isnan(row["change"]):
        change = (
            f"{shown_change(row['change'], 'share', language)} "
            f"({change_interval(row['change_lo'], row['change_hi'], 'share', language)})"
        )
    return [
        row_name(language.pick(kpi.name)),
        language.number(row["n"]),
        language.number(row["of"]),
        language.percent(row["share"]),
        shown_interval(row["lo"], row["hi"], "share", language),
        language.percent(row["before"]),
        change,
        language.pick(kpi.definition),
    ]


def _cases(key: str, result: RootCauses, language: Language) -> Fragment:
    frame = result.beside.signals.cases[key]
    name = language.pick(result.beside.signals.kpis[key].name)
    rows = result.beside.signals.table.set_index("signal")["n"]
    summary = language.sentence(
        "{name}: {n} of {all} cases to read, the newest first",
        name=name,
        n=language.number(len(frame)),
        all=language.number(rows[key]),
    )
    return folded(summary, case_table(frame, result.beside.signals.kpis[key].table, language, caption=name))
