"""What changed: sentences on the indicators that moved by more than chance."""

from __future__ import annotations

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.report.words import period_words
from kpi_lib.text.language import Language


def changes(card: Scorecard, language: Language) -> list[str]:
    """Return one sentence per weighted indicator that changed by more than chance, or that none did."""
    if card.previous is None:
        return [language.sentence("There is no earlier period to compare with.")]
    counted = card.weighted
    clear = counted[counted["change_clear"]]
    previous = period_words(card.previous, language)
    beyond = _beyond_accepted(card, language)
    if clear.empty:
        calm = language.sentence("No weighted indicator changed on {previous} by more than chance.", previous=previous)
        return [calm, *beyond]
    return [*(_change_of(row, card, language) for row in records(clear)), *beyond]


def _beyond_accepted(card: Scorecard, language: Language) -> list[str]:
    """Name the weighted indicators that lie beyond the limits a person accepted."""
    value = {row["kpi"]: row for row in records(card.weighted)}
    return [
        language.sentence(
            "{kpi}: {value} lies beyond the accepted limits ({limits}, centre {centre}).",
            kpi=language.pick(card.kpis[row["kpi"]].name),
            value=shown(value[row["kpi"]]["value"], value[row["kpi"]]["unit"], language),
            limits=shown_interval(row["lower"], row["upper"], value[row["kpi"]]["unit"], language),
            centre=shown(row["expected"], value[row["kpi"]]["unit"], language),
        )
        for row in records(card.watch)
        if row["kpi"] in value and "beyond_limits" in row["rule"].split("+")
    ]


def _change_of(row: Row, card: Scorecard, language: Language) -> str:
    values = {
        "kpi": language.pick(card.kpis[row["kpi"]].name),
        "before": shown(row["previous_value"], row["unit"], language),
        "now": shown(row["value"], row["unit"], language),
        "change": shown_change(row["change"], row["unit"], language),
        "lo": shown_change(row["change_lo"], row["unit"], language),
        "hi": shown_change(row["change_hi"], row["unit"], language),
    }
    if row["change_better"]:
        return language.sentence(
            "Better: {kpi} went from {before} to {now}: {change} (interval {lo} to {hi}).", **values
        )
    return language.sentence("Worse: {kpi} went from {before} to {now}: {change} (interval {lo} to {hi}).", **values)
