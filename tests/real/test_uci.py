"""The real incidents of one IT service desk: the store and the KPIs against plain pandas on the raw file."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.data.store import prepare
from kpi_lib.params import load_project

REAL = os.environ.get("KPI_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not REAL, reason="KPI_REAL_DATA names no folder of real data")
TIMES = ["opened_at", "first_response_at", "resolved_at", "closed_at"]


@pytest.fixture(scope="module")
def raw():
    return pd.read_csv(Path(REAL) / "uci_incidents" / "tickets.csv.gz", parse_dates=TIMES)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("uci")
    shutil.copytree(Path(__file__).parent / "uci", root, dirs_exist_ok=True)
    return load_project(root)


@pytest.fixture(scope="module")
def store(project):
    return prepare(project)


@pytest.fixture(scope="module")
def tickets(store):
    return store.table("tickets").to_pyarrow().to_pandas()


def test_every_incident_is_accepted(store, raw, tickets):
    assert len(raw) == 24_918
    assert store.accounts[["n_rows", "n_accepted"]].to_numpy().tolist() == [[len(raw), len(raw)]]
    assert set(tickets["ticket_id"]) == set(raw["ticket_id"])


def test_the_one_response_before_its_creation_is_void(store, raw):
    before = raw[raw["first_response_at"] < raw["opened_at"]]
    voided = store.voided("tickets")
    assert before["ticket_id"].tolist() == ["INC0000131"]
    assert voided[["source_row", "column", "reason"]].to_numpy().tolist() == [
        [int(before.index[0]) + 1, "first_response_at", "out_of_order"]
    ]


def test_locations_of_a_hundred_tickets_are_branches_and_the_others_count_for_the_company(project, raw, tickets):
    sizes = raw["location"].value_counts()
    large = sizes[sizes >= 100]
    assert len(large) == len(project.branches.reported) == 24
    counted = tickets["branch"].value_counts()
    assert counted["other"] == len(raw) - large.sum()
    assert {f"Location {key.removeprefix('location_')}": n for key, n in counted.items() if key != "other"} == (
        large.to_dict()
    )


def test_values_come_through_as_they_are(raw, tickets):
    own = tickets.set_index("ticket_id").sort_index()
    plain = raw.set_index("ticket_id").sort_index()
    for canonical, column in [("created_at", "opened_at"), ("resolved_at", "resolved_at"), ("closed_at", "closed_at")]:
        pd.testing.assert_series_equal(own[canonical], plain[column], check_names=False, check_dtype=False)
    for canonical, column in [("reopen_count", "reopen_count"), ("transfers", "reassignment_count")]:
        assert (own[canonical] == plain[column]).all()
    assert (own["sla_met"].astype(bool) == plain["made_sla"]).all()


def test_nothing_is_later_than_the_data(store, raw):
    assert store.as_of >= raw["closed_at"].max()
