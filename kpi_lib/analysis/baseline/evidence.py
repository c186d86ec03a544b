"""What a series shows before any limit is drawn, and the chart that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.changepoint import sustained_shifts
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.season import Season, lag_one, season, widening
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
    inside = used(series, base)
    value = np.where(inside, series.value, np.nan)
    scaled = _scaled(series, value)
    shifts = _shifts(scaled)
    level = _levels(scaled, shifts)
    wave = season(scaled, _weights(series), series.month, step_at=shifts[0] if shifts else None)
    residual = scaled - level - wave.effect * (wave.p_value < SURE)
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


def _shifts(value: Floats) -> list[int]:
    there = np.flatnonzero(~np.isnan(value))
    return [int(there[at]) for at in sustained_shifts(value[there])]


def _levels(value: Floats, shifts: list[int]) -> Floats:
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
