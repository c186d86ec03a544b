"""What the commands begin with: the project, its prepared data, names from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from kpi_lib.data.store import Store
    from kpi_lib.params import Project

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

ProjectOption = Annotated[Path, typer.Option("--project", help="Project folder, with params/ and data/.")]
HERE = Path()
COLUMNS = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
"""Columns of a progress bar."""


def opened(project: Path) -> Project:
    """Return the project in a folder, checked against the KPI catalogue."""
    from kpi_lib.kpi.catalog import CATALOG
    from kpi_lib.params import load_project

    return load_project(project.resolve(), {key: kpi.better for key, kpi in CATALOG.items()})


def prepared(project: Project, *, force: bool = False) -> Store:
    """Return the project's store, brought up to date behind a progress bar."""
    from kpi_lib.data.store import prepare as prepare_store

    with Progress(*COLUMNS, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("Preparing the data", total=1.0)
        return prepare_store(
            project, force=force, on_progress=lambda step, share: bar.update(task, description=step, completed=share)
        )


def listed(text: str | None) -> tuple[str, ...]:
    """Return what is listed with commas between."""
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def names(text: str | None) -> Literal["all"] | tuple[str, ...]:
    """Return the listed names, or ``all``."""
    found = listed(text)
    return "all" if found == ("all",) else found
