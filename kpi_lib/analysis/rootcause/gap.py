"""The gap, its part from the mix, what all tickets have in common, and what could have been seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.rootcause.leaves import Leaves
from kpi_lib.analysis.rootcause.result import Broad, Family, Gap, Mix
from kpi_lib.stats.differences import share_difference
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.mix import bridge
from kpi_lib.stats.segments.cells import Cells, Mask
from kpi_lib.stats.segments.clustered import between_blocks, spread
from kpi_lib.stats.segments.families import slope
from kpi_lib.stats.segments.model import Fit

POWER: Final = 0.8
"""Chance with which a change is to be seen that is called detectable."""

FEWEST_OUTSIDE: Final = 30
"""Cases outside the found segments without which nothing is common to them."""


def gap_between(data: Cells, *, kind: Family, better: Literal["higher", "lower"], level: float) -> Gap:
    """Return the change of the KPI; days as clusters, else Newcombe's interval for a share."""
    (k0, n0), (k1, n1) = (_sums(data, side) for side in (~data.current, data.current))
    before, after = k0 / n0, k1 / n1
    if kind == "share" and not data.clustered:
        found = share_difference(k1, n1, k0, n0, level=level)
        lo, hi = float(found.lo), float(found.hi)
    else:
        half = _quantile(data, (1 - level) / 2) * gap_se(data)
        lo, hi = after - before - half, after - before + half
    return Gap(before, after, after - before, lo, hi, n0, n1, kind, better)


def gap_se(data: Cells) -> float:
    """Return the standard error of the change of the KPI."""
    variance = 0.0
    for side in (~data.current, data.current):
        k, n = _sums(data, side)
        level = np.full(len(data.current), k / n)
        variance += spread(data, level, side).variance / n**2
    return float(np.sqrt(variance))


def detectable(data: Cells, *, level: float) -> float:
    """Return the smallest change of the whole KPI seen with a chance of 80 %, in its unit."""
    return float((_quantile(data, (1 - level) / 2) + stats.norm.isf(1 - POWER)) * gap_se(data))


def broad_change(
    data: Cells, model: Fit, held: Sequence[Mask], *, alpha: float, whole_alpha: float, level: float
) -> Broad:
    """Return what the tickets outside the found segments have in common.

    Parameters
    ----------
    data, model
        The cases and the model with all found segments.
    held
        Cells of each found segment.
    alpha, whole_alpha
        Part of the chance of a false finding that this test may take up, and that of the whole analysis.
    level
        Of the interval.
    """
    outside = ~np.logical_or.reduce(held) if held else np.ones(len(data.current), dtype=np.bool_)
    now, then = outside & data.current, outside & ~data.current
    n = data.denominator
    if min(n[now].sum(), n[then].sum()) < FEWEST_OUTSIDE:
        return Broad(np.nan, np.nan, np.nan, np.nan, 0.0, found=False)
    lift = n * (model.common - model.before)
    effect = float(lift[now].sum() / n[now].sum())
    # The larger slope of the two ends: towards 0 or 1 a share's own makes every change look sure.
    steepest = np.maximum(slope(model.before, data.family), slope(model.common, data.family))
    rise = float((n * steepest)[now].sum() / n[now].sum())
    sides = [spread(data, model.mean, side) for side in (now, then)]
    plain = sum(side.plain / side.information**2 for side in sides)
    excess = sum(side.variance / side.information**2 for side in sides) / plain if plain > 0 else 1.0
    se = rise * model.common_se * float(np.sqrt(excess))
    score = abs(effect) / se if se > 0 else np.nan
    freedom = _freedom(data)
    p = float(np.fmin(1.0, 2 * stats.t.sf(score, freedom) * whole_alpha / alpha)) if score == score else np.nan
    half = _quantile(data, (1 - level) / 2) * se
    found = bool(p <= whole_alpha)
    part = float(lift[data.current].sum() / n[data.current].sum()) if found else 0.0
    return Broad(effect, effect - half, effect + half, p, part, found=found)


def split(data: Cells, given: Leaves, model: Fit, gap: Gap, *, level: float) -> Mix:
    """Split the gap into mix and rate: over all dimensions by the model, value by value of each exactly."""
    n, current = data.denominator, data.current
    total = float((n * model.before)[current].sum() / gap.n_current) - gap.reference
    variance = model.composition_se**2
    for side, number in ((current, gap.n_current), (~current, gap.n_reference)):
        level_of = float((n * model.before)[side].sum() / number)
        inside = side[data.rows.cell]
        residual = (data.rows.denominator * (model.before[data.rows.cell] - level_of))[inside]
        variance += between_blocks(residual, data.rows.block[inside]) / number**2
    half = stats.norm.isf((1 - level) / 2) * float(np.sqrt(variance))
    parts, turned = [], []
    for name, values, codes in zip(given.dimensions, given.labels, given.codes, strict=True):
        found = bridge(*(_by_value(given, codes, column, side, len(values)) for side, column in _SIDES))
        frame = pd.DataFrame({"dimension": name, "value": list(values), **vars(found)})
        parts.append(frame[(frame["share_before"] > 0) | (frame["share_after"] > 0)])
        turned.append(float(found.rate_part.sum()))
    se = gap_se(data)
    simpson = tuple(
        name for name, rate in zip(given.dimensions, turned, strict=True)
        if np.sign(rate) == -np.sign(gap.difference) and min(abs(rate), abs(gap.difference)) > se
    )  # fmt: skip
    return Mix(total, total - half, total + half, gap.difference - total, pd.concat(parts, ignore_index=True), simpson)


_SIDES: Final = ((False, "numerator"), (False, "denominator"), (True, "numerator"), (True, "denominator"))


def _by_value(given: Leaves, codes: np.ndarray, column: str, side: bool, size: int) -> Floats:
    here = given.current == side
    weights = (given.numerator if column == "numerator" else given.denominator)[here]
    return np.asarray(np.bincount(codes[here], weights=weights, minlength=size), dtype=float)


def _sums(data: Cells, side: Mask) -> tuple[float, float]:
    return float(data.numerator[side].sum()), float(data.denominator[side].sum())


def _freedom(data: Cells) -> float:
    """Return the degrees of freedom of a variance between days: those of the period with fewer."""
    if not data.clustered:
        return np.inf
    days = int(data.block_current.sum())
    return min(days, len(data.block_current) - days) - 1


def _quantile(data: Cells, tail: float) -> float:
    return float(stats.t.isf(tail, _freedom(data)))
