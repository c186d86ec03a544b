"""The notebooks' one door: open a project for one branch and period, compute, show, write."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from kpi_lib.analysis import scorecard as scorecards
from kpi_lib.analysis.baseline.review import BaselineReview, baseline_review
from kpi_lib.analysis.data_quality import DataQuality, flagged_drops, rejected_rows, voided_values
from kpi_lib.analysis.sampling.survey import Span, SurveyRound, SurveyTables, survey_round
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.terms import Names, Terms
from kpi_lib.data.rules import Severity
from kpi_lib.data.schema import TABLES
from kpi_lib.data.store import Store, open_store, prepare
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.kpi.catalog import CATALOG, availability
from kpi_lib.kpi.completeness import completeness
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.feedback import feedback_shares
from kpi_lib.kpi.figures import Table, available_kpis, figures, keep_figures, wanted_kpis, within_target
from kpi_lib.kpi.overdue import overdue_buckets
from kpi_lib.kpi.shared import held, shared
from kpi_lib.params import Period, Project, latest_complete, load_project, parse_period
from kpi_lib.params.baselines import latest_accepted
from kpi_lib.params.events import load_events
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
        return wanted_kpis(self.project, self.branch)

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
        wanted = periods or self.period.last(self.project.run.months_shown)
        return figures(self.project, self.store, self._table(wanted), periods=wanted, branches=[self.branch])

    def scorecard(self) -> Scorecard:
        """Judge the branch in this period."""
        return self._shared("scorecard", self._scorecard)

    def _scorecard(self) -> Scorecard:
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
            within=self._within_target(),
            missing=self.missing,
            buckets=overdue_buckets(tables["tickets"], period=self.period, as_of=as_of) if timed else None,
            feedback=feedback_shares(tables["surveys"], period=self.period, as_of=as_of) if answered else None,
        )

    def data_quality(self) -> DataQuality:
        """Say what the data behind this branch's pages are worth."""
        return self._shared("data_quality", self._data_quality)

    def _data_quality(self) -> DataQuality:
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
        """Review the baselines of the branch's weighted indicators, beside all reported branches.

        Parameters
        ----------
        months
            Months of history looked at.
        """
        return self._shared("baseline_review", lambda: self._baseline_review(months), months)

    def _baseline_review(self, months: int) -> BaselineReview:
        terms = self.terms
        kpis = {key: kpi for key, kpi in self.kpis.items() if key in terms.weights and key not in self.missing}
        known = self.project.branches.branches
        reported = {key: branch.name for key, branch in known.items() if branch.reported or key == self.branch}
        periods = self.period.last(months)
        table, asked = self._table(periods), list(kpis.values())
        frame = figures(self.project, self.store, table, kpis=asked, periods=periods, branches=list(reported))
        folder = self.project.root / "params"
        return baseline_review(
            frame,
            branch=self.branch,
            branches=reported,
            kpis=kpis,
            terms=terms,
            events=self._events(kpis),
            accepted=latest_accepted(folder),
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
        asked = (salt, *sorted(options.items()))
        return self._shared("survey_sampling", lambda: self._survey_sampling(salt, **options), *asked)

    def _survey_sampling(self, salt: str, **options: Any) -> SurveyRound:
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

    def keep_figures(self) -> None:
        """Compute what this branch's reports read of all branches, once for all of them, and keep it in the store."""
        keep_figures(self.project, self.store, self._table([self.period]))
        if counted := within_target(self.project, self.store, self.branch):
            keep_figures(self.project, self.store, Table(counted, [self.period]))

    def company_figures(self) -> pd.DataFrame:
        """Return the figures of all branches that this branch's reports read, computed and kept if need be."""
        kept = keep_figures(self.project, self.store, self._table([self.period]))
        compared = {key for key, branch in self.project.branches.branches.items() if branch.reported}
        weighted = self.terms.weights
        return kept[kept["kpi"].isin(weighted) & kept["branch"].isin(compared | {self.branch})]

    def _table(self, periods: list[Period]) -> Table:
        """Return the table the figures of these periods are kept in: that of all reports, or one of their own."""
        history = self.period.last(max(BASELINE_MONTHS, self.project.run.months_shown))
        available = available_kpis(self.project, self.store, self.branch)
        return Table(available, history if periods == history[-len(periods) :] else periods)

    def _within_target(self) -> pd.DataFrame | None:
        """Count durations within the target for the weighted quantile KPIs of this period."""
        counted = within_target(self.project, self.store, self.branch)
        if not counted:
            return None
        return figures(self.project, self.store, Table(counted, [self.period]), branches=[self.branch])

    def _shared(self, name: str, make: Callable[[], ResultT], *options: object) -> ResultT:
        """Return a result, made once for all languages of a report; no result knows the language."""
        return shared((name, self.project.root, self.branch, self.period, options), make)


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
    loaded = held(("project", root), lambda: load_project(root, {key: kpi.better for key, kpi in CATALOG.items()}))
    known = loaded.branches.branches
    if branch not in known:
        raise InputError(Issue("branch", f"unknown branch {branch!r}", did_you_mean(branch, list(known))))
    store = held(("store", root), lambda: _store(loaded))
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
