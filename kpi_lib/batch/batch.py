"""The main job: plan, execute, publish, record."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from kpi_lib.batch.execute import MakeExecutor, execute, process_pool
from kpi_lib.batch.index import write_index
from kpi_lib.batch.manifest import NAME, Manifest, RunRecord, read_manifest, versions
from kpi_lib.batch.notebooks import find_notebooks
from kpi_lib.batch.outcome import RunResult
from kpi_lib.batch.parameters import read_parameters
from kpi_lib.batch.plan import CELL_TIMEOUT_SECONDS, RunSpec, plan_runs
from kpi_lib.batch.publish import publish, write_whole
from kpi_lib.errors import InputError, Issue
from kpi_lib.params import Project


@dataclass(frozen=True)
class Inputs:
    """What the reports rest on: the exports' fingerprints as JSON takes them, and the moment the data speaks of."""

    sources: tuple[Mapping[str, Any], ...]
    as_of: datetime


def plan_batch(
    project: Project,
    *,
    period: str,
    branches: Literal["all"] | Sequence[str],
    notebooks: Literal["all"] | Sequence[str],
    languages: Sequence[str],
    out: Path,
    cell_timeout: int = CELL_TIMEOUT_SECONDS,
) -> tuple[RunSpec, ...]:
    """Return every run of a batch; raises InputError with all that is wrong before anything starts."""
    found = find_notebooks(project.root)
    return plan_runs(
        project=project.root.resolve(),
        company=project.branches.company,
        known_branches={key: branch.name for key, branch in project.branches.reported.items()},
        known_notebooks=found,
        parameters={name: read_parameters(path) for name, path in found.items()},
        period=period,
        branches=branches,
        notebooks=notebooks,
        languages=languages,
        out=out.resolve(),
        cell_timeout=cell_timeout,
    )


def run_batch(
    project: Project,
    specs: Sequence[RunSpec],
    inputs: Inputs,
    *,
    jobs: int,
    on_done: Callable[[RunResult], None] = lambda _: None,
    make_executor: MakeExecutor = process_pool,
) -> Manifest:
    """Run everything planned and return the manifest that was written.

    Parameters
    ----------
    project
        For the names and weight scenarios on the index page.
    specs
        What to run, from :func:`plan_batch`.
    inputs
        What the reports rest on.
    jobs
        Runs at the same time.
    on_done
        Told of every run that ended.
    make_executor
        Where the runs are made.

    Raises
    ------
    InputError
        The folder of the reports cannot be written.
    """
    out = specs[0].out
    started, clock = datetime.now(UTC), time.monotonic()
    staging = _staging(out)
    records: list[RunRecord] = []
    kept_results: set[tuple[str, str]] = set()
    try:
        for result in execute(specs, staging, jobs=jobs, make_executor=make_executor):
            with_results = _brings_results(result, kept_results)
            published = publish(result, out, with_results=with_results)
            if with_results and result.ok:
                kept_results.add((result.spec.branch, result.spec.notebook))
            records.append(RunRecord.of(result, published))
            on_done(result)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    order = {spec.key: place for place, spec in enumerate(specs)}
    manifest = Manifest(
        period=specs[0].period,
        as_of=inputs.as_of.isoformat(sep=" ", timespec="seconds"),
        sources=inputs.sources,
        languages=specs[0].languages,
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        jobs=jobs,
        versions=versions(),
        runs=tuple(sorted(records, key=lambda run: order[run.key])),
    ).after(read_manifest(out))
    write_whole(out / NAME, manifest.to_json())
    write_index(manifest, project, out)
    return manifest


def _brings_results(result: RunResult, kept: set[tuple[str, str]]) -> bool:
    """Return whether a run's results are kept: the first language's; another's only where that one brings none."""
    spec = result.spec
    if (spec.branch, spec.notebook) in kept:
        return result.ok and spec.lang == spec.languages[0]
    return True


def _staging(out: Path) -> Path:
    """Return a new folder on the file system of the reports, so that publishing is a rename."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".staging-", dir=out))
    except OSError as error:
        raise InputError(Issue(str(out), f"cannot be written: {error.strerror}", "choose another --out")) from error
