"""Lasting shifts of a series: where they may lie, how sure the place is, how large they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import ruptures

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import longest, mean, rounding, side_of
from kpi_lib.stats.spc import D2, moving_range

RUN: Final = 8
"""Points in a row on one side of the centre line that make a candidate (Western Electric 1956)."""

LEAST: Final = 8
"""Fewest points on either side of a break."""


@dataclass(frozen=True)
class Shift:
    """One candidate for a new phase.

    Parameters
    ----------
    at
        Position of its first point.
    first, last
        Positions between which the new phase begins, at the level asked for.
    before, after
        Mean level on either side.
    p_value
        Chance of a break this clear in a series without one.
    """

    at: int
    first: int
    last: int
    before: float
    after: float
    p_value: float


def penalised_breaks(values: Floats, *, least: int = LEAST) -> list[int]:
    """Return first positions of new levels by penalised least squares over all cuts.

    Parameters
    ----------
    values
        Series without ``nan``.
    least
        Fewest points in a phase.

    References
    ----------
    Killick, Fearnhead and Eckley (2012), J. Am. Stat. Assoc. 107:1590 (PELT), with the penalty 3 log(n) sigma²,
    sigma from the moving ranges, which a shift hardly moves; Truong, Oudre and Vayatis (2020), Signal Processing
    167:107299.
    """
    sigma = moving_range(values) / D2
    if values.size < 2 * least or not sigma > 0:
        return []
    search = ruptures.Pelt(model="l2", min_size=least, jump=1).fit(values.reshape(-1, 1))
    ends = search.predict(pen=3 * float(np.log(values.size)) * sigma**2)
    return [int(end) for end in ends[:-1]]


def sustained_shifts(values: Floats, *, run: int = RUN, least: int = LEAST) -> list[int]:
    """Return first positions of lasting phases of one series; parameters as of :func:`shifts_by_row`."""
    return shifts_by_row(values[None], run=run, least=least)[0]


def shifts_by_row(values: Floats, *, run: int = RUN, least: int = LEAST) -> list[list[int]]:
    """Return, row by row, first positions of phases that begin with a long run and stay.

    A run of ``run`` points on one side of the current phase's mean makes a candidate that begins with the run. It is
    kept only if the new phase, from the run to the end, holds no run of the same length back on the other side of
    its own first mean: a blip that returns is no phase. The search goes on inside the new phase.

    Parameters
    ----------
    values
        Series as rows, without ``nan`` but behind their end.
    run, least
        Length of a run, and fewest points in a phase.

    References
    ----------
    After the stable shift algorithm of autospc (BMJ Quality and Safety); candidates only, a person accepts.
    """
    found: list[list[int]] = [[] for _ in values]
    place = np.arange(values.shape[1])
    rows, start, rest = np.arange(len(values)), np.zeros(len(values), dtype=np.int64), values
    while rows.size:
        at = first_runs(rest, run=run, least=least)[:, None]
        there = ~np.isnan(rest)
        old = mean(rest, there & (place < at))[:, None]
        new = mean(rest, there & (place >= at) & (place < at + run))[:, None]
        back = (side_of(rest, old) == -side_of(new, old)) & (place >= at)
        stays = (at[:, 0] >= 0) & (there.sum(axis=1) - at[:, 0] >= least) & (longest(back)[0] < run)
        rows, start, at = rows[stays], start[stays] + at[stays, 0], at[stays]
        for row, shift in zip(rows.tolist(), start.tolist(), strict=True):
            found[row].append(shift)
        moved = place + at
        inside = np.take_along_axis(rest[stays], np.minimum(moved, place.size - 1), axis=1)
        rest = np.where(moved < place.size, inside, np.nan)
    return found


def first_runs(values: Floats, *, run: int = RUN, least: int = LEAST) -> Ints:
    """Return, row by row, where the first run begins about the mean of what lies before it; -1 where none does.

    Parameters
    ----------
    values
        Series as rows, without ``nan`` but behind their end.
    run, least
        As of :func:`shifts_by_row`.
    """
    n = values.shape[1]
    if n < least + run:
        return np.full(len(values), -1)
    begins = np.arange(least, n - run + 1)
    centre = np.cumsum(values, axis=1)[:, begins - 1] / begins
    windows = np.lib.stride_tricks.sliding_window_view(values, run, axis=1)[:, begins]
    least_step = rounding(centre)
    runs = (windows.min(axis=2) > centre + least_step) | (windows.max(axis=2) < centre - least_step)
    return np.where(runs.any(axis=1), begins[np.argmax(runs, axis=1)], -1)


def split_gain(values: Floats, *, least: int = 2) -> tuple[Ints, Floats]:
    """Return the cut into two levels that removes most squared error, and how much of it.

    Parameters
    ----------
    values
        A series without ``nan``, or many of one length as rows.
    least
        Fewest points of a level.

    Returns
    -------
    at, gain
        First position of the second level, and the squared error removed; 0 and 0 for a series too short.
    """
    n = values.shape[-1]
    if n < 2 * least:
        return np.zeros(values.shape[:-1], dtype=np.int64), np.zeros(values.shape[:-1])
    cuts = np.arange(least, n - least + 1)
    left = np.cumsum(values, axis=-1)[..., cuts - 1]
    gain = (left - cuts * values.mean(axis=-1, keepdims=True)) ** 2 * n / (cuts * (n - cuts))
    return cuts[np.argmax(gain, axis=-1)], gain.max(axis=-1)


def date_shift(
    values: Floats, at: int, *, rng: np.random.Generator, draws: int = 400, block: int = 2, level: float = 0.95
) -> Shift:
    """Say how sure the date and the existence of one shift are, by block bootstrap.

    Parameters
    ----------
    values
        Series of the phase before and the phase after, without ``nan``.
    at
        First position of the new level.
    rng
        For the draws.
    draws
        Bootstrap series.
    block
        Residuals are drawn in runs of this many, so that neighbours stay as alike as they are.
    level
        Of the date interval.

    References
    ----------
    Künsch (1989), Annals of Statistics 17:1217; Hušková and Kirch (2008), J. Time Series Analysis 29:947.
    """
    before, after = float(values[:at].mean()), float(values[at:].mean())
    level_of = np.where(np.arange(values.size) < at, before, after)
    residual = values - level_of
    index = _blocks(values.size, block, draws, rng)
    places = split_gain(level_of + residual[index])[0]
    # Whether there is a break at all is asked of the values themselves: residuals about the break would be too calm.
    drawn = split_gain(values[_blocks(values.size, block, 2 * draws, rng)])[1]
    chance = np.mean(drawn >= split_gain(values)[1])
    # Hall's interval: the error of a drawn date about the true one stands for that of the found date.
    low, high = np.quantile(places - at, [(1 - level) / 2, (1 + level) / 2])
    ends = sorted((round(at - high), round(at - low), at))
    return Shift(
        at,
        max(ends[0], 1),
        min(ends[2], values.size - 1),
        before,
        after,
        float((2 * chance * draws + 1) / (2 * draws + 1)),
    )


def _blocks(n: int, block: int, draws: int, rng: np.random.Generator) -> Ints:
    """Return positions of series made of blocks that begin anywhere, round the end."""
    starts = rng.integers(0, n, size=(draws, -(-n // block)))
    return ((starts[:, :, None] + np.arange(block)) % n).reshape(draws, -1)[:, :n]
