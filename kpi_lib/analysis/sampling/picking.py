"""Picking within strata: at random, systematically, by size; those asked lately last, a panel first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from kpi_lib.analysis.sampling.identity import Identities
from kpi_lib.analysis.sampling.strata import Strata
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.draw import (
    NumberRule,
    inclusion_probabilities,
    lowest,
    number_of,
    pareto_order,
    systematic,
    systematic_pps,
)


class Method(StrEnum):
    """How units are picked within a stratum."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    PARETO = "pareto"
    PPS_SYSTEMATIC = "pps_systematic"

    @property
    def by_size(self) -> bool:
        """Whether chances follow a size."""
        return self in (Method.PARETO, Method.PPS_SYSTEMATIC)


@dataclass(frozen=True, eq=False)
class Picking:
    """What picking follows.

    Parameters
    ----------
    method, sizes
        How, and the sizes of methods by size.
    salt, numbers
        Key and rule of the random numbers.
    start
        Where on the circle of random numbers to begin (``random`` only).
    rested
        Ids that go last (``random`` only).
    panel, keep
        Ids to keep and the share of the draw they are to make up (``random`` only); with 0 they are drawn like
        everybody.
    """

    method: Method
    salt: str
    sizes: Floats | None = None
    numbers: NumberRule = NumberRule.SIPHASH
    start: float = 0.0
    rested: Collection[str] = field(default_factory=tuple)
    panel: Collection[str] = field(default_factory=tuple)
    keep: float = 0.0


@dataclass(frozen=True, eq=False)
class Picked:
    """Rows picked, by stratum and order, the rank of each within its stratum from 0, and every chance that counts."""

    rows: Ints
    rank: Ints
    probability: Floats


def pick(how: Picking, ids: Identities, strata: Strata, numbers: Floats, wanted: Ints, reserve: Ints) -> Picked:
    """Pick ``wanted`` units of every stratum and a reserve behind them.

    Parameters
    ----------
    numbers
        Permanent random number of every row.
    wanted, reserve
        Per stratum; a reserve ends where the stratum does.
    """
    held = np.minimum(wanted + reserve, strata.population)
    if how.method is Method.RANDOM:
        rows, rank = lowest(_turned(how, ids, strata, numbers, wanted), strata.codes, held, names=ids.at)
        return Picked(rows, rank, (wanted / strata.population)[strata.codes[rows]])
    parts = [_within(how, ids, strata, numbers, stratum, int(n)) for stratum, n in enumerate(wanted)]
    rows = np.concatenate([part.rows[:n] for part, n in zip(parts, held, strict=True)] or [np.empty(0, np.int64)])
    rank = np.concatenate([np.arange(n) for n in held] or [np.empty(0, np.int64)])
    chances = [part.probability[:n] for part, n in zip(parts, held, strict=True)] or [np.empty(0)]
    return Picked(rows.astype(np.int64), rank.astype(np.int64), np.concatenate(chances))


def _turned(how: Picking, ids: Identities, strata: Strata, numbers: Floats, wanted: Ints) -> Floats:
    """Return the numbers from the start on; panel members to keep come before all, those who rest after all."""
    turned = np.mod(numbers - how.start, 1.0) if how.start else numbers
    if how.panel and how.keep > 0:
        turned = turned + 2.0 * (1 - _kept(how, ids, strata, turned, wanted))
    return turned + 4.0 * ids.among(how.rested) if how.rested else turned


def _kept(how: Picking, ids: Identities, strata: Strata, numbers: Floats, wanted: Ints) -> Floats:
    """Return 1 for the panel members to keep: per stratum the wanted share of the draw, by lowest number."""
    member = ids.among(how.panel)
    places = np.flatnonzero(member)
    share = np.minimum(np.round(wanted * how.keep), np.bincount(strata.codes[places], minlength=len(wanted)))
    chosen, _ = lowest(
        numbers[places], strata.codes[places], share.astype(np.int64), names=lambda rows: ids.at(places[rows])
    )
    kept = np.zeros(len(ids))
    kept[places[chosen]] = 1.0
    # Members beyond the share wait behind those never asked.
    kept[member & (kept == 0)] = -1.0
    return kept


def _within(how: Picking, ids: Identities, strata: Strata, numbers: Floats, stratum: int, n: int) -> Picked:
    """Order a stratum by a method that looks at all of it."""
    rows = np.flatnonzero(strata.codes == stratum)
    # Systematic picks follow the order of ids, not of rows.
    rows = rows[np.argsort(ids.at(rows).astype(str), kind="stable")]
    own = numbers[rows]
    probability = np.full(rows.size, n / rows.size)
    if how.sizes is not None:
        probability = inclusion_probabilities(how.sizes[rows], n)
    if how.method is Method.PARETO:
        order = np.argsort(pareto_order(own, probability), kind="stable")
    else:
        u = number_of(f"start of {stratum}", how.salt, rule=how.numbers)
        picks = systematic(n, rows.size, u) if how.sizes is None else systematic_pps(probability, u)
        left = np.setdiff1d(np.arange(rows.size), picks)
        order = np.concatenate([picks, left[np.argsort(own[left], kind="stable")]])
    return Picked(rows[order], np.arange(rows.size), probability[order])
