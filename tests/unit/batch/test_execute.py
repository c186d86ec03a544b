from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch.execute import execute, process_pool
from kpi_lib.batch.outcome import FailureKind, RunResult
from kpi_lib.batch.plan import RunSpec
from kpi_lib.text import Text


def specs(*branches: str) -> list[RunSpec]:
    text = Text("x", "x")
    return [
        RunSpec(branch, "n", "en", "2025-11", Path("n.ipynb"), Path("p"), Path("o"), text, text, ("en",), "index.html")
        for branch in branches
    ]


def poisoned(spec: RunSpec, staging: Path) -> RunResult:
    if spec.branch == "poisoned":
        raise RuntimeError("poison")
    return RunResult(spec, staging / spec.branch, 1.0)


def test_one_failure_does_not_stop_the_others() -> None:
    planned = specs("a", "poisoned", "b")
    results = list(execute(planned, Path("s"), jobs=2, run=poisoned, make_executor=ThreadPoolExecutor))
    assert sorted(result.spec.branch for result in results if result.ok) == ["a", "b"]
    (failure,) = (result.failure for result in results if result.failure)
    assert (failure.kind, failure.name, failure.message) == (FailureKind.UNEXPECTED, "RuntimeError", "poison")


class Mortal(Executor):
    """Runs at once; the run of the branch ``killer`` kills it, and everything submitted later finds it dead."""

    def __init__(self, jobs: int) -> None:
        self.dead = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.dead = self.dead or args[0].branch == "killer"
        if self.dead:
            future.set_exception(BrokenExecutor("a worker died"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


@pytest.mark.parametrize("jobs", [1, 2, 8])
@pytest.mark.parametrize("branches", ["killer", "a killer", "killer a", "a b killer c d e f"])
def test_a_run_that_kills_its_worker_takes_only_itself(branches: str, jobs: int) -> None:
    planned = specs(*branches.split())
    results = list(execute(planned, Path("s"), jobs=jobs, run=poisoned, make_executor=Mortal))
    assert sorted(result.spec.branch for result in results) == sorted(branches.split())
    assert [(result.spec.branch, result.failure and result.failure.kind) for result in results if not result.ok] == [
        ("killer", FailureKind.WORKER_DIED)
    ]


def test_a_real_process_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a file of its own, because a process started afresh has to find it.
    (tmp_path / "killing_runs.py").write_text("import os\n\ndef run(spec, staging):\n    os._exit(9)\n")
    monkeypatch.syspath_prepend(tmp_path)
    run = importlib.import_module("killing_runs").run
    (result,) = execute(specs("a"), Path("s"), jobs=1, run=run, make_executor=process_pool)
    assert result.failure is not None
    assert result.failure.kind is FailureKind.WORKER_DIED
