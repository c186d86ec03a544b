"""One run: a notebook through papermill into a staging folder, then its page. Never raises for what the run did."""

from __future__ import annotations

import tempfile
import time
import traceback
from dataclasses import replace
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers
from papermill.translators import translate_parameters

from kpi_lib.batch import kernel
from kpi_lib.batch.export import export_page
from kpi_lib.batch.failed_page import failed_page
from kpi_lib.batch.outcome import Failure, FailureKind, RunResult
from kpi_lib.batch.page import PageInfo
from kpi_lib.batch.plan import RunSpec


def run_one(spec: RunSpec, staging: Path) -> RunResult:
    """Return how the run ended, with its page, its notebook and its results below ``staging``.

    Nothing is written to the folder of the reports: who called decides what of it to publish. Safe in another process
    or on another machine that shares the folders.
    """
    started = time.monotonic()
    result = RunResult(spec, staging / spec.branch / f"{spec.notebook}.{spec.lang}", 0.0)
    result.staged.mkdir(parents=True, exist_ok=True)
    failure = _execute(result)
    title = ""
    if result.executed.exists():
        notebook = _as_published(result.executed, spec, failure)
        nbformat.write(notebook, result.executed)
        if failure is None:
            title, failure = _export(notebook, result)
    if failure:
        result.page.write_text(failed_page(spec, failure), encoding="utf-8")
    return RunResult(spec, result.staged, round(time.monotonic() - started, 3), failure, title)


def _execute(result: RunResult) -> Failure | None:
    spec = result.spec
    parameters = spec.parameters(result.staged / "results")
    with tempfile.TemporaryDirectory(prefix="kpi-") as folder:
        try:
            papermill.execute_notebook(
                spec.source, result.executed, parameters=parameters, progress_bar=False, cwd=spec.source.parent,
                kernel_name=kernel.NAME, kernel_manager_class=kernel.RunKernelManager,
                config=kernel.kernel_config(Path(folder)), start_timeout=kernel.START_SECONDS,
                execution_timeout=spec.cell_timeout,
            )  # fmt: skip
        except PapermillExecutionError as error:
            return _cell_error(error, result.executed)
        except CellTimeoutError:
            failure = Failure(FailureKind.TIMEOUT, "Timeout", f"a cell ran for more than {spec.cell_timeout} s")
            return _at_running_cell(failure, result.executed)
        except DeadKernelError:
            words = kernel.last_words(Path(folder))
            failure = Failure(FailureKind.KERNEL_DIED, "DeadKernel", "the kernel is gone", traceback=words)
            return _at_running_cell(failure, result.executed)
        except Exception as error:  # the batch goes on whatever one run does; the reader gets the whole of it
            told = "\n".join((traceback.format_exc(), kernel.last_words(Path(folder))))
            return Failure(FailureKind.UNEXPECTED, type(error).__name__, str(error), traceback=told)
    return _stopped_early(result.executed)


def _cell_error(error: PapermillExecutionError, executed: Path) -> Failure:
    # The saved notebook starts with papermill's own note, which is taken out again.
    cells = remove_error_markers(nbformat.read(executed, as_version=4)).cells
    return Failure(
        FailureKind.CELL_ERROR,
        error.ename,
        error.evalue,
        cell=error.cell_index + 1,
        source=cells[error.cell_index].source,
        traceback=strip_ansi("\n".join(error.traceback)),
    )


def _at_running_cell(failure: Failure, executed: Path) -> Failure:
    """Return the failure with the last cell that was started, the one that ran when it happened."""
    if not executed.exists():
        return failure
    cells = nbformat.read(executed, as_version=4).cells
    begun = [number for number, cell in enumerate(cells, 1) if cell.metadata.get("papermill", {}).get("start_time")]
    if not begun:
        return failure
    return replace(failure, cell=begun[-1], source=cells[begun[-1] - 1].source)


def _stopped_early(executed: Path) -> Failure | None:
    """Return a failure if a cell did not run: papermill takes ``sys.exit()`` for a success."""
    cells = nbformat.read(executed, as_version=4).cells
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            message = f"cell {number} and those after it did not run"
            return Failure(FailureKind.STOPPED_EARLY, "StoppedEarly", message, cell=number, source=cell.source)
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            message = "the notebook ended itself here"
            return Failure(FailureKind.STOPPED_EARLY, "StoppedEarly", message, cell=number, source=cell.source)
    return None


def _as_published(executed: Path, spec: RunSpec, failure: Failure | None) -> NotebookNode:
    """Return the notebook as it is kept: with the parameters an analyst re-runs it with, and with how it really ended.

    Papermill marks every cell completed even when its kernel was killed.
    """
    notebook: NotebookNode = remove_error_markers(nbformat.read(executed, as_version=4))
    parameters = spec.parameters(spec.out)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = translate_parameters(kernel.NAME, "python", parameters, "Parameters")
    notebook.metadata["kpi_run"] = {"status": "failed" if failure else "ok", "kind": failure.kind if failure else ""}
    record = notebook.metadata.setdefault("papermill", {})
    record.update(input_path=spec.source.name, output_path=spec.executed.name, parameters=parameters)
    if failure:
        record["exception"] = True
        for cell in notebook.cells:
            if cell.cell_type == "code" and cell.execution_count is None:
                cell.metadata.get("papermill", {})["status"] = "not run"
    return notebook


def _export(notebook: NotebookNode, result: RunResult) -> tuple[str, Failure | None]:
    """Write the page; return its title, or why there is none."""
    try:
        page = export_page(notebook, PageInfo.of(result.spec))
    except Exception as error:  # a page that cannot be made is that run's failure, not the batch's
        told = traceback.format_exc()
        return "", Failure(FailureKind.EXPORT_ERROR, type(error).__name__, str(error), traceback=told)
    result.page.write_text(page.html, encoding="utf-8")
    return page.title, None
