"""A run through stock papermill: a kernel started for it alone. Slower than a warm child, and runs everywhere."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers

from kpi_lib.batch import kernel
from kpi_lib.batch.failures import at_running_cell, cell_error, stopped_early
from kpi_lib.batch.outcome import Failure, FailureKind
from kpi_lib.batch.plan import RunSpec


def execute_in_kernel(spec: RunSpec, staged: Path) -> tuple[NotebookNode | None, Failure | None]:
    """Return the executed notebook, up to where it got, and why it failed, if it did."""
    executed = staged / "notebook.ipynb"
    with tempfile.TemporaryDirectory(prefix="kpi-") as folder:
        try:
            papermill.execute_notebook(
                spec.source, executed, parameters=spec.parameters(staged / "results"), progress_bar=False,
                cwd=spec.source.parent, kernel_name=kernel.NAME, kernel_manager_class=kernel.RunKernelManager,
                config=kernel.kernel_config(Path(folder)), start_timeout=kernel.START_SECONDS,
                execution_timeout=spec.cell_timeout,
            )  # fmt: skip
        except PapermillExecutionError as error:
            notebook = _read(executed)
            return notebook, cell_error(error, notebook)
        except CellTimeoutError:
            failure = Failure(FailureKind.TIMEOUT, "Timeout", f"a cell ran for more than {spec.cell_timeout} s")
            return _blamed(failure, executed)
        except DeadKernelError:
            words = kernel.last_words(Path(folder))
            failure = Failure(FailureKind.KERNEL_DIED, "DeadKernel", "the kernel is gone", traceback=words)
            return _blamed(failure, executed)
        except Exception as error:  # the batch goes on whatever one run does; the reader gets the whole of it
            told = "\n".join((traceback.format_exc(), kernel.last_words(Path(folder))))
            failure = Failure(FailureKind.UNEXPECTED, type(error).__name__, str(error), traceback=told)
            return (_read(executed) if executed.exists() else None), failure
        left = kernel.left_running(Path(folder))
    notebook = _read(executed)
    stray = Failure(FailureKind.LEFT_RUNNING, "LeftRunning", left) if left else None
    return notebook, stopped_early(notebook) or stray


def _blamed(failure: Failure, executed: Path) -> tuple[NotebookNode | None, Failure]:
    if not executed.exists():
        return None, failure
    notebook = _read(executed)
    return notebook, at_running_cell(failure, notebook)


def _read(executed: Path) -> NotebookNode:
    """Return the saved notebook; that of a failed run starts with papermill's own note, which is taken out again."""
    notebook: NotebookNode = remove_error_markers(nbformat.read(executed, as_version=4))
    return notebook
