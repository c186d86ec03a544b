"""Notebook ``2_scorecard``: one branch's indicators judged against policy, and what they come to."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.indicators import indicator_rows
from kpi_lib.analysis.records import records
from kpi_lib.analysis.scenarios import POLICY, Scenarios, reweigh
from kpi_lib.analysis.terms import Terms
from kpi_lib.analysis.watch import watched
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.score import Composite, band_score, composite, draw_values, family, judge, share_out
from kpi_lib.params.periods import parse_period
from kpi_lib.stats.intervals import Floats

DRAWS = 4000
"""Draws per KPI and period: the chance of a grade is then within about 1.5 points of its limit (2 sqrt(.25 / 4000))."""


@dataclass(frozen=True, eq=False)
class CompositeChange:
    """Composite less that of the period before, over the KPIs scored in both (like with like).

    Parameters
    ----------
    value, lo, hi
        Difference in points of the composite; ``nan`` where there is nothing to compare.
    clear
        Whether the interval leaves out zero.
    kpis
        KPIs compared.
    """

    value: float
    lo: float
    hi: float
    clear: bool
    kpis: tuple[str, ...]


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
    drawn = _drawn_scores(frame, kpis, terms)
    history = frame.assign(score=_scores(frame, kpis, terms, drawn))
    judged = {
        label: judge(
            _scores_of(history, label), drawn[label], weights=terms.weights, grades=terms.grades, level=terms.level
        )
        for label in periods
    }
    verdict = judged[period]
    indicators = indicator_rows(
        history, period=period, previous=previous, kpis=kpis, terms=terms, weights=verdict.weights, within=within
    )
    scenarios = reweigh(
        _scores_of(history, period),
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
        composites=_composites(judged),
        verdict=verdict,
        change=_composite_change(history, drawn, period, previous, terms),
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


def _scores(
    frame: pd.DataFrame, kpis: Mapping[str, Kpi], terms: Terms, drawn: Mapping[str, Mapping[str, Floats]]
) -> pd.Series:
    """Score every row; a weighted KPI whose uncertainty cannot be told has no score."""
    scores = pd.Series(np.nan, index=frame.index, dtype=float)
    for kpi, rows in frame.groupby("kpi"):
        bands = terms.policies[str(kpi)].bands
        if bands:
            own = band_score(rows["value"], cuts=bands, better=kpis[str(kpi)].better, rule=terms.rule)
            scores.loc[rows.index] = own
    weighted = frame["kpi"].isin(list(terms.weights))
    told = [kpi in drawn[period] for kpi, period in zip(frame["kpi"], frame["period"], strict=True)]
    return scores.where(~weighted | np.asarray(told))


def _drawn_scores(frame: pd.DataFrame, kpis: Mapping[str, Kpi], terms: Terms) -> dict[str, dict[str, Floats]]:
    """Draw the scores of the weighted KPIs, by period and KPI.

    The generator of each draw is seeded by branch, KPI and period alone, so that the same data give the same chances
    whatever else is on the page.
    """
    drawn: dict[str, dict[str, Floats]] = {str(period): {} for period in frame["period"].unique()}
    weighted = frame[frame["kpi"].isin(list(terms.weights))]
    for row in records(weighted):
        kpi, bands = kpis[row["kpi"]], terms.policies[row["kpi"]].bands
        if not bands or pd.isna(row["value"]):
            continue
        rng = np.random.default_rng(zlib.crc32(f"{row.get('branch', '')}|{kpi.key}|{row['period']}".encode()))
        values = draw_values(row, family(kpi.measure), size=DRAWS, rng=rng, level=terms.level)
        if not np.isnan(values).any():
            drawn[row["period"]][kpi.key] = band_score(values, cuts=bands, better=kpi.better, rule=terms.rule)
    return drawn


def _scores_of(history: pd.DataFrame, period: str | None) -> pd.Series:
    return history[history["period"] == period].set_index("kpi")["score"]


def _composites(judged: Mapping[str, Composite]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "period": period,
                "composite": found.value,
                "lo": found.lo,
                "hi": found.hi,
                "grade": found.grade,
                "coverage": found.coverage,
            }
            for period, found in judged.items()
        ]
    )


def _composite_change(
    history: pd.DataFrame,
    drawn: Mapping[str, Mapping[str, Floats]],
    period: str,
    previous: str | None,
    terms: Terms,
) -> CompositeChange:
    both = [kpi for kpi in terms.weights if previous and kpi in drawn[period] and kpi in drawn[previous]]
    if not both or previous is None:
        return CompositeChange(np.nan, np.nan, np.nan, False, ())
    shared = share_out(terms.weights, both)
    w = np.array([shared[kpi] for kpi in both])
    now, before = (_scores_of(history, label).loc[both].to_numpy(dtype=float) for label in (period, previous))
    value = float(composite(now, w) - composite(before, w))
    draws = [composite(np.column_stack([drawn[label][kpi] for kpi in both]), w) for label in (period, previous)]
    tail = (1 - terms.level) / 2
    lo, hi = (float(bound) for bound in np.quantile(draws[0] - draws[1], [tail, 1 - tail]))
    # Steps of bands can put the observed difference outside what is drawn; then the draws do not speak for it.
    lo, hi = min(lo, value), max(hi, value)
    return CompositeChange(value, lo, hi, lo > 0 or hi < 0, tuple(both))


def _unavailable(missing: Mapping[str, tuple[str, ...]], weights: Mapping[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"kpi": kpi, "policy_weight": weights.get(kpi, 0.0), "missing": ", ".join(columns)}
            for kpi, columns in missing.items()
            if columns
        ],
        columns=["kpi", "policy_weight", "missing"],
    )
