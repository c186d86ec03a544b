"""A sampling design and the variance of anything linearised under it (Taylor series), finite populations included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Floats, Ints


class SingleUnitStratumError(ValueError):
    """Strata in which one unit stands for several: no variance can be had from them.

    Parameters
    ----------
    strata
        Codes of the strata of the stage.
    """

    def __init__(self, strata: tuple[int, ...]) -> None:
        self.strata = strata
        super().__init__(f"strata {list(strata)} have one unit drawn from several: join them to a neighbour")


@dataclass(frozen=True, eq=False)
class Groups:
    """The distinct strata and units of a stage.

    Parameters
    ----------
    strata
        Codes of the strata, in order.
    stratum
        Place of the stratum of every unit.
    unit
        Place of the unit of every row.
    drawn, population
        Units of every stratum in the sample and in the population.
    single
        Whether every row is a unit of its own.
    """

    strata: Ints
    stratum: Ints
    unit: Ints
    drawn: Floats
    population: Floats
    single: bool

    @property
    def fraction(self) -> Floats:
        """Share of every stratum that was drawn; 0 from an endless population."""
        return np.where(np.isinf(self.population), 0.0, self.drawn / self.population)

    def checked(self) -> Groups:
        """Return these; raises SingleUnitStratumError where one unit stands for several."""
        lonely = (self.drawn == 1) & (self.fraction < 1)
        if lonely.any():
            raise SingleUnitStratumError(tuple(int(code) for code in self.strata[lonely]))
        return self

    def totals(self, values: Floats) -> Floats:
        """Return the sums of the rows of every unit."""
        if not self.single:
            return _sums(values, self.unit, len(self.stratum))
        totals = np.empty_like(values)
        totals[self.unit] = values
        return totals


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of selection, an entry per row of the sample.

    Parameters
    ----------
    strata, units
        Codes of the stratum and of the unit (cluster, or the row itself); equal codes are equal units.
    population
        Units of the row's stratum in the population; ``inf`` where no finite population correction is wanted.
    """

    strata: Ints
    units: Ints
    population: Floats

    @cached_property
    def groups(self) -> Groups:
        """The distinct strata and units."""
        stratum, unit = unique_pairs(self.strata, self.units)
        names = np.flatnonzero(np.bincount(stratum - stratum.min())) + stratum.min() if stratum.size else stratum
        code = np.searchsorted(names, stratum)
        drawn = np.bincount(code, minlength=len(names)).astype(float)
        size = np.empty(len(names))
        size[code[unit]] = self.population
        return Groups(names, code, unit, drawn, size, single=unit.size == stratum.size)


@dataclass(frozen=True, eq=False)
class Calibration:
    """How the weights were bound to known totals, so that standard errors know it.

    Parameters
    ----------
    basis
        Auxiliary variables, a row per unit.
    importance
        Weights of the regression of a variable on them.
    """

    basis: Floats
    importance: Floats

    def residuals(self, values: Floats) -> Floats:
        """Return what of ``values`` the auxiliary variables do not explain."""
        root = np.sqrt(self.importance)[:, None]
        fit, *_ = np.linalg.lstsq(self.basis * root, values * root, rcond=None)
        left: Floats = values - self.basis @ fit
        return left


@dataclass(frozen=True, eq=False)
class Design:
    """Weights and stages of a sample, every row of it, also those outside a domain.

    Parameters
    ----------
    weights
        Population units a row stands for; 0 leaves a row out of estimates and keeps it in the design.
    stages
        From the first stage of selection down.
    calibrations
        Adjustments of the weights, in the order they were made.
    """

    weights: Floats
    stages: tuple[Stage, ...]
    calibrations: tuple[Calibration, ...] = ()

    @property
    def n(self) -> int:
        """Rows that carry weight."""
        return int(np.count_nonzero(self.weights))

    def degrees_of_freedom(self, domain: npt.ArrayLike | None = None) -> int:
        """Return units less strata of the first stage, over the rows of the domain that carry weight."""
        used = self.weights != 0
        if domain is not None:
            used = used & np.asarray(domain, dtype=bool)
        groups = self.stages[0].groups
        units = groups.unit[used]
        if not groups.single:
            units = np.flatnonzero(np.bincount(units, minlength=len(groups.stratum)))
        return int(units.size - np.count_nonzero(np.bincount(groups.stratum[units], minlength=len(groups.strata))))

    def covariance(self, scores: Floats) -> Floats:
        """Return the covariance of the totals of weighted scores.

        Parameters
        ----------
        scores
            Linearised values per row (not yet weighted), shape (rows, statistics).

        Returns
        -------
        array of shape (statistics, statistics)

        Raises
        ------
        SingleUnitStratumError
            A stratum with one unit drawn of several.

        References
        ----------
        Särndal, Swensson and Wretman (1992), sections 4.3 and 5.5; Deville and Särndal (1992) for calibrated weights:
        the residuals of the auxiliary regression stand in for the values.
        """
        values = scores
        for calibration in self.calibrations:
            values = calibration.residuals(values)
        return _stage_covariance(self.weights[:, None] * values, self.stages)

    def reweighted(self, weights: Floats, calibration: Calibration | None = None) -> Design:
        """Return the design with other weights, and with the adjustment that made them."""
        made = () if calibration is None else (calibration,)
        return replace(self, weights=weights, calibrations=(*self.calibrations, *made))


def element_design(weights: Floats, *, strata: Ints | None = None, population: Floats | None = None) -> Design:
    """Return a one-stage design in which every row is a unit of its own.

    Parameters
    ----------
    weights
        Weight of every row.
    strata
        Codes; one stratum where absent.
    population
        Units of the row's stratum; no finite population correction where absent.
    """
    n = len(weights)
    codes = np.zeros(n, dtype=np.int64) if strata is None else strata
    size = np.full(n, np.inf) if population is None else np.asarray(population, dtype=float)
    return Design(np.asarray(weights, dtype=float), (Stage(codes, np.arange(n), size),))


def unique_pairs(first: npt.NDArray[np.integer], second: Ints) -> tuple[Ints, Ints]:
    """Return the first code of every distinct pair, in order, and the pair of every row."""
    low = int(second.min()) if second.size else 0
    width = int(second.max()) - low + 1 if second.size else 1
    keys, of_row = np.unique(first.astype(np.int64) * width + (second - low), return_inverse=True)
    return keys // width, of_row.ravel().astype(np.int64)


def _stage_covariance(weighted: Floats, stages: tuple[Stage, ...]) -> Floats:
    """Between-unit covariance of the first stage plus, where its fraction is not negligible, that within the units."""
    groups = stages[0].groups.checked()
    totals, fraction = groups.totals(weighted), groups.fraction
    means = _sums(totals, groups.stratum, len(groups.strata)) / groups.drawn[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(fraction < 1, (1 - fraction) * groups.drawn / (groups.drawn - 1), 0.0)
    spread = (totals - means[groups.stratum]) * np.sqrt(factor)[groups.stratum, None]
    # Few columns are too thin to be worth threads.
    covariance: Floats = np.einsum("ij,ik->jk", spread, spread) if spread.shape[1] <= _THIN else spread.T @ spread
    if len(stages) > 1 and (fraction > 0).any():
        covariance = covariance + _within(weighted, stages[1:], fraction[groups.stratum[groups.unit]], groups.unit)
    return covariance


def _within(weighted: Floats, stages: tuple[Stage, ...], fraction: Floats, unit_of_row: Ints) -> Floats:
    """Covariance of the later stages: every unit of the earlier one is a stratum of its own, shrunk by its fraction."""
    stage = stages[0]
    _, inner = unique_pairs(unit_of_row, stage.strata)
    nested = (Stage(inner, stage.units, stage.population), *stages[1:])
    covariance: Floats = _stage_covariance(weighted * np.sqrt(fraction)[:, None], nested)
    return covariance


_THIN = 4
"""Columns up to which a cross product is quicker without threads."""


def _sums(values: Floats, groups: Ints, n_groups: int) -> Floats:
    return np.column_stack([np.bincount(groups, weights=column, minlength=n_groups) for column in values.T])
