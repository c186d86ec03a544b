"""Segments asked about by name: last month's causes on this month, or on another KPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kpi_lib.analysis.rootcause.findings import rated
from kpi_lib.analysis.rootcause.leaves import Leaves
from kpi_lib.analysis.rootcause.result import Segment, Standing
from kpi_lib.analysis.rootcause.searched import Searched
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.stats.segments.cells import Cells, Mask, Pairs
from kpi_lib.stats.segments.estimate import SAME_OVERLAP
from kpi_lib.stats.segments.lattice import members
from kpi_lib.stats.segments.maxt import permuted
from kpi_lib.stats.segments.model import fit
from kpi_lib.stats.segments.tables import tables_of

Conjunction = Mapping[str, str]
"""Value by dimension."""

Named = tuple[tuple[str, str], ...]


def conjunctions(pinned: Sequence[Conjunction | str], given: Leaves) -> tuple[Named, ...]:
    """Read the pinned segments: ``"branch=B03&product=tv"`` or ``{"branch": "B03", "product": "tv"}``.

    Raises
    ------
    InputError
        A name that is none, or a dimension that is not searched.
    """
    problems, out = [], []
    for one in pinned:
        pairs = [tuple(part.split("=", 1)) for part in one.split("&")] if isinstance(one, str) else list(one.items())
        if not pairs or any(len(pair) != 2 for pair in pairs):
            problems.append(Issue("pinned", f"expected dimension=value, joined by &, got {one!r}"))
            continue
        unknown = [str(pair[0]) for pair in pairs if pair[0] not in given.dimensions]
        problems += [
            Issue("pinned", f"{name!r} is no dimension of the search", did_you_mean(name, given.dimensions))
            for name in unknown
        ]
        if len({pair[0] for pair in pairs}) < len(pairs):
            problems.append(Issue("pinned", f"{one!r} names a dimension twice"))
        out.append(tuple(sorted((str(pair[0]), str(pair[1])) for pair in pairs)))
    if problems:
        raise InputError(problems)
    return tuple(out)


def codes_of(asked: tuple[Named, ...], given: Leaves) -> list[Pairs | None]:
    """Return the pinned segments as codes; None where a value occurs in neither period."""
    places = [{value: code for code, value in enumerate(values)} for values in given.labels]
    out: list[Pairs | None] = []
    for pairs in asked:
        dimensions = [given.dimensions.index(name) for name, _ in pairs]
        codes = [places[place].get(value) for place, (_, value) in zip(dimensions, pairs, strict=True)]
        known = [(place, code) for place, code in zip(dimensions, codes, strict=True) if code is not None]
        out.append(tuple(known) if len(known) == len(pairs) else None)
    return out


def pinned_segments(
    of: Searched, asked: tuple[Named, ...], codes: list[Pairs | None], *, permutations: int, rng: np.random.Generator
) -> tuple[Segment, ...]:
    """Estimate and test the pinned segments, found ones about other tickets allowed for.

    Parameters
    ----------
    of
        The search's result.
    asked, codes
        The pinned segments by name and by code.
    permutations, rng
        Their p values are adjusted for each other, and for nothing else: they were named beforehand.

    Returns
    -------
    tuple of Segment
        Intervals are not adjusted, for nothing was selected.
    """
    data = of.data
    labels = permuted(data.block_current, permutations, rng) if asked else np.zeros((0, 0))
    out, observed, drawn = [], [], []
    for dims, pairs in zip(asked, codes, strict=True):
        held = np.zeros(len(data.current), dtype=np.bool_) if pairs is None else members(data, data.own(pairs))
        others = tuple(mask for mask in of.picked if _overlap(data, mask, held) < SAME_OVERLAP)
        excess = 1.0 if pairs is None else _excess(of, data.own(pairs))
        own = of.alone(others, held, excess=excess)
        out.append(rated(dims, own, of.gap, own.effect * own.n, np.nan, Standing.PINNED))
        score = np.nan
        if own.effect == own.effect:
            table = tables_of(data, fit(data, standing=of.standing, changes=others).mean, held, excess)
            here = data.block_current.astype(float)[:, None]
            score = abs(float(table.permuted(here)[0, 0]))
            drawn.append(np.abs(table.permuted(labels)[0]))
        observed.append(score)
    largest = np.max(drawn, axis=0) if drawn else np.zeros(permutations)
    return tuple(
        replace(segment, p_adjusted=float((1 + (largest >= score).sum()) / (permutations + 1)))
        if score == score
        else segment
        for segment, score in zip(out, observed, strict=True)
    )


def _excess(of: Searched, pairs: Pairs) -> float:
    """Return how many times more than by the model segments of these dimensions vary; 1 if none was looked at."""
    subset = tuple(sorted(dimension for dimension, _ in pairs))
    if subset not in of.candidates.subsets:
        return 1.0
    return of.excess(int(of.candidates.starts[of.candidates.subsets.index(subset)]))


def _overlap(data: Cells, one: Mask, other: Mask) -> float:
    n = data.denominator
    either = n[one | other].sum()
    return float(n[one & other].sum() / either) if either else 0.0
