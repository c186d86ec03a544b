"""One notebook for one branch in a child of the zygote, watched from outside: never a success that was none."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kpi_lib.batch.failures import at_cell, death
from kpi_lib.batch.in_child import CellDone, NotebookBegun, run_all
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.limits import Cost, Ended, Limits
from kpi_lib.batch.outcome import Failure, FailureKind, RunResult, staged
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.run import finish, fresh_folder
from kpi_lib.batch.supervisor import Request
from kpi_lib.batch.warm import GONE, zygote


def run_warm(job: Job, staging: Path) -> tuple[RunResult, ...]:
    """Return how a job's runs ended; whatever one of them does, the others have results of their own.

    They share a child, which computes for all. Where it dies, those it did not come to get another.
    """
    done: list[RunResult] = []
    while len(done) < len(job.specs):
        done += _in_one_child(job.specs[len(done) :], staging, job.limits)
    return tuple(replace(result, attempt=job.attempt) for result in done)


class _Heard:
    """What a child told before it ended."""

    def __init__(self) -> None:
        self.results: list[RunResult] = []
        self.begun: NotebookBegun | None = None
        self.last_cell = 0

    def __call__(self, message: object) -> None:
        match message:
            case RunResult():
                self.results.append(message)
                self.begun = None
            case NotebookBegun():
                self.begun, self.last_cell = message, 0
            case CellDone(number=number, cell=cell) if self.begun is not None:
                self.begun.notebook.cells[number - 1] = cell
                self.last_cell = number


def _in_one_child(specs: Sequence[RunSpec], staging: Path, limits: Limits) -> list[RunResult]:
    """Return at least the first run's result; those the child did not come to are missing."""
    started, heard = time.monotonic(), _Heard()
    seed = zlib.crc32(f"{specs[0].branch}/{specs[0].notebook}".encode())
    ended = zygote().run(Request(run_all, (tuple(specs), staging, seed), limits, seed), heard)
    results = heard.results
    if len(results) < len(specs):
        results.append(_unfinished(specs[len(results)], staging, heard, _why(ended, limits), started))
    elif ended.left_running:
        message = "processes the notebook started still ran after its last cell"
        failure = Failure(FailureKind.LEFT_RUNNING, "LeftRunning", message)
        results = [result if result.failure else _withdrawn(result, failure) for result in results]
    share = Cost(ended.cost.cpu_seconds / len(results), ended.cost.peak_memory)
    return [replace(result, cost=share) for result in results]


def _why(ended: Ended, limits: Limits) -> Failure:
    if ended is GONE:
        return Failure(FailureKind.WORKER_DIED, "WorkerDied", "the process that watched the run was killed")
    return death(ended, limits)


def _unfinished(spec: RunSpec, staging: Path, heard: _Heard, failure: Failure, started: float) -> RunResult:
    """Return the result of a run whose process died: its notebook up to there, a page that says so."""
    result = RunResult(spec, staged(spec, staging), 0.0)
    # A page or results of a run that did not end are not kept.
    fresh_folder(result.staged)
    if heard.begun is None:
        return finish(result, None, failure, started)
    notebook = heard.begun.notebook
    waiting = [n for n, cell in enumerate(notebook.cells, 1) if n > heard.last_cell and cell.cell_type == "code"]
    return finish(result, notebook, at_cell(failure, notebook, waiting[0]) if waiting else failure, started)


def _withdrawn(result: RunResult, failure: Failure) -> RunResult:
    """Return a finished run's result as a failure; its page is written again."""
    return replace(finish(result, None, failure, time.monotonic()), seconds=result.seconds)
