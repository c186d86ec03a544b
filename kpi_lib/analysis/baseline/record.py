"""From a reviewed chart to an accepted baseline and back: monitoring reads it and never re-estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import (
    DEFAULT_RULES,
    ChartRequest,
    ControlChart,
    Fixed,
    control_chart,
    control_charts,
)
from kpi_lib.analysis.baseline.evidence import Choice, Why
from kpi_lib.analysis.baseline.phases import PhaseProposal
from kpi_lib.analysis.baseline.quality import BaselineQuality, baseline_quality
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.params.baselines import AcceptedBaseline, BaselineFile, Exclusion, PhaseDecision
from kpi_lib.stats.chance import Kind
from kpi_lib.stats.rules import RuleSet

DECISIONS = ("accepted", "rejected")
"""What a person may decide on a proposed phase."""


def recorded(
    quality: BaselineQuality,
    *,
    branch: str,
    proposal: PhaseProposal | None = None,
    exclusions: Mapping[str, str] | None = None,
) -> AcceptedBaseline | None:
    """Return the last phase of a judged chart as a baseline; None where it has no centre."""
    chart = quality.chart
    phase = chart.last
    if not np.isfinite(phase.centre):
        return None
    inside = np.flatnonzero(chart.window)
    candidates = [] if proposal is None else list(proposal.candidates["at"])
    return AcceptedBaseline(
        kpi=chart.series.key,
        branch=branch,
        first=chart.series.period[inside[0]],
        last=chart.series.period[inside[-1]],
        exclusions=tuple(Exclusion(period=period, reason=reason) for period, reason in (exclusions or {}).items()),
        phases=tuple(PhaseDecision(start=day.date(), decision="proposed") for day in candidates),
        chart=chart.choice.kind,
        log=chart.choice.log,
        widened=chart.choice.widened,
        why=tuple(why.value for why in chart.choice.why),
        centre=float(phase.centre),
        spread=_or_none(phase.spread),
        season=_by_month(chart),
        level=float(phase.level),
        lower=_or_none(chart.drawn.lower[inside[-1]]),
        upper=_or_none(chart.drawn.upper[inside[-1]]),
        n=int(phase.n),
        numerator=None if chart.series.family == "value" else _or_none(phase.numerator),
        denominator=_or_none(phase.denominator),
        grade=quality.grade.value,
    )


def monitored(series: Series, baseline: AcceptedBaseline, *, rules: Sequence[RuleSet] = DEFAULT_RULES) -> ControlChart:
    """Return a series, from the baseline's first period on, held to an accepted baseline; nothing is estimated."""
    return all_monitored([(series, baseline)], rules=rules)[0]


def all_monitored(
    held: Sequence[tuple[Series, AcceptedBaseline]], *, rules: Sequence[RuleSet] = DEFAULT_RULES
) -> list[ControlChart]:
    """Return series, each as of :func:`monitored`."""
    return control_charts([_held(series, baseline, rules) for series, baseline in held])


def _held(series: Series, baseline: AcceptedBaseline, rules: Sequence[RuleSet]) -> ChartRequest:
    choice = Choice(
        cast(Kind, baseline.chart),
        baseline.log,
        bool(baseline.season),
        baseline.widened,
        tuple(Why(w) for w in baseline.why),
    )
    spread = np.nan if baseline.spread is None else baseline.spread
    fixed = Fixed(baseline.centre, spread, baseline.season)
    return ChartRequest(series=since(series, baseline.first), choice=choice, fixed=fixed, rules=rules)


def since(series: Series, period: str) -> Series:
    """Return a series from a period on."""
    return series.part(sum(label < period for label in series.period))


def changes(now: BaselineFile, before: BaselineFile | None) -> pd.DataFrame:
    """Return what a revision changes: ``branch, kpi, before, after, change, chart_before, chart_after``."""
    columns = ["branch", "kpi", "before", "after", "change", "chart_before", "chart_after"]
    rows = []
    for entry in now.baselines:
        old = None if before is None else before.of(entry.branch, entry.kpi)
        if old is None or (old.level, old.chart, old.first, old.last) != (
            entry.level,
            entry.chart,
            entry.first,
            entry.last,
        ):
            was = np.nan if old is None else old.level
            rows.append(
                (
                    entry.branch,
                    entry.kpi,
                    was,
                    entry.level,
                    entry.level - was,
                    "" if old is None else old.chart,
                    entry.chart,
                )
            )
    return pd.DataFrame(rows, columns=columns)


def revised(judged: Mapping[str, BaselineQuality], accepted: BaselineFile | None, *, branch: str) -> pd.DataFrame:
    """Return present levels against accepted ones.

    Parameters
    ----------
    judged
        The branch's present series, judged, by indicator.
    accepted
        Baselines in force; None gives no rows.
    branch
        Key of the branch.

    Returns
    -------
    DataFrame
        ``kpi, first, last, before, after, lo, hi, change, moved``: window and level in force, present level with its
        interval, and whether the level in force lies outside it. Nothing is replaced: a revision is proposed, reviewed
        and accepted as the first baseline was.
    """
    columns = ["kpi", "first", "last", "before", "after", "lo", "hi", "change", "moved"]
    rows = []
    for key, quality in judged.items():
        entry = None if accepted is None else accepted.of(branch, key)
        if entry is not None:
            lo, hi = quality.centre_lo, quality.centre_hi
            moved = bool(entry.level < lo or entry.level > hi)
            change = quality.centre - entry.level
            rows.append((key, entry.first, entry.last, entry.level, quality.centre, lo, hi, change, moved))
    return pd.DataFrame(rows, columns=columns)


def _by_month(chart: ControlChart) -> tuple[float, ...]:
    if not chart.choice.seasonal:
        return ()
    effect, month = chart.evidence.wave.effect, chart.series.month.astype(int)
    return tuple(float(effect[month == m].mean()) if (month == m).any() else 0.0 for m in range(1, 13))


def _or_none(x: object) -> float | None:
    value = float(cast(float, x))
    return value if np.isfinite(value) else None


def decided(series: Series, entry: AcceptedBaseline, *, level: float = 0.95) -> AcceptedBaseline:
    """Return a proposal recomputed with what a person decided on it.

    Parameters
    ----------
    series
        The indicator's series in the branch.
    entry
        The proposal as edited: window, exclusions with reasons, phases ``accepted`` or ``rejected``.
    level
        Of the intervals behind the grade.

    Raises
    ------
    InputError
        A decision that is neither, an exclusion without a reason, or a period that is not in the series.
    """
    where = f"{entry.branch}, {entry.kpi}"
    issues = [
        Issue(where, f"phase {phase.start}: decision {phase.decision!r}", "write accepted or rejected")
        for phase in entry.phases
        if phase.decision not in DECISIONS
    ]
    issues += [
        Issue(where, f"exclusion of {one.period} has no reason", "say why in a few words")
        for one in entry.exclusions
        if not one.reason.strip()
    ]
    days = dict(zip(series.period, pd.DatetimeIndex(series.start), strict=True))
    named = [entry.first, entry.last, *(one.period for one in entry.exclusions)]
    issues += [
        Issue(where, f"there is no period {name!r}", did_you_mean(name, list(days)))
        for name in named
        if name not in days
    ]
    if issues:
        raise InputError(issues)
    chart = control_chart(
        series,
        freeze=(days[entry.first], days[entry.last]),
        phases=[pd.Timestamp(phase.start) for phase in entry.phases if phase.decision == "accepted"],
        exclude={days[one.period]: one.reason for one in entry.exclusions},
    )
    found = recorded(baseline_quality(chart, level=level), branch=entry.branch)
    if found is None:
        raise InputError(Issue(where, "the window holds no value", "choose another first or last period"))
    return found.model_copy(update={"exclusions": entry.exclusions, "phases": entry.phases})
