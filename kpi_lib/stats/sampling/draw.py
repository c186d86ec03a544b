"""Drawing by permanent random numbers: a keyed hash of the canonical id, the same on any machine, in any row order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints

KEY_BYTES = 64
"""Longest key of BLAKE2b; a longer salt is hashed first."""


def random_numbers(ids: Iterable[str], salt: str) -> Floats:
    """Return each id's permanent random number, above 0 and below 1.

    Parameters
    ----------
    ids
        Canonical ids (see :func:`canonical_id`).
    salt
        Key; another salt gives independent numbers.

    References
    ----------
    Ohlsson (1995), Coordination of Samples Using Permanent Random Numbers; BLAKE2b keyed hash (RFC 7693), the first 52
    bits, taken in the middle of their cell.
    """
    key = salt.encode("utf-8")
    if len(key) > KEY_BYTES:
        key = hashlib.blake2b(key, digest_size=KEY_BYTES).digest()
    base = hashlib.blake2b(key=key, digest_size=8)

    def digest(text: str) -> bytes:
        made = base.copy()
        made.update(text.encode("utf-8"))
        return made.digest()

    whole = np.frombuffer(b"".join(map(digest, ids)), dtype=">u8")
    return ((whole >> np.uint64(12)).astype(float) + 0.5) / 2.0**52


def canonical_id(value: object) -> str:
    """Return an id as text that does not hang on how it was read: trimmed, whole numbers without a decimal point.

    Raises
    ------
    ValueError
        An empty or missing id.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    whole, dot, rest = text.partition(".")
    if dot and whole.isdigit() and rest.strip("0") == "":
        text = whole
    if text in {"", "nan", "None", "NaT", "<NA>"}:
        raise ValueError("an id is missing")
    return text


def lowest(numbers: Floats, strata: Ints, n: Ints, *, start: float = 0.0) -> tuple[Ints, Ints]:
    """Pick the units of each stratum that follow ``start`` on the circle of random numbers.

    Parameters
    ----------
    numbers
        Random number (or rank criterion) of every unit.
    strata
        Codes from 0.
    n
        To pick per stratum.
    start
        Where on the circle to begin; another start rotates the sample.

    Returns
    -------
    order
        Rows of the picked units, by stratum and order of picking.
    rank
        Rank of every unit within its stratum, from 0: picked are those below ``n``, the reserve follows in order.
    """
    turned = np.mod(numbers - start, 1.0) if start else numbers
    order = np.lexsort((turned, strata))
    first = np.searchsorted(strata[order], np.arange(len(n)))
    place = np.arange(len(order)) - first[strata[order]]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = place
    return order[place < n[strata[order]]], rank


def systematic(n: int, population: int, u: float) -> Ints:
    """Return the places (from 0) of a systematic sample with a fractional interval: exactly ``n`` of them.

    Parameters
    ----------
    u
        Random start, at least 0 and below 1.

    References
    ----------
    Särndal, Swensson and Wretman (1992), section 3.4.4 (fractional interval method).
    """
    if n > population:
        raise ValueError(f"{n} units cannot be drawn from {population}")
    return np.floor((u + np.arange(n)) * population / n + 1e-12).astype(np.int64) if n else np.empty(0, np.int64)


def inclusion_probabilities(size: Floats, n: int) -> Floats:
    """Return inclusion probabilities in proportion to size; a unit whose share would exceed 1 is taken for certain.

    References
    ----------
    Särndal, Swensson and Wretman (1992), section 3.6.2.
    """
    if (size < 0).any() or n > np.count_nonzero(size):
        raise ValueError("sizes must not be negative, and as many must be above 0 as are drawn")
    certain = np.zeros(len(size), dtype=bool)
    while True:
        left = n - int(certain.sum())
        free = np.where(certain, 0.0, size)
        share = left * free / free.sum() if left else np.zeros(len(size))
        over = share >= 1
        if not (over & ~certain).any():
            return np.where(certain, 1.0, share)
        certain |= over


def pareto_order(numbers: Floats, probability: Floats) -> Floats:
    """Return the criterion whose lowest ``n`` are a Pareto sample, with probabilities near the wanted ones.

    References
    ----------
    Rosén (1997), J. Stat. Plan. Inference 62:159: ``u (1 - p) / (p (1 - u))``.
    """
    with np.errstate(divide="ignore"):
        order: Floats = np.where(
            probability >= 1, -1.0, numbers * (1 - probability) / (np.maximum(probability, 1e-300) * (1 - numbers))
        )
    return order


def systematic_pps(probability: Floats, u: float) -> Ints:
    """Return the places of a systematic sample with unequal probabilities, in the given order (Madow 1949)."""
    reached = np.round(np.cumsum(probability), 9)
    points = u + np.arange(round(float(reached[-1])))
    return np.searchsorted(reached, points, side="right").astype(np.int64)


def systematic_pairs(probability: Floats) -> Floats:
    """Return how often each pair comes together in :func:`systematic_pps` over all starts; the diagonal is each unit's.

    Pairs that never come together are why this draw has no unbiased variance.
    """
    edges = np.unique(np.round(np.concatenate([[0.0, 1.0], np.mod(np.cumsum(probability), 1.0)]), 12))
    pairs = np.zeros((len(probability), len(probability)))
    for low, high in pairwise(edges):
        drawn = systematic_pps(probability, (low + high) / 2)
        pairs[np.ix_(drawn, drawn)] += high - low
    return pairs
