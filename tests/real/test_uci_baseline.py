"""The baseline review on the real incidents of one IT service desk, whose months thin out after the first half year."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.data.store import prepare
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

REAL = os.environ.get("KPI_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not REAL, reason="KPI_REAL_DATA names no folder of real data")
VIEWS = (
    baseline.verdict, baseline.quality_table, baseline_charts.charts, baseline_phases.phases, baseline_phases.revision,
    baseline_targets.targets, baseline_peers.peers, baseline_network.network,
)  # fmt: skip
SLA = "sla_met_rate"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uci_baseline")
    shutil.copytree(Path(__file__).parent / "uci", folder, dirs_exist_ok=True)
    prepare(load_project(folder))
    return folder


@pytest.fixture(scope="module")
def raw():
    return pd.read_csv(Path(REAL) / "uci_incidents" / "tickets.csv.gz", parse_dates=["opened_at", "resolved_at"])


@pytest.fixture(scope="module")
def review(root):
    return open_session(str(root), branch="location_204", notebook="3_baseline", period="2017-01").baseline_review()


def test_every_part_of_the_page_is_made_in_both_languages(root, review):
    for lang in ("en", "zh"):
        session = open_session(str(root), branch="location_204", notebook="3_baseline", period="2017-01", lang=lang)
        html = "".join(session.show(view, review).html for view in VIEWS)
        assert "<figure" in html
        assert "{" not in html


def test_thin_months_are_named_and_never_filled(review, raw):
    own = raw[raw["location"] == "Location 204"]
    cases = own.groupby(own["opened_at"].dt.strftime("%Y-%m")).size()
    assert cases.loc["2016-03":"2016-05"].min() > 20 * cases.loc["2016-08":].max(), "the months do thin out"
    found = review.points[review.points["kpi"] == SLA].set_index("period")
    counted = found["denominator"].fillna(0)
    assert counted.loc[cases.index.intersection(counted.index)].sum() <= len(own)
    thin = found.loc["2016-08":]
    assert set(thin["state"]) <= {"ok", "no_activity", "gap"}
    assert thin.loc[thin["denominator"] == 0, "value"].isna().all()
    one = review.indicator(SLA)
    assert one.quality.grade.value in {"trial", "C"}
    assert not one.shown.points.loc[one.shown.points["value"].isna(), "rule"].str.contains("beyond").any()


def test_the_branch_is_compared_after_case_mix_and_the_pooled_value_is_by_hand(review, raw):
    peers = review.peers[review.peers["kpi"] == SLA].set_index("group")
    dated = raw[(raw["opened_at"] >= "2016-02-01") & (raw["opened_at"] < "2017-02-01")]
    by_hand = dated[dated["location"] == "Location 204"]
    own = peers.loc["location_204"]
    assert own["denominator"] == pytest.approx(len(by_hand), rel=0.02)
    assert own["raw"] == pytest.approx(by_hand["made_sla"].mean(), abs=0.01)
    assert own["lo"] < own["value"] < own["hi"]
    assert len(peers) >= 20
    assert peers["weight"].between(0, 1).all()
    assert 0 < review.budget.expected < 1
