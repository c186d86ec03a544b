"""A series as a baseline: its chart, its quality, its phases and its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Literal

import pandas as pd

from kpi_lib.analysis.baseline import chart as charts
from kpi_lib.analysis.baseline import phases as phases_of
from kpi_lib.analysis.baseline import quality as quality_of
from kpi_lib.analysis.baseline import targets as targets_of
from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.series import Family, Series, series_of
from kpi_lib.analysis.records import records
from kpi_lib.explore.view import View
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown
from kpi_lib.plot.baseline import control_panel
from kpi_lib.report.baseline_words import assurance_words, centre_words, chart_words, finding_words, grade_words
from kpi_lib.report.html import Fragment
from kpi_lib.stats.chance import Kind
from kpi_lib.stats.rules import RuleSet
from kpi_lib.text.language import Language

Day = str | date | pd.Timestamp
Grain = Literal["month", "week", "day", "quarter"]


def control_chart(
    frame: pd.DataFrame,
    kind: Kind | Literal["auto"] = "auto",
    *,
    period: str = "period",
    numerator: str | None = None,
    denominator: str | None = None,
    value: str | None = None,
    family: Family | None = None,
    grain: Grain = "month",
    higher_is_better: bool | None = None,
    freeze: tuple[Day, Day] | None = None,
    phases: Sequence[Day] = (),
    exclude: Mapping[str, str] | None = None,
    rules: Sequence[RuleSet] = charts.DEFAULT_RULES,
    screened: bool = False,
) -> View[ControlChart]:
    """Chart a series; parameters as of :func:`kpi_lib.analysis.baseline.chart.control_chart` and ``series_of``.

    Parameters
    ----------
    frame
        One row per period.
    kind
        Chart, or ``auto`` to choose by the evidence.
    period, numerator, denominator, value
        Columns.
    family, grain, higher_is_better
        What the value is, the step of the calendar, and its direction.
    freeze, phases, exclude
        Window of the limits, first days of new phases, and periods left out with their reasons.
    rules, screened
        Rule sets; screened moving ranges.

    Raises
    ------
    InputError
        Columns or numbers that cannot be used; an exclusion, phase or window that is not in the series.
    """
    series = series_of(
        frame, key=value or numerator or "value", period=period, numerator=numerator, denominator=denominator,
        value=value, family=family, grain=grain, higher_is_better=higher_is_better,
    )  # fmt: skip
    found = charts.control_chart(
        series,
        kind=None if kind == "auto" else kind,
        freeze=None if freeze is None else (pd.Timestamp(freeze[0]), pd.Timestamp(freeze[1])),
        phases=[pd.Timestamp(day) for day in phases],
        exclude={pd.Timestamp(day): reason for day, reason in (exclude or {}).items()},
        rules=rules,
        screened=screened,
    )

    def words(say: Language) -> str:
        return f"{finding_words(found, say)} {chart_words(found, say)}"

    return View(found, found.points, words, partial(_drawn, found))


def baseline_quality(chart: View[ControlChart], *, level: float = 0.95) -> View[quality_of.BaselineQuality]:
    """Judge a chart as a baseline.

    Parameters
    ----------
    chart
        From :func:`control_chart`.
    level
        Confidence of the centre's interval.
    """
    found = quality_of.baseline_quality(chart.result, level=level)

    def words(say: Language) -> str:
        return f"{grade_words(found.grade, say)}. {centre_words(found, _unit(chart.result.series), say)}"

    return View(found, found.table, words, partial(_drawn, chart.result))


def propose_phases(chart: View[ControlChart], *, events: pd.DataFrame | None = None) -> View[phases_of.PhaseProposal]:
    """Propose new phases of a charted series; ``events`` has ``date`` and ``event``."""
    found = phases_of.propose_phases(chart.result.series, events=events)
    unit = _unit(found.series)

    def words(say: Language) -> str:
        if found.candidates.empty:
            return say.sentence("No lasting shift is proposed.")
        return " ".join(
            say.sentence(
                "{kpi} moved from {before} to {after}, beginning {at} (between {first} and {last}): "
                "a new phase is proposed.",
                kpi=found.series.key,
                before=shown(row["before"], unit, say),
                after=shown(row["after"], unit, say),
                at=f"{row['at']:%Y-%m}",
                first=f"{row['first']:%Y-%m}",
                last=f"{row['last']:%Y-%m}",
            )
            for row in records(found.candidates)
        )

    return View(found, found.candidates, words, partial(_drawn, chart.result))


def propose_target(
    chart: View[ControlChart], target: float, *, higher_is_better: bool, cuts: tuple[float, ...] = ()
) -> View[targets_of.TargetProposal]:
    """Give the odds of a target for a charted series that stays as it is.

    Parameters
    ----------
    chart
        From :func:`control_chart`.
    target
        In the unit of the series.
    higher_is_better
        Direction of the target.
    cuts
        The four cuts in force, to count their chance flips.
    """
    proposals = {targets_of.Origin.AMBITION: target}
    found = targets_of.propose_target(chart.result, proposals=proposals, higher_is_better=higher_is_better, cuts=cuts)

    def words(say: Language) -> str:
        row = found.targets.iloc[0]
        return say.sentence(
            "Target {target}: met next month {chance}, in 9 of 12 months or more {often}; {assurance}.",
            target=shown(row["target"], _unit(chart.result.series), say),
            chance=say.percent(row["chance_next"], 0),
            often=say.percent(row["chance_often"], 0),
            assurance=assurance_words(row["assurance"], say),
        )

    return View(found, found.targets, words, partial(_drawn, chart.result))


def _unit(series: Series) -> Unit:
    """Return how a series' values are written when nothing else is known."""
    return "share" if series.family == "share" else "count" if series.family == "count" else "rate"


def _drawn(chart: ControlChart, say: Language, alt: str) -> Fragment:
    return Fragment(
        control_panel(
            chart, unit=_unit(chart.series), language=say, name="chart", title=chart.series.key,
            finding=finding_words(chart, say), alt=alt,
        ).svg
    )  # fmt: skip
