"""The main job: plan, execute, publish, record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from kpi_lib.batch.execute import Attempt, execute
from kpi_lib.batch.executors import Workers, default_engine, local
from kpi_lib.batch.index import write_index
from kpi_lib.batch.jobs import Job, RunKey, jobs_of, longest_first
from kpi_lib.batch.keys import Key, reads_issues
from kpi_lib.batch.limits import CELL_SECONDS, Limits
from kpi_lib.batch.manifest import (
    NAME,
    Manifest,
    RunRecord,
    alone_in,
    append_record,
    last_records,
    read_records,
    sources_digest,
    versions,
)
from kpi_lib.batch.notebooks import find_notebooks
from kpi_lib.batch.outcome import RunResult
from kpi_lib.batch.parameters import Parameters, read_parameters
from kpi_lib.batch.plan import Given, RunSpec, plan_runs
from kpi_lib.batch.publish import Published, last_good_page, publish, write_whole
from kpi_lib.batch.staging import staging_folder
from kpi_lib.batch.stale import staleness
from kpi_lib.errors import Issue, RunError
from kpi_lib.params import Project


@dataclass(frozen=True)
class Inputs:
    """What the reports rest on: the exports' fingerprints as JSON takes them, and the moment the data speaks of.

    ``newest`` is the last thing that happened in each branch.
    """

    sources: tuple[Mapping[str, Any], ...]
    as_of: datetime
    newest: Mapping[str, datetime] = field(default_factory=dict)


def plan_batch(
    project: Project,
    *,
    period: str,
    branches: Literal["all"] | Sequence[str],
    notebooks: Literal["all"] | Sequence[str],
    languages: Sequence[str],
    out: Path,
    cell_timeout: float = CELL_SECONDS,
    given: Given | None = None,
) -> tuple[RunSpec, ...]:
    """Return every run of a batch; raises InputError with all that is wrong before anything starts."""
    found = find_notebooks(project.root)
    return plan_runs(
        project=project.root.resolve(),
        company=project.branches.company,
        known_branches={key: branch.name for key, branch in project.branches.reported.items()},
        known_notebooks=found,
        parameters={name: _form(path) for name, path in found.items()},
        period=period,
        branches=branches,
        notebooks=notebooks,
        languages=languages,
        out=out.resolve(),
        cell_timeout=cell_timeout,
        given=given,
    )


def _form(notebook: Path) -> Parameters:
    found = read_parameters(notebook)
    return replace(found, problems=(*found.problems, *reads_issues(found.reads, where=notebook.name)))


@dataclass(frozen=True)
class Making:
    """How a batch is made.

    Parameters
    ----------
    jobs
        Jobs at the same time.
    workers
        Where they run; those of this machine by default.
    limits
        What each run may take.
    keys
        Key of every run, for leaving out what is there already; without them everything is made.
    force
        Make everything even so.
    shard
        Which part of the jobs, and of how many: ``(3, 8)`` is the third of eight.
    on_done
        Told of every attempt that ended.
    """

    jobs: int = 1
    workers: Workers | None = None
    limits: Limits = field(default_factory=Limits)
    keys: Mapping[RunKey, Key] | None = None
    force: bool = False
    shard: tuple[int, int] = (1, 1)
    on_done: Callable[[Attempt], None] = lambda _: None


def run_batch(project: Project, specs: Sequence[RunSpec], inputs: Inputs, making: Making) -> Manifest:
    """Run what is planned and not there already; return the manifest that was written.

    Parameters
    ----------
    project
        For the names and weight scenarios on the index page.
    specs
        What to run, from :func:`plan_batch`.
    inputs
        What the reports rest on.
    making
        How.

    Raises
    ------
    InputError
        The folder of the reports cannot be written.
    RunError
        It could not be written in the middle of the batch: no report was lost, the same command goes on.
    """
    out = specs[0].out
    started, clock = datetime.now(UTC), time.monotonic()
    with staging_folder(out) as staging:
        earlier = read_records(out)
        last = last_records(earlier)
        found = staleness(specs, making.keys or {}, last, out)
        stale = [one.spec for one in found if one.is_stale or making.force]
        kept = {(one.spec.branch, one.spec.notebook) for one in found if one.spec not in stale}
        mine = sharded(stale, making.shard, of_all=specs)
        jobs = jobs_of([_prepared(spec, making, last, out) for spec in mine], making.limits)
        ordered = longest_first(jobs, {run: record.seconds for run, record in last.items() if record.status == "ok"})
        data = sources_digest(inputs.sources)
        try:
            made = _made(ordered, staging, out, data, making, kept)
            manifest = _manifest(specs, inputs, making, started, clock, made)
            fresh = {one.spec.key for one in found if not one.is_stale}
            with alone_in(out):
                # Read again: batches of other shards have written meanwhile. The last of them to get here tells of all.
                whole = manifest.after(tuple(last_records(read_records(out)).values()), fresh)
                write_whole(out / NAME, whole.to_json())
                write_index(whole, project, out)
        except OSError as error:
            problem = f"could not be written: {error.strerror}"
            raise RunError(Issue(str(error.filename or out), problem, "make room, then run the same again")) from error
    return whole


def _made(
    jobs: Sequence[Job], staging: Path, out: Path, data: str, making: Making, kept_results: set[tuple[str, str]]
) -> list[RunRecord]:
    """Run the jobs, publish every result as it comes and write its line; return the records that stand.

    ``kept_results`` has the branch and notebook of those whose results are in place.
    """
    records: list[RunRecord] = []
    workers = making.workers or local(default_engine())
    for attempt in execute(jobs, staging, at_a_time=making.jobs, workers=workers):
        result = attempt.result
        published = Published()
        with alone_in(out):
            if attempt.last:
                with_results = _brings_results(result, kept_results)
                published = publish(result, out, with_results=with_results)
                if with_results and result.ok:
                    kept_results.add((result.spec.branch, result.spec.notebook))
            record = RunRecord.of(result, published.results, last=attempt.last, files=published.files, data=data)
            append_record(out, record)
        if attempt.last:
            records.append(record)
        making.on_done(attempt)
    return records


def _manifest(
    specs: Sequence[RunSpec],
    inputs: Inputs,
    making: Making,
    started: datetime,
    clock: float,
    made: Sequence[RunRecord],
) -> Manifest:
    order = {spec.key: place for place, spec in enumerate(specs)}
    return Manifest(
        period=specs[0].period,
        as_of=inputs.as_of.isoformat(sep=" ", timespec="seconds"),
        sources=inputs.sources,
        languages=specs[0].languages,
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        jobs=making.jobs,
        versions=versions(),
        newest={branch: moment.isoformat() for branch, moment in inputs.newest.items()},
        runs=tuple(sorted(made, key=lambda run: order[run.run])),
    )


def sharded(specs: Sequence[RunSpec], shard: tuple[int, int], *, of_all: Sequence[RunSpec]) -> tuple[RunSpec, ...]:
    """Return the runs of one shard: every n-th branch and notebook of all that are planned.

    Of all that are planned and not of those to be made, because a shard that starts later finds fewer to be made.
    """
    number, of = shard
    pairs = list(dict.fromkeys((spec.branch, spec.notebook) for spec in of_all))
    own = set(pairs[number - 1 :: of])
    return tuple(spec for spec in specs if (spec.branch, spec.notebook) in own)


def _prepared(spec: RunSpec, making: Making, last: Mapping[RunKey, RunRecord], out: Path) -> RunSpec:
    """Return the run with its key, and with the address of the report that stands until it is made."""
    record, key = last.get(spec.key), (making.keys or {}).get(spec.key)
    aside = last_good_page(spec)
    stands = record is not None and record.status == "ok" and (out / spec.page).exists()
    found = replace(spec, last_good=aside.name if stands or (out / aside).exists() else "")
    return found if key is None else replace(found, run_key=key.digest, key_parts=tuple(key.parts.items()))


def _brings_results(result: RunResult, kept: set[tuple[str, str]]) -> bool:
    """Return whether a run's results are kept: the first language's; another's only where that one brings none."""
    spec = result.spec
    if (spec.branch, spec.notebook) in kept:
        return result.ok and spec.lang == spec.languages[0]
    return True
