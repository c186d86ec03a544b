"""Opening a session: what it finds, what it refuses, what it holds apart."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from kpi_lib.data.store import prepare
from kpi_lib.errors import InputError
from kpi_lib.params import load_project
from kpi_lib.session import open_session


@pytest.fixture(scope="module")
def session(small_project):
    prepare(load_project(small_project))
    return open_session(str(small_project), branch="chengdu", notebook="2_scorecard")


def test_the_latest_period_is_the_last_complete_month(session):
    assert session.store.as_of == datetime(2025, 12, 3, 8)
    assert session.period.label == "2025-11"


def test_a_project_is_found_from_inside_it(session, small_project, monkeypatch):
    monkeypatch.chdir(small_project / "data" / "raw")
    found = open_session(branch="suining", notebook="x", lang="zh", out="elsewhere")
    assert found.project.root == small_project
    assert found.results == small_project / "elsewhere" / "suining" / "x"
    assert found.language.lang == "zh"


def test_outside_any_project_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"no project here.*parameter project"):
        open_session(branch="chengdu", notebook="x")


def test_an_unknown_branch_meets_a_suggestion(small_project):
    with pytest.raises(InputError, match="did you mean 'chengdu'"):
        open_session(str(small_project), branch="chengdo", notebook="x")


def test_a_running_period_is_provisional_and_a_past_one_is_not(session, small_project):
    assert not session.scorecard().provisional
    running = open_session(str(small_project), branch="chengdu", notebook="x", period="2025-12").scorecard()
    assert running.provisional
    assert running.period == "2025-12"


def test_a_branch_is_judged_by_its_own_terms(small_project):
    targets = {
        branch: open_session(str(small_project), branch=branch, notebook="x")
        .terms.policies["first_time_fix_rate"]
        .target
        for branch in ("chengdu", "neijiang")
    }
    assert targets == {"chengdu": 0.85, "neijiang": 0.83}


def test_the_gap_of_a_median_is_counted_on_the_tickets(session):
    card = session.scorecard()
    row = card.indicators.set_index("kpi").loc["first_response_hours_median"]
    tickets = session.store.table("tickets", branch="chengdu").to_pyarrow().to_pandas()
    made = tickets[(tickets["created_at"] >= "2025-11-01") & (tickets["created_at"] < "2025-12-01")]
    hours = (made["first_response_at"] - made["created_at"]).dt.total_seconds() / 3600
    voided = made["voided_columns"].map(lambda columns: "first_response_at" in columns)
    within = int((hours[~voided] <= row["target"]).sum())
    needed = int(np.ceil(0.5 * ((~voided).sum() - 1))) + 1
    assert row["to_reach"] == max(0, needed - within)
    assert row["to_reach_of"] == (~voided).sum()


def test_results_are_written_where_they_belong_and_missing_numbers_become_null(session, tmp_path):
    own = open_session(str(session.project.root), branch="chengdu", notebook="n", out=str(tmp_path))
    own.write(pd.DataFrame({"a": [1.5]}), "table")
    own.write_summary({"composite": np.nan, "clear": np.bool_(True), "scenarios": {"x": np.float64(2)}})
    folder = tmp_path / "chengdu" / "n"
    assert (folder / "table.csv").read_text(encoding="utf-8") == "a\n1.5\n"
    assert '"composite": null' in (folder / "summary.json").read_text(encoding="utf-8")
