"""What the search picked, as segments a reader can use."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy import stats

from kpi_lib.analysis.rootcause.result import Gap, Segment, Standing, segment_name
from kpi_lib.analysis.rootcause.searched import Searched
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.arrivals import Shift, share_change
from kpi_lib.stats.segments.cells import Cells, Mask
from kpi_lib.stats.segments.estimate import Estimate, estimate, stability
from kpi_lib.stats.segments.lattice import members
from kpi_lib.stats.segments.selected import BARELY, after_selection

SUGGESTIVE_WITHIN: Final = 5.0
"""Adjusted p up to so many times alpha is worth a look and no finding."""


def rate_segments(of: Searched, *, resamples: int, rng: np.random.Generator) -> tuple[Segment, ...]:
    """Return the found segments; a ticket of several counts for the first of them.

    Parameters
    ----------
    of
        The search's result.
    resamples, rng
        Behind the stability; 0 for none.
    """
    data, found, candidates = of.data, of.found, of.candidates
    sure = stability(of.looked, candidates, found, resamples=resamples, rng=rng) if resamples else ()
    counted = np.zeros(len(data.current), dtype=np.bool_)
    out = []
    for place, pick in enumerate(found.picks):
        held = of.picked[place]
        own = estimate(
            data, of.model, held, float(of.model.changes[place]), excess=of.excess(pick.candidate), score=pick.score,
            threshold=None if of.is_sample else found.maxima.threshold(pick.score), level=of.level,
        )  # fmt: skip
        new = held & ~counted & data.current
        counted |= held
        cases = float((data.numerator - data.denominator * of.model.common)[new].sum())
        ties = tuple((segment_name(of.named(candidates.name(tie))), overlap) for tie, overlap in pick.ties)
        segment = rated(of.named(candidates.name(pick.candidate)), own, of.gap, cases, pick.p, Standing.SIGNIFICANT)
        out.append(replace(segment, stability=sure[place] if sure else np.nan, alternatives=ties))
    return tuple(out)


def suggestive_segments(of: Searched, *, alpha: float) -> tuple[Segment, ...]:
    """Return what comes next and is not sure; its interval does not allow for having been looked for."""
    out = []
    for pick in of.found.next_best:
        if pick.p <= SUGGESTIVE_WITHIN * alpha:
            pairs = of.candidates.name(pick.candidate)
            own = of.alone(of.picked, members(of.data, pairs), excess=of.excess(pick.candidate))
            out.append(rated(of.named(pairs), own, of.gap, own.effect * own.n, pick.p, Standing.SUGGESTIVE))
    return tuple(out)


def mix_segments(of: Searched, moved: tuple[Shift, ...]) -> tuple[Segment, ...]:
    """Return the segments whose share of the tickets changed, and what that did to the KPI."""
    data, gap = of.data, of.gap
    out = []
    for shift in moved:
        held = members(data, shift.pairs)
        before, after, se = share_change(data, held)
        change = after - before
        wald = change / se if se > 0 else np.inf
        if np.isfinite(wald) and wald * shift.score > 0 and not of.is_sample:
            passed = min(shift.threshold * abs(wald / shift.score), abs(wald) * BARELY)
            lo, hi = (end * se for end in after_selection(wald, passed, level=of.level))
        else:
            lo, hi = (change + sign * stats.norm.isf((1 - of.level) / 2) * se for sign in (-1, 1))
        own, others = (_expected(data, of.model.before, here) for here in (held, ~held))
        part = change * (own - others)
        n, n_reference = (float(data.denominator[held & side].sum()) for side in (data.current, ~data.current))
        out.append(
            Segment(
                of.named(shift.pairs), "mix", n, n_reference, before, after, before, change, lo, hi, part,
                part * gap.n_current, 0.0, shift.p, np.nan, (), Standing.SIGNIFICANT,
            )
        )  # fmt: skip
    return tuple(out)


def rated(
    dims: tuple[tuple[str, str], ...], own: Estimate, gap: Gap, cases: float, p: float, standing: Standing
) -> Segment:
    """Return a rate segment from its estimate and the tickets it stands for."""
    lost = own.effect if gap.better == "lower" else -own.effect
    return Segment(
        dims, "rate", own.n, own.n_reference, own.before, own.after, own.expected, own.effect, own.lo, own.hi,
        cases / gap.n_current, cases, float(np.maximum(lost, 0.0)) * own.n / gap.n_current, p, np.nan, (), standing,
    )  # fmt: skip


def _expected(data: Cells, mean: Floats, here: Mask) -> float:
    n = data.denominator[here]
    return float((mean[here] * n).sum() / n.sum())
