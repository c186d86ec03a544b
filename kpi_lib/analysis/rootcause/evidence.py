"""What the data say about a missed indicator beyond its segments, as evidence for the fishbone."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_lib.analysis.cases.circumstances import Circumstances, cases_behind, rows_for
from kpi_lib.analysis.cases.signals import Signals, rows_of
from kpi_lib.analysis.cases.stages import Stages
from kpi_lib.analysis.comments import Change, CommentThemes, Flag
from kpi_lib.analysis.fishbone import Evidence, Source, Standing
from kpi_lib.analysis.fishbone.explained import evidence_of
from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.kpi.circumstances import Circumstance
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.stages import STAGE_NAMES, TOTAL, UNTOLD

_CALLS = "calls"


@dataclass(frozen=True, eq=False)
class Beside:
    """What else is known of a branch and period.

    Parameters
    ----------
    signals, stages
        Process signals, and where tickets spent their time.
    comments
        What customers say.
    circumstances
        Reasons of complaints, findings of audits, and quantities.
    """

    signals: Signals
    stages: Stages
    comments: CommentThemes
    circumstances: Circumstances


def evidence_for(cause: Cause, beside: Beside) -> list[Evidence]:
    """Return the evidence on a missed indicator: its segments and mix, and what rose beside it.

    What rose beside it is suggestive whatever its interval, and has no points of the gap: it rose in the same period,
    and nothing shows that the indicator fell by it. Calls carry no ticket, so that calls and tickets are no evidence
    for each other.
    """
    found = (
        [] if cause.explanation is None else evidence_of(cause.explanation, label=lambda one: segment_text(one.dims))
    )
    # What was judged together with all else comes before what was looked at by itself.
    found += [
        _circumstance(one, row)
        for row in beside.circumstances.risen
        if (one := beside.circumstances.of(row)).speaks_of(cause.kpi)
    ]
    found += _signals(cause, beside.signals)
    if cause.kpi.table != _CALLS:
        found += _stage(beside.stages)
        found += [_theme(row, beside.comments) for row in records(beside.comments.shares) if _stands_out(row)]
    return found


def _signals(cause: Cause, signals: Signals) -> list[Evidence]:
    rows = [(signals.kpis[row["signal"]], row) for row in records(signals.risen)]
    return [
        Evidence(
            Source.SIGNAL, kpi.key, kpi.name, Standing.SUGGESTIVE, n=int(row["n"]), figure=row["share"],
            before=row["before"], change=(row["change_lo"], row["change_hi"]),
        )
        for kpi, row in rows
        if (kpi.table == _CALLS) == (cause.kpi.table == _CALLS)
    ]  # fmt: skip


def _stage(stages: Stages) -> list[Evidence]:
    slower = stages.slower
    if slower is None:
        return []
    return [
        Evidence(
            Source.STAGE, slower["stage"], STAGE_NAMES[slower["stage"]], Standing.SUGGESTIVE, n=slower["n"],
            figure=slower["mean"], before=slower["before"], change=(slower["change_lo"], slower["change_hi"]),
            unit="hours",
        )
    ]  # fmt: skip


def _circumstance(one: Circumstance, row: Row) -> Evidence:
    return Evidence(
        Source(one.source), one.key, one.kpi.name, Standing.SUGGESTIVE,
        n=int(cases_behind(one, row)), figure=row["value"],
        before=row["before"], change=(row["change_lo"], row["change_hi"]), unit=one.kpi.unit,
    )  # fmt: skip


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


def looked_at(cause: Cause, beside: Beside) -> set[str]:
    """Return what was looked at for an indicator, as ``source:key``; what is not there was not measured."""
    dimensions = () if cause.case.counted is None else cause.case.counted.dimensions
    seen = {f"{source}:{key}" for source in (Source.SEGMENT, Source.MIX) for key in dimensions}
    if cause.explanation is not None:
        seen |= {f"{Source.SEGMENT}:all", f"{Source.MIX}:all"}
    of_calls = cause.kpi.table == _CALLS
    signals, comments, stages = beside.signals, beside.comments, beside.stages
    counted = {str(row["signal"]) for row in rows_of(signals)}
    seen |= {f"{Source.SIGNAL}:{key}" for key in counted if (signals.kpis[key].table == _CALLS) == of_calls}
    if not of_calls and comments.n > 0:
        seen |= {f"{Source.THEME}:{theme}" for theme in comments.shares["theme"]}
    if not of_calls:
        seen |= {f"{Source.STAGE}:{stage}" for stage in stages.table["stage"] if stage not in (TOTAL, UNTOLD)}
    return seen | {one.id for one, row in rows_for(beside.circumstances) if _judged(one, row, cause)}


def _judged(one: Circumstance, row: Row, cause: Cause) -> bool:
    return one.speaks_of(cause.kpi) and row["verdict"] != Change.NO_REFERENCE
