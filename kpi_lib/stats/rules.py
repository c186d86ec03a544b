"""Rules that tell a signal from the noise of a stable series, by name.

Series run over the full calendar; a ``nan`` (no data) breaks every run, trend and window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats

RuleSet = Literal["three_sigma", "anhoej", "mdc", "western_electric", "nelson", "perla"]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

RULE_SETS: Final[dict[str, tuple[str, ...]]] = {
    "three_sigma": ("beyond_limits",),
    "anhoej": ("unusual_runs",),
    "mdc": ("beyond_limits", "shift_7", "trend_7", "two_of_three_close"),
    "western_electric": ("beyond_limits", "two_of_three", "four_of_five", "shift_8"),
    "nelson": (
        "beyond_limits", "shift_9", "trend_6", "alternating_14", "two_of_three", "four_of_five",
        "hugging_15", "outside_8",
    ),
    "perla": ("shift_6", "trend_5", "unusual_runs"),
}  # fmt: skip
"""Rules of each set: NHS "Making data count" (mdc), Western Electric (1956), Nelson (1984), Perla (2011) run charts."""


@dataclass(frozen=True)
class Signal:
    """One stretch that a rule marks.

    Parameters
    ----------
    rule
        Name of the rule.
    start, end
        Positions of its first and last point; a rule of a window is complete at ``end``.
    side
        +1 above (or rising), -1 below (or falling), 0 neither.
    """

    rule: str
    start: int
    end: int
    side: int


@dataclass(frozen=True)
class Runs:
    """Anhøj's analysis of runs about the centre line.

    Parameters
    ----------
    n_useful
        Points off the centre line.
    longest_run, longest_run_max
        Points in the longest run on one side, and the most that chance explains.
    crossings, crossings_min
        Crossings of the centre line, and the fewest that chance explains.
    start, end, side
        The longest run.
    """

    n_useful: int
    longest_run: int
    longest_run_max: int
    crossings: int
    crossings_min: int
    start: int
    end: int
    side: int

    @property
    def signal(self) -> bool:
        """True where the run is too long or the crossings are too few for chance."""
        return self.longest_run > self.longest_run_max or self.crossings < self.crossings_min


def anhoej(value: Floats, centre: npt.ArrayLike, *, join_gaps: bool = False) -> Runs:
    """Analyse the runs of a series about its centre line.

    Parameters
    ----------
    value, centre
        Series and centre line. Points on the line are left out.
    join_gaps
        Let a run go on across missing periods, as software without a calendar does.

    Returns
    -------
    Runs
        With limits ``round(log2 n) + 3`` for the longest run and the 5 % quantile of Binomial(possible crossings, ½)
        for the crossings; across a gap there is neither a run nor a possible crossing.

    References
    ----------
    Anhøj and Olesen (2014), PLoS ONE 9:e113825; Schilling (2012), Mathematics Magazine 85:141; Chen (2010), Journal of
    Statistical Planning and Inference 140:2031.
    """
    side = np.sign(value - np.asarray(centre, dtype=float))
    stretch = np.zeros(value.size, dtype=np.int64) if join_gaps else np.cumsum(np.isnan(side))
    useful = np.flatnonzero(~np.isnan(side) & (side != 0))
    if useful.size == 0:
        return Runs(0, 0, 0, 0, 0, -1, -1, 0)
    same_stretch = np.diff(stretch[useful]) == 0
    turned = np.diff(side[useful]) != 0
    edges = np.concatenate([[0], np.flatnonzero(turned | ~same_stretch) + 1, [useful.size]])
    lengths = np.diff(edges)
    longest = int(np.argmax(lengths))
    possible = int(same_stretch.sum())
    return Runs(
        n_useful=int(useful.size),
        longest_run=int(lengths[longest]),
        longest_run_max=longest_run_max(useful.size),
        crossings=int((turned & same_stretch).sum()),
        crossings_min=crossings_min(possible),
        start=int(useful[edges[longest]]),
        end=int(useful[edges[longest + 1] - 1]),
        side=int(side[useful[edges[longest]]]),
    )


def longest_run_max(n_useful: int) -> int:
    """Return the longest run of ``n_useful`` points that chance explains: ``round(log2 n) + 3`` (Schilling 2012)."""
    return round(float(np.log2(n_useful))) + 3


@cache
def crossings_min(possible: int) -> int:
    """Return the fewest crossings of ``possible`` that chance explains: the 5 % quantile (Chen 2010)."""
    return int(stats.binom.ppf(0.05, possible, 0.5)) if possible else 0


def rules_of(sets: Sequence[RuleSet]) -> tuple[str, ...]:
    """Return the rules of the named sets, each once."""
    return tuple(dict.fromkeys(rule for name in sets for rule in RULE_SETS[name]))


def signals(
    value: Floats,
    centre: Floats,
    sigma: Floats,
    beyond: Ints,
    *,
    rules: Sequence[str],
    counted: Mask | None = None,
) -> tuple[Signal, ...]:
    """Apply rules to one phase.

    Parameters
    ----------
    value, centre, sigma
        Series with centre line and standard error of each point.
    beyond
        +1, -1 or 0 for points above, below or inside the limits.
    rules
        Names of rules, see :data:`RULE_SETS`.
    counted
        Points the rules look at (exclusions do not signal); None for all.

    Returns
    -------
    tuple of Signal
        Overlapping windows of one rule and side are joined to one signal.
    """
    seen = value if counted is None else np.where(counted, value, np.nan)
    outside = beyond if counted is None else np.where(counted, beyond, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (seen - centre) / sigma
    off = np.sign(seen - centre)
    found: list[Signal] = []
    for rule in rules:
        found.extend(_apply(rule, seen, centre, z, off, outside))
    return tuple(sorted(found, key=lambda signal: (signal.start, signal.end, signal.rule)))


def _apply(rule: str, value: Floats, centre: Floats, z: Floats, off: Floats, beyond: Ints) -> Iterator[Signal]:
    name, _, size = rule.rpartition("_")
    length = int(size) if size.isdigit() else 0
    match name if length else rule:
        case "beyond_limits":
            yield from _points(rule, beyond)
        case "unusual_runs":
            runs = anhoej(value, centre)
            if runs.signal:
                whole = runs.longest_run <= runs.longest_run_max
                seen = np.flatnonzero(~np.isnan(value))
                yield Signal(rule, *((int(seen[0]), int(seen[-1]), 0) if whole else (runs.start, runs.end, runs.side)))
        case "shift":
            yield from _both_sides(rule, off, length, length)
        case "trend":
            steps = np.concatenate([[np.nan], np.sign(np.diff(value))])
            yield from _both_sides(rule, steps, length - 1, length - 1, reach=length)
        case "alternating":
            steps = np.concatenate([[np.nan], np.sign(np.diff(value))])
            turns = np.concatenate([[np.nan], steps[1:] * steps[:-1]])
            yield from _merged(rule, _windows(turns == -1, length - 2, length - 2), length, 0)
        case "hugging":
            yield from _merged(rule, _windows(np.abs(z) < 1, length, length), length, 0)
        case "outside":
            yield from _merged(rule, _windows(np.abs(z) > 1, length, length), length, 0)
        case "two_of_three":
            yield from _both_sides(rule, _zone(z, 2), 3, 2, last=True)
        case "four_of_five":
            yield from _both_sides(rule, _zone(z, 1), 5, 4, last=True)
        case "two_of_three_close":
            for side in (1, -1):
                near = (z * side > 2) & (beyond == 0)
                complete = _windows(near, 3, 2) & _windows(off == side, 3, 3)
                yield from _merged(rule, complete, 3, side)
        case _:
            raise ValueError(f"unknown rule {rule!r}")


def _points(rule: str, beyond: Ints) -> Iterator[Signal]:
    for place in np.flatnonzero(beyond):
        yield Signal(rule, int(place), int(place), int(beyond[place]))


def _both_sides(
    rule: str, sides: Floats, window: int, least: int, *, reach: int | None = None, last: bool = False
) -> Iterator[Signal]:
    unbroken = _windows(~np.isnan(sides), window, window)
    for side in (1, -1):
        hit = sides == side
        complete = _windows(hit, window, least) & unbroken
        # A rule of "two of three" is complete at a point that counts, not at the calm one after it.
        yield from _merged(rule, complete & hit if last else complete, reach or window, side)


def _zone(z: Floats, width: float) -> Floats:
    """Return the side of points beyond ``width`` standard errors, 0 inside, ``nan`` where there is no point."""
    return np.where(np.isnan(z), np.nan, np.sign(z) * (np.abs(z) > width))


def _windows(hit: Mask, window: int, least: int) -> Mask:
    """Return where a full window ends that holds at least ``least`` hits."""
    if hit.size < window:
        return np.zeros(hit.size, dtype=bool)
    totals = np.convolve(hit.astype(np.int64), np.ones(window, dtype=np.int64))[: hit.size]
    totals[: window - 1] = 0
    return np.asarray(totals >= least)


def _merged(rule: str, complete: Mask, reach: int, side: int) -> Iterator[Signal]:
    """Join the windows that end at neighbouring points."""
    ends = np.flatnonzero(complete)
    if ends.size == 0:
        return
    for group in np.split(ends, np.flatnonzero(np.diff(ends) > 1) + 1):
        yield Signal(rule, int(max(group[0] - reach + 1, 0)), int(group[-1]), side)
