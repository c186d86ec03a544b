"""Share a number of answers out over named strata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.stats.sampling import allocate as shares
from kpi_lib.stats.sampling.allocate import Allocation, Conflict, priorities


@dataclass(frozen=True)
class SampleSizes:
    """How many of each stratum.

    Parameters
    ----------
    sizes
        By stratum, in the given order.
    conflicts
        Rules that cannot be kept, with their size; ``stratum`` counts from 0 in the given order.
    """

    sizes: Mapping[str, int]
    conflicts: tuple[Conflict, ...]

    def to_json(self) -> str:
        """Return the sizes as JSON."""
        return strict_json(self)


def allocate(
    population: Mapping[str, int],
    n: int,
    *,
    rule: Allocation | str = Allocation.PROPORTIONAL,
    floors: Mapping[str, int] | int = 0,
    sd: Mapping[str, float] | None = None,
    power: float = 0.5,
) -> SampleSizes:
    """Share ``n`` out over named strata in whole units.

    Parameters
    ----------
    population
        Units by stratum.
    n
        To share out.
    rule
        ``proportional``, ``power``, ``neyman`` or ``equal``.
    floors
        Least number by stratum, or one for all (a smaller stratum is taken whole, without a conflict).
    sd
        Standard deviation by stratum, for ``neyman``.
    power
        Of the size, for ``power``.

    Returns
    -------
    SampleSizes
        They add up to ``n`` and keep floors and caps, or the conflicts say what could not be kept and by how much.
    """
    names = list(population)
    size = np.array([population[name] for name in names], dtype=np.int64)
    if isinstance(floors, int):
        least = np.minimum(size, floors)
    else:
        least = np.array([floors.get(name, 0) for name in names], dtype=np.int64)
    spread = None if sd is None else np.array([sd[name] for name in names])
    chosen = Allocation(rule)
    priority = priorities(chosen, size.astype(float), sd=spread, power=power)
    given = shares.allocate(n, size, priority, floors=least, optimal=chosen is Allocation.NEYMAN)
    return SampleSizes({name: int(k) for name, k in zip(names, given.n, strict=True)}, given.conflicts)
