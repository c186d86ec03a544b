"""Sharing a sample out over strata: exact integers that keep floors and caps, or name what cannot be kept."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints


class Allocation(StrEnum):
    """What a stratum's share grows with."""

    PROPORTIONAL = "proportional"
    """Its size."""
    POWER = "power"
    """A power of its size, so that small strata get more (Bankier 1988, equal coefficients of variation)."""
    NEYMAN = "neyman"
    """Its size times its standard deviation (Neyman 1934)."""
    EQUAL = "equal"
    """Nothing: all get the same."""


@dataclass(frozen=True)
class Conflict:
    """A rule that cannot be kept, and by how much.

    Parameters
    ----------
    rule
        ``total_below_floors``, ``total_above_population`` or ``floor_above_population``.
    wanted, possible
        What was asked for and what can be.
    stratum
        Position of the stratum; -1 for the whole.
    """

    rule: str
    wanted: int
    possible: int
    stratum: int = -1


@dataclass(frozen=True, eq=False)
class Allocated:
    """Sample sizes by stratum and the rules that could not be kept."""

    n: Ints
    conflicts: tuple[Conflict, ...]


def priorities(
    rule: Allocation, population: Floats, *, sd: Floats | None = None, power: float = 0.5, cost: Floats | None = None
) -> Floats:
    """Return what strata are given sample in proportion to, before floors and caps.

    Parameters
    ----------
    sd
        Standard deviation of the value within each stratum, for ``neyman``.
    power
        For ``power``.
    cost
        Of one unit of each stratum; divides by its root (Cochran 1977, eq. 5.21).

    Raises
    ------
    ValueError
        ``neyman`` without standard deviations.
    """
    match rule:
        case Allocation.PROPORTIONAL:
            base = population.astype(float)
        case Allocation.POWER:
            base = np.where(population > 0, population.astype(float) ** power, 0.0)
        case Allocation.NEYMAN:
            if sd is None:
                raise ValueError("neyman needs the standard deviation of every stratum")
            base = population * sd
        case Allocation.EQUAL:
            base = (population > 0).astype(float)
    return base if cost is None else base / np.sqrt(cost)


def exact_shares(total: float, priority: Floats) -> Floats:
    """Return the unrounded sizes without floors or caps."""
    shares: Floats = total * priority / priority.sum()
    return shares


def for_budget(budget: float, population: Floats, sd: Floats, cost: Floats) -> Floats:
    """Return the sizes of least variance that a budget buys (Cochran 1977, eq. 5.24).

    Parameters
    ----------
    budget
        In the unit of ``cost``.
    population, sd, cost
        Per stratum: units, standard deviation of the value, cost of one unit.

    Returns
    -------
    array, one size per stratum
        Not rounded, and not capped at the population.
    """
    sizes: Floats = budget * (population * sd / np.sqrt(cost)) / (population * sd * np.sqrt(cost)).sum()
    return sizes


def for_variance(variance: float, population: Floats, sd: Floats, cost: Floats) -> Floats:
    """Return the cheapest sizes at which the mean has the wanted variance (Cochran 1977, eq. 5.25).

    Parameters
    ----------
    variance
        Of the estimated mean, finite population included.
    population, sd, cost
        Per stratum: units, standard deviation of the value, cost of one unit.

    Returns
    -------
    array, one size per stratum
        Not rounded, and not capped at the population.
    """
    share = population / population.sum()
    total = (share * sd * np.sqrt(cost)).sum() / (variance + (share * sd**2).sum() / population.sum())
    sizes: Floats = share * sd / np.sqrt(cost) * total
    return sizes


def se_of_mean(n: Floats, population: Floats, sd: Floats) -> float:
    """Return the standard error of the stratified mean that sizes promise (Cochran 1977, eq. 5.11)."""
    share = population / population.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(population > 0, share**2 * sd**2 / n * (1 - n / population), 0.0)
    return float(np.sqrt(parts.sum()))


def allocate(
    total: int, population: Ints, priority: Floats, *, floors: Ints | None = None, optimal: bool = False
) -> Allocated:
    """Share ``total`` out in whole units, in proportion to ``priority``, between a floor and the population.

    Parameters
    ----------
    total
        To draw in all.
    population
        Units of every stratum, the cap.
    priority
        Of :func:`priorities`; a stratum of priority 0 gets no more than its floor.
    floors
        Least number per stratum; none where absent.
    optimal
        Round so that the sum of ``priority^2 / n`` is least (for Neyman) instead of by the largest remainder.

    Returns
    -------
    Allocated
        ``n`` adds up to ``total`` unless a conflict says that floors ask for more or the population has less.

    References
    ----------
    Wright (2012), Am. Stat. 66:217, for the exact optimum in whole units; Hamilton's largest remainder otherwise.
    """
    conflicts = []
    asked = np.zeros_like(population) if floors is None else floors
    for stratum in np.flatnonzero(asked > population):
        conflicts.append(
            Conflict("floor_above_population", int(asked[stratum]), int(population[stratum]), int(stratum))
        )
    least = np.minimum(asked, population)
    if total < least.sum():
        conflicts.append(Conflict("total_below_floors", int(total), int(least.sum())))
    if total > population.sum():
        conflicts.append(Conflict("total_above_population", int(total), int(population.sum())))
    goal = int(np.clip(total, least.sum(), population.sum()))
    share_out = _optimal if optimal else _largest_remainder
    return Allocated(share_out(goal, population, np.asarray(priority, dtype=float), least), tuple(conflicts))


def _water_level(goal: int, population: Ints, priority: Floats, least: Ints) -> Floats:
    """Return real sizes ``clip(level * priority, least, population)`` that add up to ``goal``."""
    low, high = 0.0, 1.0
    while np.clip(high * priority, least, population).sum() < goal and high < 1e18:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if np.clip(middle * priority, least, population).sum() < goal:
            low = middle
        else:
            high = middle
    return np.clip(high * priority, least, population)


def _largest_remainder(goal: int, population: Ints, priority: Floats, least: Ints) -> Ints:
    real = _water_level(goal, population, priority, least)
    n = np.clip(np.floor(np.round(real, 9)).astype(np.int64), least, population)
    remainder = np.round(real - n, 9)
    while (left := goal - int(n.sum())) != 0:
        room = n < population if left > 0 else n > least
        # Ties go to the stratum listed first, so that the answer is one.
        order = np.argsort(-remainder if left > 0 else remainder, kind="stable")
        chosen = [stratum for stratum in order if room[stratum]][: abs(left)]
        n[chosen] += np.sign(left)
        remainder[chosen] -= np.sign(left)
    return n


def _optimal(goal: int, population: Ints, priority: Floats, least: Ints) -> Ints:
    n = least.astype(np.int64).copy()

    def gain(stratum: int) -> float:
        have = int(n[stratum])
        if priority[stratum] == 0:
            return 0.0
        return -np.inf if have == 0 else -float(priority[stratum]) / float(np.sqrt(have * (have + 1)))

    heap = [(gain(h), -float(priority[h]), h) for h in range(len(n)) if n[h] < population[h]]
    heapq.heapify(heap)
    for _ in range(goal - int(n.sum())):
        _, _, stratum = heapq.heappop(heap)
        n[stratum] += 1
        if n[stratum] < population[stratum]:
            heapq.heappush(heap, (gain(stratum), -float(priority[stratum]), stratum))
    return n
