"""From a folder and a branch to an opened session."""

from __future__ import annotations

from pathlib import Path

from kpi_lib.data.store import Store, open_store, prepare
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.shared import held
from kpi_lib.params import Project, latest_complete, load_project, parse_period
from kpi_lib.session.session import Session
from kpi_lib.text.language import language

LATEST = "latest"


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
