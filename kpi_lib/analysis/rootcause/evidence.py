"""What the data say about a missed indicator beyond its segments, as evidence for the fishbone."""

from __future__ import annotations

from kpi_lib.analysis.cases.signals import Signals, rows_of
from kpi_lib.analysis.cases.stages import Stages
from kpi_lib.analysis.comments import Change, CommentThemes, Flag
from kpi_lib.analysis.fishbone import Evidence, Source, Standing
from kpi_lib.analysis.fishbone.explained import evidence_of
from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.stages import STAGE_NAMES, TOTAL, UNTOLD

_CALLS = "calls"


def evidence_for(cause: Cause, signals: Signals, stages: Stages, comments: CommentThemes) -> list[Evidence]:
    """Return the evidence on a missed indicator: its segments and mix, and what rose beside it.

    Signals, stages and themes are suggestive whatever their interval: they rose in the same period, and nothing shows
    that the indicator fell by them. Calls carry no ticket, so that calls and tickets are no evidence for each other.
    """
    found = (
        [] if cause.explanation is None else evidence_of(cause.explanation, label=lambda one: segment_text(one.dims))
    )
    of_calls = cause.kpi.table == _CALLS
    for row in records(signals.risen):
        kpi = signals.kpis[row["signal"]]
        if (kpi.table == _CALLS) == of_calls:
            found.append(
                Evidence(
                    Source.SIGNAL,
                    kpi.key,
                    kpi.name,
                    Standing.SUGGESTIVE,
                    n=int(row["n"]),
                    figure=row["share"],
                )
            )
    slower = stages.slower
    if slower is not None and not of_calls:
        name = STAGE_NAMES[slower["stage"]]
        found.append(
            Evidence(
                Source.STAGE,
                slower["stage"],
                name,
                Standing.SUGGESTIVE,
                n=slower["n"],
                figure=slower["change"],
                unit="hours",
            )
        )
    if not of_calls:
        found += [_theme(row, comments) for row in records(comments.shares) if _stands_out(row)]
    return found


def _stands_out(row: Row) -> bool:
    """Return whether a theme is over the limit, or complained of more than before."""
    return row["flag"] in (Flag.OVER, Flag.MAY_EXCEED) or row["verdict"] == Change.MORE


def _theme(row: Row, comments: CommentThemes) -> Evidence:
    return Evidence(
        Source.THEME,
        row["theme"],
        comments.names[row["theme"]],
        Standing.SUGGESTIVE,
        n=int(row["n_complaints"]),
        figure=row["share"],
    )


def looked_at(cause: Cause, signals: Signals, stages: Stages, comments: CommentThemes) -> set[str]:
    """Return what was looked at for an indicator, as ``source:key``; what is not there was not measured."""
    dimensions = () if cause.case.counted is None else cause.case.counted.dimensions
    seen = {f"{source}:{key}" for source in (Source.SEGMENT, Source.MIX) for key in dimensions}
    if cause.explanation is not None:
        seen |= {f"{Source.SEGMENT}:all", f"{Source.MIX}:all"}
    of_calls = cause.kpi.table == _CALLS
    counted = {str(row["signal"]) for row in rows_of(signals)}
    seen |= {f"{Source.SIGNAL}:{key}" for key in counted if (signals.kpis[key].table == _CALLS) == of_calls}
    if not of_calls and comments.n > 0:
        seen |= {f"{Source.THEME}:{theme}" for theme in comments.shares["theme"]}
    if not of_calls:
        seen |= {f"{Source.STAGE}:{stage}" for stage in stages.table["stage"] if stage not in (TOTAL, UNTOLD)}
    return seen
