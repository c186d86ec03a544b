"""What rose beside the indicators, for people: reasons of complaints, findings of audits, and quantities."""

from __future__ import annotations

from kpi_lib.analysis.cases.circumstances import Circumstances, cases_behind, rows_for
from kpi_lib.analysis.comments import Change
from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.kpi.circumstances import Circumstance
from kpi_lib.kpi.shown import shown
from kpi_lib.report.comments import change_words
from kpi_lib.report.html import Child, Fragment, element, folded, joined
from kpi_lib.report.root_cause_words import change_interval
from kpi_lib.report.table import row_name, table
from kpi_lib.report.words import paragraph, period_words
from kpi_lib.text.language import MISSING, Language


def circumstances(result: RootCauses, language: Language) -> Fragment:
    """Return what is clearly more than before, and everything that was looked at."""
    found = result.beside.circumstances
    rows = rows_for(found)
    if not rows:
        return element("p", language.sentence("There are no complaints, audits or quantities to compare."))
    columns = [
        language.sentence("Looked at"),
        language.sentence("Cases"),
        language.sentence("Now"),
        language.sentence("Before"),
        language.sentence("Interval of the change"),
        language.sentence("Verdict"),
    ]
    cells = [_cells(one, row, language) for one, row in rows]
    summary = language.plural("{n} figure looked at", "{n} figures looked at", len(rows))
    data = table(columns, cells, caption=_caption(found, language), text_columns=(0, 5))
    return joined([element("p", finding(found, language)), folded(summary, data), _lacking(found, language)])


def finding(found: Circumstances, language: Language) -> str:
    """Return what is clearly more than before, with its figures."""
    risen = [(found.of(row), row) for row in found.risen]
    if not risen:
        return language.sentence("Beside the indicators, nothing is clearly more than before.")
    named = [
        language.sentence(
            "{name} ({now}, before {before})",
            name=language.pick(one.kpi.name),
            now=shown(row["value"], one.kpi.unit, language),
            before=shown(row["before"], one.kpi.unit, language),
        )
        for one, row in risen
    ]
    return language.sentence(
        "Beside the indicators, clearly more than before: {names}. It goes together with the misses; it is not shown "
        "to cause them.",
        names=language.list(named),
    )


def _cells(one: Circumstance, row: Row, language: Language) -> list[Child]:
    unit = one.kpi.unit
    judged = row["verdict"] != Change.NO_REFERENCE
    return [
        row_name(language.pick(one.kpi.name)),
        language.number(cases_behind(one, row), 0),
        shown(row["value"], unit, language),
        shown(row["before"], unit, language),
        change_interval(row["change_lo"], row["change_hi"], unit, language) if judged else MISSING,
        change_words(row["verdict"], language),
    ]


def _caption(found: Circumstances, language: Language) -> str:
    first, last = found.before or ("", "")
    said = [
        language.sentence(
            "Before: {first} to {last} together. {n} figures are compared, each at {level}, so that the chance of "
            "naming any where nothing changed is at most {alpha}; a figure must be further off than the periods lie "
            "apart anyway.",
            first=period_words(first, language) or MISSING,
            last=period_words(last, language) or MISSING,
            n=language.number(int((found.table["needs"] == "").sum())),
            level=language.percent(found.change_level, 2),
            alpha=language.percent(1 - found.level, 0),
        ),
        language.sentence(
            "Complaints are per ticket created, findings of audits per audited ticket, reasons for leaving per "
            "customer who left."
        ),
    ]
    if found.n_left_out:
        said.append(
            language.plural(
                "{n} rarer reason or anomaly is not looked at.",
                "{n} rarer reasons or anomalies are not looked at.",
                found.n_left_out,
            )
        )
    return paragraph(said, language)


def _lacking(found: Circumstances, language: Language) -> Fragment:
    rows = [row for row in records(found.table) if row["needs"]]
    if not rows:
        return Fragment("")
    named = [f"{language.pick(found.of(row).kpi.name)} ({row['needs']})" for row in rows]
    return element("p", language.sentence("Not available for lack of columns: {names}.", names=language.list(named)))
