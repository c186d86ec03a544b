"""What a series shows before any limit is drawn, and the chart that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.chance import Kind, dispersion, few_expected, from_centre
from kpi_lib.stats.changepoint import shifts_by_row
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask, closed_up, mean, stacked
from kpi_lib.stats.season import Season, lag_one, seasons, widening

SURE: Final = 0.01
"""A season or an autocorrelation changes the limits only below this chance of being none."""

FEWEST_FOR_LIMITS: Final = 8
"""Below this many points only a run chart is drawn."""


class Why(StrEnum):
    """Reasons for a chart; words are made at the edge."""

    SHARE = "share"
    RATE = "rate"
    COUNT = "count"
    MEAN = "mean"
    VALUE = "value"
    OVERDISPERSED = "overdispersed"
    SMALL = "small"
    LOG = "log"
    SEASON = "season"
    AUTOCORRELATED = "autocorrelated"
    FEW = "few"
    ASKED = "asked"


@dataclass(frozen=True, eq=False)
class Evidence:
    """What was found.

    Parameters
    ----------
    dispersion, dispersion_limit
        Variance of neighbouring months over what chance allows, and what chance explains at 5 %; ``nan`` for values.
    wave
        Season.
    rho, rho_p
        Lag-1 autocorrelation without shifts and season.
    shifts
        Positions of sustained shifts.
    small, periods
        Periods with fewer than five expected hits or misses, of how many.
    """

    dispersion: float
    dispersion_limit: float
    wave: Season
    rho: float
    rho_p: float
    shifts: tuple[int, ...]
    small: int
    periods: int

    @property
    def overdispersed(self) -> bool:
        """Whether months vary more than chance."""
        return self.dispersion > self.dispersion_limit

    @property
    def thin(self) -> bool:
        """Whether most periods have too few cases to say anything by themselves."""
        return self.small > self.periods / 2

    @property
    def seasonal(self) -> bool:
        """Whether the season is sure enough for the limits to follow it."""
        return self.wave.p_value < SURE

    @property
    def autocorrelated(self) -> bool:
        """Whether neighbours are alike beyond doubt."""
        return self.rho > 0 and self.rho_p < SURE


@dataclass(frozen=True)
class Choice:
    """A chart and the reasons for it.

    Parameters
    ----------
    kind
        Chart.
    log
        Limits on the logarithm of the value.
    seasonal
        Centre and limits follow the season.
    widened
        Factor on the standard error for autocorrelation, 1 for none.
    why
        Reasons.
    """

    kind: Kind
    log: bool
    seasonal: bool
    widened: float
    why: tuple[Why, ...]


PLAIN: Final[dict[str, Kind]] = {"share": "p", "rate": "u", "count": "c", "mean": "i_prime", "value": "i"}
"""The textbook chart of each family."""


def used(series: Series, base: Mask | None = None) -> Mask:
    """Return the periods behind a baseline: those in order, inside the base."""
    return series.ok if base is None else series.ok & base


def gather(series: Series, base: Mask | None = None) -> Evidence:
    """Look at a series without judging it.

    Parameters
    ----------
    series
        The series.
    base
        Periods looked at; None for all.
    """
    return gather_all([series], [base])[0]


def gather_all(series: Sequence[Series], bases: Sequence[Mask | None] | None = None) -> list[Evidence]:
    """Look at many series at once; those on one calendar share the fit of their seasons.

    Parameters
    ----------
    series
        The series.
    bases
        Periods looked at, of each; None for all.
    """
    if not series:
        return []
    insides = [used(one, base) for one, base in zip(series, bases or [None] * len(series), strict=True)]
    inside = stacked(insides, fill=False)
    scaled = np.where(inside, stacked([one.scaled for one in series]), np.nan)
    divisor = stacked([one.divisor for one in series])
    shifts = _shifts(scaled)
    waves = _waves(series, scaled, np.nan_to_num(divisor), shifts)
    residual = scaled - _levels(scaled, shifts)
    for row, wave in enumerate(waves):
        if wave.p_value < SURE:
            residual[row, : wave.effect.size] -= wave.effect
    rho, rho_p = lag_one(residual)
    ratio, limit, few = _dispersion(series, divisor, inside)
    figures = zip(ratio.tolist(), limit.tolist(), waves, rho.tolist(), rho_p.tolist(), strict=True)
    counts = zip(map(tuple, shifts), few.tolist(), inside.sum(axis=1).tolist(), strict=True)
    return [Evidence(*one, *counted) for one, counted in zip(figures, counts, strict=True)]


def _waves(series: Sequence[Series], scaled: Floats, weights: Floats, shifts: Sequence[Sequence[int]]) -> list[Season]:
    """Return each series' season; those on one calendar with a shift at one place are fitted together."""
    alike: dict[tuple[int, str, bytes, int | None], list[int]] = {}
    for row, one in enumerate(series):
        step = shifts[row][0] if shifts[row] else None
        alike.setdefault((len(one), one.grain, one.start[:1].tobytes(), step), []).append(row)
    found: dict[int, Season] = {}
    for (size, _, _, step), rows in alike.items():
        fitted = seasons(scaled[rows, :size], weights[rows, :size], series[rows[0]].month, step_at=step)
        found |= zip(rows, fitted, strict=True)
    return [found[row] for row in range(len(series))]


def choose(series: Series, evidence: Evidence) -> Choice:
    """Choose the chart the evidence asks for.

    Shares and rates get Laney's limits where months vary more than chance, exact ones where counts are small; durations
    and other positive bare numbers the logarithm; the season and the autocorrelation only where sure.
    """
    if series.n < FEWEST_FOR_LIMITS:
        return Choice("run", False, False, 1.0, (Why.FEW,))
    kind, why = PLAIN[series.family], [Why(series.family)]
    if series.family in {"share", "rate", "count"}:
        if evidence.overdispersed:
            kind = "p_prime" if series.family == "share" else "u_prime"
            why.append(Why.OVERDISPERSED)
        elif evidence.small:
            why.append(Why.SMALL)
    if series.logged:
        why.append(Why.LOG)
    if evidence.seasonal:
        why.append(Why.SEASON)
    if evidence.autocorrelated:
        why.append(Why.AUTOCORRELATED)
    widened = widening(evidence.rho) if evidence.autocorrelated else 1.0
    return Choice(kind, series.logged, evidence.seasonal, widened, tuple(why))


def _shifts(values: Floats) -> list[list[int]]:
    """Return the positions of each row's sustained shifts in its calendar."""
    there = ~np.isnan(values)
    found = shifts_by_row(closed_up(values, there))
    for row, own in enumerate(found):
        if own:
            found[row] = np.flatnonzero(there[row])[own].tolist()
    return found


def _levels(values: Floats, shifts: Sequence[Sequence[int]]) -> Floats:
    """Return the level of each phase between the shifts."""
    there = ~np.isnan(values)
    level = np.repeat(mean(values, there)[:, None], values.shape[1], axis=1)
    for row, own in enumerate(shifts):
        for start, end in zip([0, *own], [*own, values.shape[1]], strict=True) if own else ():
            level[row, start:end] = mean(values[row, start:end], there[row, start:end])
    return level


def _dispersion(series: Sequence[Series], divisor: Floats, inside: Mask) -> tuple[Floats, Floats, Ints]:
    """Return variance over chance, what chance explains of it at 5 %, and periods with few expected cases."""
    ratio, limit = (np.full(len(series), np.nan) for _ in range(2))
    few = np.zeros(len(series), dtype=np.int64)
    value, top = (stacked(each) for each in zip(*((one.value, one.numerator) for one in series), strict=True))
    family = np.array([one.family for one in series])
    for counted in {one.family for one in series} - {"mean", "value"}:
        rows = np.flatnonzero(family == counted)
        seen, n, own = inside[rows], divisor[rows], value[rows]
        centre, z = from_centre(PLAIN[counted], own, top[rows], n, seen)
        few[rows] = (few_expected(PLAIN[counted], centre, n) & seen).sum(axis=1)
        found, chance, steps = dispersion(z)
        ratio[rows], limit[rows] = (np.where(steps >= 2, x, np.nan) for x in (found, chance))
    return ratio, limit, few
