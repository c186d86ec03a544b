"""Where jobs run: anything with the interface of ``concurrent.futures.Executor``, and what runs there."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path

from kpi_lib.batch.isolated import run_warm
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.outcome import RunResult
from kpi_lib.batch.run import run_cold
from kpi_lib.batch.warm import fork_is_safe
from kpi_lib.errors import InputError, Issue

RunJob = Callable[[Job, Path], tuple[RunResult, ...]]
"""What makes a job's runs; travels to the executor's workers by name."""

MakeExecutor = Callable[[int], Executor]
"""Makes an executor with that many workers."""


class Engine(StrEnum):
    """How a notebook is run."""

    FORK = "fork"
    NBCLIENT = "nbclient"


def default_engine() -> Engine:
    """Return the fastest engine that is safe here."""
    return Engine.FORK if fork_is_safe() else Engine.NBCLIENT


@dataclass(frozen=True)
class Workers:
    """Where jobs run and what runs them."""

    run: RunJob
    make_executor: MakeExecutor


def local(engine: Engine) -> Workers:
    """Return the workers of this machine.

    Raises
    ------
    InputError
        Forking is not safe here.
    """
    if engine is Engine.NBCLIENT:
        return Workers(run_cold, process_pool)
    if not fork_is_safe():
        raise InputError(Issue("--engine", "fork is not safe on this system", "use --engine nbclient"))
    # The threads only wait: every run is a process of its own.
    return Workers(run_warm, ThreadPoolExecutor)


def process_pool(jobs: int) -> Executor:
    """Return a pool of ``jobs`` processes, each with its share of the processors.

    Processes are started afresh: a fork of a process that has used DuckDB or Polars inherits their locks, not their
    threads, and waits for ever.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_share, initargs=(threads,))


def _share(threads: int) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, str(threads))
