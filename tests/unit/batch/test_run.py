"""One run through a real kernel: what it leaves, and that nothing that went wrong is ever a success."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from kpi_lib.batch.outcome import FailureKind, RunResult
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.run import run_one
from kpi_lib.text import Text

WriteNotebook = Any


@pytest.fixture
def run(tmp_path: Path, write_notebook: WriteNotebook) -> Any:
    def make(*code: str, lang: str = "en", cell_timeout: int = 60, branch: str = "0571") -> RunResult:
        source = tmp_path / "project" / "notebooks" / "2_scorecard.ipynb"
        write_notebook(source, *code, markdown={"lang-en": "## Verdict", "lang-zh": "## 结论"})
        spec = RunSpec(
            branch=branch, notebook="2_scorecard", lang=lang, period="2025-11", source=source,  # type: ignore[arg-type]
            project=tmp_path / "project", out=tmp_path / "reports", title=Text("Hangzhou", "杭州"),
            company=Text("Company", "公司"), languages=("en", "zh"), home="index.html", cell_timeout=cell_timeout,
        )  # fmt: skip
        return run_one(spec, tmp_path / "staging")

    return make


def test_a_run_leaves_page_notebook_and_results(run: Any, results_cell: str, tmp_path: Path) -> None:
    result = run("assert type(branch) is str and branch == '0571', repr(branch)", results_cell, lang="zh")
    assert result.ok, result.failure
    assert "0571" in (result.results / "indicators.csv").read_text()
    page = result.page.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    assert "结论" in page
    assert "Verdict" not in page
    assert not (tmp_path / "reports").exists()


def test_the_kept_notebook_runs_again_by_hand(run: Any, tmp_path: Path) -> None:
    result = run("1 + 1")
    notebook = nbformat.read(result.executed, as_version=4)
    injected = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert len(injected) == 1
    values: dict[str, str] = {}
    exec(injected[0].source, values)
    assert values["out"] == str(tmp_path / "reports")
    assert values["branch"] == "0571"
    assert str(tmp_path / "staging") not in json.dumps(notebook)


@pytest.mark.parametrize(
    ("code", "kind", "name"),
    [
        ("{}['no such key']", FailureKind.CELL_ERROR, "KeyError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", FailureKind.KERNEL_DIED, "DeadKernel"),
        ("import ctypes; ctypes.string_at(0)", FailureKind.KERNEL_DIED, "DeadKernel"),
        ("import sys; sys.exit(0)", FailureKind.STOPPED_EARLY, "StoppedEarly"),
        ("import sys; sys.exit(3)", FailureKind.CELL_ERROR, "SystemExit"),
        ("raise SystemExit", FailureKind.STOPPED_EARLY, "StoppedEarly"),
        ("while True: pass", FailureKind.TIMEOUT, "Timeout"),
    ],
)
def test_never_a_false_success(run: Any, code: str, kind: FailureKind, name: str) -> None:
    result = run("'before'", code, "'after'", cell_timeout=3 if kind is FailureKind.TIMEOUT else 60)
    assert not result.ok
    assert (result.failure.kind, result.failure.name) == (kind, name)
    assert code in result.failure.source
    page = result.page.read_text(encoding="utf-8")
    assert "could not be made" in page
    assert name in page
    notebook = nbformat.read(result.executed, as_version=4)
    assert notebook.metadata["kpi_run"] == {"status": "failed", "kind": kind}
    # Papermill marks the cell behind a killed one as completed.
    assert notebook.cells[-1].metadata["papermill"]["status"] == "not run"
    assert notebook.cells[-1].outputs == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import subprocess; p = subprocess.Popen(['sleep', '618'])", "processes"),
        ("import subprocess; p = subprocess.Popen(['sleep', '618'], start_new_session=True)", "processes"),
        (
            "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()",
            "threads still ran after the last cell: Thread-",
        ),
    ],
)
def test_what_a_run_leaves_running_is_killed_and_told(run: Any, code: str, told: str) -> None:
    result = run(code)
    assert result.failure is not None
    assert result.failure.kind is FailureKind.LEFT_RUNNING
    assert told in result.failure.message
    assert "could not be made" in result.page.read_text(encoding="utf-8")
    assert not running("618")


def test_what_ends_with_the_kernel_is_not_left_running(run: Any) -> None:
    # A child that has ended, one that was waited for, a thread that may be dropped, helpers that listen to the kernel.
    result = run(
        "import subprocess; subprocess.run(['true'], check=True); ended = subprocess.Popen(['true'])",
        "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "import multiprocessing\npool = multiprocessing.get_context('spawn').Pool(1)\npool.map(abs, [-1])",
    )
    assert result.ok, result.failure


def test_a_kernel_that_dies_takes_its_programs_with_it(run: Any) -> None:
    result = run("import os, subprocess; p = subprocess.Popen(['sleep', '619']); os._exit(1)")
    assert result.failure.kind is FailureKind.KERNEL_DIED
    assert not running("619")


def test_a_program_that_left_the_kernel_altogether_is_not_seen(run: Any) -> None:
    # Twice forked into a session of its own it is nobody's child; only the warm child's supervisor takes it in.
    result = run("import subprocess; subprocess.run(['sh', '-c', 'setsid sleep 620 >/dev/null 2>&1 &'], check=True)")
    assert result.ok, result.failure
    assert running("620")
    for one in running("620"):
        one.kill()


def running(argument: str) -> list[psutil.Process]:
    """The programs that run with an argument."""
    found = psutil.process_iter(["cmdline", "status"])
    return [one for one in found if one.info["cmdline"] == ["sleep", argument] and one.info["status"] != "zombie"]


def test_an_error_in_the_last_cell_is_a_failure(run: Any) -> None:
    assert run("import os; os._exit(0)").failure.kind is FailureKind.KERNEL_DIED
    assert run("import sys; sys.exit(0)").failure.kind is FailureKind.STOPPED_EARLY


def test_the_message_of_a_failure_is_text(run: Any) -> None:
    result = run("raise ValueError('<script>alert(1)</script> <img src=x onerror=alert(1)>')")
    page = result.page.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_a_notebook_that_is_gone_is_a_failure_with_a_page(run: Any, tmp_path: Path) -> None:
    result = run("1")
    result.spec.source.unlink()
    again = run_one(result.spec, tmp_path / "other")
    assert again.failure is not None
    assert again.failure.kind is FailureKind.UNEXPECTED
    assert again.page.exists()
