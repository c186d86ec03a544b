"""Many series as the rows of one array, the shorter ones padded at their end.

Everything here works along the last axis, so that one series is one row. Sums run from left to right: padding adds
nothing to them, not even a rounding, and a row among many gives exactly what it gives alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Floats, Ints

Mask = npt.NDArray[np.bool_]


def stacked(series: Sequence[npt.NDArray[Any]], *, fill: object = np.nan) -> npt.NDArray[Any]:
    """Return series as rows, padded with ``fill`` to the longest."""
    lengths = np.array([one.size for one in series], dtype=np.int64)
    width = int(lengths.max(initial=0))
    if (lengths == width).all():
        return np.array(series).reshape(len(series), width)
    found = np.full((len(series), width), fill, dtype=series[0].dtype)
    found[np.arange(width) < lengths[:, None]] = np.concatenate(series)
    return found


def total(values: npt.ArrayLike) -> Floats:
    """Return the sum of each row, from left to right."""
    added = np.cumsum(np.asarray(values, dtype=float), axis=-1)
    return added[..., -1] if added.shape[-1] else np.zeros(added.shape[:-1])


def mean(values: Floats, there: Mask) -> Floats:
    """Return the mean of what is ``there`` in each row; ``nan`` where nothing is."""
    number = there.sum(axis=-1)
    return np.asarray(total(np.where(there, values, 0.0)) / np.where(number > 0, number, np.nan))


def median(values: Floats, there: Mask) -> Floats:
    """Return the median of what is ``there`` in each row; ``nan`` where nothing is."""
    number = there.sum(axis=-1, keepdims=True)
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ordered = np.sort(np.where(there, values, np.nan), axis=-1)
    low, high = (np.take_along_axis(ordered, at, axis=-1) for at in (np.maximum(number - 1, 0) // 2, number // 2))
    return np.asarray((low + high)[..., 0] / 2)


def rounding(level: Floats) -> Floats:
    """Return how far off a level equal values may seem because figures are rounded."""
    return np.asarray(1e-12 * np.abs(level))


def side_of(values: Floats, level: Floats) -> Floats:
    """Return +1 above a level, -1 below it, 0 on it but for rounding; ``nan`` where there is no value."""
    off = values - level
    return np.where(np.abs(off) <= rounding(level), 0.0, np.sign(off))


def closed_up(values: Floats, kept: Mask) -> Floats:
    """Return each row without what is not ``kept``: the rest moved up, ``nan`` behind it."""
    if kept.all():
        return values
    order = np.argsort(~kept, axis=-1, kind="stable")
    behind = np.arange(values.shape[-1]) >= kept.sum(axis=-1, keepdims=True)
    return np.where(behind, np.nan, np.take_along_axis(values, order, axis=-1))


def longest(hit: Mask) -> tuple[Ints, Ints]:
    """Return length and last position of each row's first longest run of true values; 0 and 0 where there is none."""
    if not hit.shape[-1]:
        return np.zeros(hit.shape[:-1], dtype=np.int64), np.zeros(hit.shape[:-1], dtype=np.int64)
    place = np.arange(hit.shape[-1])
    length = place - np.maximum.accumulate(np.where(hit, -1, place), axis=-1)
    end = np.argmax(length, axis=-1)
    return length.max(axis=-1), end
