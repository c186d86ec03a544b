"""What a duration would be, were the cases of a segment as long as they were in the reference."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Quantile
from kpi_lib.stats.mixture import Durations, Part, mixed_mean, mixed_quantile

FEWEST: Final = 30
"""Cases of the segment that must have ended in the reference: as many as the search asks of a segment."""


class NoValue(StrEnum):
    """Why it cannot be said."""

    NONE = ""
    FEW_BEFORE = "few_before"
    """The segment has fewer than :data:`FEWEST` ended cases in the reference."""
    NOT_REACHED = "not_reached"
    """Too many cases still run for the quantile to be known."""
    NOT_LOOKED_UP = "not_looked_up"
    """The single durations were not at hand."""


@dataclass(frozen=True, eq=False)
class SegmentDurations:
    """Durations behind a what-if.

    Parameters
    ----------
    inside, outside
        Of the segment's cases and of all others, in the period.
    before
        Of the segment's cases in the reference.
    """

    inside: Durations
    outside: Durations
    before: Durations


@dataclass(frozen=True)
class ValueIf:
    """A value with its interval, or why there is none."""

    value: float
    lo: float
    hi: float
    why_not: NoValue = NoValue.NONE


def value_if_back(kpi: Kpi, published: float, found: SegmentDurations, *, level: float) -> ValueIf:
    """Return what a duration KPI would be, were the segment's cases distributed as in the reference.

    Parameters
    ----------
    kpi
        A quantile or a mean of durations.
    published
        Its value in the period.
    found
        The durations.
    level
        Of the interval.

    Returns
    -------
    ValueIf
        All other cases as they are, the segment's share of the cases as it is. The published value moves by as much as
        the mixture's does, so that a segment that took as long as in the reference changes nothing. The interval is
        that of the mixture, not of the published value.
    """
    if np.isnan(published):
        return ValueIf(np.nan, np.nan, np.nan, NoValue.NOT_REACHED)
    if found.before.ended.size < FEWEST:
        return ValueIf(np.nan, np.nan, np.nan, NoValue.FEW_BEFORE)
    is_quantile = isinstance(kpi.measure, Quantile)
    share = _share(found, ended_only=not is_quantile)
    now: list[Part] = [(1 - share, found.outside), (share, found.inside)]
    then: list[Part] = [(1 - share, found.outside), (share, found.before)]
    if isinstance(kpi.measure, Quantile):
        at = kpi.measure.at
        here, back = mixed_quantile(now, at, level=level), mixed_quantile(then, at, level=level)
    else:
        here, back = mixed_mean(now, level=level), mixed_mean(then, level=level)
    moved = published - here[0]
    if np.isnan(moved) or np.isnan(back[0]):
        return ValueIf(np.nan, np.nan, np.nan, NoValue.NOT_REACHED)
    value, lo, hi = (max(0.0, end + moved) if end == end else np.nan for end in back)
    return ValueIf(value, lo, hi)


def _share(found: SegmentDurations, *, ended_only: bool) -> float:
    """Return the segment's share of the cases; a mean knows only those that ended."""
    sizes = [kind.ended.size if ended_only else kind.n for kind in (found.inside, found.outside)]
    return sizes[0] / sum(sizes)
