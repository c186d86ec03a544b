"""Drawing by permanent random numbers: a keyed hash of the canonical id, the same on any machine, in any row order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.siphash import KEY_BYTES as SIPHASH_KEY
from kpi_lib.stats.sampling.siphash import Bytes, Words, siphash

BLAKE2B_KEY = 64
"""Longest key of BLAKE2b in bytes; a longer salt is hashed first."""
MISSING_IDS = frozenset({"", "nan", "None", "NaT", "<NA>"})
"""Texts that stand for no id."""


class NumberRule(StrEnum):
    """How an id becomes a random number: a sheet names its rule, so that it can be drawn again for ever."""

    SIPHASH = "siphash-2-4/1"
    """SipHash-2-4 keyed with the 16-byte BLAKE2b digest of the salt."""
    BLAKE2B = "blake2b/1"
    """BLAKE2b of 8 bytes keyed with the salt, read big-endian."""


def random_numbers(data: Bytes, offsets: Ints, salt: str, *, rule: NumberRule = NumberRule.SIPHASH) -> Floats:
    """Return each id's permanent random number, above 0 and below 1.

    Parameters
    ----------
    data, offsets
        Canonical ids (see :func:`canonical_id`) as UTF-8, one after the other, and where each begins and the last ends.
    salt
        Key; another salt gives independent numbers.
    rule
        Hash of the numbers.

    References
    ----------
    Ohlsson (1995), Coordination of Samples Using Permanent Random Numbers; Aumasson and Bernstein (2012), SipHash;
    RFC 7693 for BLAKE2b. Of the 64 bits the first 52 are taken, in the middle of their cell.
    """
    match rule:
        case NumberRule.SIPHASH:
            whole = siphash(data, offsets, hashlib.blake2b(salt.encode("utf-8"), digest_size=SIPHASH_KEY).digest())
        case NumberRule.BLAKE2B:
            whole = _blake2b(data, offsets, salt.encode("utf-8"))
    return ((whole >> np.uint64(12)).astype(float) + 0.5) / 2.0**52


def number_of(text: str, salt: str, *, rule: NumberRule = NumberRule.SIPHASH) -> float:
    """Return the permanent random number of one id."""
    data = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    return float(random_numbers(data, np.array([0, data.size]), salt, rule=rule)[0])


def _blake2b(data: Bytes, offsets: Ints, key: bytes) -> Words:
    base = hashlib.blake2b(
        key=hashlib.blake2b(key, digest_size=BLAKE2B_KEY).digest() if len(key) > BLAKE2B_KEY else key, digest_size=8
    )
    texts = data.tobytes()

    def digest(begin: int, end: int) -> bytes:
        made = base.copy()
        made.update(texts[begin:end])
        return made.digest()

    ends = offsets.tolist()
    return np.frombuffer(b"".join(map(digest, ends[:-1], ends[1:])), dtype=">u8").astype(np.uint64)


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
    if text in MISSING_IDS:
        raise ValueError("an id is missing")
    return text


def lowest(
    numbers: Floats, strata: Ints, n: Ints, *, start: float = 0.0, names: Callable[[Ints], np.ndarray] | None = None
) -> tuple[Ints, Ints]:
    """Pick the units of each stratum that follow ``start`` on the circle of random numbers.

    Parameters
    ----------
    numbers
        Random number (or rank criterion) of every unit.
    strata
        Codes from 0.
    n
        To pick per stratum, never more than it has.
    start
        Where on the circle to begin; another start rotates the sample.
    names
        Returns the texts of some rows, by which units of equal numbers are told apart; else the earlier row goes first.

    Returns
    -------
    order, rank
        Rows of the picked units, by stratum and order of picking, and the rank of each within its stratum, from 0.
    """
    turned = np.mod(numbers - start, 1.0) if start else numbers
    rows = _low_enough(turned, strata, n)
    key, stratum = turned[rows], strata[rows]
    order = np.lexsort((key, stratum))
    if names is not None and (np.diff(key[order]) == 0).any():
        order = np.lexsort((names(rows).astype(str), key, stratum))
    rows, stratum = rows[order], stratum[order]
    rank = np.arange(rows.size) - np.searchsorted(stratum, np.arange(len(n)))[stratum]
    picked = rank < n[stratum]
    return rows[picked], rank[picked]


def _low_enough(numbers: Floats, strata: Ints, n: Ints) -> Ints:
    """Return rows among which the ``n`` lowest of each stratum are sure to be, without sorting everything.

    Even numbers leave about ``n`` below ``n / N``; six standard deviations more are kept, and a stratum in which that
    is not enough (its numbers are not even) is kept whole.
    """
    size = np.bincount(strata, minlength=len(n))
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = np.where(n > 0, (n + 6 * np.sqrt(n) + 6) / size, -np.inf)
    below = numbers < limit[strata]
    short = np.bincount(strata[below], minlength=len(n)) < n
    return np.flatnonzero(below | short[strata] if short.any() else below)


def systematic(n: int, population: int, u: float) -> Ints:
    """Return the places (from 0) of a systematic sample with a fractional interval: exactly ``n`` of them.

    Parameters
    ----------
    u
        Random start, at least 0 and below 1.

    Raises
    ------
    ValueError
        More units than the population has.

    References
    ----------
    Särndal, Swensson and Wretman (1992), section 3.4.4 (fractional interval method).
    """
    if n > population:
        raise ValueError(f"{n} units cannot be drawn from {population}")
    return np.floor((u + np.arange(n)) * population / n + 1e-12).astype(np.int64) if n else np.empty(0, np.int64)


def inclusion_probabilities(size: Floats, n: int) -> Floats:
    """Return inclusion probabilities in proportion to size; a unit whose share would exceed 1 is taken for certain.

    Parameters
    ----------
    size
        Per unit, 0 or more; a unit of size 0 is never drawn.
    n
        Units to draw.

    Raises
    ------
    ValueError
        A size below 0, or fewer sizes above 0 than units to draw.

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
