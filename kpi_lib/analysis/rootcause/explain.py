"""Where a gap lies: other tickets, named segments, everything alike, or nothing the data can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd

from kpi_lib.analysis.rootcause.findings import mix_segments, rate_segments, suggestive_segments
from kpi_lib.analysis.rootcause.gap import broad_change, detectable, gap_between, split
from kpi_lib.analysis.rootcause.leaves import leaves
from kpi_lib.analysis.rootcause.pinned import Conjunction, codes_of, conjunctions, pinned_segments
from kpi_lib.analysis.rootcause.result import Broad, Explanation, Family, Gap, Segment, Verdict
from kpi_lib.analysis.rootcause.searched import searched
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.segments.arrivals import shifts
from kpi_lib.stats.segments.cells import cells, sampled
from kpi_lib.stats.segments.lattice import lattice
from kpi_lib.stats.segments.search import search

ALPHA_SPLIT: Final[Mapping[str, float]] = {"worse": 0.7, "better": 0.1, "broad": 0.1, "mix": 0.1}
"""How the chance of any false finding is shared out. Most goes to what is asked for, a segment that got worse; a change
of everything and a shift of the mix rest on all tickets and show with little."""

POOR_FROM: Final = 0.5
"""Where nothing is found and the gap itself is more than half of what could have been seen, the data are too few."""

MOST_ROWS: Final = 400_000
"""Rows (tickets, or leaves by day) that the search looks at; of more a random part, and what it finds is estimated from
all. A segment of one case in a hundred is then seen from about six points on."""

MIX_DEPTH: Final = 2
"""Longest conjunction whose share is looked at."""


def explain_change(
    current: pd.DataFrame,
    reference: pd.DataFrame,
    dimensions: Sequence[str],
    numerator: str,
    denominator: str,
    *,
    block: str | None = None,
    sum_sq: str | None = None,
    kind: Family = "share",
    better: Literal["higher", "lower"] = "higher",
    max_depth: int = 3,
    alpha: float = 0.05,
    level: float = 0.95,
    min_cases: float = 30,
    min_share: float = 0.01,
    permutations: int = 999,
    resamples: int = 200,
    seed: int = 20250101,
    pinned: Sequence[Conjunction | str] = (),
) -> Explanation:
    """Explain a KPI's change between two periods, or its distance from the peers.

    Parameters
    ----------
    current, reference
        Leaf frames: one row per combination of dimension values (and block), or one per ticket.
    dimensions
        Up to eight columns; values are read as text, a missing one is a value of its own.
    numerator, denominator
        Columns: hits and tickets of a share, events and exposure of a rate, sum and number of a mean.
    block
        Column of the day (any label whose tickets may hang together); permuted whole. None, or fewer than eight blocks
        on a side: tickets are taken as independent.
    sum_sq
        Column of the sums of squares; a mean needs it.
    kind, better
        What the KPI is and its direction.
    max_depth
        Longest conjunction searched.
    alpha
        Chance of any false finding: segment, common change or shift of the mix together.
    level
        Of every interval.
    min_cases, min_share
        Fewest cases, and smallest share of the cases, of a segment in each period.
    permutations, resamples, seed
        Behind adjusted p values, behind the stability (0 for none), and of both.
    pinned
        Segments to report on whatever the search finds: ``"branch=B03&product=tv"`` or ``{"branch": "B03"}``.

    Returns
    -------
    Explanation
        The same for the same data in any order of rows and dimensions. The interval of a segment holds at ``level``
        among the selected: a truncated normal likelihood allows for the threshold it passed.

    Raises
    ------
    InputError
        Columns, numbers or settings that cannot be used; every problem is named.
    """
    parts = {name: share * alpha for name, share in ALPHA_SPLIT.items()}
    _check(max_depth, alpha, level, min_cases, min_share, permutations, resamples)
    given = leaves(
        current, reference, dimensions, numerator=numerator, denominator=denominator, block=block, sum_sq=sum_sq,
        kind=kind,
    )  # fmt: skip
    asked = conjunctions(pinned, given)
    codes = codes_of(asked, given)
    streams = [np.random.default_rng([seed, place]) for place in range(5)]
    data = cells(
        given.codes, tuple(len(values) for values in given.labels), given.current, given.block, given.numerator,
        given.denominator, given.sum_sq, family=kind, min_share=min_share,
        kept=[pair for pairs in codes if pairs is not None for pair in pairs], rng=streams[0],
    )  # fmt: skip
    looked = sampled(data, MOST_ROWS, streams[0])
    candidates = lattice(looked, max_depth=max_depth, min_cases=min_cases, min_share=min_share)
    worse_is_down = (parts["worse"], parts["better"])
    found = search(
        looked, candidates, alpha=(*(worse_is_down if better == "higher" else worse_is_down[::-1]), alpha),
        permutations=permutations, rng=streams[1],
    )  # fmt: skip
    arrived = lattice(
        looked, max_depth=min(max_depth, MIX_DEPTH), min_cases=min_cases, min_share=min_share, either=True
    )
    moved = shifts(
        looked, arrived, alpha=(parts["mix"] / 2, parts["mix"] / 2, alpha), permutations=permutations, rng=streams[2]
    )
    gap = gap_between(data, kind=kind, better=better, level=level)
    of = searched(given, data, looked, candidates, found, gap, level=level)
    mix = split(data, given, of.model, gap, level=level)
    broad = broad_change(data, of.model, of.picked, alpha=parts["broad"], whole_alpha=alpha, level=level)
    fell = rate_segments(of, resamples=resamples, rng=streams[3])
    shifted = mix_segments(of, moved)
    least = detectable(data, level=level)
    return Explanation(
        gap,
        mix,
        (*fell, *shifted),
        suggestive_segments(of, alpha=alpha),
        pinned_segments(of, asked, codes, permutations=permutations, rng=streams[4]),
        broad,
        gap.difference - mix.total - broad.contribution - sum(segment.contribution for segment in fell),
        least,
        _verdict(gap, fell, shifted, broad, least),
        found.searched + int(arrived.primary.sum()),
    )


def _verdict(gap: Gap, fell: tuple[Segment, ...], shifted: tuple[Segment, ...], broad: Broad, least: float) -> Verdict:
    if fell:
        return Verdict.SEGMENTS
    mixed = abs(sum(segment.contribution for segment in shifted))
    if broad.found and abs(broad.contribution) >= mixed:
        return Verdict.BROAD
    if shifted:
        return Verdict.MIX
    return Verdict.TOO_LITTLE if gap.worse and abs(gap.difference) > POOR_FROM * least else Verdict.NONE


def _check(
    max_depth: int, alpha: float, level: float, min_cases: float, min_share: float, permutations: int, resamples: int
) -> None:
    problems = [
        Issue(name, f"expected a number between 0 and 1, got {value}")
        for name, value in (("alpha", alpha), ("level", level))
        if not 0 < value < 1
    ]
    if max_depth not in (1, 2, 3):
        problems.append(Issue("max_depth", f"expected 1, 2 or 3, got {max_depth}"))
    if not min_cases >= 1:
        problems.append(Issue("min_cases", f"expected 1 or more, got {min_cases}"))
    if not 0 <= min_share < 0.5:
        problems.append(Issue("min_share", f"expected 0 to 0.5, got {min_share}"))
    if resamples < 0:
        problems.append(Issue("resamples", f"expected 0 or more, got {resamples}"))
    if not problems:
        fewest = int(np.ceil(1 / (alpha * min(ALPHA_SPLIT["better"], ALPHA_SPLIT["mix"] / 2)))) - 1
        if permutations < fewest:
            problems.append(
                Issue("permutations", f"alpha {alpha:g} needs at least {fewest} to be reached, got {permutations}")
            )
    if problems:
        raise InputError(problems)
