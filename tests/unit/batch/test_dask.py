"""The same batch on a real cluster of two processes of this machine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch import Inputs, Making, plan_batch, run_batch
from kpi_lib.batch.dask import cluster
from kpi_lib.batch.executors import default_engine
from kpi_lib.errors import InputError

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("ignore")

INPUTS = Inputs(({"name": "tickets", "sha256": "abc"},), datetime(2025, 12, 3))
FAILS = "assert branch != 'kunming', 'no'"


def results(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.glob("*/2_scorecard/*"))}


def test_a_cluster_leaves_the_same_results(make_project: Any, results_cell: str, tmp_path: Path) -> None:
    project = make_project(_2_scorecard=(results_cell, FAILS))

    def made(out: Path, **making: Any) -> Any:
        specs = plan_batch(project, period="2025-11", branches="all", notebooks="all", languages=["en", "zh"], out=out)
        return run_batch(project, specs, INPUTS, Making(jobs=2, **making))

    here = made(tmp_path / "here")
    with distributed.LocalCluster(
        n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as machines:
        there = made(tmp_path / "there", workers=cluster(machines.scheduler_address, default_engine()))
    assert [(run.run, run.status) for run in there.runs] == [(run.run, run.status) for run in here.runs]
    assert len(there.failures) == 2
    assert results(tmp_path / "there") == results(tmp_path / "here") != {}


def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpi_lib.batch.dask.SECONDS_TO_CONNECT", 0.2)
    with pytest.raises(InputError, match="no scheduler at"):
        cluster("tcp://127.0.0.1:9", default_engine())
