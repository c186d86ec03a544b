"""All of a branch's baselines, reviewed: quality, chart, phases, targets, peers, and the network's flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import ControlChart, control_chart
from kpi_lib.analysis.baseline.evidence import PLAIN
from kpi_lib.analysis.baseline.network import Budget, alarm_budget
from kpi_lib.analysis.baseline.peers import Funnel, Pooled, funnel, shrink
from kpi_lib.analysis.baseline.phases import PhaseProposal, propose_phases, replay
from kpi_lib.analysis.baseline.quality import BaselineQuality, baseline_quality
from kpi_lib.analysis.baseline.record import monitored, since
from kpi_lib.analysis.baseline.series import Family, Series, series_by
from kpi_lib.analysis.baseline.targets import Origin, TargetProposal, propose_target
from kpi_lib.analysis.terms import Terms
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Mean, Ratio, Share, Within
from kpi_lib.params.baselines import AcceptedBaseline, BaselineFile
from kpi_lib.text import Text

PEER_MONTHS = 12
"""Months added up for the comparison of branches."""


@dataclass(frozen=True, eq=False)
class IndicatorReview:
    """One indicator of the branch.

    Parameters
    ----------
    kpi
        The indicator.
    naive, chart
        Textbook chart and the one chosen by evidence.
    quality, proposal, target
        Verdict, phase candidates, targets with odds.
    replayed
        What would have been flagged month by month.
    accepted, watched
        Accepted baseline and the series held to it; None where none was accepted.
    """

    kpi: Kpi
    naive: ControlChart
    chart: ControlChart
    quality: BaselineQuality
    proposal: PhaseProposal
    target: TargetProposal
    replayed: pd.DataFrame
    accepted: AcceptedBaseline | None
    watched: ControlChart | None

    @property
    def shown(self) -> ControlChart:
        """The chart to look at: held to the accepted baseline where there is one."""
        return self.watched or self.chart


@dataclass(frozen=True, eq=False)
class BaselineReview:
    """A branch's baselines.

    Parameters
    ----------
    branch, period
        Key of the branch and label of the last period.
    branches
        Names of all reported branches.
    indicators
        Reviewed indicators, the weighted first.
    empty
        Keys of indicators without any value.
    pooled, funnels
        Branches side by side, by indicator.
    budget
        The network's flags of the period.
    accepted
        The accepted baselines, None where there are none.
    industry_age
        Months since each industry figure was taken, by indicator.
    """

    branch: str
    period: str
    branches: Mapping[str, Text]
    kpis: Mapping[str, Kpi]
    terms: Terms
    indicators: tuple[IndicatorReview, ...]
    empty: tuple[str, ...]
    pooled: Mapping[str, Pooled]
    funnels: Mapping[str, Funnel]
    budget: Budget
    accepted: BaselineFile | None
    industry_age: Mapping[str, float]

    @property
    def points(self) -> pd.DataFrame:
        """All charts' points: ``kpi, period, numerator, denominator, value, centre, lower, upper, phase, signal,
        rule``."""
        names = [
            "period",
            "numerator",
            "denominator",
            "value",
            "centre",
            "lower",
            "upper",
            "phase",
            "state",
            "signal",
            "rule",
        ]
        return _stacked([(one.kpi.key, one.shown.points[names]) for one in self.indicators], ["kpi", *names])

    @property
    def quality(self) -> pd.DataFrame:
        """All checks: ``kpi, grade, check, verdict, figure``."""
        parts = [(one.kpi.key, one.quality.table.assign(grade=one.quality.grade.value)) for one in self.indicators]
        return _stacked(parts, ["kpi", "grade", "check", "verdict", "figure"])

    @property
    def baselines(self) -> pd.DataFrame:
        """One row per indicator: ``kpi, chart, why, centre, centre_lo, centre_hi, lower, upper, spread, n, grade,
        accepted``."""
        rows = []
        for one in self.indicators:
            drawn, phase = one.chart.drawn, one.chart.last
            rows.append(
                {
                    "kpi": one.kpi.key, "chart": one.chart.choice.kind,
                    "why": "+".join(why.value for why in one.chart.choice.why), "centre": one.quality.centre,
                    "centre_lo": one.quality.centre_lo, "centre_hi": one.quality.centre_hi, "lower": drawn.lower[-1],
                    "upper": drawn.upper[-1], "spread": phase.spread, "n": phase.n,
                    "numerator": phase.numerator, "denominator": phase.denominator,
                    "false_alarm": one.chart.false_alarm, "grade": one.quality.grade.value,
                    "accepted": np.nan if one.accepted is None else one.accepted.level,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def targets(self) -> pd.DataFrame:
        """All targets: ``kpi, origin, target, chance_next, chance_often, assurance``."""
        return _stacked(
            [(one.kpi.key, one.target.targets) for one in self.indicators],
            ["kpi", "origin", "target", "chance_next", "chance_often", "assurance"],
        )

    @property
    def phases(self) -> pd.DataFrame:
        """All phase candidates, with ``kpi``."""
        return _stacked([(one.kpi.key, one.proposal.candidates) for one in self.indicators], ["kpi", "at"])

    @property
    def peers(self) -> pd.DataFrame:
        """All branches: the pooled table with ``kpi`` and the funnel's ``standing, smallest, rank_lo, rank_hi``."""
        parts = []
        for key, pooled in self.pooled.items():
            table = pooled.table
            if key in self.funnels:
                names = ["group", "standing", "smallest", "rank_lo", "rank", "rank_hi", "worst_fifth"]
                table = table.merge(self.funnels[key].table[names], on="group")
            parts.append((key, table))
        return _stacked(parts, ["kpi", "group"])


def _stacked(parts: Sequence[tuple[str, pd.DataFrame]], columns: list[str]) -> pd.DataFrame:
    found = [table.assign(kpi=key) for key, table in parts if len(table)]
    if not found:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(found, ignore_index=True)
    return whole[["kpi", *(name for name in whole.columns if name != "kpi")]]


def family_of(kpi: Kpi) -> Family:
    """Return what an indicator's value is."""
    match kpi.measure:
        case Share() | Within():
            return "share"
        case Ratio(kind=kind):
            return "rate" if kind == "rate" else "share"
        case Mean():
            return "mean"
        case Count():
            return "count"
        case _:
            return "value"


def kpi_series(frame: pd.DataFrame, kpi: Kpi) -> dict[str, Series]:
    """Return one indicator's series by branch from computed rows; a branch without any value has none.

    Months before a branch's first value are before its data began, not months without activity.
    """
    own = frame[frame["kpi"] == kpi.key]
    began = own["period_start"].where(own["value"].notna()).groupby(own["branch"]).transform("min")
    own = own[own["period_start"] >= began]
    family = family_of(kpi)
    found = series_by(
        own,
        by=("branch",),
        period="period_start",
        numerator="value" if family == "value" else "numerator",
        denominator=None if family in {"value", "count"} else "denominator",
        family=family,
        provisional="provisional",
        higher_is_better=kpi.better == "higher",
    )
    return {str(branch): replace(series, key=kpi.key) for (branch,), series in found.items()}


def baseline_review(
    frame: pd.DataFrame,
    *,
    branch: str,
    branches: Mapping[str, Text],
    kpis: Mapping[str, Kpi],
    terms: Terms,
    events: Mapping[str, pd.DataFrame] | None = None,
    accepted: BaselineFile | None = None,
) -> BaselineReview:
    """Review a branch's baselines.

    Parameters
    ----------
    frame
        Rows of ``compute`` for all branches and months, oldest first.
    branch
        Key of the branch.
    branches
        Names of the branches compared.
    kpis
        Indicators to review.
    terms
        What the branch is held to.
    events
        ``date, event`` by indicator.
    accepted
        Accepted baselines.
    """
    last = frame["period_start"].max()
    order = sorted(kpis, key=lambda key: -terms.weights.get(key, 0.0))
    every = {key: kpi_series(frame, kpis[key]) for key in order}
    series = {key: own.get(branch) for key, own in every.items()}
    pooled, funnels = _peers(frame, {key: kpis[key] for key in order})
    reviewed = tuple(
        _reviewed(
            one,
            kpis[key],
            terms,
            pooled.get(key),
            (events or {}).get(key),
            None if accepted is None else accepted.of(branch, key),
        )
        for key, one in series.items()
        if one is not None
    )
    return BaselineReview(
        branch=branch,
        period=str(frame.loc[frame["period_start"] == last, "period"].iloc[0]),
        branches=branches,
        kpis=kpis,
        terms=terms,
        indicators=reviewed,
        empty=tuple(key for key, one in series.items() if one is None),
        pooled=pooled,
        funnels=funnels,
        budget=_budget(every, last),
        accepted=accepted,
        industry_age={
            key: (last.date() - policy.industry.as_of).days / 30.4
            for key, policy in terms.policies.items()
            if policy.industry is not None
        },
    )


def _reviewed(
    series: Series,
    kpi: Kpi,
    terms: Terms,
    pooled: Pooled | None,
    events: pd.DataFrame | None,
    accepted: AcceptedBaseline | None,
) -> IndicatorReview:
    if accepted is not None:
        # What lay before the accepted window is another process, decided on already.
        series = since(series, accepted.first)
    chart = control_chart(series)
    quality = baseline_quality(chart, level=terms.level)
    policy = terms.policies[kpi.key]
    better = kpi.better == "higher"
    peers = np.nan if pooled is None else pooled.upper_quartile if better else pooled.lower_quartile
    proposals = {
        Origin.CURRENT: quality.centre,
        Origin.PEERS: peers,
        Origin.INDUSTRY: policy.industry.value if policy.industry else np.nan,
        Origin.AMBITION: np.nan if policy.target is None else policy.target,
    }
    return IndicatorReview(
        kpi=kpi,
        naive=control_chart(series, kind=PLAIN[series.family]),
        chart=chart,
        quality=quality,
        proposal=propose_phases(series, events=events, level=terms.level),
        target=propose_target(chart, proposals=proposals, higher_is_better=better, cuts=policy.bands),
        replayed=replay(chart),
        accepted=accepted,
        watched=None if accepted is None else monitored(series, accepted),
    )


def _peers(frame: pd.DataFrame, kpis: Mapping[str, Kpi]) -> tuple[dict[str, Pooled], dict[str, Funnel]]:
    """Compare branches over the last months; quantiles do not add up over months and are left out."""
    starts = sorted(frame["period_start"].unique())[-PEER_MONTHS:]
    pooled, funnels = {}, {}
    for key, kpi in kpis.items():
        family = family_of(kpi)
        rows = frame[(frame["kpi"] == key) & frame["period_start"].isin(starts) & ~frame["provisional"].astype(bool)]
        rows = rows[rows["value"].notna()]
        if family in {"value", "count"} or rows.empty:
            continue
        added = rows.groupby("branch", as_index=False)[["numerator", "denominator", "sum_sq"]].sum()
        if family == "share" and (added["numerator"] > added["denominator"]).any():
            continue
        pooled[key] = shrink(
            added, group="branch", numerator="numerator", denominator="denominator",
            sum_sq="sum_sq" if family == "mean" else None, family=family,
        )  # fmt: skip
        if family in {"share", "rate"}:
            funnels[key] = funnel(
                added, group="branch", numerator="numerator", denominator="denominator", family=family,
                higher_is_better=kpi.better == "higher",
            )  # fmt: skip
    return pooled, funnels


def _budget(every: Mapping[str, Mapping[str, Series]], last: pd.Timestamp) -> Budget:
    """Judge the last month of every branch and indicator together."""
    return alarm_budget(
        [(branch, one) for own in every.values() for branch, one in own.items() if one.start[-1] == np.datetime64(last)]
    )
