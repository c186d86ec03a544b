"""Rules that tell a signal from the noise of a stable series, by name.

Series run over the full calendar; a ``nan`` (no data) breaks every run, trend and window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask, side_of
from kpi_lib.stats.runs import runs_by_row

RuleSet = Literal["three_sigma", "anhoej", "mdc", "western_electric", "nelson", "perla"]

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
    """Apply rules to one phase; parameters as of :func:`signals_by_row`, without the rows."""
    alone = None if counted is None else counted[None]
    return signals_by_row(value[None], centre[None], sigma[None], beyond[None], rules=rules, counted=alone)[0]


def signals_by_row(
    value: Floats,
    centre: Floats,
    sigma: Floats,
    beyond: Ints,
    *,
    rules: Sequence[str],
    counted: Mask | None = None,
) -> list[tuple[Signal, ...]]:
    """Apply rules to many phases.

    Parameters
    ----------
    value, centre, sigma
        Series as rows with centre line and standard error of each point.
    beyond
        +1, -1 or 0 for points above, below or inside the limits.
    rules
        Names of rules, see :data:`RULE_SETS`.
    counted
        Points the rules look at (exclusions do not signal); None for all.

    Returns
    -------
    list of tuples of Signal
        Of each row; overlapping windows of one rule and side are joined to one signal.
    """
    seen = value if counted is None else np.where(counted, value, np.nan)
    outside = beyond if counted is None else np.where(counted, beyond, 0)
    found: list[list[Signal]] = [[] for _ in value]
    for rule in rules:
        match rule:
            case "beyond_limits":
                for row, place in np.argwhere(outside).tolist():
                    found[row].append(Signal(rule, place, place, int(outside[row, place])))
            case "unusual_runs":
                for row, signal in _unusual(rule, seen, centre):
                    found[row].append(signal)
            case _:
                with np.errstate(divide="ignore", invalid="ignore"):
                    z = (seen - centre) / sigma
                off = side_of(seen, centre)
                for row, own in enumerate(found):
                    own.extend(_windowed(rule, seen[row], z[row], off[row], outside[row]))
    return [tuple(sorted(own, key=lambda signal: (signal.start, signal.end, signal.rule))) for own in found]


def _unusual(rule: str, value: Floats, centre: Floats) -> Iterator[tuple[int, Signal]]:
    """Yield the rows with unusual runs: the longest where it is too long, else the whole series."""
    found = runs_by_row(value, centre)
    for row in np.flatnonzero(found.signal).tolist():
        runs = found.row(row)
        if runs.longest_run > runs.longest_run_max:
            yield row, Signal(rule, runs.start, runs.end, runs.side)
        else:
            there = np.flatnonzero(~np.isnan(value[row]))
            yield row, Signal(rule, int(there[0]), int(there[-1]), 0)


def _windowed(rule: str, value: Floats, z: Floats, off: Floats, beyond: Ints) -> Iterator[Signal]:
    """Yield the signals of one row by a rule that looks at some points together."""
    name, _, size = rule.rpartition("_")
    length = int(size) if size.isdigit() else 0
    match name if length else rule:
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
