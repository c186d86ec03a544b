"""What a series shows before any limit is drawn, and the chart that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.changepoint import first_runs, sustained_shifts
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.season import Season, lag_one, seasons, widening
from kpi_lib.stats.spc import Kind, Mask, centre_of, chance_error, few_expected

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
    """Look at many series; those on one calendar are fitted together.

    Parameters
    ----------
    series
        The series.
    bases
        Periods looked at, of each; None for all.
    """
    insides = [used(one, base) for one, base in zip(series, bases or [None] * len(series), strict=True)]
    scaled = [_scaled(one, np.where(inside, one.value, np.nan)) for one, inside in zip(series, insides, strict=True)]
    shifts = _shifts(scaled)
    alike: dict[tuple[int, str, bytes, int | None], list[int]] = {}
    for place, one in enumerate(series):
        step = shifts[place][0] if shifts[place] else None
        alike.setdefault((len(one), one.grain, one.start[:1].tobytes(), step), []).append(place)
    waves: dict[int, Season] = {}
    for (_, _, _, step), places in alike.items():
        values, weights = np.array([scaled[at] for at in places]), np.array([_weights(series[at]) for at in places])
        found = seasons(values, weights, series[places[0]].month, step_at=step)
        waves |= dict(zip(places, found, strict=True))
    return [_evidence(one, insides[at], scaled[at], shifts[at], waves[at]) for at, one in enumerate(series)]


def _evidence(series: Series, inside: Mask, scaled: Floats, shifts: list[int], wave: Season) -> Evidence:
    residual = scaled - _levels(scaled, shifts)
    if wave.p_value < SURE:
        residual = residual - wave.effect
    rho, rho_p = lag_one(residual)
    dispersion, limit, few = _dispersion(series, inside)
    return Evidence(dispersion, limit, wave, rho, rho_p, tuple(shifts), few, int(inside.sum()))


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
    log = log_scaled(series)
    if log:
        why.append(Why.LOG)
    if evidence.seasonal:
        why.append(Why.SEASON)
    if evidence.autocorrelated:
        why.append(Why.AUTOCORRELATED)
    widened = widening(evidence.rho) if evidence.autocorrelated else 1.0
    return Choice(kind, log, evidence.seasonal, widened, tuple(why))


def log_scaled(series: Series) -> bool:
    """Tell whether a series is charted by its logarithm: bare numbers (durations), all above 0."""
    value = series.value[~np.isnan(series.value)]
    return series.family == "value" and value.size > 0 and bool(np.all(value > 0))


def _scaled(series: Series, value: Floats) -> Floats:
    return np.log(value, out=np.full(value.size, np.nan), where=value > 0) if log_scaled(series) else value


def _weights(series: Series) -> Floats:
    below = series.denominator
    return np.ones(len(series)) if below is None else np.nan_to_num(below)


def _shifts(values: Sequence[Floats]) -> list[list[int]]:
    """Return the positions of each series' sustained shifts; where none begins is found for all at once."""
    there = [np.flatnonzero(~np.isnan(value)) for value in values]
    sizes: dict[int, list[int]] = {}
    for place, own in enumerate(there):
        sizes.setdefault(own.size, []).append(place)
    found: list[list[int]] = [[] for _ in values]
    for size, places in sizes.items():
        begun = first_runs(np.array([values[at][there[at]] for at in places]).reshape(len(places), size)) >= 0
        for at in np.array(places)[begun]:
            found[at] = [int(there[at][shift]) for shift in sustained_shifts(values[at][there[at]])]
    return found


def _levels(value: Floats, shifts: list[int]) -> Floats:
    if not shifts:
        seen = value[~np.isnan(value)]
        return np.full(value.size, seen.sum() / seen.size if seen.size else np.nan)
    level = np.full(value.size, np.nan)
    for start, end in zip([0, *shifts], [*shifts, value.size], strict=True):
        part = value[start:end]
        level[start:end] = np.nanmean(part) if np.isfinite(part).any() else np.nan
    return level


def _dispersion(series: Series, inside: Mask) -> tuple[float, float, int]:
    """Return variance over chance, what chance explains of it at 5 %, and periods with few expected cases."""
    if series.family not in {"share", "rate", "count"} or not inside.any():
        return np.nan, np.nan, 0
    kind = PLAIN[series.family]
    n = np.ones(inside.size) if series.denominator is None else series.denominator
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = centre_of(kind, series.value, series.numerator, n, inside)
        error = chance_error(kind, centre, n)
        few = int((few_expected(kind, centre, n) & inside).sum())
        z = np.where(inside & (error > 0), (series.value - centre) / error, np.nan)
    steps = np.diff(z) ** 2 / 2
    steps = steps[~np.isnan(steps)]
    if steps.size < 2:
        return np.nan, np.nan, few
    # Half the squared step has mean 1 and variance 2; neighbours overlap, which makes three in all (von Neumann 1941).
    return float(steps.mean()), float(1 + 1.645 * np.sqrt(3 / steps.size)), few
