"""New phases proposed, never imposed: candidates with their evidence, and a replay of what would have been flagged."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import ChartRequest, ControlChart, control_charts
from kpi_lib.analysis.baseline.evidence import used
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.changepoint import date_shift, penalised_breaks, sustained_shifts

SURE: Final = 0.01
"""Candidates a break-free series would show more often than this are not proposed."""

REPLAY_FROM: Final = 12
"""Periods a replay starts with."""

COLUMNS: Final = (
    "at", "first", "last", "before", "after", "effect", "sigmas", "p_value", "by_run", "by_cost", "event", "event_date",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class PhaseProposal:
    """Candidates for new phases of one series.

    Parameters
    ----------
    series
        The series.
    candidates
        ``at, first, last`` (period of the shift and its interval), ``before, after, effect`` (in the unit of the
        value), ``sigmas`` (in standard errors of a month), ``p_value``, ``by_run`` and ``by_cost`` (which method
        found it), ``event, event_date`` (nearest entry of the events table inside the interval).
    """

    series: Series
    candidates: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """The candidates."""
        return self.candidates


def propose_phases(series: Series, *, events: pd.DataFrame | None = None, level: float = 0.95) -> PhaseProposal:
    """Propose where a new phase may begin.

    Two methods look: a run that is never answered by one back (after the stable shift algorithm), and the cut that
    removes most squared error (PELT). Each candidate's date interval and chance come from a block bootstrap. Nothing
    is imposed: the chart changes only when a person accepts.

    Parameters
    ----------
    series
        The series.
    events
        ``date, event`` of things that happened; the nearest inside the interval is named.
    level
        Of the date interval.
    """
    there = np.flatnonzero(used(series))
    scaled = series.scaled[there]
    by_run, by_cost = sustained_shifts(scaled), penalised_breaks(scaled)
    rows = []
    for at in sorted(_together(by_run, by_cost)):
        start, end = _surroundings(at, _together(by_run, by_cost), scaled.size)
        # Seeded by what is dated alone, so that the same data give the same interval.
        rng = np.random.default_rng(zlib.crc32(f"{series.key}|{series.period[there[at]]}".encode()))
        shift = date_shift(scaled[start:end], at - start, rng=rng, level=level)
        if shift.p_value > SURE:
            continue
        periods = pd.DatetimeIndex(series.start[there])
        first, last = periods[start + shift.first], periods[start + shift.last]
        before, after = _level(series, there[start:at]), _level(series, there[at:end])
        spread = float(np.std(scaled[start:end] - np.where(np.arange(start, end) < at, shift.before, shift.after)))
        rows.append(
            {
                "at": periods[at], "first": first, "last": last, "before": before, "after": after,
                "effect": after - before, "sigmas": (shift.after - shift.before) / spread if spread > 0 else np.inf,
                "p_value": shift.p_value, "by_run": _near(at, by_run), "by_cost": _near(at, by_cost),
                **_event(events, periods[at], first, last),
            }
        )  # fmt: skip
    return PhaseProposal(series, pd.DataFrame(rows, columns=list(COLUMNS)))


def _together(by_run: list[int], by_cost: list[int]) -> list[int]:
    """Return all candidates, the cost's date where both found the same shift (it uses every point)."""
    return sorted([*by_cost, *(at for at in by_run if not _near(at, by_cost))])


def _near(at: int, others: list[int]) -> bool:
    return any(abs(at - other) <= 4 for other in others)


def _surroundings(at: int, every: list[int], n: int) -> tuple[int, int]:
    edges = [0, *every, n]
    place = edges.index(at)
    return edges[place - 1], edges[place + 1]


def _level(series: Series, places: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> float:
    top, below = series.numerator[places], series.denominator
    if below is not None:
        return float(top.sum() / below[places].sum())
    return float(np.exp(np.log(top).mean())) if series.logged else float(top.mean())


def _event(events: pd.DataFrame | None, at: pd.Timestamp, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, object]:
    if events is not None and len(events):
        # An event of the month before can well be what the month shows.
        inside = events[events["date"].between(first - pd.DateOffset(months=1), last + pd.DateOffset(months=1))]
        if len(inside):
            nearest = inside.iloc[int(np.argmin((inside["date"] - at).abs().to_numpy()))]
            return {"event": nearest["event"], "event_date": nearest["date"]}
    return {"event": "", "event_date": pd.NaT}


def replay(chart: ControlChart) -> pd.DataFrame:
    """Return month by month what a chart drawn then would have flagged, as of :func:`replays`, one chart."""
    return replays([chart])[0]


def replays(charts: Sequence[ControlChart]) -> list[pd.DataFrame]:
    """Return month by month what charts drawn then, on the data of then, would have flagged.

    Parameters
    ----------
    charts
        Their series, kinds and rules are replayed, with all data up to each month as the baseline.

    Returns
    -------
    list of DataFrame
        ``period, value, rules`` a chart: rules complete in that month, joined by ``+``; empty for none.
    """
    ends = [range(min(REPLAY_FROM, len(chart.series)), len(chart.series) + 1) for chart in charts]
    known = iter(
        control_charts(
            [
                ChartRequest(series=chart.series.part(0, end), choice=chart.choice, rules=chart.rules)
                for chart, own in zip(charts, ends, strict=True)
                for end in own
            ]
        )
    )
    return [
        pd.DataFrame([_newest(chart, next(known), end) for end in own], columns=["period", "value", "rules"])
        for chart, own in zip(charts, ends, strict=True)
    ]


def _newest(chart: ControlChart, known: ControlChart, end: int) -> tuple[str, float, str]:
    """Return period, value and rules of the last period of a chart as it was known then."""
    rules = dict.fromkeys(signal.rule for _, signal in known.found if signal.end == end - 1)
    return chart.series.period[end - 1], chart.series.value[end - 1], "+".join(rules)
