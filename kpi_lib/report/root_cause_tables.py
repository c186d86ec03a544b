"""Tables of the root-cause page: every indicator looked into, and every segment."""

from __future__ import annotations

import math

from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.rootcause.result import Segment
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.root_cause_words import (
    change_interval,
    reason_words,
    reference_words,
    standing_words,
    verdict_words,
)
from kpi_lib.report.table import table
from kpi_lib.text.language import MISSING, Language


def gaps(result: RootCauses, language: Language) -> Fragment:
    """Return every missed indicator with its change, its parts and the verdict."""
    if not result.causes:
        return element("p", language.sentence("No indicator has a value to look into."))
    rows = [_gap_cells(cause, language) for cause in result.causes]
    columns = [
        language.sentence("Indicator"),
        language.sentence("Value"),
        language.sentence("Target"),
        language.sentence("Reference"),
        language.sentence("Before"),
        language.sentence("Now"),
        language.sentence("Change"),
        language.sentence("Of it mix"),
        language.sentence("segments"),
        language.sentence("all alike"),
        language.sentence("unexplained"),
        language.sentence("Verdict"),
        language.sentence("Would have been seen"),
    ]
    caption = language.sentence(
        "The parts add up to the change. For durations the share within the target is explained. "
        "“Would have been seen” is the smallest change of the whole indicator that these data show with a chance of "
        "80%."
    )
    why = sorted(
        {reason_words(cause.case.reference.reason, language) for cause in result.causes if cause.case.reference}
    )
    note = language.sentence("Why that reference: {why}.", why="; ".join(why)) if why else ""
    return joined([table(columns, rows, caption=caption, text_columns=(0, 3, 11)), element("p", note)])


def _gap_cells(cause: Cause, language: Language) -> list[Child]:
    row, unit, found = cause.case.row, cause.kpi.unit, cause.explanation
    first: list[Child] = [
        language.pick(cause.counted.name),
        shown(row["value"], unit, language),
        shown(row["target"], unit, language),
    ]
    reference = MISSING if cause.case.reference is None else reference_words(cause.case.reference, language)
    if found is None:
        return [*first, reference, *[MISSING] * 7, verdict_words(cause, language), MISSING]
    unit = cause.counted.unit
    parts = (found.mix.total, sum(one.contribution for one in found.found), found.broad.contribution, found.rest)
    return [
        *first,
        reference,
        shown(found.gap.reference, unit, language),
        shown(found.gap.current, unit, language),
        f"{shown_change(found.gap.difference, unit, language)} "
        f"({change_interval(found.gap.lo, found.gap.hi, unit, language)})",
        *(shown_change(part, unit, language) for part in parts),
        verdict_words(cause, language),
        language.points(found.detectable) if unit == "share" else shown(found.detectable, unit, language),
    ]


def segments(result: RootCauses, language: Language) -> Fragment:
    """Return the segments found, suggested and asked about by name."""
    rows = [
        _segment_cells(cause, segment, language)
        for cause in result.causes
        if cause.explanation is not None
        for segment in (*cause.explanation.segments, *cause.explanation.suggestive, *cause.explanation.pinned)
    ]
    if not rows:
        return element("p", language.sentence("No segment stands out."))
    columns = [
        language.sentence("Segment"),
        language.sentence("Indicator"),
        language.sentence("How sure"),
        language.sentence("Cases"),
        language.sentence("Before"),
        language.sentence("To be expected"),
        language.sentence("Now"),
        language.sentence("Effect"),
        language.sentence("Part of the change"),
        language.sentence("Regained if repaired"),
        language.sentence("p, adjusted"),
        language.sentence("Picked in resamples"),
        language.sentence("Cannot be told from"),
    ]
    caption = language.sentence(
        "Where, not why: a segment is associated with the change. p allows for everything looked at, the interval of "
        "the effect for the segment having been picked. “Share of the cases” rows are mix: how much of the work it is."
    )
    return table(columns, rows, caption=caption, text_columns=(0, 1, 2, 12))


def _segment_cells(cause: Cause, segment: Segment, language: Language) -> list[Child]:
    mix = segment.kind == "mix"
    unit = "share" if mix else cause.counted.unit
    name = language.pick(segment_text(segment.dims))
    others = [f"{_named(one)} ({language.percent(overlap, 0)})" for one, overlap in segment.alternatives]
    return [
        language.sentence("{segment}, share of the cases", segment=name) if mix else name,
        language.pick(cause.counted.name),
        standing_words(segment.standing, language),
        language.number(segment.n, 0),
        shown(segment.before, unit, language),
        shown(segment.expected, unit, language),
        shown(segment.after, unit, language),
        f"{shown_change(segment.effect, unit, language)} ({change_interval(segment.lo, segment.hi, unit, language)})",
        shown_change(segment.contribution, cause.counted.unit, language),
        shown_change(segment.regained, cause.counted.unit, language) if segment.regained > 0 else MISSING,
        _p(segment.p_adjusted, language),
        language.percent(segment.stability, 0),
        "; ".join(others) or MISSING,
    ]


def _named(name: str) -> str:
    return name.replace("&", " & ")


def _p(p: float, language: Language) -> str:
    return MISSING if math.isnan(p) else "< 0.001" if p < 0.001 else language.number(p, 3)
