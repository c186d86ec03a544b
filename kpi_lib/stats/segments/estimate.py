"""What a segment's change amounts to, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.segments.cells import Cells, Mask
from kpi_lib.stats.segments.clustered import spread
from kpi_lib.stats.segments.families import mean_of, slope
from kpi_lib.stats.segments.lattice import Lattice, members
from kpi_lib.stats.segments.model import Fit, fit
from kpi_lib.stats.segments.search import DEPTH_PRICE, Found, overlaps
from kpi_lib.stats.segments.selected import BARELY, after_selection
from kpi_lib.stats.segments.tables import counted, tables

SAME_OVERLAP: Final = 0.8
"""From this overlap of cases a resample's pick counts as the same segment."""


@dataclass(frozen=True)
class Estimate:
    """Of one segment.

    Parameters
    ----------
    n, n_reference
        Denominators.
    before, after, expected
        Means: in the reference, now, and now had it changed only as all cases did.
    effect, lo, hi
        ``after - expected`` and its interval.
    """

    n: float
    n_reference: float
    before: float
    after: float
    expected: float
    effect: float
    lo: float
    hi: float


def estimate(
    cells: Cells, model: Fit, held: Mask, change: float, *, excess: float, score: float, threshold: float | None,
    level: float,
) -> Estimate:  # fmt: skip
    """Estimate a segment's change.

    Parameters
    ----------
    cells
        The cases.
    model
        With the segment's change, and all others, in it.
    held
        Its cells.
    change
        Its coefficient in the model.
    excess
        How many times more its change varies than the model has it, known from the reference.
    score, threshold
        Its score when it was chosen, and what it had to pass; no threshold where it was named beforehand.
    level
        Of the interval.

    Returns
    -------
    Estimate
        The standard error counts the segment's own cases in both periods and the common change estimated from the
        others; days as clusters where cases of a day hang together. A chosen segment's interval is that of a normal
        estimate given that it passed.
    """
    family, n = cells.family, cells.denominator
    now, then = held & cells.current, held & ~cells.current
    n_now, n_then = float(n[now].sum()), float(n[then].sum())
    after = float(cells.numerator[now].sum()) / n_now if n_now else np.nan
    before = float(cells.numerator[then].sum()) / n_then if n_then else np.nan
    if not n_now or not n_then:
        return Estimate(n_now, n_then, before, after, *(np.nan,) * 4)
    unchanged = mean_of(model.eta[now] - change, family)
    expected = float((unchanged * n[now]).sum()) / n_now
    effect = after - expected
    se = _standard_error(cells, model, held, unchanged, excess)
    if threshold is None or not abs(score) > threshold:
        lo, hi = effect - stats.norm.isf((1 - level) / 2) * se, effect + stats.norm.isf((1 - level) / 2) * se
    else:
        # The likelihood-ratio score and the estimate over its standard error differ a little: the threshold goes along.
        wald = effect / se
        lo, hi = (
            end * se
            for end in after_selection(wald, min(threshold * abs(wald / score), abs(wald) * BARELY), level=level)
        )
    return Estimate(n_now, n_then, before, after, expected, effect, float(lo), float(hi))


def _standard_error(cells: Cells, model: Fit, held: Mask, unchanged: Floats, excess: float) -> float:
    family, n = cells.family, cells.denominator
    now = held & cells.current
    rise = float((slope(unchanged, family) * n[now]).sum() / n[now].sum())
    own = {side: spread(cells, model.mean, held & (cells.current == side)) for side in (True, False)}
    rest = {side: spread(cells, model.mean, ~held & (cells.current == side)) for side in (True, False)}
    parts = [(own[True], 1 / n[now].sum() ** 2)]
    parts += [(part, rise**2 / part.information**2) for part in (own[False], rest[True], rest[False]) if part.plain > 0]
    days = sum(part.variance * factor for part, factor in parts)
    drift = excess * sum(part.plain * factor for part, factor in parts)
    variance = max(days, drift)
    return float(np.sqrt(variance))


def stability(
    cells: Cells, lattice: Lattice, found: Found, *, resamples: int, rng: np.random.Generator
) -> tuple[float, ...]:
    """Return how often resampled blocks lead to each pick again, the other picks given.

    Parameters
    ----------
    cells, lattice, found
        The cases, the candidates, the search's result.
    resamples
        Draws of whole blocks with replacement, within each period.
    rng
        For the draws.

    Returns
    -------
    tuple of float
        Shares of the resamples; the draws are the same for all picks.
    """
    if not found.picks:
        return ()
    keep = np.flatnonzero(lattice.primary)
    by_block = counted(cells, lattice, keep)
    drawn = resampled(cells.block_current, resamples, rng)
    held = [members(cells, lattice.name(pick.candidate)) for pick in found.picks]
    standing = [members(cells, pairs) for pairs in found.standing]
    fall, rise = found.maxima.thresholds()
    out = []
    for place, pick in enumerate(found.picks):
        model = fit(cells, standing=standing, changes=[mask for i, mask in enumerate(held) if i != place])
        score = tables(cells, lattice, model.mean, keep, by_block, found.excess).resampled(*drawn)
        merit = score**2 * found.excess[keep][:, None] - DEPTH_PRICE * (lattice.depth[keep] - 1)[:, None]
        merit[(score > -fall) & (score < rise)] = -np.inf
        best = keep[merit.argmax(axis=0)]
        same = (overlaps(cells, lattice, held[place])[best] >= SAME_OVERLAP) | (best == pick.candidate)
        out.append(float((same & np.isfinite(merit.max(axis=0))).mean()))
    return tuple(out)


def resampled(block_current: Mask, resamples: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return how often each block is drawn, one column per resample: for the current period and for the reference."""
    out = []
    for side in (block_current, ~block_current):
        number = int(side.sum())
        drawn = np.zeros((len(side), resamples))
        drawn[side] = rng.multinomial(number, np.full(number, 1 / number), size=resamples).T
        out.append(drawn)
    return out[0], out[1]
