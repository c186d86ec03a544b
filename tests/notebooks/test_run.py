"""Every notebook runs from top to bottom on a small project and leaves its results; one as an analyst calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from kpi_lib.batch import plan_batch
from kpi_lib.batch.isolated import run_warm
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.limits import Limits
from kpi_lib.batch.warm import fork_is_safe
from kpi_lib.params import load_project

FOLDER = Path(__file__).parents[2] / "notebooks"
RESULTS = {
    "1_data_quality": {
        "accounts.csv",
        "rejected.csv",
        "voided.csv",
        "warnings.csv",
        "completeness_by_period.csv",
        "completeness_by_branch.csv",
    },
    "3_baseline": {
        "points.csv",
        "quality.csv",
        "baselines.csv",
        "targets.csv",
        "phases.csv",
        "peers.csv",
        "trajectories.csv",
        "revision.csv",
        "network.csv",
    },
    "2_scorecard": {"indicators.csv", "history.csv", "composites.csv", "scenarios.csv", "summary.json"},
}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("out")


def warm(name, project, out):
    specs = plan_batch(
        load_project(project), period="2025-11", branches=["suining"], notebooks=[name], languages=["zh"], out=out
    )
    (result,) = run_warm(Job(specs, Limits()), out / "staging")
    assert result.ok, result.failure
    return name, nbformat.read(result.executed, as_version=4), result.results


@pytest.fixture(scope="module", params=sorted(RESULTS))
def run(request, small_project, out):
    """One notebook in Chinese: the scorecard as an analyst calls it, the others as the batch does."""
    if request.param != "2_scorecard" and fork_is_safe():
        return warm(request.param, small_project, out)
    parameters = {"project": str(small_project), "branch": "suining", "lang": "zh", "out": str(out)}
    (out / "parameters.yml").write_text(yaml.safe_dump(parameters), encoding="utf-8")
    executed = out / f"{request.param}.ipynb"
    command = [sys.executable, "-m", "papermill", str(FOLDER / f"{request.param}.ipynb"), str(executed)]
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run(
        [*command, "-f", str(out / "parameters.yml"), "-k", "python3"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return request.param, nbformat.read(executed, as_version=4), out / "suining" / request.param


def test_it_runs_and_shows_without_a_word_on_the_error_stream(run):
    _, notebook, _ = run
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    # A warning, such as one of a missing glyph, would come as a stream.
    assert {output.output_type for output in outputs} == {"execute_result"}
    assert all("text/html" in output.data for output in outputs)
    assert any("<figure" in output.data["text/html"] for output in outputs)


def test_its_results_are_tidy_files(run):
    name, _, folder = run
    assert {path.name for path in folder.iterdir()} == RESULTS[name]


@pytest.mark.parametrize("run", ["2_scorecard"], indirect=True)
def test_the_scorecards_files_agree(run):
    _, _, folder = run
    indicators = pd.read_csv(folder / "indicators.csv").set_index("kpi")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (summary["branch"], summary["period"]) == ("suining", "2025-11")
    weighted = indicators[indicators["weight"] > 0]
    assert weighted["weight"].sum() == pytest.approx(100)
    assert summary["composite"] == pytest.approx((weighted["weight"] * weighted["score"] / 5).sum(), abs=1e-5)
    history = pd.read_csv(folder / "history.csv")
    now = history[history["period"] == "2025-11"].set_index("kpi")
    pd.testing.assert_series_equal(now["value"].sort_index(), indicators["value"].sort_index())
