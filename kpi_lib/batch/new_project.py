"""A new project folder: parameters to fill in, the notebooks, and places for the exports."""

from __future__ import annotations

import shutil
from pathlib import Path

from kpi_lib.batch.notebooks import FOLDER
from kpi_lib.errors import InputError, Issue
from kpi_lib.params.shipped import shipped

_OWN = Path(__file__).parent / "new_project_files"
_AS_IN_THE_SAMPLE = ("calendars.yml", "scenarios.yml", "run.yml", "fishbone.yml", "themes.yml", "presets")


def create_project(target: Path) -> list[Path]:
    """Make a project in ``target`` and return its files, relative to it.

    The parameters are the sample's where they hold for any company (calendar, presets, scenarios), and starters with
    comments where they are the company's own (sources, branches, policy).

    Raises
    ------
    InputError
        The folder already holds something.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(Issue(str(target), "is there already and not empty", "name a new folder"))
    params = target / "params"
    (target / "data" / "raw").mkdir(parents=True)
    params.mkdir()
    for name in ("sources.yml", "branches.yml", "policy.yml"):
        shutil.copyfile(_OWN / name, params / name)
    shutil.copyfile(_OWN / "example_tickets.csv", target / "data" / "raw" / "example_tickets.csv")
    for name in _AS_IN_THE_SAMPLE:
        _copy(shipped("params") / name, params / name)
    (target / FOLDER).mkdir()
    for notebook in sorted(shipped(FOLDER).glob("*.ipynb")):
        shutil.copyfile(notebook, target / FOLDER / notebook.name)
    shutil.copyfile(_OWN / "gitignore", target / ".gitignore")
    return sorted(path.relative_to(target) for path in target.rglob("*") if path.is_file())


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
