"""Limits, flags and runs of many series at once, for a whole network: :mod:`kpi_lib.stats.spc` as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.runs import anhoej
from kpi_lib.stats.spc import D2, OUTER, SMALL_EXPECTED, Mask

Family = Literal["share", "rate", "mean", "value"]


@dataclass(frozen=True, eq=False)
class Screened:
    """Charts as rows, periods as columns.

    Parameters
    ----------
    value, centre, sigma, lower, upper
        As in :class:`kpi_lib.stats.spc.Limits`.
    spread
        σz (1 where months do not vary more than chance) or, for means and values, σ; one a chart.
    beyond
        +1 above, -1 below the limits, else 0.
    p
        Two-sided chance of each point.
    """

    value: Floats
    centre: Floats
    sigma: Floats
    lower: Floats
    upper: Floats
    spread: Floats
    beyond: npt.NDArray[np.int64]
    p: Floats

    @cached_property
    def unusual_runs(self) -> Mask:
        """Whether Anhøj's rules signal; one a chart."""
        level = np.array([row[~np.isnan(row)][:1].sum() for row in self.centre])
        return np.array([anhoej(row, at).signal for row, at in zip(self.value, level, strict=True)], dtype=bool)


def screen(
    family: Family, numerator: Floats, denominator: Floats | None = None, *, base: Mask | None = None
) -> Screened:
    """Chart many series of one family.

    Parameters
    ----------
    family
        ``share`` gives p or p′, ``rate`` u or u′ as months vary more than chance or not; ``mean`` i′ (the numerator is
        the sum, each month weighed by its cases); ``value`` XmR.
    numerator, denominator
        Of shape (charts, periods), over the full calendar, ``nan`` for gaps.
    base
        Periods behind centre and limits, of shape (periods,) or that of the numerator; None for all.

    Returns
    -------
    Screened
        Equal to what :func:`kpi_lib.stats.spc.limits` gives chart by chart.
    """
    k = np.asarray(numerator, dtype=float)
    n = np.ones_like(k) if denominator is None else np.asarray(denominator, dtype=float)
    n = np.where(np.isnan(k) | ~(n > 0), np.nan, n)
    k = np.where(np.isnan(n), np.nan, k)
    value = k / n
    inside = ~np.isnan(value) & (np.ones_like(value, dtype=bool) if base is None else base)
    count = inside.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if family == "value":
            centre = (np.where(inside, value, 0).sum(axis=1) / count)[:, None]
            spread = _mean_step(np.where(inside, value, np.nan), 1)[0] / D2
            sigma = np.broadcast_to(spread[:, None], value.shape)
        elif family == "mean":
            centre = (np.where(inside, k, 0).sum(axis=1) / np.where(inside, n, 0).sum(axis=1))[:, None]
            unit = np.sqrt(1 / n)
            expected = np.hypot(unit[:, 1:], unit[:, :-1]) / np.sqrt(np.pi / 2)
            steps = np.abs(np.diff(np.where(inside, value, np.nan), axis=1)) / expected
            spread = _mean_of(steps)
            sigma = unit * spread[:, None]
        else:
            centre = (np.where(inside, k, 0).sum(axis=1) / np.where(inside, n, 0).sum(axis=1))[:, None]
            unit = np.sqrt(centre * (1 - centre if family == "share" else 1) / n)
            spread = _widening(
                np.where(unit > 0, (value - centre) / unit, np.where(np.isnan(value), np.nan, 0)), inside
            )
            sigma = unit * spread[:, None]
        lower, upper = centre - 3 * sigma, centre + 3 * sigma
    if family in {"share", "rate"}:
        _exact(family, centre, n, spread, lower, upper)
        lower = np.clip(lower, 0, None)
        upper = np.clip(upper, None, 1 if family == "share" else None)
    drawn = np.where(np.isnan(value), np.nan, centre)
    beyond = (value > upper).astype(np.int64) - (value < lower).astype(np.int64)
    chance = _chance(family, k, n, value, centre, sigma, spread, count)
    return Screened(value, drawn, np.asarray(sigma), lower, upper, spread, beyond, chance)


def _mean_step(values: Floats, power: int) -> tuple[Floats, Floats]:
    """Return the mean of the steps between neighbours to a power, and their number, by row."""
    steps = np.abs(np.diff(values, axis=1)) ** power
    return _mean_of(steps), (~np.isnan(steps)).sum(axis=1).astype(float)


def _mean_of(steps: Floats) -> Floats:
    """Return the mean of what is there, by row; ``nan`` where there is nothing."""
    there = ~np.isnan(steps)
    number = there.sum(axis=1).astype(float)
    return np.asarray(np.where(there, steps, 0).sum(axis=1) / np.where(number > 0, number, np.nan))


def _widening(z: Floats, inside: Mask) -> Floats:
    """Return σz where the steps of z are larger than chance explains, else 1."""
    seen = np.where(inside, z, np.nan)
    squares, number = _mean_step(seen, 2)
    sure = squares / 2 > 1 + 1.645 * np.sqrt(3 / number)
    return np.where(sure, np.maximum(_mean_step(seen, 1)[0] / D2, 1.0), 1.0)


def _exact(family: Family, centre: Floats, n: Floats, spread: Floats, lower: Floats, upper: Floats) -> None:
    """Replace the limits by exact quantiles where few hits are expected."""
    rarer = np.minimum(centre, 1 - centre) if family == "share" else centre
    with np.errstate(invalid="ignore"):
        few = (n * rarer < SMALL_EXPECTED) & (rarer > 0) & (spread == 1)[:, None]
    size, level = n[few], np.broadcast_to(centre, n.shape)[few]
    tails = np.array([[OUTER], [1 - OUTER]])
    whole = stats.binom.ppf(tails, size, level) if family == "share" else stats.poisson.ppf(tails, size * level)
    lower[few], upper[few] = whole / size


def _chance(
    family: Family, k: Floats, n: Floats, value: Floats, centre: Floats, sigma: Floats, spread: Floats,
    count: npt.NDArray[np.int64],
) -> Floats:  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(value - centre) / (sigma * np.sqrt(1 + 1 / np.maximum(count, 2))[:, None])
    if family in {"value", "mean"}:
        return np.asarray(2 * stats.t.sf(z, 0.62 * np.maximum(count - 1, 1)[:, None]))
    plain = (spread == 1)[:, None] & ~np.isnan(value)
    found = np.asarray(2 * stats.norm.sf(z))
    size, level = n[plain], np.broadcast_to(centre, n.shape)[plain]
    hits = k[plain]
    if family == "share":
        # The tails of the binomial distribution as incomplete beta functions, defined at both ends.
        share = np.clip(level, 0, 1)
        below = np.where(hits >= size, 1.0, special.betainc(np.maximum(size - hits, 1), hits + 1, 1 - share))
        above = np.where(hits <= 0, 1.0, special.betainc(np.maximum(hits, 1), size - hits + 1, share))
    else:
        below = special.pdtr(hits, size * level)
        above = np.where(hits <= 0, 1.0, special.pdtrc(np.maximum(hits, 1) - 1, size * level))
    found[plain] = np.minimum(1.0, 2 * np.minimum(below, above))
    return found
