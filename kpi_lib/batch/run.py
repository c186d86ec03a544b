"""One run: a notebook into a staging folder, then its page. Never raises for what the run did."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode, from_dict
from papermill.translators import translate_parameters

from kpi_lib.batch import kernel
from kpi_lib.batch.back_test import HISTORY, back_test, moved_words, signed_off
from kpi_lib.batch.export import export_page
from kpi_lib.batch.failed_page import failed_page
from kpi_lib.batch.in_kernel import execute_in_kernel
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.outcome import Failure, FailureKind, RunResult, staged
from kpi_lib.batch.page import PageInfo
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.secrets import secret_values, without_secrets
from kpi_lib.batch.stamp import with_key
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.text import language

Execute = Callable[[RunSpec, Path], tuple[NotebookNode | None, Failure | None]]
"""Runs a notebook: returns it as far as it got, and why it failed."""


def run_one(spec: RunSpec, staging: Path, execute: Execute = execute_in_kernel) -> RunResult:
    """Return how the run ended, with its page, its notebook and its results below ``staging``.

    Nothing is written to the folder of the reports: who called decides what of it to publish. Safe in another process
    or on another machine that shares the folders.
    """
    started = time.monotonic()
    result = RunResult(spec, staged(spec, staging), 0.0)
    fresh_folder(result.staged)
    notebook, failure = execute(spec, result.staged)
    return finish(result, notebook, failure, started)


def run_cold(job: Job, staging: Path) -> tuple[RunResult, ...]:
    """Return how a job's runs ended, each with a kernel of its own."""
    return tuple(replace(run_one(spec, staging), attempt=job.attempt) for spec in job.specs)


def finish(result: RunResult, notebook: NotebookNode | None, failure: Failure | None, started: float) -> RunResult:
    """Write the notebook as it is kept and its page; return the result.

    Parameters
    ----------
    result
        What is known of the run.
    notebook, failure
        How far it got, and why it failed.
    started
        When it did, on the monotonic clock.
    """
    title, hidden = "", secret_values()
    if failure is not None:
        failure = Failure(**without_secrets(asdict(failure), hidden))
    if notebook is not None:
        notebook = from_dict(without_secrets(notebook, hidden))
        kept = as_published(notebook, result.spec, failure)
        if failure is None:
            title, failure = _export(kept, result)
            if failure is not None:
                kept = as_published(notebook, result.spec, failure)
        nbformat.write(kept, result.executed)
    if failure:
        result.page.write_text(failed_page(result.spec, failure, last_good=result.spec.last_good), encoding="utf-8")
    return RunResult(result.spec, result.staged, round(time.monotonic() - started, 3), failure, title)


def fresh_folder(folder: Path) -> None:
    """Make the folder of a run, without what an earlier attempt left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def as_published(notebook: NotebookNode, spec: RunSpec, failure: Failure | None) -> NotebookNode:
    """Return the notebook as it is kept: with the parameters an analyst re-runs it with, and with how it really ended.

    Papermill marks every cell completed even when its kernel was killed.
    """
    parameters = without_secrets(spec.parameters(spec.out), secret_values())
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


def _notices(result: RunResult) -> tuple[str, ...]:
    """Return what is said above the title: that signed-off figures come out differently now."""
    spec = result.spec
    if not (result.results / HISTORY).exists():
        return ()
    moved = back_test(signed_off(spec.project, spec.branch), result.results)
    return (moved_words(moved, CATALOG, language(spec.lang)),) if moved else ()


def _export(notebook: NotebookNode, result: RunResult) -> tuple[str, Failure | None]:
    """Write the page; return its title, or why there is none."""
    try:
        page = export_page(notebook, PageInfo.of(result.spec, _notices(result)))
    except Exception as error:  # a page that cannot be made is that run's failure, not the batch's
        told = traceback.format_exc()
        return "", Failure(FailureKind.EXPORT_ERROR, type(error).__name__, str(error), traceback=told)
    result.page.write_text(with_key(page.html, result.spec), encoding="utf-8")
    return page.title, None
