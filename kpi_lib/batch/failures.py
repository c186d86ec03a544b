"""From what is left of a run to the class of its failure."""

from __future__ import annotations

from dataclasses import replace

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from kpi_lib.batch.limits import Ended, KilledFor, Limits
from kpi_lib.batch.outcome import Failure, FailureKind

_NO_MEMORY = frozenset({"MemoryError", "_ArrayMemoryError", "ArrowMemoryError", "OutOfMemoryException"})
"""Errors by which Python, NumPy, Arrow and DuckDB say that they got no memory."""


def cell_error(error: PapermillExecutionError, notebook: NotebookNode) -> Failure:
    """Return the failure of the cell that raised ``error``; papermill's own notes are out of ``notebook``."""
    return Failure(
        FailureKind.OUT_OF_MEMORY if error.ename in _NO_MEMORY else FailureKind.CELL_ERROR,
        error.ename,
        error.evalue,
        cell=error.cell_index + 1,
        source=notebook.cells[error.cell_index].source,
        traceback=strip_ansi("\n".join(error.traceback)),
    )


def stopped_early(notebook: NotebookNode) -> Failure | None:
    """Return a failure if a cell did not run: papermill takes ``sys.exit()`` for a success."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            message = f"cell {number} and those after it did not run"
            return Failure(FailureKind.STOPPED_EARLY, "StoppedEarly", message, cell=number, source=cell.source)
        if any(output.output_type == "error" for output in cell.outputs):
            message = "the notebook ended itself here"
            return Failure(FailureKind.STOPPED_EARLY, "StoppedEarly", message, cell=number, source=cell.source)
    return None


def at_running_cell(failure: Failure, notebook: NotebookNode) -> Failure:
    """Return the failure with the last cell that was started, the one that ran when it happened."""
    begun = [n for n, cell in enumerate(notebook.cells, 1) if cell.metadata.get("papermill", {}).get("start_time")]
    return at_cell(failure, notebook, begun[-1]) if begun else failure


def at_cell(failure: Failure, notebook: NotebookNode, number: int) -> Failure:
    """Return the failure with a cell to blame."""
    return replace(failure, cell=number, source=notebook.cells[number - 1].source)


def death(ended: Ended, limits: Limits) -> Failure:
    """Return why a run's process ended before the run did."""
    match ended.killed_for:
        case KilledFor.CELL_TIME:
            return Failure(FailureKind.TIMEOUT, "Timeout", f"a cell ran for more than {limits.cell_seconds:g} s")
        case KilledFor.RUN_TIME:
            return Failure(FailureKind.TIMEOUT, "Timeout", f"the notebook ran for more than {limits.run_seconds:g} s")
    said = ended.last_words
    if ended.out_of_memory:
        return Failure(
            FailureKind.OUT_OF_MEMORY, "OutOfMemory", "the run was killed for want of memory", traceback=said
        )
    how = f"by signal {-ended.exit_code}" if ended.exit_code < 0 else f"with status {ended.exit_code}"
    return Failure(FailureKind.KERNEL_DIED, "DeadKernel", f"the run's process ended {how}", traceback=said)
