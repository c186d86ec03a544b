"""A project folder: everything in its ``params/``, read and checked at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from kpi_lib.errors import InputError, Issue
from kpi_lib.params.branches import BranchesFile
from kpi_lib.params.calendars import CalendarsFile, CalendarSpec
from kpi_lib.params.document import Document, read_document, with_key
from kpi_lib.params.fields import Model
from kpi_lib.params.fishbone import FishboneFile
from kpi_lib.params.issues import validated
from kpi_lib.params.policy import Policy
from kpi_lib.params.presets import Preset, Scenario, ScenariosFile, rescale
from kpi_lib.params.references import Documents, KnownKpis, reference_issues
from kpi_lib.params.run import RunPlan
from kpi_lib.params.shipped import shipped
from kpi_lib.params.sources import SourcesFile
from kpi_lib.params.themes import ThemesFile

_FileT = TypeVar("_FileT", bound=Model)

FOLDER = "params"
"""Folder of a project that holds its parameters."""


@dataclass(frozen=True)
class Project:
    """Everything an analyst declared, checked.

    Parameters
    ----------
    root
        The project folder; relative paths in ``sources`` start from it.
    sources, branches, calendars, policy, presets, scenarios, run, fishbone, themes
        The files of ``params/``; for the last two those that come with the package where the project has none.
    """

    root: Path
    sources: SourcesFile
    branches: BranchesFile
    calendars: CalendarsFile
    policy: Policy
    presets: dict[str, Preset]
    scenarios: dict[str, Scenario]
    run: RunPlan
    fishbone: FishboneFile
    themes: ThemesFile

    @property
    def preset(self) -> Preset | None:
        """The preset the policy names, if it names one."""
        return None if self.policy.preset is None else self.presets[self.policy.preset]

    def weights(self, branch: str | None = None) -> dict[str, float]:
        """Return the weight of every KPI of the composite, adding up to 100.

        The preset's weights, each replaced by the policy's own ``weight`` where it has one, for ``branch`` if given.
        KPIs of weight 0 are left out; with neither a preset nor weights the composite is empty.
        """
        weights = dict(self.preset.weights) if self.preset else {}
        own = {kpi: self.policy.for_branch(kpi, branch).weight for kpi in self.policy.kpis}
        weights |= {kpi: weight for kpi, weight in own.items() if weight is not None}
        counted = {kpi: weight for kpi, weight in weights.items() if weight > 0}
        return rescale(counted) if counted else {}

    def calendar(self, branch: str) -> CalendarSpec:
        """Return the working calendar of ``branch``."""
        own = self.branches.branches[branch].calendar
        return self.calendars.calendars[own or self.calendars.default]


def load_project(root: Path, known_kpis: KnownKpis | None = None) -> Project:
    """Return the project in ``root``.

    Parameters
    ----------
    root
        Folder with ``params/``.
    known_kpis
        Keys of the KPI catalogue, to check the policy, presets and scenarios against. A mapping from key to
        ``"higher"`` or ``"lower"`` (the better direction) also checks that bands and targets run that way.

    Raises
    ------
    InputError
        With every problem of every file, each with its line.
    """
    files = _read(root)
    issues: list[Issue] = []
    sources = _model(SourcesFile, files.sources, issues)
    branches = _model(BranchesFile, files.branches, issues)
    calendars = _model(CalendarsFile, files.calendars, issues)
    policy = _model(Policy, files.policy, issues)
    presets = {key: _model(Preset, document, issues) for key, document in files.presets.items()}
    scenarios = _model(ScenariosFile, files.scenarios, issues)
    run = _model(RunPlan, files.run, issues)
    fishbone = _model(FishboneFile, files.fishbone, issues) if files.fishbone.data else shipped_fishbone()
    themes = _model(ThemesFile, files.themes, issues) if files.themes.data else shipped_themes()
    issues += reference_issues(files, known_kpis)
    present = {key: preset for key, preset in presets.items() if preset}
    if issues or not (sources and branches and calendars and policy and scenarios and run and fishbone and themes):
        raise InputError(_in_file_order(issues, files))
    return Project(root, sources, branches, calendars, policy, present, scenarios.scenarios, run, fishbone, themes)


@cache
def shipped_fishbone() -> FishboneFile:
    """Return the diagrams that come with the package, which serve a project without ``fishbone.yml``."""
    return _shipped(FishboneFile, "fishbone.yml")


@cache
def shipped_themes() -> ThemesFile:
    """Return the lexicon that comes with the package, which serves a project without ``themes.yml``."""
    return _shipped(ThemesFile, "themes.yml")


def _shipped(model: type[_FileT], name: str) -> _FileT:
    issues: list[Issue] = []
    found = _model(model, read_document(shipped(FOLDER) / name, name=f"{FOLDER}/{name}"), issues)
    if found is None:
        raise InputError(issues)
    return found


def _read(root: Path) -> Documents:
    if not (root / FOLDER).is_dir():
        raise InputError(Issue(str(root), f"is not a project: it has no folder {FOLDER}", "`kpi init` makes one"))

    def read(name: str) -> Document:
        return read_document(root / FOLDER / name, name=f"{FOLDER}/{name}")

    def read_if_there(name: str) -> Document:
        return read(name) if (root / FOLDER / name).exists() else Document(f"{FOLDER}/{name}", {}, {})

    presets = {path.stem: read(f"presets/{path.name}") for path in sorted((root / FOLDER / "presets").glob("*.yml"))}
    return Documents(
        sources=read("sources.yml"),
        branches=read("branches.yml"),
        calendars=read("calendars.yml"),
        policy=read("policy.yml"),
        presets={key: with_key(document, key) for key, document in presets.items()},
        scenarios=read_if_there("scenarios.yml"),
        run=read_if_there("run.yml"),
        fishbone=read_if_there("fishbone.yml"),
        themes=read_if_there("themes.yml"),
    )


def _model(model: type[_FileT], document: Document, issues: list[Issue]) -> _FileT | None:
    issues += document.issues
    if document.data is None and document.issues:
        return None
    found, problems = validated(model, document)
    issues += problems
    return found


def _in_file_order(issues: list[Issue], files: Documents) -> list[Issue]:
    """Return the issues as a reader works through them: file by file, from the first line to the last."""
    order = {document.name: number for number, document in enumerate(files.every())}

    def place(issue: Issue) -> tuple[int, int]:
        name, _, line = issue.where.partition(":")
        return order[name], int(line or 0)

    return sorted(dict.fromkeys(issues), key=place)
