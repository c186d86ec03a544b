"""The notebooks' one door: open a project for one branch and period, compute, show, write."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from kpi_lib.analysis import scorecard as scorecards
from kpi_lib.analysis.baseline.comparison import PEER_MONTHS
from kpi_lib.analysis.baseline.review import BaselineReview, baseline_review
from kpi_lib.analysis.cases.signals import Signals, signals
from kpi_lib.analysis.cases.stages import CURRENT, REFERENCE, Stages, stages
from kpi_lib.analysis.comments import CommentThemes, comment_themes
from kpi_lib.analysis.data_quality import DataQuality, flagged_drops, rejected_rows, voided_values
from kpi_lib.analysis.rootcause.branch import RootCauses, root_causes
from kpi_lib.analysis.rootcause.cases import to_explain
from kpi_lib.analysis.rootcause.gather import Asked, gather
from kpi_lib.analysis.rootcause.reference import AUTO, MONTHS, checked_choice
from kpi_lib.analysis.sampling.survey import SurveyRound, survey_round
from kpi_lib.analysis.sampling.wave import Span, SurveyTables
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.terms import Names, Terms
from kpi_lib.data.rules import Severity
from kpi_lib.data.schema import TABLES
from kpi_lib.data.store import Store, open_store, prepare
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.kpi.case_mix import counts_by_stratum
from kpi_lib.kpi.catalog import CATALOG, availability
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.comments import comments_of
from kpi_lib.kpi.completeness import completeness
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.dimensions import checked_dimensions
from kpi_lib.kpi.feedback import feedback_shares
from kpi_lib.kpi.leaves import Leaves, leaves
from kpi_lib.kpi.measures import Quantile, Within
from kpi_lib.kpi.overdue import overdue_buckets
from kpi_lib.kpi.signals import SIGNALS, cases_to_read, signal_tables
from kpi_lib.kpi.stages import stage_hours, stages_of
from kpi_lib.params import Period, Project, latest_complete, load_project, parse_period
from kpi_lib.params.baselines import AcceptedBaseline, BaselineFile, accepted_history
from kpi_lib.params.events import load_events
from kpi_lib.params.periods import containing
from kpi_lib.report.html import Fragment
from kpi_lib.report.provenance import provenance
from kpi_lib.text.language import Language, language

ResultT = TypeVar("ResultT")

LATEST = "latest"

BASELINE_MONTHS = 36
"""Months of history behind a baseline review: three seasons; more would hold a company that no longer is."""


@dataclass(frozen=True)
class Session:
    """A project opened for one branch, period and language.

    Parameters
    ----------
    project, store
        Parameters and prepared data.
    branch
        Key of the branch.
    period
        The period judged.
    language
        Of everything shown.
    results
        Folder the tidy results are written to.
    """

    project: Project
    store: Store
    branch: str
    period: Period
    language: Language
    results: Path

    @cached_property
    def kpis(self) -> dict[str, Kpi]:
        """Every KPI the policy or the composite names, with the branch's limits, in the catalogue's order."""
        wanted = {*self.project.policy.kpis, *self.project.weights(self.branch)}
        return {
            key: kpi.with_limit(self.project.policy.for_branch(key, self.branch).limit_hours)
            for key, kpi in CATALOG.items()
            if key in wanted
        }

    @cached_property
    def missing(self) -> dict[str, tuple[str, ...]]:
        """Columns lacking, by KPI that cannot be computed from this data."""
        found = availability(self.kpis.values(), self.store.available)
        return {key: columns for key, columns in found.items() if columns}

    @property
    def terms(self) -> Terms:
        """What the branch is held to."""
        project = self.project
        weights = project.weights(self.branch)
        return Terms(
            policies={key: project.policy.for_branch(key, self.branch) for key in self.kpis},
            weights=weights,
            grades={grade.key: grade.minimum for grade in project.policy.grades},
            names=Names(
                branch=project.branches.branches[self.branch].name,
                grades={grade.key: grade.name for grade in project.policy.grades},
                scenarios={key: scenario.name for key, scenario in project.scenarios.items()},
                preset=project.preset.name if project.preset else None,
                preset_note=project.preset.note if project.preset else None,
            ),
            weightings={key: scenario.apply(weights) for key, scenario in project.scenarios.items() if weights},
            rule=project.policy.scoring,
            level=project.policy.confidence,
        ).with_accepted(self._in_force(), branch=self.branch, period=self._month.label)

    @property
    def _month(self) -> Period:
        """The last month of the period."""
        return containing("month", self.period.end - timedelta(days=1))

    @cached_property
    def _history(self) -> tuple[BaselineFile, ...]:
        """Baselines accepted up to the month, oldest first."""
        return tuple(
            file for file in accepted_history(self.project.root / "params") if file.period <= self._month.label
        )

    def _in_force(self) -> BaselineFile | None:
        """Return the baselines in force; counts of a month do not stand for other periods."""
        if not self._history:
            return None
        file = self._history[-1]
        if self.period.grain == "month":
            return file
        return file.model_copy(
            update={"baselines": tuple(one for one in file.baselines if CATALOG[one.kpi].unit != "count")}
        )

    def tables(self) -> dict[str, Any]:
        """Return the branch's rows of every canonical table that has a source and branches."""
        return {
            name: self.store.table(name, branch=self.branch)
            for name in self.store.available
            if "branch" in TABLES[name].names
        }

    def indicators(self, *, periods: list[Period] | None = None) -> pd.DataFrame:
        """Compute every available KPI of the branch.

        Parameters
        ----------
        periods
            Of one grain, oldest first; by default the run plan's number of periods up to this one.

        Returns
        -------
        DataFrame
            As :func:`kpi_lib.kpi.compute.compute` returns it.
        """
        available = [kpi for key, kpi in self.kpis.items() if key not in self.missing]
        return self._computed(available, periods or self.period.last(self.project.run.months_shown))

    def scorecard(self) -> Scorecard:
        """Judge the branch in this period."""
        tables = self.tables()
        terms = self.terms
        has = {name: set(columns) for name, columns in self.store.available.items()}
        timed = {"created_at", "resolved_at"} <= has.get("tickets", set())
        answered = "answered_at" in has.get("surveys", set())
        as_of = self.store.as_of
        return scorecards.scorecard(
            self.indicators(),
            branch=self.branch,
            kpis=self.kpis,
            terms=terms,
            within=self._within_target(terms),
            missing=self.missing,
            buckets=overdue_buckets(tables["tickets"], period=self.period, as_of=as_of) if timed else None,
            feedback=feedback_shares(tables["surveys"], period=self.period, as_of=as_of) if answered else None,
        )

    def data_quality(self) -> DataQuality:
        """Say what the data behind this branch's pages are worth."""
        store, needed = self.store, self._needed_columns()
        with_rows = {name: store.table(name) for name in store.available}
        periods = self.period.last(self.project.run.months_shown)
        warned = store.checks[(store.checks["severity"] == Severity.WARN.value) & (store.checks["n_failed"] > 0)]
        return DataQuality(
            branch=self.branch,
            period=self.period.label,
            sources=store.sources,
            accounts=store.accounts,
            rejected=rejected_rows({name: store.quarantine(name) for name in with_rows}),
            voided=voided_values({name: store.voided(name) for name in with_rows}),
            warnings=warned,
            by_period=flagged_drops(completeness(self.tables(), needed, periods=periods)),
            by_branch=completeness(with_rows, needed, periods=[self.period], by=("branch",)),
            missing=self.missing,
            weights=self.project.weights(self.branch),
            kpis=self.kpis,
            branches={key: branch.name for key, branch in self.project.branches.branches.items()},
        )

    def baseline_review(self, *, months: int = BASELINE_MONTHS) -> BaselineReview:
        """Review the baselines of the branch's weighted indicators, by month up to the last of the period, beside all
        reported branches.

        Parameters
        ----------
        months
            Months of history looked at.
        """
        terms = self.terms
        kpis = {key: kpi for key, kpi in self.kpis.items() if key in terms.weights and key not in self.missing}
        known = self.project.branches.branches
        reported = {key: branch.name for key, branch in known.items() if branch.reported or key == self.branch}
        month = self._month
        spans = month.last(months)
        year = parse_period(f"{spans[-PEER_MONTHS:][0].start}..{month.end - timedelta(days=1)}")
        tables = {name: self.store.table(name) for name in self.tables()}
        common: dict[str, Any] = {"as_of": self.store.as_of, "clock": self._clock, "coverage": self.store.coverage}
        level, groups = self.project.policy.confidence, list(reported)
        quantiles = [kpi for kpi in kpis.values() if isinstance(kpi.measure, Quantile)]
        strata = counts_by_stratum(tables, list(kpis.values()), period=year, available=self.store.available, **common)
        return baseline_review(
            compute(tables, list(kpis.values()), periods=spans, groups=groups, level=level, **common),
            branch=self.branch,
            branches=reported,
            kpis=kpis,
            terms=terms,
            year=compute(tables, quantiles, periods=[year], groups=groups, level=level, **common)
            if quantiles
            else None,
            strata=strata[strata["branch"].isin(groups)],
            events=self._events(kpis),
            history=self._history,
        )

    def _events(self, kpis: Mapping[str, Kpi]) -> dict[str, pd.DataFrame]:
        known = load_events(self.project.root / "params")
        found = {}
        for key in kpis:
            own = [event for event in known if event.concerns(self.branch, key)]
            found[key] = pd.DataFrame(
                {"date": pd.to_datetime([event.day for event in own]), "event": [event.event for event in own]}
            )
        return found

    def _needed_columns(self) -> dict[str, list[str]]:
        """Columns of the data that some KPI needs, by table, without those every row has."""
        found: dict[str, list[str]] = {}
        needed = {pair for kpi in self.kpis.values() for pair in kpi.needed_columns()}
        for name, columns in self.store.available.items():
            optional = {column.name for column in TABLES[name].columns if not column.required}
            found[name] = [column for column in columns if column in optional and (name, column) in needed]
        return found

    def survey_sampling(self, *, salt: str = "", **options: Any) -> SurveyRound:
        """Plan and draw the branch's next survey, estimate and distrust that of the period.

        Parameters
        ----------
        salt
            Key of the draws; empty takes branch and period, which anybody can repeat and one person could have chosen.
        options
            Of :func:`kpi_lib.analysis.sampling.survey.survey_round`.
        """
        before = self.period.previous()
        target = self.project.policy.for_branch("satisfied_rate", self.branch).target
        return survey_round(
            self._survey_tables(),
            branch=self.branch,
            span=_span(self.period),
            before=_span(before),
            salt=salt or f"{self.branch} {self.period.label}",
            target=0.8 if target is None else target,
            level=self.project.policy.confidence,
            **options,
        )

    def root_causes(self, *, reference: str = AUTO, dimensions: str = "") -> RootCauses:
        """Explain the branch's missed indicators of the period.

        Parameters
        ----------
        reference
            What the period is compared with, one of :data:`kpi_lib.analysis.rootcause.reference.CHOICES`.
        dimensions
            Keys of the dimensions looked at, separated by commas; empty for the first eight the data have.
        """
        card, terms = self.scorecard(), self.terms
        asked = Asked(self.period, checked_choice(reference), self._accepted(), terms.level)
        cases = gather(
            to_explain(card.indicators),
            kpis=self.kpis,
            policies=terms.policies,
            asked=asked,
            scan=partial(self.leaves, dimensions=checked_dimensions(dimensions)),
        )
        return root_causes(
            cases,
            card=card,
            signals=self._signals(),
            stages=self._stages(),
            comments=self._comments(),
            spec=self.project.fishbone,
            as_of=self.store.as_of.date(),
        )

    def _accepted(self) -> dict[str, AcceptedBaseline]:
        accepted = self._in_force()
        found = {key: accepted.of(self.branch, key) for key in self.kpis} if accepted else {}
        return {key: baseline for key, baseline in found.items() if baseline is not None}

    def leaves(
        self,
        kpis: Sequence[Kpi],
        span: tuple[Period, Period],
        others: bool = False,
        *,
        dimensions: tuple[str, ...] | None = None,
    ) -> dict[str, Leaves]:
        """Sort KPIs by dimensions and day; parameters as of :func:`kpi_lib.kpi.leaves.leaves`.

        Parameters
        ----------
        kpis
            What is sorted.
        span
            First and last period.
        others
            Of all other branches instead of this one.
        dimensions
            Keys; None for the first eight the data have.
        """
        tables = self.tables()
        if others:
            whole = {name: self.store.table(name) for name in tables}
            tables = {name: rows.filter(rows.branch != self.branch) for name, rows in whole.items()}
        return leaves(
            tables,
            kpis,
            span=span,
            as_of=self.store.as_of,
            available=self.store.available,
            dimensions=dimensions,
            clock=self._clock,
            coverage=self.store.coverage,
        )

    def _signals(self) -> Signals:
        """Count the process signals of the period and the twelve before it."""
        store, kpis = self.store, {key: signal.kpi for key, signal in SIGNALS.items()}
        lacking = {key: columns for key, columns in availability(kpis.values(), store.available).items() if columns}
        counted = [signal for key, signal in SIGNALS.items() if key not in lacking]
        tables = signal_tables(self.tables())
        frame = compute(
            tables,
            [signal.kpi for signal in counted],
            periods=self.period.last(MONTHS + 1),
            as_of=store.as_of,
            groups=[self.branch],
            coverage=store.coverage,
            level=self.project.policy.confidence,
        )
        cases = {signal.key: cases_to_read(tables, signal, period=self.period, as_of=store.as_of) for signal in counted}
        level = self.project.policy.confidence
        return signals(frame, period=self.period.label, kpis=kpis, missing=lacking, cases=cases, level=level)

    def _stages(self) -> Stages:
        """Compare the stages of the tickets ended in the period with those of the twelve periods before it."""
        available = self.store.available.get("tickets", ())
        spans = {CURRENT: (self.period, self.period), REFERENCE: (self.period.previous(MONTHS), self.period.previous())}
        hours = stage_hours(
            self.store.table("tickets", branch=self.branch), spans=spans, as_of=self.store.as_of, available=available
        )
        missing = () if stages_of(available) else ("tickets.resolved_at",)
        return stages(hours, missing=missing, level=self.project.policy.confidence)

    def _comments(self) -> CommentThemes:
        """Sort the comments of the period into themes, against those of the twelve periods before it."""
        surveys, as_of = self.store.table("surveys", branch=self.branch), self.store.as_of
        first, last = self.period.previous(MONTHS), self.period.previous()
        return comment_themes(
            comments_of(surveys, first=self.period, last=self.period, as_of=as_of),
            reference=comments_of(surveys, first=first, last=last, as_of=as_of),
            spec=self.project.themes,
            level=self.project.policy.confidence,
        )

    def _survey_tables(self) -> SurveyTables:
        """Read the branch's rows a survey needs; a table without a source has none."""
        found = {}
        for name in ("tickets", "customers", "complaints", "surveys", "audits"):
            columns = list(TABLES[name].names)
            if name in self.store.available:
                found[name] = self.store.table(name, branch=self.branch).select(columns).to_pyarrow().to_pandas()
            else:
                found[name] = pd.DataFrame(columns=columns)
        return SurveyTables(**found)

    def show(self, view: Callable[[ResultT, Language], Fragment], result: ResultT) -> Fragment:
        """Return a view of a result in the session's language; as the last value of a cell it is displayed."""
        return view(result, self.language)

    def provenance(self) -> Fragment:
        """Return what the page rests on."""
        say = self.language
        facts = {
            say.sentence("Branch"): say.pick(self.project.branches.branches[self.branch].name),
            say.sentence("Period"): self.period.label,
            say.sentence("First and last day"): say.sentence(
                "{first} to {last}",
                first=say.date(self.period.start),
                last=say.date(self.period.end - pd.Timedelta(days=1)),
            ),
            say.sentence("Data as of"): say.timestamp(self.store.as_of),
            say.sentence("Time zone"): self.project.sources.timezone,
            say.sentence("Interval level"): say.percent(self.project.policy.confidence, 0),
            say.sentence("Scoring"): self.project.policy.scoring,
            say.sentence("Slice of the data"): self.store.slice_hash(self.branch)[:12],
            "aftersales-kpi": version("aftersales-kpi"),
            "Python": platform.python_version(),
        }
        return provenance(self.store.sources, facts=facts, language=say)

    def write(self, frame: pd.DataFrame, name: str) -> None:
        """Write a tidy result as ``<name>.csv`` beside the page."""
        self.results.mkdir(parents=True, exist_ok=True)
        frame.to_csv(self.results / f"{name}.csv", index=False)

    def write_file(self, content: bytes | str, name: str) -> None:
        """Write a file beside the page, such as a workbook or a JSON text."""
        self.results.mkdir(parents=True, exist_ok=True)
        (self.results / name).write_bytes(content.encode("utf-8") if isinstance(content, str) else content)

    def write_summary(self, summary: Mapping[str, object]) -> None:
        """Write the verdict as ``summary.json`` for the index; numbers that are missing become null."""
        self.results.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_plain(summary), ensure_ascii=False, indent=1, allow_nan=False)
        (self.results / "summary.json").write_text(text + "\n", encoding="utf-8")

    def _computed(self, kpis: list[Kpi], periods: list[Period]) -> pd.DataFrame:
        return compute(
            self.tables(),
            kpis,
            periods=periods,
            as_of=self.store.as_of,
            groups=[self.branch],
            clock=self._clock,
            coverage=self.store.coverage,
            level=self.project.policy.confidence,
        )

    def _within_target(self, terms: Terms) -> pd.DataFrame | None:
        """Count durations within the target for the weighted quantile KPIs of this period."""
        counted = [
            replace(kpi, measure=Within(kpi.measure.of, limit_hours=target, among=kpi.measure.among), unit="share")
            for key, kpi in self.kpis.items()
            if key in terms.weights and key not in self.missing and isinstance(kpi.measure, Quantile)
            if (target := terms.policies[key].target) is not None
        ]
        return self._computed(counted, [self.period]) if counted else None

    @cached_property
    def _clock(self) -> WorkingClock:
        calendars = self.project.calendars
        own = {key: branch.calendar for key, branch in self.project.branches.branches.items() if branch.calendar}
        return WorkingClock(calendars.calendars, calendars.default, own)


def open_session(
    project: str = "",
    *,
    branch: str,
    notebook: str,
    period: str = LATEST,
    lang: str = "en",
    out: str = "reports",
) -> Session:
    """Open a project for one branch; prepares the data when that has not been done.

    Parameters
    ----------
    project
        Project folder; empty finds it by walking up from the working folder.
    branch
        Key of the branch in ``params/branches.yml``.
    notebook
        Name of the notebook, which names the folder of its results.
    period
        Such as ``2025-11``; ``latest`` is the last month that was complete when the data were extracted.
    lang
        ``en`` or ``zh``.
    out
        Folder of the reports, relative to the project; results go to ``<out>/<branch>/<notebook>``.

    Raises
    ------
    InputError
        No project, an unknown branch or language, a period that is none, or parameters with mistakes.
    """
    root = _root(project)
    loaded = load_project(root, known_kpis={key: kpi.better for key, kpi in CATALOG.items()})
    known = loaded.branches.branches
    if branch not in known:
        raise InputError(Issue("branch", f"unknown branch {branch!r}", did_you_mean(branch, list(known))))
    store = _store(loaded)
    wanted = latest_complete("month", store.as_of) if period == LATEST else parse_period(period)
    return Session(loaded, store, branch, wanted, language(lang), root / out / branch / notebook)


def _span(period: Period) -> Span:
    return Span(pd.Timestamp(period.start), pd.Timestamp(period.end), period.label)


def _root(project: str) -> Path:
    if project:
        return Path(project).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "params" / "policy.yml").exists():
            return folder
    hint = "open the notebook inside a project, or name its folder in the parameter project"
    raise InputError(Issue(str(here), "no project here or above: there is no params/policy.yml", hint))


def _store(project: Project) -> Store:
    try:
        return open_store(project)
    except InputError:
        return prepare(project)


def _plain(value: object) -> object:
    """Return a value as JSON holds it."""
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case np.bool_():
            return bool(value)
        case float() | np.floating():
            return None if np.isnan(value) else round(float(value), 6)
        case _:
            return value
