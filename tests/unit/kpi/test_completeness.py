"""Filled shares on rows counted by hand."""

from datetime import datetime

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from kpi_lib.kpi.completeness import completeness, of_branch
from kpi_lib.params.periods import parse_period

NOVEMBER = parse_period("2025-11")


@pytest.fixture
def tickets():
    rows = [
        ("a", datetime(2025, 10, 31, 23, 59), 1),
        ("a", datetime(2025, 11, 1), None),
        ("a", datetime(2025, 11, 30, 23, 59), 2),
        ("b", datetime(2025, 11, 5), 0),
        ("b", datetime(2025, 12, 1), 1),
    ]
    branch, created, visits = zip(*rows, strict=True)
    times = pa.array(created, pa.timestamp("us"))
    return ibis.memtable(pa.table({"branch": branch, "created_at": times, "visits": pa.array(visits, pa.int64())}))


def test_counts_rows_and_filled_values_by_period(tickets):
    periods = NOVEMBER.last(3)
    found = completeness({"tickets": tickets}, {"tickets": ["visits"]}, periods=periods).set_index("period")
    assert found["n_rows"].to_dict() == {"2025-09": 0, "2025-10": 1, "2025-11": 3}
    assert found["n_filled"].to_dict() == {"2025-09": 0, "2025-10": 1, "2025-11": 2}
    assert found["share"].isna().to_dict() == {"2025-09": True, "2025-10": False, "2025-11": False}
    assert found.loc["2025-11", "share"] == pytest.approx(2 / 3)


def test_counts_by_branch(tickets):
    found = completeness({"tickets": tickets}, {"tickets": ["visits"]}, periods=[NOVEMBER], by=("branch",))
    assert found.set_index("branch")["share"].to_dict() == {"a": 0.5, "b": 1.0}


def test_nothing_asked_gives_an_empty_frame():
    found = completeness({}, {"tickets": []}, periods=[NOVEMBER])
    assert found.empty
    assert "share" in found


@pytest.mark.parametrize("branch", ["a", "b", "nowhere"])
def test_a_branchs_part_is_what_is_counted_for_it_alone(tickets, branch):
    periods, columns = NOVEMBER.last(3), {"tickets": ["visits"]}
    every = completeness({"tickets": tickets}, columns, periods=periods, by=("branch",))
    alone = completeness({"tickets": tickets.filter(tickets.branch == branch)}, columns, periods=periods)
    pd.testing.assert_frame_equal(of_branch(every, branch, columns, periods=periods), alone[[*alone.columns]])
