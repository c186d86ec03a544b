"""What an indicator and the composite would be, were a segment back at its reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.kpi.score import band_score, composite, reaches

ALL = "*"
"""Segment of the row in which every found segment is back."""

COLUMNS = (
    "kpi", "segment", "value", "value_if", "target", "reaches_target", "score", "score_if", "composite", "composite_if",
)  # fmt: skip


def what_if(
    causes: Sequence[Cause], *, card: Scorecard, quantiles: Mapping[tuple[str, str], float] | None = None
) -> pd.DataFrame:
    """Return what each found segment's return would bring, everything else as it is.

    Parameters
    ----------
    causes
        The missed indicators, explained.
    card
        Their scores and weights.
    quantiles
        Value of a quantile indicator with a segment back, by KPI and segment: it does not follow from the share of
        durations within the target.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, one row per segment that went the wrong way and, where an indicator has several, one for all of
        them (``segment`` is ``*``); tickets of two segments count once there. ``composite`` is missing for an indicator
        that is not part of it.
    """
    rows = []
    for cause in causes:
        worse = cause.worse
        sign = 1.0 if cause.kpi.better == "higher" else -1.0
        value = float(cause.case.row["value"])
        gains = {segment.name: value + sign * segment.regained for segment in worse}
        if len(worse) > 1:
            gains[ALL] = value - sum(segment.contribution for segment in worse)
        if cause.counted is not cause.kpi:
            known = quantiles or {}
            gains = {name: known.get((cause.kpi.key, name), np.nan) for name in gains}
        rows += [_row(cause, name, gain, card) for name, gain in gains.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(cause: Cause, segment: str, value: float, card: Scorecard) -> dict[str, object]:
    policy = card.terms.policies[cause.kpi.key]
    row = cause.case.row
    score = np.nan
    if policy.bands and not np.isnan(value):
        score = float(band_score(value, cuts=policy.bands, better=cause.kpi.better, rule=card.terms.rule))
    reached = policy.target is not None and bool(reaches(value, policy.target, better=cause.kpi.better))
    return {
        "kpi": cause.kpi.key,
        "segment": segment,
        "value": row["value"],
        "value_if": value,
        "target": np.nan if policy.target is None else policy.target,
        "reaches_target": reached,
        "score": row["score"],
        "score_if": score,
        "composite": card.verdict.value,
        "composite_if": _composite(card, cause.kpi.key, score),
    }


def _composite(card: Scorecard, key: str, score: float) -> float:
    weights = card.verdict.weights
    if key not in weights or np.isnan(score):
        return np.nan
    scores = {row["kpi"]: row["score"] for row in records(card.indicators)} | {key: score}
    keys = list(weights)
    return float(composite([scores[one] for one in keys], [weights[one] for one in keys]))
