"""What an indicator and the composite would be, were a segment back at its reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.cases import Cause, Dims
from kpi_lib.analysis.rootcause.durations import NoValue, SegmentDurations, ValueIf, value_if_back
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.kpi.score import band_score, composite, reaches

ALL = "*"
"""Segment of the row in which every found segment is back."""

COLUMNS = (
    "kpi", "segment", "value", "value_if", "value_if_lo", "value_if_hi", "target", "reaches_target", "score",
    "score_if", "composite", "composite_if", "why_not",
)  # fmt: skip


Fetch = Callable[[Cause, Sequence[Dims]], SegmentDurations]
"""Looks up the durations of an indicator's cases in some segments, and of all others."""


def what_if(causes: Sequence[Cause], *, card: Scorecard, fetch: Fetch | None = None) -> pd.DataFrame:
    """Return what each found segment's return would bring, everything else as it is.

    Parameters
    ----------
    causes
        The missed indicators, explained.
    card
        Their scores and weights.
    fetch
        Looks up durations; without it nothing is said of means and quantiles of durations, which do not follow from
        the share within the target.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, one row per segment that went the wrong way and, where an indicator has several, one for all of
        them (``segment`` is ``*``); tickets of two segments count once there. A share or rate is back at the level to
        be expected, with the interval of the segment's effect; a duration at the segment's own distribution in the
        reference. ``composite`` is missing for an indicator that is not part of it; ``why_not`` says why there is no
        value (:class:`~kpi_lib.analysis.rootcause.durations.NoValue`).
    """
    rows = []
    for cause in causes:
        gains = _gains(cause) if cause.counted is cause.kpi else _back(cause, fetch, card.terms.level)
        rows += [_row(cause, name, gain, card) for name, gain in gains.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _gains(cause: Cause) -> dict[str, ValueIf]:
    """Return the value with each segment, and with all of them, at the level to be expected."""
    value, worse = float(cause.case.row["value"]), cause.worse
    sign = 1.0 if cause.kpi.better == "higher" else -1.0
    gains = {}
    for segment in worse:
        part = -sign * segment.regained / segment.effect if segment.effect else np.nan
        ends = sorted(value - part * end for end in (segment.lo, segment.hi))
        lo, hi = (min(max(end, 0.0), 1.0) if cause.kpi.unit == "share" else end for end in ends)
        gains[segment.name] = ValueIf(value + sign * segment.regained, lo, hi)
    if len(worse) > 1:
        gains[ALL] = ValueIf(value - sum(segment.contribution for segment in worse), np.nan, np.nan)
    return gains


def _back(cause: Cause, fetch: Fetch | None, level: float) -> dict[str, ValueIf]:
    """Return a duration with the cases of each segment, and of all of them, as long as in the reference."""
    wanted: dict[str, list[Dims]] = {segment.name: [segment.dims] for segment in cause.worse}
    if len(wanted) > 1:
        wanted[ALL] = [segment.dims for segment in cause.worse]
    if fetch is None:
        return dict.fromkeys(wanted, ValueIf(np.nan, np.nan, np.nan, NoValue.NOT_LOOKED_UP))
    published = float(cause.case.row["value"])
    return {name: value_if_back(cause.kpi, published, fetch(cause, dims), level=level) for name, dims in wanted.items()}


def _row(cause: Cause, segment: str, gain: ValueIf, card: Scorecard) -> dict[str, object]:
    value = gain.value
    policy = card.terms.policies[cause.kpi.key]
    row = cause.case.row
    score = np.nan
    if policy.bands and not np.isnan(value):
        score = float(band_score(value, cuts=policy.bands, better=cause.kpi.better, rule=card.terms.rule))
    reached = (
        policy.target is not None
        and not np.isnan(value)
        and bool(reaches(value, policy.target, better=cause.kpi.better))
    )
    return {
        "kpi": cause.kpi.key,
        "segment": segment,
        "value": row["value"],
        "value_if": value,
        "value_if_lo": gain.lo,
        "value_if_hi": gain.hi,
        "target": np.nan if policy.target is None else policy.target,
        "reaches_target": reached,
        "score": row["score"],
        "score_if": score,
        "composite": card.verdict.value,
        "composite_if": _composite(card, cause.kpi.key, score),
        "why_not": gain.why_not.value,
    }


def _composite(card: Scorecard, key: str, score: float) -> float:
    weights = card.verdict.weights
    if key not in weights or np.isnan(score):
        return np.nan
    scores = {row["kpi"]: row["score"] for row in records(card.indicators)} | {key: score}
    keys = list(weights)
    return float(composite([scores[one] for one in keys], [weights[one] for one in keys]))
