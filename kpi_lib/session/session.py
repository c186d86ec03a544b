"""A project opened for one branch, period and language, with a method for each thing a notebook asks."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.review import BaselineReview
from kpi_lib.analysis.data_quality import DataQuality
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.reference import AUTO
from kpi_lib.analysis.sampling.survey import SurveyRound
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.analysis.terms import Names, Terms
from kpi_lib.data.schema import TABLES
from kpi_lib.data.store import Store
from kpi_lib.kpi.catalog import CATALOG, availability
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.figures import (
    Table,
    available_kpis,
    figures,
    keep_completeness,
    keep_figures,
    wanted_kpis,
    within_target,
    working_clock,
)
from kpi_lib.kpi.leaves import Leaves
from kpi_lib.kpi.shared import shared
from kpi_lib.params import Period, Project
from kpi_lib.params.baselines import BaselineFile, accepted_history
from kpi_lib.params.periods import containing
from kpi_lib.report.html import Fragment
from kpi_lib.report.provenance import provenance
from kpi_lib.session import explained, judged, reviewed, surveyed
from kpi_lib.session.beside import counted_circumstances, counted_signals
from kpi_lib.text.language import Language

ResultT = TypeVar("ResultT")

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
        ).with_accepted(self.in_force, branch=self.branch, period=self.month.label)

    @property
    def month(self) -> Period:
        """The last month of the period."""
        return containing("month", self.period.end - timedelta(days=1))

    @cached_property
    def history(self) -> tuple[BaselineFile, ...]:
        """Baselines accepted up to the month, oldest first."""
        return tuple(file for file in accepted_history(self.project.root / "params") if file.period <= self.month.label)

    @cached_property
    def in_force(self) -> BaselineFile | None:
        """The baselines in force; counts of a month do not stand for other periods."""
        if not self.history:
            return None
        file = self.history[-1]
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

    @cached_property
    def clock(self) -> WorkingClock:
        """The company's working calendars."""
        return working_clock(self.project)

    def table(self, periods: list[Period]) -> Table:
        """Return the table the figures of these periods are kept in: that of all reports, or one of their own."""
        history = self.period.last(max(BASELINE_MONTHS, self.project.run.months_shown))
        available = available_kpis(self.project, self.store, self.branch)
        return Table(available, history if periods == history[-len(periods) :] else periods)

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
        return figures(self.project, self.store, self.table(wanted), periods=wanted, branches=[self.branch])

    def keep_figures(self) -> None:
        """Compute what this branch's reports read of all branches, once for all of them, and keep it in the store."""
        keep_figures(self.project, self.store, self.table([self.period]))
        if counted := within_target(self.project, self.store, self.branch):
            keep_figures(self.project, self.store, Table(counted, [self.period]))
        for table in (counted_signals(self), counted_circumstances(self)):
            keep_figures(self.project, self.store, table)
        keep_completeness(self.store, *judged.looked_into(self))

    def company_figures(self) -> tuple[pd.DataFrame, ...]:
        """Return the figures of all branches that this branch's reports read, computed and kept if need be."""
        return reviewed.company_figures(self, BASELINE_MONTHS).frames

    def leaves(self, kpis: Sequence[Kpi], span: tuple[Period, Period], others: bool = False) -> dict[str, Leaves]:
        """Sort KPIs of this branch, or of all others, by dimensions and day; as :func:`kpi_lib.kpi.leaves.leaves`."""
        return explained.leaves_of(self, kpis, span, others)

    def reads_others(self, reference: str = AUTO) -> bool:
        """Return whether :meth:`root_causes` may read rows of other branches; parameter as there."""
        return explained.reads_others(self, reference)

    def scorecard(self) -> Scorecard:
        """Judge the branch in this period."""
        return self._shared("scorecard", lambda: judged.scorecard(self))

    def data_quality(self) -> DataQuality:
        """Say what the data behind this branch's pages are worth."""
        return self._shared("data_quality", lambda: judged.data_quality(self))

    def baseline_review(self, *, months: int = BASELINE_MONTHS) -> BaselineReview:
        """Review the baselines of the branch's weighted indicators, by month up to the last of the period, beside all
        reported branches.

        Parameters
        ----------
        months
            Months of history looked at.
        """
        return self._shared("baseline_review", lambda: reviewed.baseline_review(self, months), months)

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
        return self._shared("survey_sampling", lambda: surveyed.survey_sampling(self, salt, **options), *asked)

    def root_causes(self, *, reference: str = AUTO, dimensions: str = "") -> RootCauses:
        """Explain the branch's missed indicators of the period.

        Parameters
        ----------
        reference
            What the period is compared with, one of :data:`kpi_lib.analysis.rootcause.reference.CHOICES`.
        dimensions
            Keys of the dimensions looked at, separated by commas; empty for the first eight the data have.
        """
        asked = (reference, dimensions)
        return self._shared("root_causes", lambda: explained.root_causes(self, reference, dimensions), *asked)

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
            say.sentence("Scoring"): (
                say.sentence("by bands") if self.project.policy.scoring == "bands" else say.sentence("in proportion")
            ),
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
        text = strict_json(_rounded(summary), indent=1)
        (self.results / "summary.json").write_text(text + "\n", encoding="utf-8")

    def _shared(self, name: str, make: Callable[[], ResultT], *options: object) -> ResultT:
        """Return a result, made once for all languages of a report; no result knows the language."""
        return shared((name, self.project.root, self.branch, self.period, options), make)


def _rounded(value: object) -> object:
    """Return a summary with six decimals, more than any page shows."""
    match value:
        case Mapping():
            return {key: _rounded(item) for key, item in value.items()}
        case float() | np.floating():
            return round(float(value), 6)
        case _:
            return value
