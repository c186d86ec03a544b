"""What a repair gives back, in one sentence or two."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpi_lib.analysis.records import Row
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.rootcause.durations import FEWEST, NoValue
from kpi_lib.analysis.rootcause.result import Verdict
from kpi_lib.analysis.rootcause.what_if import ALL
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.report.root_cause_words import counted_words, size_words
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language


def gain_words(cause: Cause, gains: Sequence[Row], language: Language) -> str:
    """Return what a repair gives back.

    Parameters
    ----------
    gains
        Rows of the what-if table for this indicator.
    """
    found = cause.explanation
    if found is None:
        return language.sentence("What a repair would give back cannot be said.")
    if gains:
        return _regained(cause, next((row for row in gains if row["segment"] == ALL), gains[0]), language)
    if found.broad.found and found.gap.worse:
        return language.sentence(
            "Were the common change undone, {counted} would be back at {value}: look for what changed for everybody.",
            counted=counted_words(cause, language),
            value=shown(found.gap.current - found.broad.contribution, cause.counted.unit, language),
        )
    if found.verdict is Verdict.TOO_LITTLE:
        return language.sentence("What a repair would give back cannot be said.")
    if found.verdict is Verdict.MIX:
        return language.sentence(
            "There is nothing to repair in the work itself; capacity, skills and the target must follow the new mix."
        )
    return language.sentence(
        "No repair of a part would give it back; reaching the target takes a better level everywhere."
    )


def _regained(cause: Cause, row: Row, language: Language) -> str:
    found = cause.explanation
    assert found is not None
    if math.isnan(row["value_if"]):
        back = sum(segment.regained for segment in found.found if segment.regained > 0)
        share = language.sentence(
            "Back at the level to be expected it would give back {back} of {counted}.",
            back=size_words(back, cause.counted.unit, language),
            counted=counted_words(cause, language),
        )
        return paragraph([share, no_value_words(row["why_not"], language)], language)
    values = {
        "value": shown(row["value_if"], cause.kpi.unit, language),
        "gain": shown_change(row["value_if"] - row["value"], cause.kpi.unit, language),
    }
    return paragraph([_then(cause, row, values, language), *_composite(row, language)], language)


def _then(cause: Cause, row: Row, values: dict[str, str], language: Language) -> str:
    if cause.counted is not cause.kpi:
        interval = shown_interval(row["value_if_lo"], row["value_if_hi"], cause.kpi.unit, language)
        if row["reaches_target"]:
            return language.sentence(
                "Were its cases as long as in the reference, the indicator would be {value} ({gain}; interval "
                "{interval}), on target.",
                **values,
                interval=interval,
            )
        return language.sentence(
            "Were its cases as long as in the reference, the indicator would be {value} ({gain}; interval "
            "{interval}), still short of the target.",
            **values,
            interval=interval,
        )
    if row["reaches_target"]:
        return language.sentence(
            "Back at the level to be expected, the indicator would be {value} ({gain}), on target.", **values
        )
    return language.sentence(
        "Back at the level to be expected, the indicator would be {value} ({gain}), still short of the target.",
        **values,
    )


def _composite(row: Row, language: Language) -> list[str]:
    if math.isnan(row["composite_if"]) or row["composite_if"] == row["composite"]:
        return []
    return [
        language.sentence(
            "The composite would go from {before} to {after}.",
            before=language.number(row["composite"], 1),
            after=language.number(row["composite_if"], 1),
        )
    ]


def no_value_words(why_not: str, language: Language) -> str:
    """Return why no value can be given for an indicator whose segment came back."""
    match NoValue(why_not):
        case NoValue.FEW_BEFORE:
            return language.sentence(
                "What the indicator would be cannot be said: fewer than {n} of the segment's cases ended in the "
                "reference.",
                n=language.number(FEWEST),
            )
        case NoValue.NOT_REACHED:
            return language.sentence(
                "What the indicator would be cannot be said: too many of the cases are still open."
            )
        case NoValue.NOT_LOOKED_UP:
            return language.sentence("What the indicator would be does not follow from that share.")
        case NoValue.NONE:
            return ""
