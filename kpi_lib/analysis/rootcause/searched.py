"""The search's result brought back to all cases."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_lib.analysis.rootcause.leaves import Leaves
from kpi_lib.analysis.rootcause.result import Gap
from kpi_lib.stats.segments.cells import Cells, Mask, Pairs
from kpi_lib.stats.segments.estimate import Estimate, estimate
from kpi_lib.stats.segments.lattice import Lattice, members
from kpi_lib.stats.segments.model import Fit, fit
from kpi_lib.stats.segments.search import Found


@dataclass(frozen=True, eq=False)
class Searched:
    """What the findings are made from.

    Parameters
    ----------
    given
        The leaves, with the names of their values.
    data, looked
        All cases, and those the search looked at: the same unless there are very many.
    candidates, found
        Of the search.
    model
        The model with all picks, fitted to all cases.
    standing, picked
        Cells of the standing interactions and of each pick.
    gap
        The gap.
    level
        Of the intervals.
    """

    given: Leaves
    data: Cells
    looked: Cells
    candidates: Lattice
    found: Found
    model: Fit
    standing: tuple[Mask, ...]
    picked: tuple[Mask, ...]
    gap: Gap
    level: float

    @property
    def is_sample(self) -> bool:
        """Whether the search looked at a sample, so that what it chose is estimated from other cases."""
        return self.looked is not self.data

    def excess(self, candidate: int) -> float:
        """Return how many times more a candidate's change varies than by the model; drift weighs with the cases."""
        times = self.data.denominator.sum() / self.looked.denominator.sum()
        return float(1 + (self.found.excess[candidate] - 1) * times)

    def alone(self, others: tuple[Mask, ...], held: Mask, *, excess: float) -> Estimate:
        """Return the estimate of a segment that was not selected, the changes of others allowed for."""
        model = fit(self.data, standing=self.standing, changes=[*others, held])
        return estimate(
            self.data, model, held, float(model.changes[-1]), excess=excess, score=0.0, threshold=None, level=self.level
        )

    def named(self, pairs: Pairs) -> tuple[tuple[str, str], ...]:
        """Return a conjunction's dimensions and values by name."""
        return tuple(
            (self.given.dimensions[place], self.given.labels[place][code]) for place, code in self.data.given(pairs)
        )


def searched(
    given: Leaves, data: Cells, looked: Cells, candidates: Lattice, found: Found, gap: Gap, *, level: float
) -> Searched:
    """Fit what was found to all cases; arguments as of :class:`Searched`."""
    standing = tuple(members(data, pairs) for pairs in found.standing)
    picked = tuple(members(data, candidates.name(pick.candidate)) for pick in found.picks)
    model = found.fit if looked is data else fit(data, standing=standing, changes=picked)
    return Searched(given, data, looked, candidates, found, model, standing, picked, gap, level)
