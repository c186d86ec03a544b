"""What a warm child does: one notebook for one branch, in every language, each in a shell of its own."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers

from kpi_lib.batch import engine
from kpi_lib.batch.failures import cell_error, stopped_early
from kpi_lib.batch.outcome import Failure, FailureKind, RunResult, staged
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.run import finish, fresh_folder
from kpi_lib.batch.supervisor import CellStarted, Tell
from kpi_lib.kpi.shared import sharing


@dataclass(frozen=True)
class NotebookBegun:
    """A run begins, with its notebook as it was given."""

    spec: RunSpec
    notebook: NotebookNode


@dataclass(frozen=True)
class CellDone:
    """A cell has run."""

    number: int
    cell: NotebookNode


def run_all(tell: Tell, specs: Sequence[RunSpec], staging: Path, seed: int) -> None:
    """Run a notebook in every language and tell the batch each result as it is there.

    Parameters
    ----------
    tell
        Sends a message to the batch.
    specs
        Runs that differ in their language only.
    staging
        Folder that takes what the runs make.
    seed
        Of the random numbers, the same in every language.
    """
    with sharing():
        for spec in specs:
            random.seed(seed)
            np.random.seed(seed % 2**32)  # noqa: NPY002  # what notebooks with the old interface draw from
            tell(_run(tell, spec, staging))


def _run(tell: Tell, spec: RunSpec, staging: Path) -> RunResult:
    started, before = time.monotonic(), set(threading.enumerate())
    result = RunResult(spec, staged(spec, staging), 0.0)
    fresh_folder(result.staged)
    notebook, failure = _execute(tell, spec, result.staged)
    left = [thread.name for thread in set(threading.enumerate()) - before if not thread.daemon]
    if failure is None and left:
        message = f"threads still ran after the last cell: {', '.join(sorted(left))}"
        failure = Failure(FailureKind.LEFT_RUNNING, "LeftRunning", message)
    return finish(result, notebook, failure, started)


def _execute(tell: Tell, spec: RunSpec, folder: Path) -> tuple[NotebookNode | None, Failure | None]:
    begun: list[NotebookNode] = []

    def on_notebook(notebook: NotebookNode) -> None:
        begun.append(notebook)
        tell(NotebookBegun(spec, notebook))
        tell(CellStarted(0, first=True))

    try:
        papermill.execute_notebook(
            str(spec.source), None, parameters=spec.parameters(folder / "results"), progress_bar=False,
            cwd=spec.source.parent, kernel_name="python3", engine_name=engine.NAME, on_notebook=on_notebook,
            on_cell=lambda number: tell(CellStarted(number)),
            after_cell=lambda number, cell: tell(CellDone(number, cell)),
        )  # fmt: skip
    except PapermillExecutionError as error:
        # Papermill has put a note of its own at the top and one before the cell.
        notebook = remove_error_markers(begun[0])
        return notebook, cell_error(error, notebook)
    except Exception as error:  # a notebook that cannot be read or started is that run's failure
        told = traceback.format_exc()
        failure = Failure(FailureKind.UNEXPECTED, type(error).__name__, str(error), traceback=told)
        return (begun[0] if begun else None), failure
    return begun[0], stopped_early(begun[0])
