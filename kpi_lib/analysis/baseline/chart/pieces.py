"""The phases of many charts as rows: limits on the scale of the value, signals, and the figures of each phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kpi_lib.analysis.baseline.chart.request import ChartRequest
from kpi_lib.analysis.baseline.chart.result import Phase
from kpi_lib.analysis.baseline.evidence import Choice
from kpi_lib.analysis.baseline.series import CODE, State
from kpi_lib.stats.chance import COUNTED
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.rows import Mask, mean, stacked, total
from kpi_lib.stats.rules import Signal, rules_of, signals_by_row
from kpi_lib.stats.spc import Limits, limits

VALUES: Final = frozenset({"run", "i", "mr"})
"""Charts of the value itself, whatever it was divided by."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One phase of one chart, still to be drawn.

    Parameters
    ----------
    request, choice, season
        Of its chart.
    number, start, end
        As of :class:`~kpi_lib.analysis.baseline.chart.result.Phase`.
    """

    request: ChartRequest
    choice: Choice
    season: Floats
    number: int
    start: int
    end: int

    @property
    def alike(self) -> tuple[object, ...]:
        """What pieces must have in common to be drawn together."""
        one = self.request
        return self.choice.kind, self.choice.log, one.screened, one.fixed is None, tuple(one.rules)


@dataclass(frozen=True, eq=False)
class Drawn:
    """One phase drawn, over the whole calendar of its chart."""

    limits: Limits
    phase: Phase
    signals: tuple[Signal, ...]


def drawn_together(pieces: Sequence[Piece]) -> list[Drawn]:
    """Draw pieces that are alike."""
    requests = [piece.request for piece in pieces]
    series = [one.series for one in requests]
    value = stacked([one.value for one in series])
    place = np.arange(value.shape[1])
    start, end = (np.array(ends)[:, None] for ends in zip(*((one.start, one.end) for one in pieces), strict=True))
    here = (place >= start) & (place < end)
    kept = stacked([one.kept for one in requests], fill=False)
    inside = here & kept & stacked([one.ok for one in series], fill=False)
    window = stacked([one.window for one in requests], fill=False)
    window = np.where((inside & window).any(axis=1, keepdims=True), window, True)
    base = inside & window
    # A month without a value stays in its place, so that its neighbours are not compared with each other; what is left
    # out by name, by the window or as provisional goes.
    settled = stacked([one.codes != CODE[State.PROVISIONAL] for one in series], fill=False)
    drawn = _limits(pieces, np.where(here, value, np.nan), here & kept & window & settled)
    found = _signals(drawn, kept, pieces)
    phases = _phases(pieces, drawn, base)
    sizes = [len(one) for one in series]
    return [
        Drawn(drawn.row(row, size), phase, signals)
        for row, (size, phase, signals) in enumerate(zip(sizes, phases, found, strict=True))
    ]


def _limits(pieces: Sequence[Piece], value: Floats, used: Mask) -> Limits:
    """Return the limits on the scale of the value: without the season, perhaps of the logarithm, and back."""
    requests, choice = [piece.request for piece in pieces], pieces[0].choice
    kind, log = choice.kind, choice.log
    season = stacked([piece.season for piece in pieces], fill=0.0)
    divisor = stacked([one.series.divisor for one in requests])
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = (np.log(value) if log else value) - season
    top = np.where(np.isnan(scaled), np.nan, scaled if kind in VALUES else scaled * divisor)
    fixed = [(one.fixed.centre, one.fixed.spread) for one in requests if one.fixed is not None]
    found = limits(
        kind, top, divisor, base=used, screened=requests[0].screened,
        fixed=(np.array([x for x, _ in fixed]), np.array([x for _, x in fixed])) if fixed else None,
    )  # fmt: skip
    wide = np.array([piece.choice.widened for piece in pieces])[:, None]
    floor, roof = (np.array(ends)[:, None] for ends in zip(*(one.series.bounds for one in requests), strict=True))
    plain = (wide == 1) & ~season.any(axis=1, keepdims=True) & (not log)

    def back(bound: Floats, *, factor: Floats | float = 1.0) -> Floats:
        if plain.all():
            return bound
        moved = found.centre + factor * (bound - found.centre) + season
        return np.where(plain, bound, np.exp(moved) if log else moved)

    # Limits of counts lie inside the scale already where nothing has moved them.
    free = plain if kind in COUNTED else plain & np.isinf(floor) & np.isinf(roof)

    def limit(bound: Floats) -> Floats:
        moved = back(bound, factor=wide)
        return moved if free.all() else np.where(free, moved, np.clip(moved, floor, roof))

    return Limits(
        value=found.value if kind == "mr" else value,
        centre=back(found.centre),
        sigma=found.sigma * wide,
        lower=limit(found.lower),
        upper=limit(found.upper),
        inner_lower=limit(found.inner_lower),
        inner_upper=limit(found.inner_upper),
        spread=found.spread,
        exact=found.exact,
        n_base=found.n_base,
    )


def _signals(drawn: Limits, kept: Mask, pieces: Sequence[Piece]) -> list[tuple[Signal, ...]]:
    request, choice = pieces[0].request, pieces[0].choice
    names = ("unusual_runs",) if choice.kind == "run" else rules_of(request.rules)
    value, centre = (np.log(x) if choice.log else x for x in (drawn.value, drawn.centre))
    return signals_by_row(value, centre, drawn.sigma, drawn.beyond, rules=names, counted=kept)


def _phases(pieces: Sequence[Piece], drawn: Limits, base: Mask) -> list[Phase]:
    series = [piece.request.series for piece in pieces]
    log = pieces[0].choice.log
    top, below = (
        total(np.where(base, np.nan_to_num(stacked(sums)), 0.0))
        for sums in ([one.numerator for one in series], [one.divisor for one in series])
    )
    divided = np.array([one.denominator is not None for one in series])
    centre = mean(np.log(drawn.centre) if log else drawn.centre, base)
    figures = zip(
        base.sum(axis=1).tolist(), top.tolist(), np.where(divided, below, np.nan).tolist(), centre.tolist(),
        np.broadcast_to(drawn.spread, centre.shape).tolist(), (np.exp(centre) if log else centre).tolist(), strict=True,
    )  # fmt: skip
    return [Phase(piece.number, piece.start, piece.end, *own) for piece, own in zip(pieces, figures, strict=True)]
