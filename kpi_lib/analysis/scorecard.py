"""Notebook ``2_scorecard``: one branch's indicators judged against policy, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from kpi_lib.analysis.composites import (
    CompositeChange,
    composite_change,
    composite_rows,
    drawn_scores,
    scores,
    scores_of,
)
from kpi_lib.analysis.indicators import indicator_rows
from kpi_lib.analysis.records import records
from kpi_lib.analysis.scenarios import POLICY, Scenarios, reweigh
from kpi_lib.analysis.terms import Terms
from kpi_lib.analysis.watch import watched
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.score import Composite, judge
from kpi_lib.params.periods import parse_period


@dataclass(frozen=True, eq=False)
class Scorecard:
    """One branch in one period.

    Parameters
    ----------
    branch, period, previous
        Branch key, label of the period and of the one before (None where the frame has none).
    kpis, terms
        The KPIs by key, computed or not, and what the branch is held to.
    indicators
        One row per KPI, the weighted ones first by weight: the computed row (``kpi, period, numerator, denominator,
        sum_sq, n, value, lo, hi, n_pending, n_unknown, provisional, reason``), ``baseline, baseline_from`` (period
        of the accepted baseline, or ``policy``), ``target, industry``,
        ``policy_weight, weight`` (after sharing out), ``score, status, reached``, ``previous_value, change, change_lo,
        change_hi, change_clear, change_better``, ``to_reach`` (how many more or fewer reach the target) and
        ``to_reach_of`` (of how many), ``to_gain`` (points of the composite that reaching it brings), ``few`` (fewer
        observations than a verdict needs) and ``unit, better``.
    history
        Computed rows of all periods with ``score``.
    composites
        ``period, composite, lo, hi, grade, coverage`` of every period.
    verdict, change
        The composite of the period and its change.
    scenarios
        The composite under each weighting.
    watch
        Indicators held to accepted baselines, as of :func:`kpi_lib.analysis.watch.watched`; empty where none
        were accepted or the periods are no months.
    unavailable
        ``kpi, policy_weight, missing`` of KPIs for which a column is lacking.
    buckets, feedback
        Overdue buckets and survey answers, as :mod:`kpi_lib.kpi.overdue` and :mod:`kpi_lib.kpi.feedback` count them;
        empty where the table has no source.
    provisional
        Whether the composite can still move: the period has not ended, or clocks of weighted KPIs are still running.
    """

    branch: str
    period: str
    previous: str | None
    kpis: Mapping[str, Kpi]
    terms: Terms
    indicators: pd.DataFrame
    history: pd.DataFrame
    composites: pd.DataFrame
    verdict: Composite
    change: CompositeChange
    scenarios: Scenarios
    watch: pd.DataFrame
    unavailable: pd.DataFrame
    buckets: pd.DataFrame
    feedback: pd.DataFrame
    provisional: bool

    @property
    def weighted(self) -> pd.DataFrame:
        """The indicators that carry weight."""
        return self.indicators[self.indicators["policy_weight"] > 0]

    def summary(self) -> dict[str, object]:
        """Return the verdict in a few plain values, for an index over branches."""
        return {
            "branch": self.branch,
            "period": self.period,
            "composite": self.verdict.value,
            "lo": self.verdict.lo,
            "hi": self.verdict.hi,
            "grade": self.verdict.grade,
            "grade_probability": dict(self.verdict.grade_chance),
            "coverage": self.verdict.coverage,
            "previous": self.previous,
            "change": self.change.value,
            "change_lo": self.change.lo,
            "change_hi": self.change.hi,
            "change_clear": self.change.clear,
            "provisional": self.provisional,
            "scenarios": {
                row["scenario"]: row["composite"]
                for row in records(self.scenarios.composites)
                if row["scenario"] != POLICY
            },
        }


def scorecard(
    frame: pd.DataFrame,
    *,
    branch: str,
    kpis: Mapping[str, Kpi],
    terms: Terms,
    within: pd.DataFrame | None = None,
    missing: Mapping[str, tuple[str, ...]] | None = None,
    buckets: pd.DataFrame | None = None,
    feedback: pd.DataFrame | None = None,
) -> Scorecard:
    """Judge a branch's computed indicators.

    Parameters
    ----------
    frame
        Rows of ``compute`` for this branch, one per KPI and period; the last period is the one judged.
    branch
        Key of the branch.
    kpis
        The KPIs by key, those of ``frame`` and those of ``missing``.
    terms
        What the branch is held to.
    within
        ``kpi, numerator, denominator`` for quantile KPIs: durations within the target, of all. Without it their
        ``to_reach`` is missing.
    missing
        Columns lacking, by KPI that could not be computed.
    buckets, feedback
        Overdue buckets and survey answers of the period; None where the table has no source.
    """
    periods = list(frame.sort_values("period_start")["period"].unique())
    period, previous = periods[-1], periods[-2] if len(periods) > 1 else None
    drawn = drawn_scores(frame, kpis, terms)
    history = frame.assign(score=scores(frame, kpis, terms, drawn))
    judged = {
        label: judge(
            scores_of(history, label), drawn[label], weights=terms.weights, grades=terms.grades, level=terms.level
        )
        for label in periods
    }
    verdict = judged[period]
    indicators = indicator_rows(
        history, period=period, previous=previous, kpis=kpis, terms=terms, weights=verdict.weights, within=within
    )
    scenarios = reweigh(
        scores_of(history, period),
        drawn[period],
        weightings={POLICY: terms.weights, **terms.weightings},
        grades=terms.grades,
        level=terms.level,
    )
    counted = indicators[indicators["weight"] > 0]
    return Scorecard(
        branch=branch,
        period=period,
        previous=previous,
        kpis=kpis,
        terms=terms,
        indicators=indicators,
        history=history,
        composites=composite_rows(judged),
        verdict=verdict,
        change=composite_change(history, drawn, period, previous, terms),
        scenarios=scenarios,
        watch=watched(
            frame.assign(branch=branch), branch=branch, kpis=kpis, accepted=terms.accepted if _monthly(periods) else {}
        ),
        unavailable=_unavailable(missing or {}, terms.weights),
        buckets=pd.DataFrame() if buckets is None else buckets,
        feedback=pd.DataFrame() if feedback is None else feedback,
        provisional=bool(counted["provisional"].any()),
    )


def _monthly(periods: Sequence[str]) -> bool:
    return all(parse_period(label).grain == "month" for label in periods)


def _unavailable(missing: Mapping[str, tuple[str, ...]], weights: Mapping[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"kpi": kpi, "policy_weight": weights.get(kpi, 0.0), "missing": ", ".join(columns)}
            for kpi, columns in missing.items()
            if columns
        ],
        columns=["kpi", "policy_weight", "missing"],
    )
