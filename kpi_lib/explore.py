"""For exploring: any series or set of groups in a pandas frame, judged and drawn in one call.

Each function takes columns by name and returns a frozen view with ``.result`` (everything), ``.table`` (tidy),
``.summary()`` (a sentence, English or Chinese) and ``.plot()`` (shown by a notebook). Sentence, table and picture
come from one result.

Survey sampling (``plan_sample, allocate, draw, estimate, nonresponse_check, audit_upper_limit``) returns its frozen
results as they are; each has ``to_json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Generic, Literal, TypeVar

import pandas as pd

from kpi_lib.analysis.baseline import chart as charts
from kpi_lib.analysis.baseline import peers as peers_of
from kpi_lib.analysis.baseline import phases as phases_of
from kpi_lib.analysis.baseline import quality as quality_of
from kpi_lib.analysis.baseline import targets as targets_of
from kpi_lib.analysis.baseline.series import Family, Series, series_of
from kpi_lib.analysis.comments import CommentThemes
from kpi_lib.analysis.comments import comment_themes as comment_themes_of
from kpi_lib.analysis.fishbone import Fishbone
from kpi_lib.analysis.fishbone.free import free_fishbone_of
from kpi_lib.analysis.pareto import pareto_order
from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause import explain as causes
from kpi_lib.analysis.rootcause.result import Explanation, Mix, Segment
from kpi_lib.analysis.sampling import allocate, audit_upper_limit, draw, estimate, nonresponse_check, plan_sample
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.params.project import shipped_themes
from kpi_lib.params.themes import ThemesFile
from kpi_lib.plot.baseline import control_panel, funnel_panel, peers_panel
from kpi_lib.plot.theme import Picture
from kpi_lib.report.baseline_words import (
    assurance_words,
    centre_words,
    chart_words,
    finding_words,
    grade_words,
    standing_words,
)
from kpi_lib.report.comments import comments as comments_figure
from kpi_lib.report.comments import finding as comments_words
from kpi_lib.report.explanation import UNITS, explanation_words, waterfall
from kpi_lib.report.fishbone import fishbone as fishbone_figure
from kpi_lib.report.fishbone_words import alt_words
from kpi_lib.report.html import Fragment
from kpi_lib.report.pareto import pareto as pareto_figure
from kpi_lib.report.pareto import pareto_words
from kpi_lib.stats.chance import Kind
from kpi_lib.stats.rules import RuleSet
from kpi_lib.text import Lang
from kpi_lib.text.language import Language, language

__all__ = [
    "View",
    "allocate",
    "audit_upper_limit",
    "baseline_quality",
    "control_chart",
    "draw",
    "estimate",
    "funnel",
    "nonresponse_check",
    "plan_sample",
    "propose_phases",
    "propose_target",
    "shrink",
]

ResultT = TypeVar("ResultT")
Day = str | date | pd.Timestamp
Grain = Literal["month", "week", "day", "quarter"]


@dataclass(frozen=True, eq=False)
class View(Generic[ResultT]):
    """A result that can be read, tabled and drawn.

    Parameters
    ----------
    result
        The result.
    table
        Its tidy table.
    """

    result: ResultT
    table: pd.DataFrame
    _words: Callable[[ResultT, Language], str] = field(repr=False)
    _draw: Callable[[ResultT, Language, str], Fragment] = field(repr=False)

    def summary(self, lang: Lang = "en") -> str:
        """Return the finding in words."""
        return self._words(self.result, language(lang))

    def plot(self, lang: Lang = "en") -> Fragment:
        """Return the picture, with the summary as its alt text."""
        return self._draw(self.result, language(lang), self.summary(lang))


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
) -> View[charts.ControlChart]:
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
    return View(found, found.points, _chart_words, _draw_chart)


def baseline_quality(chart: View[charts.ControlChart], *, level: float = 0.95) -> View[quality_of.BaselineQuality]:
    """Judge a chart as a baseline."""
    found = quality_of.baseline_quality(chart.result, level=level)

    def words(quality: quality_of.BaselineQuality, say: Language) -> str:
        return f"{grade_words(quality.grade, say)}. {centre_words(quality, unit_of(quality.chart.series), say)}"

    return View(found, found.table, words, lambda quality, say, alt: _draw_chart(quality.chart, say, alt))


def propose_phases(
    chart: View[charts.ControlChart], *, events: pd.DataFrame | None = None
) -> View[phases_of.PhaseProposal]:
    """Propose new phases of a charted series; ``events`` has ``date`` and ``event``."""
    found = phases_of.propose_phases(chart.result.series, events=events)

    def words(proposal: phases_of.PhaseProposal, say: Language) -> str:
        if proposal.candidates.empty:
            return say.sentence("No lasting shift is proposed.")
        unit = unit_of(proposal.series)
        return " ".join(
            say.sentence(
                "{kpi} moved from {before} to {after}, beginning {at} (between {first} and {last}): "
                "a new phase is proposed.",
                kpi=proposal.series.key,
                before=shown(row["before"], unit, say),
                after=shown(row["after"], unit, say),
                at=f"{row['at']:%Y-%m}",
                first=f"{row['first']:%Y-%m}",
                last=f"{row['last']:%Y-%m}",
            )
            for row in records(proposal.candidates)
        )

    return View(found, found.candidates, words, lambda _, say, alt: _draw_chart(chart.result, say, alt))


def propose_target(
    chart: View[charts.ControlChart], target: float, *, higher_is_better: bool, cuts: tuple[float, ...] = ()
) -> View[targets_of.TargetProposal]:
    """Give the odds of a target for a charted series that stays as it is."""
    proposals = {targets_of.Origin.AMBITION: target}
    found = targets_of.propose_target(chart.result, proposals=proposals, higher_is_better=higher_is_better, cuts=cuts)

    def words(proposal: targets_of.TargetProposal, say: Language) -> str:
        row = proposal.targets.iloc[0]
        return say.sentence(
            "Target {target}: met next month {chance}, in 9 of 12 months or more {often}; {assurance}.",
            target=shown(row["target"], unit_of(proposal.chart.series), say),
            chance=say.percent(row["chance_next"], 0),
            often=say.percent(row["chance_often"], 0),
            assurance=assurance_words(row["assurance"], say),
        )

    return View(found, found.targets, words, lambda proposal, say, alt: _draw_chart(proposal.chart, say, alt))


def shrink(
    frame: pd.DataFrame,
    *,
    group: str,
    numerator: str,
    denominator: str,
    sum_sq: str | None = None,
    family: Family = "share",
) -> View[peers_of.Pooled]:
    """Pool groups partially; parameters as of :func:`kpi_lib.analysis.baseline.peers.shrink`."""
    found = peers_of.shrink(
        frame, group=group, numerator=numerator, denominator=denominator, sum_sq=sum_sq, family=family
    )
    unit: Unit = "share" if family == "share" else "points"

    def words(pooled: peers_of.Pooled, say: Language) -> str:
        if not pooled.pooled:
            return say.sentence("fewer than eight branches: raw values, nothing is pooled")
        ends = shown_interval(pooled.mean - 2 * pooled.sd, pooled.mean + 2 * pooled.sd, unit, say)
        return say.sentence(
            "True levels of the {n} groups lie about {mean}, most of them within {ends}.",
            n=len(pooled.table),
            mean=shown(pooled.mean, unit, say),
            ends=ends,
        )

    def draw(pooled: peers_of.Pooled, say: Language, alt: str) -> Fragment:
        panel = partial(peers_panel, pooled, None, unit=unit, title=numerator, name="peers")
        return _draw_groups(panel, pooled.table, say, alt)

    return View(found, found.table, words, draw)


def funnel(
    frame: pd.DataFrame,
    *,
    group: str,
    numerator: str,
    denominator: str,
    expected: str | None = None,
    family: Family = "share",
    higher_is_better: bool = True,
    interest: float | None = None,
) -> View[peers_of.Funnel]:
    """Compare groups with their common level; parameters as of :func:`kpi_lib.analysis.baseline.peers.funnel`."""
    found = peers_of.funnel(
        frame, group=group, numerator=numerator, denominator=denominator, expected=expected, family=family,
        higher_is_better=higher_is_better, interest=interest,
    )  # fmt: skip
    unit: Unit = "share" if found.family == "share" else "rate"

    def words(compared: peers_of.Funnel, say: Language) -> str:
        counts = compared.table["standing"].value_counts()
        return "; ".join(f"{standing_words(str(standing), say)}: {count}" for standing, count in counts.items())

    def draw(compared: peers_of.Funnel, say: Language, alt: str) -> Fragment:
        panel = partial(funnel_panel, compared, unit=unit, title=numerator, name="funnel")
        return _draw_groups(panel, compared.table, say, alt)

    return View(found, found.table, words, draw)


def free_fishbone(spec: Mapping[str, object]) -> View[Fishbone]:
    """Draw a cause-and-effect diagram without data, for a workshop: every cause is a hypothesis.

    Parameters
    ----------
    spec
        ``{"head": problem, "bones": {bone: [cause, ...], ...}}``; any name may be a mapping ``{"en": .., "zh": ..}``
        or a :class:`~kpi_lib.text.Text`, and then ``bones`` a list of ``{"name": .., "causes": [..]}``.

    Raises
    ------
    InputError
        With everything that is not of that form.
    """
    found = free_fishbone_of(spec)

    def words(diagram: Fishbone, say: Language) -> str:
        return alt_words(diagram, say)

    return View(found, found.table, words, lambda diagram, say, _: fishbone_figure(diagram, say))


def pareto(frame: pd.DataFrame, *, label: str, count: str) -> View[pd.DataFrame]:
    """Draw a Pareto chart of any labels and counts; rows of one label are added up."""
    bars = pareto_order(frame, label=label, count=count)
    return View(bars, bars, pareto_words, lambda ordered, say, _: pareto_figure(ordered, say, unit=count))


@dataclass(frozen=True, eq=False)
class Explained(View[Explanation]):
    """An explained gap: also lists its segments and its mix."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the findings."""
        return self.result.segments

    @property
    def mix(self) -> Mix:
        """Return the part of the gap from other cases."""
        return self.result.mix

    def to_json(self) -> str:
        """Return everything as JSON."""
        return self.result.to_json()


def explain_change(
    current: pd.DataFrame,
    reference: pd.DataFrame,
    dimensions: Sequence[str],
    numerator: str,
    denominator: str,
    *,
    block: str | None = None,
    sum_sq: str | None = None,
    kind: Literal["share", "rate", "mean"] = "share",
    better: Literal["higher", "lower"] = "higher",
    max_depth: int = 3,
    alpha: float = 0.05,
    level: float = 0.95,
    min_cases: float = 30,
    min_share: float = 0.01,
    permutations: int = 999,
    resamples: int = 200,
    seed: int = 20250101,
    pinned: Sequence[Mapping[str, str] | str] = (),
) -> Explained:
    """Explain a change; parameters as of :func:`kpi_lib.analysis.rootcause.explain.explain_change`."""
    found = causes.explain_change(
        current, reference, dimensions, numerator, denominator, block=block, sum_sq=sum_sq, kind=kind, better=better,
        max_depth=max_depth, alpha=alpha, level=level, min_cases=min_cases, min_share=min_share,
        permutations=permutations, resamples=resamples, seed=seed, pinned=pinned,
    )  # fmt: skip
    unit = UNITS[kind]

    def draw(explained: Explanation, say: Language, alt: str) -> Fragment:
        return Fragment(
            waterfall(
                explained, unit, say, name="waterfall", title=numerator,
                finding=shown_change(explained.gap.difference, unit, say), alt=alt,
            ).svg
        )  # fmt: skip

    return Explained(found, found.table, lambda one, say: explanation_words(one, unit, say), draw)


def comment_themes(
    frame: pd.DataFrame,
    *,
    comment: str = "comment",
    themes: ThemesFile | None = None,
    reference: pd.DataFrame | None = None,
    labelled: pd.DataFrame | None = None,
    level: float = 0.95,
) -> View[CommentThemes]:
    """Sort comments into themes; parameters as of :func:`kpi_lib.analysis.comments.comment_themes`.

    Parameters
    ----------
    frame, comment
        One row per comment, and the column it stands in; also that of ``reference`` and ``labelled``.
    themes
        The lexicon, ``project.themes`` of a loaded project; by default the one that comes with the package.
    reference, labelled
        Comments compared with; comments with a person's labels, one column per theme.
    level
        Of the intervals.
    """
    found = comment_themes_of(
        frame[comment], spec=themes or shipped_themes(), reference=None if reference is None else reference[comment],
        labelled=labelled, text=comment, level=level,
    )  # fmt: skip
    return View(found, found.shares, comments_words, lambda result, say, _: comments_figure(result, say))


def unit_of(series: Series) -> Unit:
    """Return how a series' values are written when nothing else is known."""
    return "share" if series.family == "share" else "count" if series.family == "count" else "rate"


def _chart_words(chart: charts.ControlChart, say: Language) -> str:
    return f"{finding_words(chart, say)} {chart_words(chart, say)}"


def _draw_chart(chart: charts.ControlChart, say: Language, alt: str) -> Fragment:
    return Fragment(
        control_panel(
            chart, unit=unit_of(chart.series), language=say, name="chart", title=chart.series.key,
            finding=finding_words(chart, say), alt=alt,
        ).svg
    )  # fmt: skip


def _draw_groups(panel: Callable[..., Picture], table: pd.DataFrame, say: Language, alt: str) -> Fragment:
    """Draw groups that have no names but their own."""
    names = {group: str(group) for group in table["group"]}
    return Fragment(panel(names=names, own="", language=say, finding=alt, alt=alt).svg)
