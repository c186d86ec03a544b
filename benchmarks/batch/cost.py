"""CPU seconds a report costs: our batch beside stock papermill, nbconvert and ploomber-engine, in one run.

Run ``python benchmarks/batch/cost.py``; ``--branches 20 --stock 20`` says how many branches our batch is simulated for,
and for how many of these the stock chains, which take half an hour, make all notebooks in one language (a second one
costs them the same again). What is counted is the CPU time of every process involved, children included
(``RUSAGE_CHILDREN`` of this process, which itself only waits). Ours is run for few and for all branches, to see whether
a cost stays flat, and in one language, where nothing is shared.

Everybody finds the libraries compiled to bytecode, as pip leaves them: without (uv by default, or
``PYTHONDONTWRITEBYTECODE``) every process that starts compiles some thousand modules anew, which is no merit of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from kpi_lib.data.simulate import simulate
from kpi_lib.data.store import prepare
from kpi_lib.params import load_project

ROOT = Path(__file__).parents[2]
Report = tuple[str, str, dict[str, str]]
"""Source, target without a suffix, parameters."""
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
PERIOD = "2025-11"
LANGUAGES = ("en", "zh")

CLI = [sys.executable, "-c", "import sys; from kpi_lib.cli import main; sys.argv[0] = 'kpi'; main()"]
WORKER = """
import json, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

def make(job):
    import nbformat, papermill
    from nbconvert import HTMLExporter
    source, target, parameters = job
    papermill.execute_notebook(source, target + ".ipynb", parameters, progress_bar=False, kernel_name="python3")
    global exporter
    exporter = globals().get("exporter") or HTMLExporter(exclude_input=True)
    page, _ = exporter.from_notebook_node(nbformat.read(target + ".ipynb", 4))
    Path(target + ".html").write_text(page, encoding="utf-8")

if __name__ == "__main__":
    jobs = json.loads(sys.stdin.read())
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(make, jobs))
"""
PLOOMBER = """
import json, sys
from pathlib import Path
import nbformat
from nbconvert import HTMLExporter
from ploomber_engine import execute_notebook

exporter = HTMLExporter(exclude_input=True)
for source, target, parameters in json.loads(sys.stdin.read()):
    execute_notebook(source, target + ".ipynb", parameters=parameters, log_output=False, progress_bar=False)
    page, _ = exporter.from_notebook_node(nbformat.read(target + ".ipynb", 4))
    Path(target + ".html").write_text(page, encoding="utf-8")
"""


def company(folder: Path, branches: int) -> list[str]:
    """Make and prepare a company with the sample's policy; return its branches."""
    shutil.copytree(ROOT / "params", folder / "params", ignore=shutil.ignore_patterns("sources.yml", "branches.yml"))
    simulate(folder, branches=branches)
    project = load_project(folder)
    prepare(project)
    return list(project.branches.reported)


def jobs(project: Path, branches: list[str], out: Path, languages: tuple[str, ...]) -> list[Report]:
    """Return source, target and parameters of every report of some branches."""
    out.mkdir(parents=True)
    return [
        (
            str(ROOT / "notebooks" / f"{notebook}.ipynb"),
            str(out / f"{branch}-{notebook}-{lang}"),
            {"project": str(project), "branch": branch, "period": PERIOD, "lang": lang, "out": str(out / "results")},
        )
        for branch in branches
        for notebook in NOTEBOOKS
        for lang in languages
    ]


def papermill_cli(found: list[Report]) -> None:
    """Make each report by the two command lines a reader of the manuals would use, two reports at a time."""

    def make(report: Report) -> None:
        source, target, parameters = report
        given = [text for name, value in parameters.items() for text in ("-r", name, value)]
        papermill = [sys.executable, "-m", "papermill", source, f"{target}.ipynb", *given, "-k", "python3"]
        run([*papermill, "--no-progress-bar"])
        run([sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", f"{target}.ipynb"])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, found))


def compile_all() -> None:
    """Compile the libraries and this package, as an installation by pip does."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), sysconfig.get_path("stdlib")}
    for folder in (*sorted(folders), str(ROOT / "kpi_lib")):
        # Some libraries carry templates and tests that are no Python of this version.
        run([sys.executable, "-m", "compileall", "-q", "-j", "2", folder], expected=(0, 1))


def piped(script: str, found: list[Report], folder: Path) -> None:
    """Make the reports by a script of its own, which reads them from its standard input."""
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    run([sys.executable, str(path)], text=json.dumps(found))


def ours(project: Path, branches: list[str], out: Path, languages: tuple[str, ...]) -> None:
    """Make the reports by ``kpi run``; nothing is kept from a run before."""
    shutil.rmtree(project / "data" / "prepared" / "derived", ignore_errors=True)
    chosen = ["--branches", ",".join(branches), "--notebooks", ",".join(NOTEBOOKS), "--lang", ",".join(languages)]
    where = ["--project", str(project), "--period", PERIOD, "--out", str(out)]
    # A report that fails costs what it costs; the others count all the same.
    run([*CLI, "run", *where, *chosen, "--jobs", "2", "--force"], expected=(0, 1))


def run(command: list[str], text: str = "", expected: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=dict(os.environ))
    if done.returncode not in expected:
        raise SystemExit(f"{' '.join(command)[:200]}\n{done.stderr[-3000:]}")


def cost(make: Callable[[], None]) -> tuple[float, float]:
    """Return CPU and wall seconds of everything ``make`` starts."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    make()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--branches", type=int, default=20)
    parser.add_argument("--stock", type=int, default=20)
    parser.add_argument("--few", type=int, default=2)
    parser.add_argument("--project", type=Path, default=None, help="a prepared company of an earlier run")
    asked = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compile_all()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        project = asked.project or folder / "company"
        branches = list(load_project(project).branches.reported) if asked.project else company(project, asked.branches)
        few, stock, one = branches[: asked.few], branches[: asked.stock], LANGUAGES[:1]
        rows: dict[str, float] = {}

        def measured(name: str, n: int, make: Callable[[], None]) -> None:
            used, wall = cost(make)
            rows[name] = used / n
            print(f"{name:58} {n:4} reports  {used / n:6.2f} CPU s each  {wall / n:6.2f} s wall each", flush=True)

        for name, of, languages in (
            ("kpi run, few branches", few, LANGUAGES),
            ("kpi run, all branches", branches, LANGUAGES),
            ("kpi run, all branches, one language", branches, one),
        ):
            n = len(of) * len(NOTEBOOKS) * len(languages)
            # The folder of the reports goes with the name: nothing is up to date.
            out = folder / name.replace(", ", "-").replace(" ", "_")
            measured(name, n, partial(ours, project, of, out, languages))
        chains = {
            "(b) papermill API + one HTMLExporter, 2 processes": lambda found: piped(WORKER, found, folder),
            "(a) papermill CLI + jupyter nbconvert --no-input": papermill_cli,
            "(c) ploomber-engine + one HTMLExporter, 1 process": lambda found: piped(PLOOMBER, found, folder),
        }
        for name, chain in chains.items():
            found = jobs(project, stock, folder / name[1], one)
            try:
                measured(name, len(found), partial(chain, found))
            except SystemExit as error:
                print(f"{name} does not run here: {str(error).splitlines()[-1][:160]}")
        own = rows["kpi run, all branches"]
        for name, value in rows.items():
            print(f"{name:58} {value / own:5.1f}x ours")


if __name__ == "__main__":
    main()
