"""All of a branch's baselines, reviewed: quality, chart, phases, targets, peers, and the network's flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import ChartRequest, ControlChart, control_chart, control_charts
from kpi_lib.analysis.baseline.comparison import Comparison, compared
from kpi_lib.analysis.baseline.evidence import PLAIN
from kpi_lib.analysis.baseline.families import kpi_series
from kpi_lib.analysis.baseline.network import Budget, alarm_budget
from kpi_lib.analysis.baseline.peers import Pooled
from kpi_lib.analysis.baseline.phases import PhaseProposal, propose_phases, replays
from kpi_lib.analysis.baseline.power import Sight, sight
from kpi_lib.analysis.baseline.quality import BaselineQuality, baseline_qualities
from kpi_lib.analysis.baseline.record import all_monitored, revised, since
from kpi_lib.analysis.baseline.series import Series, by_quarter
from kpi_lib.analysis.baseline.targets import Origin, TargetProposal, propose_target
from kpi_lib.analysis.terms import Terms
from kpi_lib.kpi.definition import Kpi
from kpi_lib.params.baselines import AcceptedBaseline, BaselineFile
from kpi_lib.params.periods import months_between
from kpi_lib.text import Text


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
    sight
        What the chart can see.
    quarters
        Chart by quarters where months are too thin to say anything and counts add up; else None.
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
    sight: Sight
    quarters: ControlChart | None
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
    comparisons
        Branches side by side, by indicator.
    budget
        The network's flags of the period.
    history
        The accepted baselines, oldest first.
    old_industry
        Age in months of the industry figures that must be taken anew, by indicator.
    """

    branch: str
    period: str
    branches: Mapping[str, Text]
    kpis: Mapping[str, Kpi]
    terms: Terms
    indicators: tuple[IndicatorReview, ...]
    empty: tuple[str, ...]
    comparisons: Mapping[str, Comparison]
    budget: Budget
    history: tuple[BaselineFile, ...]
    old_industry: Mapping[str, float]

    @property
    def accepted(self) -> BaselineFile | None:
        """The baselines in force, None where none were accepted."""
        return self.history[-1] if self.history else None

    @property
    def accepted_age(self) -> int:
        """Months from the last period of the baselines in force to the review's; 0 where there are none."""
        return 0 if self.accepted is None else months_between(self.accepted.period, self.period)

    @property
    def revision(self) -> pd.DataFrame:
        """Present levels against the baselines in force, as of :func:`~kpi_lib.analysis.baseline.record.revised`."""
        judged = {one.kpi.key: one.quality for one in self.indicators}
        return revised(judged, self.accepted, branch=self.branch)

    def indicator(self, key: str) -> IndicatorReview:
        """Return an indicator's review."""
        return next(one for one in self.indicators if one.kpi.key == key)

    @property
    def silent(self) -> dict[str, str]:
        """Last month with a value, by indicator that has none in the period."""
        found = {}
        for one in self.indicators:
            there = np.flatnonzero(np.isfinite(one.chart.series.value))
            label = one.chart.series.period[there[-1]]
            if label != self.period:
                found[one.kpi.key] = label
        return found

    def notable(self, one: IndicatorReview) -> bool:
        """Return whether an indicator has a signal, a proposed phase or a place on the network's list."""
        budget = self.budget.table
        listed = budget["flag"].astype(bool) & (budget["branch"] == self.branch) & (budget["kpi"] == one.kpi.key)
        return bool(any(one.shown.marks) or len(one.proposal.candidates) or listed.any())

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
        """All branches: the pooled table with ``kpi``, the funnel's ``standing, smallest, rank_lo, rank_hi`` and, where
        cases can be told apart, ``mix_expected, mix_adjusted, mix_standing``."""
        parts = []
        for key, one in self.comparisons.items():
            names = ["group", "standing", "smallest", "rank_lo", "rank", "rank_hi", "worst_fifth"]
            table = one.pooled.table.merge(one.funnel.table[names], on="group")
            if one.mix is not None:
                own = one.mix.table[["group", "expected", "adjusted", "standing"]]
                renamed = {name: f"mix_{name}" for name in ("expected", "adjusted", "standing")}
                table = table.merge(own.rename(columns=renamed), on="group", how="left")
            parts.append((key, table))
        return _stacked(parts, ["kpi", "group"])

    @property
    def trajectories(self) -> pd.DataFrame:
        """The ways to the company's targets: ``kpi, period, level, chance``."""
        return _stacked([(one.kpi.key, one.target.path) for one in self.indicators], ["kpi", "period"])


def _stacked(parts: Sequence[tuple[str, pd.DataFrame]], columns: list[str]) -> pd.DataFrame:
    found = [table.assign(kpi=key) for key, table in parts if len(table)]
    if not found:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(found, ignore_index=True)
    return whole[["kpi", *(name for name in whole.columns if name != "kpi")]]


def baseline_review(
    frame: pd.DataFrame,
    *,
    branch: str,
    branches: Mapping[str, Text],
    kpis: Mapping[str, Kpi],
    terms: Terms,
    year: pd.DataFrame | None = None,
    strata: pd.DataFrame | None = None,
    events: Mapping[str, pd.DataFrame] | None = None,
    history: Sequence[BaselineFile] = (),
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
    year, strata
        The last twelve months as one period, and by case mix, as of
        :func:`~kpi_lib.analysis.baseline.comparison.compared`.
    events
        ``date, event`` by indicator.
    history
        Accepted baselines, oldest first; the newest is in force.
    """
    accepted = history[-1] if history else None
    last = frame["period_start"].max()
    order = sorted(kpis, key=lambda key: -terms.weights.get(key, 0.0))
    every = {key: kpi_series(frame, kpis[key]) for key in order}
    series = {key: one if (one := own.get(branch)) is not None and one.n else None for key, own in every.items()}
    peers = compared(
        frame, kpis={key: kpis[key] for key in order}, policies=terms.policies, year=year, strata=strata,
        level=terms.level,
    )  # fmt: skip
    reviewed = _reviewed(
        {key: one for key, one in series.items() if one is not None},
        kpis=kpis,
        terms=terms,
        pooled={key: one.pooled for key, one in peers.items()},
        events=events or {},
        accepted={} if accepted is None else {key: entry for key in order if (entry := accepted.of(branch, key))},
    )
    return BaselineReview(
        branch=branch,
        period=str(frame.loc[frame["period_start"] == last, "period"].iloc[0]),
        branches=branches,
        kpis=kpis,
        terms=terms,
        indicators=reviewed,
        empty=tuple(key for key, one in series.items() if one is None),
        comparisons=peers,
        budget=_budget(every, last, accepted),
        history=tuple(history),
        old_industry=terms.old_industry((last + pd.offsets.MonthEnd(1)).date()),
    )


def _reviewed(
    series: Mapping[str, Series],
    *,
    kpis: Mapping[str, Kpi],
    terms: Terms,
    pooled: Mapping[str, Pooled],
    events: Mapping[str, pd.DataFrame],
    accepted: Mapping[str, AcceptedBaseline],
) -> tuple[IndicatorReview, ...]:
    """Return the reviews of all indicators; their charts are drawn together."""
    # What lay before the accepted window is another process, decided on already.
    own = {key: since(one, accepted[key].first) if key in accepted else one for key, one in series.items()}
    charts = control_charts([ChartRequest(series=one) for one in own.values()])
    naive = control_charts([ChartRequest(series=one, kind=PLAIN[one.family]) for one in own.values()])
    held = {key: (one, accepted[key]) for key, one in own.items() if key in accepted}
    watched = dict(zip(held, all_monitored(list(held.values())), strict=True))
    found = zip(own, charts, naive, baseline_qualities(charts, level=terms.level), replays(charts), strict=True)
    return tuple(
        IndicatorReview(
            kpi=kpis[key],
            naive=plain,
            chart=chart,
            quality=quality,
            proposal=propose_phases(chart.series, events=events.get(key), level=terms.level),
            target=_target(quality, kpis[key], terms, pooled.get(key)),
            sight=sight(chart),
            quarters=(
                control_chart(by_quarter(chart.series)) if chart.evidence.thin and kpis[key].is_additive else None
            ),
            replayed=replayed,
            accepted=accepted.get(key),
            watched=watched.get(key),
        )
        for key, chart, plain, quality, replayed in found
    )


def _target(quality: BaselineQuality, kpi: Kpi, terms: Terms, pooled: Pooled | None) -> TargetProposal:
    policy = terms.policies[kpi.key]
    better = kpi.better == "higher"
    peers = np.nan if pooled is None else pooled.upper_quartile if better else pooled.lower_quartile
    proposals = {
        Origin.CURRENT: quality.centre,
        Origin.PEERS: peers,
        Origin.INDUSTRY: policy.industry.value if policy.industry else np.nan,
        Origin.AMBITION: np.nan if policy.target is None else policy.target,
    }
    return propose_target(
        quality.chart, proposals=proposals, higher_is_better=better, cuts=policy.bands, until=policy.target_date
    )


def _budget(every: Mapping[str, Mapping[str, Series]], last: pd.Timestamp, accepted: BaselineFile | None) -> Budget:
    """Judge the last month of every branch and indicator together, each against its accepted baseline if it has one."""
    found = [
        (branch, one) for own in every.values() for branch, one in own.items() if one.start[-1] == np.datetime64(last)
    ]
    held = {
        (branch, one.key): (one, entry)
        for branch, one in found
        if accepted is not None
        and (entry := accepted.of(branch, one.key)) is not None
        and entry.first <= one.period[-1]
    }
    watched = dict(zip(held, all_monitored(list(held.values())), strict=True))
    return alarm_budget(found, watched=watched)
