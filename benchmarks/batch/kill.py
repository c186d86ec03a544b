"""Kill -9 at random moments: of the whole batch and of single children, fifty times; then see that nothing is lost.

Run ``python benchmarks/batch/kill.py --times 50``. Each time a batch of tiny notebooks for five branches is started,
and the batch, its zygote, a supervisor or a run is killed after a random while. The same batch is then run to its end:
no half file, no hidden file, every result as in a batch nobody disturbed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import nbformat

from kpi_lib.batch import Inputs, Making, Manifest, plan_batch, run_batch
from kpi_lib.batch.keys import Key
from kpi_lib.params import load_project

ROOT = Path(__file__).parents[2]
PARAMETERS = (
    'project: str = ""\nbranch: str = "chengdu"\nperiod: str = "latest"\nlang: str = "en"\nout: str = "reports"'
)
CODE = """
import pathlib, random, time
folder = pathlib.Path(out) / branch / "tiny"
folder.mkdir(parents=True, exist_ok=True)
(folder / "numbers.csv").write_text("n,branch\\n" + "".join(f"{random.random()},{branch}\\n" for _ in range(2000)))
time.sleep(0.2)
"""


def make_project(folder: Path) -> None:
    shutil.copytree(ROOT / "params", folder / "params")
    cells = [
        nbformat.v4.new_code_cell(PARAMETERS),
        nbformat.v4.new_code_cell(CODE),
    ]
    cells[0].metadata["tags"] = ["parameters"]
    (folder / "notebooks").mkdir()
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "notebooks" / "tiny.ipynb")


def batch(folder: Path, out: Path) -> Manifest:
    project = load_project(folder)
    specs = plan_batch(project, period="2025-11", branches="all", notebooks="all", languages=["en", "zh"], out=out)
    keys = {spec.key: Key({"of": spec.name}) for spec in specs}
    inputs = Inputs(({"name": "tickets", "sha256": "abc"},), datetime(2025, 12, 3))
    return run_batch(project, specs, inputs, Making(jobs=2, keys=keys))


def results(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("numbers.csv")}


def below(ancestor: int) -> list[int]:
    """Return the processes below one."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found, last = set(), {ancestor}
    while last:
        last = {pid for pid, parent in parents.items() if parent in last}
        found |= last
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.batch:
        batch(*asked.batch)
        return
    rng, killed = random.Random(asked.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "project"
        make_project(folder)
        batch(folder, Path(scratch) / "clean")
        clean = results(Path(scratch) / "clean")
        started = time.monotonic()
        subprocess.run([sys.executable, __file__, "--batch", folder, Path(scratch) / "timed"], check=True)
        usual = time.monotonic() - started
        for number in range(asked.times):
            out = Path(scratch) / str(number)
            victim = subprocess.Popen([sys.executable, __file__, "--batch", folder, out], stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, usual))
            children = below(victim.pid)
            target = victim.pid if rng.random() < 0.5 or not children else rng.choice(children)
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, signal.SIGKILL)
            killed["batch" if target == victim.pid else "child"] += 1
            if target != victim.pid:
                assert victim.wait() in {0, 1}, "the batch outlives any child"
            victim.wait()
            for page in out.glob("*/*.html"):
                assert page.read_text(encoding="utf-8").rstrip().endswith("</html>"), f"half a file: {page}"
            manifest = batch(folder, out)
            assert not manifest.failures, manifest.failures
            assert results(out) == clean, "other results than a batch nobody disturbed"
            assert not list(out.rglob(".*")), list(out.rglob(".*"))
            shutil.rmtree(out)
        print(f"{asked.times} kills ({dict(killed)}): no half file, every batch resumed, results as of a clean run")


if __name__ == "__main__":
    main()
