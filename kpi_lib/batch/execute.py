"""Many jobs through an executor with the interface of ``concurrent.futures``, failures tried again by their class."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from kpi_lib.batch.executors import Workers
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.limits import memory_share
from kpi_lib.batch.outcome import Failure, FailureKind, RunResult, staged
from kpi_lib.batch.retry import PAUSES, Retry, next_attempt


@dataclass(frozen=True)
class Attempt:
    """One attempt at a run; ``last`` says whether its result stands."""

    result: RunResult
    last: bool


def execute(jobs: Sequence[Job], staging: Path, *, at_a_time: int, workers: Workers) -> Iterator[Attempt]:
    """Yield every attempt as it ends; one run's end, whatever it is, never stops the others.

    Parameters
    ----------
    jobs
        What to run, in the order to start it.
    staging
        Folder that takes what the runs make.
    at_a_time
        Jobs at the same time.
    workers
        Where they run and what runs them.
    """
    waiting, alone = list(jobs), list[Job]()
    while waiting or alone:
        if waiting:
            again = yield from _together(waiting, staging, at_a_time, workers)
        else:
            again = yield from _alone(alone.pop(), staging, workers)
        waiting = [job for job, how in again if how is not Retry.ALONE]
        alone += [_with_all_memory(job) for job, how in again if how is Retry.ALONE]
        late = [job.attempt for job, how in again if how is Retry.LATER]
        if late:
            time.sleep(PAUSES[max(late) - 2])


_LOST = frozenset({"KilledWorker", "CommClosedError", "FutureCancelledError", "CancelledError"})
"""Errors by which a cluster says that it lost the worker; by name, as the cluster's library may not be there."""

Again = list[tuple[Job, Retry]]
"""Jobs to try again, and how."""


def _together(jobs: Sequence[Job], staging: Path, at_a_time: int, workers: Workers) -> Generator[Attempt, None, Again]:
    """Run the jobs side by side, and in a pool of its own each that may have broken the pool."""
    again: Again = []
    waiting = list(jobs)
    while waiting:
        broke = False
        with workers.make_executor(at_a_time) as executor:
            futures = {executor.submit(workers.run, job, staging): job for job in waiting}
            for future in as_completed(futures):
                job = futures[future]
                results = _ended(future, job, staging)
                if results is None:
                    broke = True
                    break
                waiting.remove(job)
                again += yield from _judged(job, results)
            executor.shutdown(wait=True, cancel_futures=True)
        if broke:
            # A killed worker takes every run in flight with it, and any of these may be the one that does the killing.
            # Alone in a pool of its own, it can only take itself.
            suspects, waiting = waiting[:at_a_time], waiting[at_a_time:]
            for job in suspects:
                again += yield from _alone(job, staging, workers)
    return again


def _alone(job: Job, staging: Path, workers: Workers) -> Generator[Attempt, None, Again]:
    with workers.make_executor(1) as executor:
        results = _ended(executor.submit(workers.run, job, staging), job, staging)
    if results is None:
        failure = Failure(FailureKind.WORKER_DIED, "WorkerDied", "the process that made the report was killed")
        results = _without_result(job, staging, failure)
    again = yield from _judged(job, results)
    return again


def _judged(job: Job, results: Sequence[RunResult]) -> Generator[Attempt, None, Again]:
    """Yield the attempts of a job; return the runs of it to try again, as jobs of their own."""
    again: Again = []
    for result in results:
        how = Retry.NEVER if result.failure is None else next_attempt(result.failure.kind, result.attempt)
        yield Attempt(result, last=how is Retry.NEVER)
        if how is not Retry.NEVER:
            again.append((Job((result.spec,), job.limits, job.attempt + 1), how))
    return again


def _ended(future: Future[tuple[RunResult, ...]], job: Job, staging: Path) -> tuple[RunResult, ...] | None:
    """Return the results, or ``None`` when the executor broke."""
    try:
        return future.result()
    except BrokenExecutor:
        return None
    except Exception as error:  # a run that cannot even report is that run's failure
        return _without_result(job, staging, Failure(_kind(error), type(error).__name__, str(error)))


def _kind(error: Exception) -> FailureKind:
    return FailureKind.WORKER_DIED if type(error).__name__ in _LOST else FailureKind.UNEXPECTED


def _without_result(job: Job, staging: Path, failure: Failure) -> tuple[RunResult, ...]:
    return tuple(RunResult(spec, staged(spec, staging), 0.0, failure, attempt=job.attempt) for spec in job.specs)


def _with_all_memory(job: Job) -> Job:
    whole = memory_share(1)
    return job if job.limits.memory is None or whole is None else replace(job, limits=replace(job.limits, memory=whole))
