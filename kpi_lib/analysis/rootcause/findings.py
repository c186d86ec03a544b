"""What the search picked, as segments a reader can use."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy import stats

from kpi_lib.analysis.rootcause.leaves import Leaves
from kpi_lib.analysis.rootcause.result import Gap, Segment, Standing, segment_name
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.arrivals import Shift
from kpi_lib.stats.segments.cells import Cells, Mask, Pairs
from kpi_lib.stats.segments.estimate import Estimate, estimate, stability
from kpi_lib.stats.segments.lattice import Lattice, members
from kpi_lib.stats.segments.model import fit
from kpi_lib.stats.segments.search import Found
from kpi_lib.stats.segments.selected import after_selection

SUGGESTIVE_WITHIN: Final = 5.0
"""Adjusted p up to so many times alpha is worth a look and no finding."""


def rate_segments(
    data: Cells, given: Leaves, candidates: Lattice, found: Found, gap: Gap, *, level: float, resamples: int,
    rng: np.random.Generator,
) -> tuple[Segment, ...]:  # fmt: skip
    """Return the found segments; a ticket of several counts for the first of them."""
    counted = np.zeros(len(data.current), dtype=np.bool_)
    sure = stability(data, candidates, found, resamples=resamples, rng=rng) if resamples else ()
    out = []
    for place, pick in enumerate(found.picks):
        held = members(data, candidates.name(pick.candidate))
        own = estimate(
            data, found.fit, held, float(found.fit.changes[place]), excess=float(found.excess[pick.candidate]),
            score=pick.score, threshold=found.maxima.threshold(pick.score), level=level,
        )  # fmt: skip
        new = held & ~counted & data.current
        counted |= held
        cases = float((data.numerator - data.denominator * found.fit.common)[new].sum())
        ties = tuple((segment_name(named(data, given, candidates.name(tie))), overlap) for tie, overlap in pick.ties)
        segment = rated(
            named(data, given, candidates.name(pick.candidate)), own, gap, cases, pick.p, Standing.SIGNIFICANT
        )
        out.append(replace(segment, stability=sure[place] if sure else np.nan, alternatives=ties))
    return tuple(out)


def suggestive_segments(
    data: Cells, given: Leaves, candidates: Lattice, found: Found, gap: Gap, *, alpha: float, level: float
) -> tuple[Segment, ...]:
    """Return what comes next and is not sure; its interval does not allow for having been looked for."""
    held = [members(data, candidates.name(pick.candidate)) for pick in found.picks]
    out = []
    for pick in found.next_best:
        if pick.p > SUGGESTIVE_WITHIN * alpha:
            continue
        pairs = candidates.name(pick.candidate)
        own = alone(data, found, [*held, members(data, pairs)], excess=float(found.excess[pick.candidate]), level=level)
        out.append(rated(named(data, given, pairs), own, gap, own.effect * own.n, pick.p, Standing.SUGGESTIVE))
    return tuple(out)


def mix_segments(
    data: Cells, given: Leaves, found: Found, moved: tuple[Shift, ...], gap: Gap, *, level: float
) -> tuple[Segment, ...]:
    """Return the segments whose share of the tickets changed, and what that did to the KPI."""
    out = []
    for shift in moved:
        change = shift.after - shift.before
        wald = change / shift.se if shift.se > 0 else np.inf * np.sign(change)
        passed = min(shift.threshold * abs(wald / shift.score), abs(wald) * 0.9999)
        if np.isfinite(wald) and np.sign(wald) == np.sign(shift.score):
            lo, hi = (end * shift.se for end in after_selection(wald, passed, level=level))
        else:
            lo, hi = (change + sign * stats.norm.isf((1 - level) / 2) * shift.se for sign in (-1, 1))
        own, others = (_expected(data, found.fit.before, here) for here in (shift.held, ~shift.held))
        part = change * (own - others)
        n, n_reference = (float(data.denominator[shift.held & side].sum()) for side in (data.current, ~data.current))
        out.append(
            Segment(
                named(data, given, shift.pairs), "mix", n, n_reference, shift.before, shift.after, shift.before,
                change, lo, hi, part, part * gap.n_current, 0.0, shift.p, np.nan, (), Standing.SIGNIFICANT,
            )
        )  # fmt: skip
    return tuple(out)


def alone(data: Cells, found: Found, held: list[Mask], *, excess: float, level: float) -> Estimate:
    """Return the estimate of the last of several segments, the others' changes allowed for."""
    model = fit(data, standing=found.standing, changes=held)
    return estimate(
        data, model, held[-1], float(model.changes[-1]), excess=excess, score=0.0, threshold=None, level=level
    )


def rated(
    dims: tuple[tuple[str, str], ...], own: Estimate, gap: Gap, cases: float, p: float, standing: Standing
) -> Segment:
    """Return a rate segment from its estimate and the tickets it stands for."""
    lost = own.effect if gap.better == "lower" else -own.effect
    return Segment(
        dims, "rate", own.n, own.n_reference, own.before, own.after, own.expected, own.effect, own.lo, own.hi,
        cases / gap.n_current, cases, float(np.maximum(lost, 0.0)) * own.n / gap.n_current, p, np.nan, (), standing,
    )  # fmt: skip


def named(data: Cells, given: Leaves, pairs: Pairs) -> tuple[tuple[str, str], ...]:
    """Return a conjunction's dimensions and values by name."""
    return tuple((given.dimensions[place], given.labels[place][code]) for place, code in data.given(pairs))


def _expected(data: Cells, mean: Floats, here: Mask) -> float:
    n = data.denominator[here]
    return float((mean[here] * n).sum() / n.sum())
