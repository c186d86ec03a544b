"""The baseline review on the sample company and on branches that hardly have any data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from kpi_lib.data.store import open_store, prepare
from kpi_lib.errors import InputError
from kpi_lib.params import load_project
from kpi_lib.report import (
    baseline,
    baseline_charts,
    baseline_network,
    baseline_peers,
    baseline_phases,
    baseline_targets,
)
from kpi_lib.session import open_session

REPOSITORY = Path(__file__).parents[2]
VIEWS = (
    baseline.verdict, baseline.quality_table, baseline_charts.charts, baseline_phases.phases, baseline_phases.revision,
    baseline_targets.targets, baseline_peers.peers, baseline_network.network,
)  # fmt: skip


def test_a_young_project_gives_a_page_that_says_so(small_project):
    prepare(load_project(small_project))
    for lang in ("en", "zh"):
        session = open_session(str(small_project), branch="neijiang", notebook="3_baseline", lang=lang)
        review = session.baseline_review()
        assert {one.quality.grade.value for one in review.indicators} == {"trial"}
        assert all(session.show(view, review).html is not None for view in VIEWS)
        assert review.points["period"].max() == "2025-11"


def test_a_month_before_all_data_gives_a_page_and_a_plain_sentence(small_project):
    session = open_session(str(small_project), branch="neijiang", notebook="3_baseline", period="2020-01")
    review = session.baseline_review()
    assert review.indicators == ()
    assert "nothing to set a baseline on" in session.show(baseline.verdict, review).html
    assert all(session.show(view, review).html is not None for view in VIEWS)
    assert len(review.points) == len(review.peers) == len(review.targets) == 0


@pytest.fixture(scope="module")
def sample():
    project = load_project(REPOSITORY)
    try:
        open_store(project)
    except InputError:
        prepare(project)
    return REPOSITORY


def test_the_planted_shift_is_found_where_it_was_planted_and_nowhere_else(sample):
    truth = next(
        one
        for one in yaml.safe_load((sample / "data/truth/planted.yml").read_text(encoding="utf-8"))["planted"]
        if one["kind"] == "shift"
    )
    found = []
    for branch in ("chengdu", "suining", "neijiang", "mianyang", "kunming"):
        review = open_session(str(sample), branch=branch, notebook="3_baseline").baseline_review()
        assert np.isfinite(review.baselines["centre"]).all()
        found += [(branch, row) for row in review.phases.to_dict("records")]
    assert [(branch, row["kpi"]) for branch, row in found] == [(truth["branch"], truth["kpi"])]
    row = found[0][1]
    assert row["first"] <= pd.Timestamp(truth["since"]) <= row["last"]
