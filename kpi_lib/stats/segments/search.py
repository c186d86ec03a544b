"""Greedy search for the segments whose rate changed beyond the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Cells, Mask, Pairs
from kpi_lib.stats.segments.lattice import Lattice, members
from kpi_lib.stats.segments.maxt import Maxima, largest, permuted
from kpi_lib.stats.segments.model import Fit, fit
from kpi_lib.stats.segments.placebo import excess
from kpi_lib.stats.segments.statistic import Sums, scores
from kpi_lib.stats.segments.tables import counted, counts, parts, sums, tables

DEPTH_PRICE: Final = 4.0
"""What a further dimension in the name must add to the squared score: the simplest name that does nearly as well."""

MOST_SEGMENTS: Final = 8
"""A fishbone of more causes is no finding."""

STANDING_FROM: Final = 3.5
STANDING_AT_ONCE: Final = 10
STANDING_ROUNDS: Final = 2
"""Standing interactions enter the model where a pair of values differs from its main effects in both periods together:
the sum of the periods says nothing of their difference, so looking at it costs no error, and a change of the mix then
does not look like a change of rate."""

MOST_TIED: Final = 5
TIED_OVERLAP: Final = 0.5
"""From this overlap (intersection over union of cases) two names are about the same cases."""


@dataclass(frozen=True, eq=False)
class Pick:
    """A candidate chosen.

    Parameters
    ----------
    candidate
        Place in the lattice.
    score
        Its score with all other picks in the model.
    p
        Adjusted for everything looked at.
    ties
        Other candidates about the same cases that do as well, with the overlap.
    """

    candidate: int
    score: float
    p: float
    ties: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Found:
    """Result of a search.

    Parameters
    ----------
    picks
        In the order found.
    next_best
        Candidates that would come next, none of them about the same cases as another.
    fit
        The model with all picks.
    standing
        Standing interactions in the model.
    maxima
        Largest scores of the permutations that the picks passed.
    searched
        Number of candidates with cases of their own.
    excess
        Of each candidate: how many times more its change varies than the model has it.
    """

    picks: tuple[Pick, ...]
    next_best: tuple[Pick, ...]
    fit: Fit
    standing: tuple[Pairs, ...]
    maxima: Maxima
    searched: int
    excess: Floats


@dataclass(eq=False)
class _Search:
    cells: Cells
    lattice: Lattice
    excess: Floats
    standing: tuple[Pairs, ...] = ()
    _masks: dict[Pairs, Mask] = field(default_factory=dict)
    _counts: list[tuple[Floats, Floats]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._counts = self.lattice.sums(self.cells, counts(self.cells))

    def mask(self, pairs: Pairs) -> Mask:
        if pairs not in self._masks:
            self._masks[pairs] = members(self.cells, pairs)
        return self._masks[pairs]

    def held(self, candidate: int) -> Mask:
        return self.mask(self.lattice.name(candidate))

    def model(self, picked: Sequence[int], start: Fit | None = None) -> Fit:
        standing = [self.mask(pairs) for pairs in self.standing]
        return fit(
            self.cells, standing=standing, changes=[self.held(one) for one in picked],
            start=None if start is None else start.coefficients,
        )  # fmt: skip

    def sides(self, mean: Floats) -> tuple[Sums, Sums]:
        found = self.lattice.sums(self.cells, parts(self.cells, mean))
        then, now = (sums([one[side] for one in self._counts], [one[side] for one in found]) for side in (0, 1))
        return now, then

    def scores(self, mean: Floats) -> Floats:
        return scores(*self.sides(mean), *whole(self.cells, mean), self.cells.family) / np.sqrt(self.excess)

    def overlap(self, candidate: int) -> Floats:
        """Return intersection over union of every candidate's cases with one's."""
        return overlaps(self.cells, self.lattice, self.held(candidate))


def overlaps(cells: Cells, lattice: Lattice, held: Mask) -> Floats:
    """Return intersection over union of every candidate's cases with those of some cells."""
    own = cells.denominator * held
    (then, now), (both_then, both_now) = lattice.sums(cells, [cells.denominator, own])
    shared = both_then + both_now
    return np.asarray(shared / (then + now + own.sum() - shared))


def whole(cells: Cells, mean: Floats, held: Mask | None = None) -> tuple[Sums, Sums]:
    """Return the sums over all cases, or over some cells: current, reference."""
    every = np.ones(len(cells.current), dtype=np.bool_) if held is None else held
    now, then = (
        sums(*([np.array([part[every & side].sum()]) for part in of] for of in (counts(cells), parts(cells, mean))))
        for side in (cells.current, ~cells.current)
    )
    return now, then


def search(
    cells: Cells, lattice: Lattice, *, alpha: tuple[float, float, float], permutations: int, rng: np.random.Generator
) -> Found:
    """Take the strongest candidate, add its change to the model, and look again until nothing stands out.

    Parameters
    ----------
    cells, lattice
        The cases and candidates.
    alpha
        Chance of any false segment that fell, of any that rose, and of any false finding of the whole analysis.
    permutations
        Of the blocks' periods.
    rng
        For the permutations.

    Returns
    -------
    Found
        Each look is held against permutations of what the picks before it leave unexplained (the step-down of Westfall
        and Young 1993, section 2.8).
    """
    run = _Search(cells, lattice, np.ones(len(lattice)))
    model = run.model([])
    keep = np.flatnonzero(lattice.primary)
    if not len(keep):
        return Found((), (), model, (), Maxima(np.zeros(1), np.zeros(1), *alpha), 0, run.excess)
    for _ in range(STANDING_ROUNDS):
        more = _standing(run, model)
        if not more:
            break
        run.standing += more
        model = run.model([])
    labels = permuted(cells.block_current, permutations, rng)
    by_block = counted(cells, lattice, keep)
    run.excess = excess(cells, lattice, tables(cells, lattice, model.mean, keep, by_block, run.excess), keep)
    picked: list[int] = []
    seen: set[frozenset[int]] = set()
    passed = None
    while True:
        maxima = largest(labels, tables(cells, lattice, model.mean, keep, by_block, run.excess).permuted, alpha=alpha)
        score = run.scores(model.mean)
        best = _best(run, model, score, taken=picked, beyond=maxima.thresholds())
        if best is None or len(picked) == MOST_SEGMENTS:
            break
        kept = _still(run, [*picked, best], maxima)
        if best not in kept or frozenset(kept) in seen:
            break
        seen.add(frozenset(kept))
        model = run.model(kept, model if kept[:-1] == picked else None)
        picked, passed = kept, maxima
    held_against = maxima if passed is None else passed
    picks = tuple(_pick(run, picked, one, held_against) for one in picked)
    coming = _next_best(run, model, score, picked, maxima)
    return Found(picks, coming, model, run.standing, held_against, len(keep), run.excess)


def _standing(run: _Search, model: Fit) -> tuple[Pairs, ...]:
    now, then = run.sides(model.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (now.residual + then.residual) / np.sqrt(now.variance + then.variance)
    pairs = np.flatnonzero((run.lattice.depth == 2) & run.lattice.primary & (np.abs(score) > STANDING_FROM))
    strongest = pairs[np.argsort(-np.abs(score[pairs]), kind="stable")][:STANDING_AT_ONCE]
    return tuple(run.lattice.name(int(one)) for one in strongest)


def _best(
    run: _Search, model: Fit, score: Floats, *, taken: Sequence[int], beyond: tuple[float, float] = (0.0, 0.0)
) -> int | None:
    """Return the candidate with the best price; of two halves of one whole, the one whose own rate changed more.

    Drift decides whether a candidate passes and not which name is best: values that drift would else be named by parts
    of theirs that drift less.
    """
    merit = score**2 * run.excess - DEPTH_PRICE * (run.lattice.depth - 1)
    merit[~run.lattice.primary | ((score > -beyond[0]) & (score < beyond[1])) | (score == 0)] = -np.inf
    merit[list(taken)] = -np.inf
    if not np.isfinite(merit.max()):
        return None
    order = np.flatnonzero(merit >= merit.max() - 1e-6 * max(1.0, abs(merit.max())))
    if len(order) == 1:
        return int(order[0])
    cells = run.cells
    moved = [
        abs(float((cells.numerator - cells.denominator * model.before)[run.held(int(one)) & cells.current].sum()))
        for one in order
    ]
    return int(order[int(np.argmax(moved))])


def _without(run: _Search, picked: Sequence[int], one: int) -> float:
    """Return a pick's score with all others in the model."""
    model = run.model([other for other in picked if other != one])
    own = whole(run.cells, model.mean, run.held(one))
    return float(scores(*own, *whole(run.cells, model.mean), run.cells.family)[0] / np.sqrt(run.excess[one]))


def _still(run: _Search, picked: list[int], maxima: Maxima) -> list[int]:
    """Return the picks that stand out, each with all others in the model; without those that no longer do."""
    while True:
        alone = {one: _without(run, picked, one) for one in picked}
        kept = [one for one, score in alone.items() if abs(score) >= maxima.threshold(score)]
        if kept == picked:
            return kept
        picked = kept


def _pick(run: _Search, picked: Sequence[int], one: int, maxima: Maxima) -> Pick:
    others = [other for other in picked if other != one]
    model = run.model(others)
    score = run.scores(model.mean)
    own = float(score[one])
    overlap = run.overlap(one)
    merit = score**2 * run.excess
    close = (overlap >= TIED_OVERLAP) & (merit >= merit[one] - DEPTH_PRICE) & (np.sign(score) == np.sign(own))
    close[[one, *others]] = False
    ranked: Ints = np.flatnonzero(close)
    ranked = ranked[np.lexsort((run.lattice.depth[ranked], -np.round(overlap[ranked], 6)))]
    ties = [(int(tie), float(overlap[tie])) for tie in ranked]
    return Pick(one, own, maxima.p(own), _plainest(run, one, ties))


def _plainest(run: _Search, one: int, ties: Sequence[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Leave out names that only add to another name without setting other cases apart."""
    known = [(frozenset(run.lattice.name(one)), 1.0)]
    out = []
    for tie, overlap in ties:
        name = frozenset(run.lattice.name(tie))
        if not any(shorter < name and overlap <= other + 1e-9 for shorter, other in known):
            known.append((name, overlap))
            out.append((tie, overlap))
    return tuple(out[:MOST_TIED])


def _next_best(run: _Search, model: Fit, score: Floats, picked: list[int], maxima: Maxima) -> tuple[Pick, ...]:
    """Return up to three candidates that come next, about different cases."""
    out: list[Pick] = []
    free = np.ones(len(run.lattice), dtype=np.bool_)
    while len(out) < 3:
        best = _best(run, model, np.where(free, score, 0.0), taken=picked)
        if best is None:
            break
        out.append(Pick(best, float(score[best]), maxima.p(float(score[best]))))
        free &= run.overlap(best) < 0.1
    return tuple(out)
