"""Preparing the committed sample finds every planted defect, and nothing else."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.data.simulate import simulate
from kpi_lib.data.simulate.defects import DEFECTS
from kpi_lib.data.store import Store, prepare
from kpi_lib.params import load_project

ROOT = Path(__file__).parents[4]
TABLES = sorted({defect.table for defect in DEFECTS})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    target = tmp_path_factory.mktemp("sample")
    shutil.copytree(ROOT / "params", target / "params")
    shutil.copytree(ROOT / "data" / "raw", target / "data" / "raw")
    return prepare(load_project(target))


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / "truth" / "defects.csv", dtype={"value_before": str}, keep_default_na=False)


def places(frame: pd.DataFrame, *columns: str) -> set[tuple[object, ...]]:
    return set(frame[["source", "source_row", *columns]].itertuples(index=False, name=None))


def test_every_kind_of_defect_is_in_the_sample(planted: pd.DataFrame) -> None:
    found = set(planted[["table", "defect"]].itertuples(index=False, name=None))
    assert found == {(defect.table, defect.key) for defect in DEFECTS}


@pytest.mark.parametrize("table", [*TABLES, "market", "org"])
def test_quarantine_holds_the_planted_rows_only(store: Store, planted: pd.DataFrame, table: str) -> None:
    expected = planted[(planted["table"] == table) & (planted["outcome"] == "quarantine")]
    assert places(store.quarantine(table)) == places(expected)


@pytest.mark.parametrize("table", [*TABLES, "market", "org"])
def test_voided_are_the_planted_values_only(store: Store, planted: pd.DataFrame, table: str) -> None:
    expected = planted[(planted["table"] == table) & (planted["outcome"] == "void")]
    assert places(store.voided(table), "column") == places(expected, "column")


def test_every_other_row_is_accepted(store: Store, planted: pd.DataFrame) -> None:
    accounts = store.accounts.set_index("source")
    quarantined = planted[planted["outcome"] == "quarantine"].groupby("source").size()
    expected = accounts["n_rows"] - accounts["n_filtered"] - quarantined.reindex(accounts.index, fill_value=0)
    assert accounts["n_accepted"].to_dict() == expected.to_dict()
    filtered = accounts["n_filtered"]
    assert (filtered[filtered.index.str.startswith("tickets")] > 0).all()
    assert filtered[~filtered.index.str.startswith("tickets")].sum() == 0


def test_surveys_of_unknown_tickets_are_kept_and_counted(store: Store, planted: pd.DataFrame) -> None:
    expected = planted[planted["defect"] == "ticket_unknown"]
    checks = store.checks
    dangling = checks[(checks["table"] == "surveys") & (checks["severity"] == "warn") & (checks["n_failed"] > 0)]
    assert dangling["n_failed"].sum() == len(expected)


def test_dropped_replies_are_missing(store: Store, planted: pd.DataFrame) -> None:
    dropped = set(planted.loc[planted["defect"] == "unsubscribed", "row"])
    surveys = store.table("surveys")
    grades = surveys.filter(surveys.survey_id.isin(sorted(dropped))).grade.to_pyarrow()
    assert len(grades) == grades.null_count == len(dropped)


def test_sms_answers_take_branch_and_customer_from_their_ticket(store: Store) -> None:
    surveys = store.table("surveys")
    sms = surveys.filter(surveys.channel == "sms").select("branch", "customer_id", "customer_kind").to_pyarrow()
    assert len(sms) > 3_000
    assert all(column.null_count == 0 for column in sms.columns)


def test_parts_come_back_from_universal_time(store: Store) -> None:
    parts, tickets = store.table("parts"), store.table("tickets")
    both = parts.join(tickets, "ticket_id").select(parts.ordered_at, tickets.arrived_at).to_pyarrow().to_pandas()
    hours = (both["ordered_at"] - both["arrived_at"]).dt.total_seconds() / 3600
    assert len(hours) > 1_000
    assert hours.dropna().between(0.29, 0.31).all()


def test_a_warehouse_extract_is_read_as_exactly(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    simulate(tmp_path, seed=11, tickets=12_000, months=1, start=date(2025, 3, 1), format="parquet")
    made = prepare(load_project(tmp_path))
    truth = pd.read_csv(tmp_path / "data" / "truth" / "defects.csv", keep_default_na=False)
    by_outcome = {outcome: places(rows) for outcome, rows in truth.groupby("outcome")}
    assert min(len(rows) for rows in by_outcome.values()) > 2
    assert set().union(*(places(made.quarantine(table)) for table in TABLES)) == by_outcome["quarantine"]
    assert set().union(*(places(made.voided(table)) for table in TABLES)) == by_outcome["void"]
