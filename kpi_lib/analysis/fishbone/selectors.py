"""Which cause a piece of evidence belongs to: the most specific selector that it meets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from kpi_lib.analysis.fishbone.evidence import Evidence, Source

Fit = tuple[int, int]
"""How closely a selector fits: conditions met, and how many of them name a value."""

_SEGMENTS = (Source.SEGMENT, Source.MIX)


def fit(selector: str, evidence: Evidence) -> Fit | None:
    """Return how closely a selector fits, None where it does not.

    A segment must have every dimension (``provider``) and every value (``product=smart_tv``) the selector names; of
    other evidence the key must match. ``*`` stands for any text.
    """
    source, _, wanted = selector.partition(":")
    if source != evidence.source:
        return None
    if source not in _SEGMENTS or wanted == "*":
        return (int("*" not in wanted), 0) if fnmatchcase(evidence.key, wanted) else None
    have = _conditions(evidence.key)
    asked = _conditions(wanted)
    met = all(dimension in have and fnmatchcase(have[dimension], value or "*") for dimension, value in asked.items())
    return (len(asked), sum(bool(value) for value in asked.values())) if met else None


def best(evidence: Evidence, causes: Iterable[tuple[str, Collection[str]]]) -> str | None:
    """Return the name of the cause that fits most closely, the first one of equals, None where none does.

    Parameters
    ----------
    evidence
        What is to be placed.
    causes
        Names of the causes with their selectors.
    """
    chosen, closest = None, (0, -1)
    for name, selectors in causes:
        fits = [found for selector in selectors if (found := fit(selector, evidence)) is not None]
        if fits and max(fits) > closest:
            chosen, closest = name, max(fits)
    return chosen


def was_looked_at(selectors: Collection[str], looked_at: Collection[str]) -> bool:
    """Return whether one of a cause's selectors asks for something that was looked at.

    Parameters
    ----------
    selectors
        Of the cause.
    looked_at
        What the analysis covered, as ``source:key``: ``segment:provider`` for a searched dimension, ``theme:attitude``
        for a counted theme; ``*`` in the key stands for everything of the source.
    """
    return any(_covered(selector, looked_at) for selector in selectors)


def _covered(selector: str, looked_at: Collection[str]) -> bool:
    source, _, wanted = selector.partition(":")
    seen = {key for name, _, key in (each.partition(":") for each in looked_at) if name == source}
    if "*" in seen or (wanted == "*" and seen):
        return True
    if source in _SEGMENTS:
        return set(_conditions(wanted)) <= seen
    return any(fnmatchcase(key, wanted) for key in seen)


def _conditions(key: str) -> dict[str, str]:
    """Return the value asked for by dimension, empty where any will do."""
    parts = (part.partition("=") for part in key.split("&"))
    return {dimension: value for dimension, _, value in parts}
