"""One branch's scorecard in a company of 5 and of 43 branches: the time must not grow with the other branches.

Run ``python benchmarks/branch_scorecard.py``. Both companies are simulated and prepared first; then the scorecard of
the same branch is computed in turn in each, every time in a fresh session. The figure to quote is the ratio of medians.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from kpi_lib.data.simulate import simulate
from kpi_lib.data.store import prepare
from kpi_lib.params import load_project
from kpi_lib.session import open_session

SAMPLE = Path(__file__).parents[1] / "params"
ROUNDS = 5


def company(folder: Path, branches: int) -> Path:
    """Make and prepare a company with the sample's policy; each branch has the volume it has in the sample."""
    shutil.copytree(SAMPLE, folder / "params", ignore=shutil.ignore_patterns("sources.yml", "branches.yml"))
    if branches == 5:
        shutil.copy(SAMPLE / "branches.yml", folder / "params")
    simulate(folder, branches=branches)
    prepare(load_project(folder))
    return folder


def seconds(folder: Path) -> float:
    start = time.perf_counter()
    open_session(str(folder), branch="chengdu", notebook="2_scorecard", period="2025-11").scorecard()
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        companies = {branches: company(Path(scratch) / str(branches), branches) for branches in (5, 43)}
        for folder in companies.values():
            seconds(folder)
        times: dict[int, list[float]] = {branches: [] for branches in companies}
        for _ in range(ROUNDS):
            for branches, folder in companies.items():
                times[branches].append(seconds(folder))
    medians = {branches: statistics.median(found) for branches, found in times.items()}
    print(f"5 branches {medians[5]:.2f} s, 43 branches {medians[43]:.2f} s, ratio {medians[43] / medians[5]:.2f}")


if __name__ == "__main__":
    main()
