"""Drawing up control charts: many at once, or one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart.pieces import Drawn, Piece, drawn_together
from kpi_lib.analysis.baseline.chart.request import DEFAULT_RULES, ChartRequest
from kpi_lib.analysis.baseline.chart.result import ControlChart, Fixed
from kpi_lib.analysis.baseline.evidence import Choice, Evidence, gather_all
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.chance import Kind
from kpi_lib.stats.false_alarms import false_alarm_chance
from kpi_lib.stats.rules import RuleSet
from kpi_lib.stats.spc import Limits


def control_chart(
    series: Series,
    *,
    kind: Kind | None = None,
    freeze: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    phases: Sequence[pd.Timestamp] = (),
    exclude: Mapping[pd.Timestamp, str] | None = None,
    rules: Sequence[RuleSet] = DEFAULT_RULES,
    screened: bool = False,
    fixed: Fixed | None = None,
    choice: Choice | None = None,
    evidence: Evidence | None = None,
) -> ControlChart:
    """Draw up one control chart; parameters as of :class:`~kpi_lib.analysis.baseline.chart.request.ChartRequest`.

    Raises
    ------
    InputError
        An exclusion, phase or window that is not in the series.
    """
    request = ChartRequest(
        series=series, kind=kind, freeze=freeze, phases=phases, exclude=exclude or {}, rules=rules, screened=screened,
        fixed=fixed, choice=choice, evidence=evidence,
    )  # fmt: skip
    return control_charts([request])[0]


def control_charts(requests: Sequence[ChartRequest]) -> list[ControlChart]:
    """Draw up many control charts together.

    Parameters
    ----------
    requests
        What is asked, chart by chart; a chart drawn among others is the chart drawn alone.

    Raises
    ------
    InputError
        An exclusion, phase or window that is not in its series.
    """
    evidence = _evidence(requests)
    charts = []
    for request, shown in zip(requests, evidence, strict=True):
        choice = request.chosen(shown)
        season = request.season(choice, shown)
        spans = enumerate(request.spans, start=1)
        charts.append([Piece(request, choice, season, number, *span) for number, span in spans])
    alike: dict[tuple[object, ...], list[Piece]] = {}
    for piece in (piece for pieces in charts for piece in pieces):
        alike.setdefault(piece.alike, []).append(piece)
    drawn: dict[Piece, Drawn] = {}
    for together in alike.values():
        drawn |= zip(together, drawn_together(together), strict=True)
    return [
        _chart([(piece, drawn[piece]) for piece in pieces], shown)
        for pieces, shown in zip(charts, evidence, strict=True)
    ]


def _evidence(requests: Sequence[ChartRequest]) -> list[Evidence | None]:
    """Return what each series shows, None where nobody needs it to draw the chart."""
    found = [request.evidence for request in requests]
    needed = [at for at, request in enumerate(requests) if request.needs_evidence]
    own = [requests[at] for at in needed]
    for at, shown in zip(
        needed, gather_all([one.series for one in own], [one.kept & one.window for one in own]), strict=True
    ):
        found[at] = shown
    return found


def _chart(pieces: Sequence[tuple[Piece, Drawn]], shown: Evidence | None) -> ControlChart:
    piece = pieces[0][0]
    request, choice, series = piece.request, piece.choice, piece.request.series
    sets = tuple(request.rules)
    n = int((request.kept & np.isfinite(series.value)).sum())
    return ControlChart(
        series=series,
        choice=choice,
        gathered=shown,
        drawn=_joined([drawn for _, drawn in pieces]),
        parts=tuple(drawn.phase for _, drawn in pieces),
        base=request.window & series.ok,
        excluded=request.left_out,
        found=tuple((drawn.phase.number, signal) for _, drawn in pieces for signal in drawn.signals),
        rules=sets,
        false_alarm=_false_alarm(("anhoej",) if choice.kind == "run" else sets, n),
    )


@cache
def _false_alarm(rules: tuple[RuleSet, ...], n: int) -> float:
    try:
        return false_alarm_chance(rules, n)
    except KeyError:
        return np.nan


def _joined(pieces: Sequence[Drawn]) -> Limits:
    """Return the limits of all phases as one, each period those of its own phase."""
    last = pieces[-1].limits
    if len(pieces) == 1:
        return last
    spans = [(piece.limits, slice(piece.phase.start, piece.phase.end)) for piece in pieces]
    names = ("value", "centre", "sigma", "lower", "upper", "inner_lower", "inner_upper")
    whole = {name: np.concatenate([getattr(one, name)[here] for one, here in spans]) for name in names}
    exact = np.concatenate([one.exact[here] for one, here in spans])
    return Limits(**whole, spread=last.spread, exact=exact, n_base=last.n_base)
