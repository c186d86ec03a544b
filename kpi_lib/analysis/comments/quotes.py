"""Quotes that are typical: the comment nearest to the middle of its theme, then the next unlike it, all masked."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kpi_lib.analysis.comments.mask import masked

CONSIDERED = 1_000
"""Comments of a theme the middle is computed from, spread evenly over them."""
LONGEST_QUOTE = 120
SHORTEST_QUOTE = 2
ALIKE = 0.35
"""Cosine similarity from which two quotes say the same."""
_BUCKETS = 1 << 16


def typical(texts: Sequence[str], *, places: Sequence[tuple[int, int]], n: int = 2) -> list[str]:
    """Return the most typical of some comments, masked.

    Each comment is weighed by its character pairs (tf-idf); the first quote has the largest cosine similarity to the
    mean of all (the medoid), the following ones are the nearest to it that are not alike.

    Parameters
    ----------
    texts
        Cleaned comments.
    places
        Start and end of the clause of interest in each; a long comment is quoted around it.
    n
        Quotes wanted.
    """
    counted = Counter(zip(texts, places, strict=True))
    each = list(counted.items())
    quotes: Counter[str] = Counter()
    # Masking takes longest, so of very many an even part is looked at.
    for number in np.unique(np.linspace(0, len(each) - 1, CONSIDERED).astype(int)) if each else ():
        (text, place), times = each[number]
        quotes[_quoted(text, place)] += times
    found = [quote for quote in quotes if len(quote) >= SHORTEST_QUOTE]
    if not found:
        return []
    weights = _tf_idf(found)
    often = np.array([quotes[quote] for quote in found], dtype=float)
    nearness = np.asarray(weights @ (weights.T @ (often / often.sum()))).ravel()
    chosen: list[int] = []
    for place in np.argsort(-nearness, kind="stable"):
        alike = [float((weights[place] @ weights[other].T).sum()) for other in chosen]
        if not alike or max(alike) < ALIKE:
            chosen.append(int(place))
        if len(chosen) == n:
            break
    return [found[place] for place in chosen]


def _quoted(text: str, place: tuple[int, int]) -> str:
    """Return a comment as quoted: masked as a whole first, so that no cut can uncover a number, then cut."""
    whole = masked(text)
    if len(whole) <= LONGEST_QUOTE:
        return whole
    clause = masked(text[slice(*place)])[:LONGEST_QUOTE]
    start = max(0, whole.find(clause) - LONGEST_QUOTE // 3)
    end = start + LONGEST_QUOTE
    return f"{'…' if start else ''}{whole[start:end]}{'…' if end < len(whole) else ''}"


def _tf_idf(texts: Sequence[str]) -> sparse.csr_array:
    """Return a row of unit length per text over hashed character pairs."""
    rows: list[int] = []
    buckets: list[int] = []
    for row, text in enumerate(texts):
        pairs = [text[place : place + 2] for place in range(len(text) - 1)]
        rows += [row] * len(pairs)
        buckets += [zlib.crc32(pair.encode()) % _BUCKETS for pair in pairs]
    ones: npt.NDArray[np.float64] = np.ones(len(rows))
    counts = sparse.coo_array((ones, (rows, buckets)), shape=(len(texts), _BUCKETS)).tocsr()
    documents = np.bincount(counts.indices, minlength=_BUCKETS)
    counts.data = np.log1p(counts.data) * np.log((1 + len(texts)) / (1 + documents[counts.indices]) + 1)
    length = np.sqrt(counts.multiply(counts).sum(axis=1))
    return sparse.csr_array(sparse.diags_array(1 / np.where(length > 0, length, 1)) @ counts)
