"""What the indicators would be, were their segments back at their level."""

from __future__ import annotations

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.what_if import ALL
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.report.gain_words import no_value_words
from kpi_lib.report.html import Child, Fragment, bullets, element, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import MISSING, Language


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
        language.sentence("Interval"),
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
                shown_interval(row["value_if_lo"], row["value_if_hi"], kpi.unit, language),
                MISSING if missing else shown_change(row["value_if"] - row["value"], kpi.unit, language),
                _reached(row, shown(row["target"], kpi.unit, language), language),
                _arrow(row["score"], row["score_if"], language),
                _arrow(row["composite"], row["composite_if"], language),
            ]
        )
    return joined(
        [table(columns, cells, caption=_caption(result, language), text_columns=(0, 1)), _unsaid(result, language)]
    )


def _caption(result: RootCauses, language: Language) -> str:
    said = [language.sentence("Everything else as it is. A composite is given for indicators that are part of it.")]
    if any(cause.counted is not cause.kpi and cause.worse for cause in result.causes):
        said.append(
            language.sentence(
                "A share is back at the level to be expected; a duration is what it would be with the segment's cases "
                "spread as in the reference and all other cases as they are (open cases by Kaplan-Meier)."
            )
        )
    return paragraph(said, language)


def _unsaid(result: RootCauses, language: Language) -> Fragment:
    """Return for which indicators there is no value, and why."""
    rows = [row for row in records(result.what_if) if row["why_not"]]
    names = _names(result, language)
    return (
        bullets(
            [
                language.sentence(
                    "{kpi}, {segment}: {why}",
                    kpi=language.pick(result.card.kpis[row["kpi"]].name),
                    segment=names[row["segment"]],
                    why=no_value_words(row["why_not"], language),
                )
                for row in rows
            ]
        )
        if rows
        else Fragment("")
    )


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
