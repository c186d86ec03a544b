"""Runs in warm children: what they leave, and that nothing that went wrong is ever a success."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kpi_lib.batch.isolated import run_warm
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.limits import Limits
from kpi_lib.batch.outcome import FailureKind, RunResult
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.run import run_one
from kpi_lib.batch.warm import fork_is_safe, zygote
from kpi_lib.batch.zygote import LEFT_OUT, ONE_THREAD
from kpi_lib.text import Text

pytestmark = pytest.mark.skipif(not fork_is_safe(), reason="forking is not safe on this system")

MakeJob = Callable[..., Job]
LIMITS = Limits(60, 60, 4 << 30)


@pytest.fixture
def job(tmp_path: Path, write_notebook: Any) -> MakeJob:
    """A job of one tiny notebook, in one language or both."""

    def make(*code: str, langs: tuple[str, ...] = ("en",), limits: Limits = LIMITS) -> Job:
        source = tmp_path / "project" / "notebooks" / "2_scorecard.ipynb"
        write_notebook(source, *code, markdown={"lang-en": "## Verdict", "lang-zh": "## 结论"})
        spec = RunSpec(
            branch="0571", notebook="2_scorecard", lang="en", period="2025-11", source=source,
            project=tmp_path / "project", out=tmp_path / "reports", title=Text("Hangzhou", "杭州"),
            company=Text("Company", "公司"), languages=("en", "zh"), home="index.html",
        )  # fmt: skip
        return Job(tuple(replace(spec, lang=lang) for lang in langs), limits)  # type: ignore[arg-type]

    return make


def results(job: Job, staging: Path) -> list[RunResult]:
    return list(run_warm(job, staging))


def outputs(result: RunResult) -> list[Any]:
    """All a notebook shows, without the numbers of the clock."""
    cells = nbformat.read(result.executed, as_version=4).cells
    return [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]


def test_a_run_leaves_page_notebook_and_results_in_both_languages(
    job: MakeJob, results_cell: str, tmp_path: Path
) -> None:
    check = "assert type(branch) is str and branch == '0571', repr(branch)"
    english, chinese = results(job(check, results_cell, langs=("en", "zh")), tmp_path / "staging")
    assert english.ok, english.failure
    assert chinese.ok, chinese.failure
    assert "0571" in (english.results / "indicators.csv").read_text()
    assert "Verdict" in english.page.read_text(encoding="utf-8")
    page = chinese.page.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page
    assert "结论" in page
    assert english.cost.cpu_seconds > 0
    assert english.cost.peak_memory > 1 << 24
    assert not (tmp_path / "reports").exists()


def test_every_kind_of_output_is_that_of_a_kernel(job: MakeJob, tmp_path: Path) -> None:
    cells = (
        "import pandas as pd, sys\nprint('one'); print('two'); print('x', file=sys.stderr)\npd.DataFrame({'a': [1]})",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1, 2])",
        "from IPython.display import HTML, Markdown, display, clear_output\ndisplay(HTML('<b>x</b>')); Markdown('*y*')",
        "print('gone'); clear_output(); print('stays')",
        "shown = display('first', display_id=True)\nshown.update('second')",
        "%matplotlib inline\nx = !echo\nlen(x)",
        "import asyncio\nawait asyncio.sleep(0)\n_ + 1",
        "1; 2;",
        "1/0",
    )
    warm = run_warm(job(*cells), tmp_path / "warm")[0]
    cold = run_one(job(*cells).specs[0], tmp_path / "cold")
    assert [_plain(output) for output in outputs(warm)] == [_plain(output) for output in outputs(cold)]
    pictures = [output for output in outputs(warm) if "image/png" in output.get("data", {})]
    assert len(pictures) == 1
    assert warm.failure is not None
    assert cold.failure is not None
    assert (warm.failure.kind, warm.failure.name) == (cold.failure.kind, "ZeroDivisionError")
    assert warm.failure.cell == cold.failure.cell


def _plain(output: Any) -> Any:
    """An output without what differs between two runs of one kernel: addresses, bytes of pictures, traceback paths."""
    found = {key: value for key, value in output.items() if key != "traceback"}
    if "data" in found:
        found["data"] = {kind: "" if kind.startswith("image/") else form for kind, form in found["data"].items()}
        text = found["data"].get("text/plain", "")
        if " at 0x" in text:
            found["data"]["text/plain"] = text.partition(" at 0x")[0]
    return found


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("{}['no such key']", FailureKind.CELL_ERROR),
        ("def broken(:", FailureKind.CELL_ERROR),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", FailureKind.KERNEL_DIED),
        ("import ctypes; ctypes.string_at(0)", FailureKind.KERNEL_DIED),
        ("import os; os._exit(0)", FailureKind.KERNEL_DIED),
        ("import sys; sys.exit(0)", FailureKind.STOPPED_EARLY),
        ("exit()", FailureKind.STOPPED_EARLY),
        ("import sys; sys.exit(3)", FailureKind.CELL_ERROR),
        ("while True: pass", FailureKind.TIMEOUT),
        ("import time; time.sleep(600)", FailureKind.TIMEOUT),
        ("import numpy as np; x = np.ones(1 << 33, dtype='u1')", FailureKind.OUT_OF_MEMORY),
        ("x = []\nwhile True: x.append(bytearray(1 << 26))", FailureKind.OUT_OF_MEMORY),
    ],
)
def test_never_a_false_success(job: MakeJob, tmp_path: Path, code: str, kind: FailureKind) -> None:
    limits = Limits(1.5 if kind is FailureKind.TIMEOUT else 60, 60, 2 << 30)
    planned = job("'before'", code, "'after'", limits=limits)
    (result,) = results(planned, tmp_path / "staging")
    assert result.failure is not None
    assert result.failure.kind is kind, result.failure
    assert code in result.failure.source
    page = result.page.read_text(encoding="utf-8")
    assert "could not be made" in page
    notebook = nbformat.read(result.executed, as_version=4)
    assert notebook.metadata["kpi_run"] == {"status": "failed", "kind": kind}
    before, after = notebook.cells[-3], notebook.cells[-1]
    assert [output["data"]["text/plain"] for output in before.outputs] == ["'before'"]
    assert (after.metadata["papermill"]["status"], after.outputs) == ("not run", [])


@pytest.mark.parametrize(
    "code",
    [
        "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()",
        "import subprocess; p = subprocess.Popen(['sleep', '617'])",
        "import subprocess; p = subprocess.Popen(['sleep', '617'], start_new_session=True)",
    ],
)
def test_what_a_run_leaves_running_is_killed_and_told(job: MakeJob, tmp_path: Path, code: str) -> None:
    (result,) = results(job(code), tmp_path / "staging")
    assert result.failure is not None
    assert result.failure.kind is FailureKind.LEFT_RUNNING
    assert "could not be made" in result.page.read_text(encoding="utf-8")
    assert b"sleep\x00617" not in _command_lines()


def test_a_child_that_was_waited_for_is_no_stray(job: MakeJob, tmp_path: Path) -> None:
    (result,) = results(job("import subprocess; subprocess.run(['true'], check=True); p = subprocess.Popen(['true'])"),
                        tmp_path / "staging")  # fmt: skip
    assert result.ok, result.failure


def _command_lines() -> list[bytes]:
    return [path.read_bytes().rstrip(b"\x00") for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]


def test_a_whole_run_has_its_time_too(job: MakeJob, tmp_path: Path) -> None:
    cells = ["import time; time.sleep(1)"] * 8
    (result,) = results(job(*cells, limits=Limits(30, 2.5, None)), tmp_path / "staging")
    assert result.failure is not None
    assert result.failure.kind is FailureKind.TIMEOUT
    assert "the notebook ran" in result.failure.message


def test_one_language_that_dies_leaves_the_other(job: MakeJob, tmp_path: Path) -> None:
    planned = job("import os\nif lang == 'en': os._exit(1)", langs=("en", "zh"))
    english, chinese = results(planned, tmp_path / "staging")
    assert english.failure is not None
    assert chinese.ok, chinese.failure


def test_runs_do_not_share_random_numbers_nor_names(job: MakeJob, tmp_path: Path) -> None:
    show = "import random, numpy as np\nprint(random.random(), np.random.rand(), 'leaked' in globals())\nleaked = 1"
    english, chinese = results(job(show, langs=("en", "zh")), tmp_path / "one")
    (again,) = results(job(show), tmp_path / "two")
    other = job(show)
    (elsewhere,) = results(replace(other, specs=(replace(other.specs[0], branch="NO"),)), tmp_path / "three")
    drawn = [outputs(result)[0]["text"] for result in (english, chinese, again, elsewhere)]
    assert drawn[0] == drawn[1] == drawn[2]
    assert drawn[0].endswith("False\n")
    assert drawn[3] != drawn[0]


def test_settings_of_one_language_do_not_reach_the_other(job: MakeJob, tmp_path: Path) -> None:
    show = "import matplotlib as mpl\nprint(mpl.rcParams['font.size'])\nmpl.rcParams['font.size'] = 33"
    english, chinese = results(job(show, langs=("en", "zh")), tmp_path / "staging")
    assert outputs(english)[0]["text"] == outputs(chinese)[0]["text"] == "10.0\n"


def test_a_run_may_use_threads_of_its_own(job: MakeJob, tmp_path: Path) -> None:
    use = (
        "import duckdb, pandas as pd, pyarrow as pa, polars as pl\n"
        "n = duckdb.sql('select count(*) from range(100000)').limit(1).fetchall()[0][0]\n"
        "n + pl.DataFrame({'a': [1]}).height + pa.table({'a': [1]}).num_rows"
    )
    (result,) = results(job(use), tmp_path / "staging")
    assert result.ok, result.failure
    assert outputs(result)[0]["data"]["text/plain"] == "100002"


def test_a_notebook_that_is_gone_is_a_failure_with_a_page(job: MakeJob, tmp_path: Path) -> None:
    planned = job("1")
    planned.specs[0].source.unlink()
    (result,) = results(planned, tmp_path / "staging")
    assert result.failure is not None
    assert result.failure.kind is FailureKind.UNEXPECTED
    assert result.page.exists()


def test_a_killed_zygote_is_replaced(job: MakeJob, tmp_path: Path) -> None:
    first = zygote()
    os.kill(first._process.pid, signal.SIGKILL)
    first._process.wait()
    (result,) = results(job("1"), tmp_path / "staging")
    assert result.ok, result.failure


def test_the_zygote_has_one_thread_and_no_backend(tmp_path: Path) -> None:
    look = (
        f"import sys; sys.modules.update(dict.fromkeys({LEFT_OUT!r}))\n"
        "from kpi_lib.batch.zygote import n_threads, preload\npreload()\n"
        "import matplotlib\n"
        "sentinel = matplotlib.rcsetup._auto_backend_sentinel\n"
        "print(n_threads(), 'polars' in sys.modules, matplotlib.rcParams._get('backend') is sentinel)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"} | ONE_THREAD
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, env=environment)
    assert told.stdout.split() == ["1", "False", "True"], told.stdout


def test_the_end_of_the_batch_is_the_end_of_its_runs(job: MakeJob, tmp_path: Path) -> None:
    planned = job("import pathlib, time; pathlib.Path('begun').touch(); time.sleep(617.5)")
    script = (
        "import pickle, sys\nfrom pathlib import Path\nfrom kpi_lib.batch.isolated import run_warm\n"
        "run_warm(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))"
    )
    (tmp_path / "job").write_bytes(pickle.dumps(planned))
    batch = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "job"), str(tmp_path / "staging")])
    begun = planned.specs[0].source.parent / "begun"
    for _ in range(2400):
        if begun.exists():
            break
        time.sleep(0.1)
    runs = [pid for pid in _pids() if _is_below(pid, batch.pid)]
    assert len(runs) >= 3, "the zygote, a supervisor and the run"
    batch.kill()
    batch.wait()
    for _ in range(100):
        left = [pid for pid in runs if Path(f"/proc/{pid}").exists() and _state(pid) != "Z"]
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {left}")


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _is_below(pid: int, ancestor: int) -> bool:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == ancestor:
            return True
    return False
