"""Reproducible draws: one stream of random numbers per purpose, and vectorised choices from it."""

from __future__ import annotations

import zlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the stream of one purpose, such as ``(branch, month, table)``.

    Words enter through their CRC-32, so a stream depends on its own purpose only: adding a branch, a month or a table
    leaves the others' rows as they are.
    """
    key = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in purpose]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *key])))


def choose(rng: np.random.Generator, weights: Floats | list[float] | tuple[float, ...], n: int) -> Integers:
    """Return ``n`` positions drawn with the given weights."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    positions = np.searchsorted(edges / edges[-1], rng.random(n), side="right")
    return np.asarray(np.minimum(positions, len(edges) - 1), dtype=np.int64)


def choose_by(rng: np.random.Generator, groups: Integers, weights: Floats) -> Integers:
    """Return one position per row, drawn with the weights of the row's group (``weights[group]``)."""
    edges = np.cumsum(weights, axis=1)
    edges = edges / edges[:, -1:]
    draws = rng.random(len(groups))
    positions = (draws[:, None] >= edges[groups]).sum(axis=1)
    return np.asarray(np.minimum(positions, weights.shape[1] - 1), dtype=np.int64)


def lognormal(rng: np.random.Generator, median: float | Floats, sigma: float, n: int) -> Floats:
    """Return ``n`` draws with the given median (one, or one per row) and sigma of the logarithm."""
    return np.asarray(median * np.exp(sigma * rng.standard_normal(n)), dtype=float)


def serials(prefix: str, numbers: Integers, width: int) -> pa.Array:
    """Return ``prefix`` followed by each number, padded with zeros."""
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def logistic(x: Floats) -> Floats:
    """Return the probability of log odds ``x``."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=float)
