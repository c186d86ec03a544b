"""Many runs through an executor with the interface of ``concurrent.futures``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from kpi_lib.batch.outcome import Failure, FailureKind, RunResult
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.run import run_one

RunOne = Callable[[RunSpec, Path], RunResult]
"""What makes one run; travels to the executor's workers by name."""

MakeExecutor = Callable[[int], Executor]
"""Makes an executor with that many workers."""


def process_pool(jobs: int) -> Executor:
    """Return a pool of ``jobs`` processes, each with its share of the processors.

    Processes are started afresh: a fork of a process that has used DuckDB or Polars inherits their locks, not their
    threads, and waits for ever.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_share, initargs=(threads,))


def execute(
    specs: Sequence[RunSpec],
    staging: Path,
    *,
    jobs: int,
    run: RunOne = run_one,
    make_executor: MakeExecutor = process_pool,
) -> Iterator[RunResult]:
    """Yield every run's result as it ends; one run's end, whatever it is, never stops the others.

    Parameters
    ----------
    specs
        What to run.
    staging
        Folder that takes what the runs make.
    jobs
        Runs at the same time.
    run, make_executor
        What makes one run, and where.
    """
    waiting = list(specs)
    while waiting:
        broke = False
        with make_executor(jobs) as executor:
            futures = {executor.submit(run, spec, staging): spec for spec in waiting}
            for future in as_completed(futures):
                result = _ended(future, futures[future], staging)
                if result is None:
                    broke = True
                    break
                waiting.remove(futures[future])
                yield result
            executor.shutdown(cancel_futures=True)
        if broke:
            # A killed worker takes every run in flight with it, and any of these may be the one that does the killing.
            # Alone in a pool of its own, it can only take itself.
            suspects, waiting = waiting[:jobs], waiting[jobs:]
            for spec in suspects:
                yield _alone(spec, staging, run, make_executor)


def _ended(future: Future[RunResult], spec: RunSpec, staging: Path) -> RunResult | None:
    """Return the result, or ``None`` when the executor broke."""
    try:
        return future.result()
    except BrokenExecutor:
        return None
    except Exception as error:  # a run that cannot even report is that run's failure
        return _without_result(spec, staging, Failure(FailureKind.UNEXPECTED, type(error).__name__, str(error)))


def _alone(spec: RunSpec, staging: Path, run: RunOne, make_executor: MakeExecutor) -> RunResult:
    with make_executor(1) as executor:
        result = _ended(executor.submit(run, spec, staging), spec, staging)
    failure = Failure(FailureKind.WORKER_DIED, "WorkerDied", "the process that made the report was killed")
    return result or _without_result(spec, staging, failure)


def _without_result(spec: RunSpec, staging: Path, failure: Failure) -> RunResult:
    return RunResult(spec, staging / spec.branch / f"{spec.notebook}.{spec.lang}", 0.0, failure)


def _share(threads: int) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, str(threads))
