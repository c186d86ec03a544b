"""Every notebook through a warm child and through stock papermill: text, tables, figures and results are the same."""

from __future__ import annotations

import re
import shutil
from itertools import groupby
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from kpi_lib.batch import plan_batch
from kpi_lib.batch.isolated import run_warm
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.limits import Limits
from kpi_lib.batch.run import run_one
from kpi_lib.batch.warm import fork_is_safe
from kpi_lib.params import load_project
from kpi_lib.session import open_session

pytestmark = pytest.mark.skipif(not fork_is_safe(), reason="forking is not safe on this system")

NOTEBOOKS = sorted(path.stem for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def planned(small_project, tmp_path_factory):
    """Jobs by notebook, in both languages."""
    out = tmp_path_factory.mktemp("reports")
    specs = plan_batch(
        load_project(small_project), period="2025-11", branches=["chengdu"], notebooks="all", languages=["en", "zh"],
        out=out,
    )  # fmt: skip
    return {name: Job(tuple(found), Limits()) for name, found in groupby(specs, key=lambda spec: spec.notebook)}


def shown(result):
    """All outputs, and the text of all cells."""
    cells = nbformat.read(result.executed, as_version=4).cells
    return [[dict(output) for output in cell.get("outputs", [])] for cell in cells]


def n_figures(result):
    return len(re.findall(r"<svg|<img", result.page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_both_engines_show_and_leave_the_same(planned, notebook, tmp_path):
    job = planned[notebook]
    warm = run_warm(job, tmp_path / "warm")
    # The first language computed for the second; the kernel computes it alone.
    cold = run_one(job.specs[1], tmp_path / "cold")
    assert [result.failure for result in warm] == [None, None]
    assert cold.failure is None
    assert shown(warm[1]) == shown(cold)
    assert n_figures(warm[1]) == n_figures(cold) > 0
    assert warm[1].page.read_text(encoding="utf-8") == cold.page.read_text(encoding="utf-8")
    files = {path.relative_to(cold.results) for path in cold.results.rglob("*.*")}
    assert files == {path.relative_to(warm[1].results) for path in warm[1].results.rglob("*.*")}
    for name in files - {path for path in files if path.suffix == ".xlsx"}:
        assert (warm[1].results / name).read_bytes() == (cold.results / name).read_bytes()


def test_figures_kept_for_all_branches_are_those_computed_for_one(small_project, tmp_path):
    root = tmp_path / "company"
    shutil.copytree(small_project, root)

    def made():
        session = open_session(str(root), branch="suining", notebook="x", period="2025-11")
        review, gap = session.baseline_review(), session.scorecard().indicators
        beside = session.root_causes(reference="history").beside
        found = [beside.signals.table, beside.signals.series, beside.circumstances.table]
        return session, [session.indicators(), gap, review.points, review.peers, review.targets, *found]

    session, alone = made()
    shutil.rmtree(session.store.folder / "derived", ignore_errors=True)
    session.keep_figures()
    assert len(list((session.store.folder / "derived").glob("*.feather"))) == 5
    session.company_figures()
    assert len(list((session.store.folder / "derived").glob("*.feather"))) == 7
    _, kept = made()
    for one, other in zip(alone, kept, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=1e-12)
