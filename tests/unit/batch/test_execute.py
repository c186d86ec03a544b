from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch.execute import Attempt, execute
from kpi_lib.batch.executors import Workers, process_pool
from kpi_lib.batch.jobs import Job, jobs_of
from kpi_lib.batch.limits import Limits
from kpi_lib.batch.outcome import FailureKind, RunResult
from kpi_lib.batch.plan import RunSpec
from kpi_lib.text import Text


def specs(*branches: str) -> list[RunSpec]:
    text = Text("x", "x")
    return [
        RunSpec(branch, "n", "en", "2025-11", Path("n.ipynb"), Path("p"), Path("o"), text, text, ("en",), "index.html")
        for branch in branches
    ]


def jobs(*branches: str) -> tuple[Job, ...]:
    return jobs_of(specs(*branches), Limits())


def poisoned(job: Job, staging: Path) -> tuple[RunResult, ...]:
    (spec,) = job.specs
    if spec.branch == "poisoned":
        raise RuntimeError("poison")
    return (RunResult(spec, staging / spec.branch, 1.0, attempt=job.attempt),)


def last(attempts: Iterable[Attempt]) -> list[RunResult]:
    return [attempt.result for attempt in attempts if attempt.last]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpi_lib.batch.execute.PAUSES", (0.0, 0.0))


def test_one_failure_does_not_stop_the_others() -> None:
    workers = Workers(poisoned, ThreadPoolExecutor)
    results = last(execute(jobs("a", "poisoned", "b"), Path("s"), at_a_time=2, workers=workers))
    assert sorted(result.spec.branch for result in results if result.ok) == ["a", "b"]
    (failure,) = (result.failure for result in results if result.failure)
    assert (failure.kind, failure.name, failure.message) == (FailureKind.UNEXPECTED, "RuntimeError", "poison")


class Mortal(Executor):
    """Runs at once; the run of the branch ``killer`` kills it, and everything submitted later finds it dead."""

    def __init__(self, jobs: int) -> None:
        self.dead = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.dead = self.dead or args[0].specs[0].branch == "killer"
        if self.dead:
            future.set_exception(BrokenExecutor("a worker died"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


@pytest.mark.parametrize("at_a_time", [1, 2, 8])
@pytest.mark.parametrize("branches", ["killer", "a killer", "killer a", "a b killer c d e f"])
def test_a_run_that_kills_its_worker_takes_only_itself(branches: str, at_a_time: int) -> None:
    planned, workers = jobs(*branches.split()), Workers(poisoned, Mortal)
    attempts = list(execute(planned, Path("s"), at_a_time=at_a_time, workers=workers))
    results = last(attempts)
    assert sum(not attempt.last for attempt in attempts) == 2, "a worker that dies is tried again twice, later"
    assert sorted(result.spec.branch for result in results) == sorted(branches.split())
    assert [(result.spec.branch, result.failure and result.failure.kind) for result in results if not result.ok] == [
        ("killer", FailureKind.WORKER_DIED)
    ]


def test_a_real_process_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a file of its own, because a process started afresh has to find it.
    (tmp_path / "killing_runs.py").write_text("import os\n\ndef run(job, staging):\n    os._exit(9)\n")
    monkeypatch.syspath_prepend(tmp_path)
    run = importlib.import_module("killing_runs").run
    # Every attempt starts a process afresh; how often it is tried is told above.
    monkeypatch.setattr("kpi_lib.batch.retry.PAUSES", ())
    (result,) = last(execute(jobs("a"), Path("s"), at_a_time=1, workers=Workers(run, process_pool)))
    assert result.failure is not None
    assert result.failure.kind is FailureKind.WORKER_DIED
