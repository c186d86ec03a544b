"""A whole batch in which one branch of five fails, each time in another way; killed at any moment; without room."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch import Inputs, Making, plan_batch, run_batch
from kpi_lib.batch.batch import Project
from kpi_lib.batch.keys import Key
from kpi_lib.batch.limits import Limits
from kpi_lib.batch.manifest import read_records
from kpi_lib.batch.outcome import FailureKind
from kpi_lib.batch.warm import fork_is_safe
from kpi_lib.errors import RunError

pytestmark = pytest.mark.skipif(not fork_is_safe(), reason="forking is not safe on this system")

INPUTS = Inputs(({"name": "tickets", "sha256": "abc"},), datetime(2025, 12, 3))
BRANCHES = ("chengdu", "suining", "neijiang", "mianyang", "kunming")
LIMITS = Limits(2, 60, 2 << 30)


def batch(project: Project, out: Path, **making: Any) -> Any:
    specs = plan_batch(
        project, period="2025-11", branches=BRANCHES, notebooks="all", languages=["en"], out=out, given=None
    )
    keys = {spec.key: Key({"branch": spec.branch}) for spec in specs}
    return run_batch(project, specs, INPUTS, Making(**{"jobs": 2, "limits": LIMITS, "keys": keys, **making}))


@pytest.mark.parametrize(
    ("fault", "kind", "attempts"),
    [
        ("{}['no']", FailureKind.CELL_ERROR, 1),
        ("raise SystemExit", FailureKind.STOPPED_EARLY, 1),
        ("while True: pass", FailureKind.TIMEOUT, 1),
        ("x = bytearray(1 << 45)", FailureKind.OUT_OF_MEMORY, 2),
        ("import os; os.kill(os.getpid(), 9)", FailureKind.KERNEL_DIED, 2),
        ("import os; os.kill(os.getppid(), 9)", FailureKind.WORKER_DIED, 3),
        ("import subprocess; p = subprocess.Popen(['sleep', '617'])", FailureKind.LEFT_RUNNING, 1),
    ],
)
def test_one_branch_of_five_fails_and_four_are_whole(
    make_project: Any, results_cell: str, tmp_path: Path, fault: str, kind: FailureKind, attempts: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("kpi_lib.batch.execute.PAUSES", (0.0, 0.0))
    out, broken = tmp_path / "reports", tmp_path / "project" / "broken"
    code = f"import pathlib\nif branch == 'neijiang' and pathlib.Path({str(broken)!r}).exists():\n    {fault}"
    project = make_project(_2_scorecard=(results_cell, code))
    good = batch(project, out)
    assert [run.status for run in good.runs] == ["ok"] * 5
    broken.touch()
    manifest = batch(project, out, force=True)
    (failed,) = manifest.failures
    assert (failed.branch, failed.failure.kind) == ("neijiang", kind)
    tried = [one for one in read_records(out) if one.branch == "neijiang"]
    assert [one.status for one in tried] == ["ok", *["again"] * (attempts - 1), "failed"]
    page = (out / "neijiang" / "2_scorecard.html").read_text(encoding="utf-8")
    assert "could not be made" in page
    assert 'href="2_scorecard.last-good.html"' in page
    assert "Tiny report" in (out / "neijiang" / "2_scorecard.last-good.html").read_text(encoding="utf-8")
    assert not (out / "neijiang" / "2_scorecard").exists() or not list((out / "neijiang" / "2_scorecard").iterdir())
    # Once it is mended, the same command makes the one report that is missing.
    broken.unlink()
    done: list[str] = []
    again = batch(project, out, on_done=lambda attempt: done.append(attempt.result.spec.branch))
    assert done == ["neijiang"]
    assert [run.status for run in again.runs] == ["ok"] * 5
    assert not (out / "neijiang" / "2_scorecard.last-good.html").exists()


BATCH = """
import pickle, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.unit.batch.test_faults import batch
from kpi_lib.params import load_project
batch(load_project(Path(sys.argv[2])), Path(sys.argv[3]))
"""


def started(project: Path, out: Path) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parents[3])
    return subprocess.Popen([sys.executable, "-c", BATCH, root, str(project), str(out)], stderr=subprocess.DEVNULL)


def tidy(out: Path) -> dict[str, bytes]:
    """The tidy results, which two runs of the same have alike."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.parent.name == "2_scorecard" and path.parent.parent.name in BRANCHES
    }


def whole(out: Path) -> bool:
    """Whether every file of the reports is a whole one."""
    pages = list(out.glob("*/*.html"))
    return all(page.read_text(encoding="utf-8").rstrip().endswith("</html>") for page in pages)


def test_a_batch_killed_at_any_moment_goes_on(make_project: Any, results_cell: str, tmp_path: Path) -> None:
    project = make_project(_2_scorecard=(results_cell, "import time; time.sleep(0.3)"))
    clean = tmp_path / "clean"
    batch(project, clean)
    # Two at once, so that what they take to start passes once.
    victims = {out: started(project.root, out) for out in (tmp_path / "one", tmp_path / "two")}
    rng, due = random.Random(1), dict[Path, float]()
    while alive := [out for out, victim in victims.items() if victim.poll() is None]:
        for out in alive:
            lines = out / "manifest.jsonl"
            if lines.exists() and lines.stat().st_size:
                due.setdefault(out, time.monotonic() + rng.uniform(0, 1.0))
            if time.monotonic() >= due.get(out, math.inf):
                victims[out].kill()
        time.sleep(0.02)
    assert signal.SIGKILL in {-victim.wait() for victim in victims.values()}
    for out in victims:
        assert whole(out)
        manifest = batch(project, out)
        assert [run.status for run in manifest.runs] == ["ok"] * 5
        assert tidy(out) == tidy(clean)
        assert not list(out.rglob(".*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_told_and_the_batch_goes_on_after(make_project: Any, results_cell: str, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("no leave to mount")
    try:
        project = make_project(_2_scorecard=(results_cell, "print('x' * 90000)"))
        with pytest.raises(RunError, match="make room"):
            batch(project, disk / "reports")
        subprocess.run(["mount", "-o", "remount,size=60m", str(disk)], check=True)
        assert [run.status for run in batch(project, disk / "reports").runs] == ["ok"] * 5
    finally:
        subprocess.run(["umount", str(disk)], check=True)
