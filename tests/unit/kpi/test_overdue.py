"""Overdue buckets on a table small enough to count by hand."""

from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from kpi_lib.kpi.overdue import overdue_buckets
from kpi_lib.params.periods import parse_period

AS_OF = datetime(2025, 12, 3, 8)
NOVEMBER = parse_period("2025-11")


def tickets(rows):
    created, resolved, closed, voided = zip(*rows, strict=True) if rows else ((), (), (), ())
    times = {"created_at": created, "resolved_at": resolved, "closed_at": closed}
    columns = {
        name: pa.array([datetime.fromisoformat(moment) if moment else None for moment in moments], pa.timestamp("us"))
        for name, moments in times.items()
    }
    return ibis.memtable(pa.table({**columns, "voided_columns": pa.array(voided, pa.list_(pa.string()))}))


def counts(table):
    found = overdue_buckets(table, period=NOVEMBER, as_of=AS_OF)
    return {(r.scope, r.bucket, r.state): r.n_tickets for r in found.itertuples() if r.n_tickets}


@pytest.mark.parametrize(
    ("resolved", "bucket"),
    [
        ("2025-11-02 00:00", 0),
        ("2025-11-02 00:01", 1),
        ("2025-11-03 00:00", 1),
        ("2025-11-04 00:00", 2),
        ("2025-11-04 00:01", 3),
        ("2025-11-13 12:00", 3),
        ("2025-11-13 12:01", 4),
    ],
)
def test_an_edge_belongs_to_the_lower_bucket(resolved, bucket):
    assert counts(tickets([("2025-11-01", resolved, None, [])])) == {("created", bucket, "resolved"): 1}


def test_open_tickets_count_by_their_age_so_far():
    table = tickets(
        [
            ("2025-12-01 08:00", None, None, []),
            ("2025-11-10 00:00", None, None, []),
            ("2025-06-01 00:00", None, None, []),
        ]
    )
    assert counts(table) == {("created", 4, "open"): 1, ("open_now", 1, "open"): 1, ("open_now", 4, "open"): 2}


def test_a_resolution_after_the_moment_of_knowing_has_not_happened():
    assert counts(tickets([("2025-11-30", "2025-12-09", None, [])])) == {
        ("created", 3, "open"): 1,
        ("open_now", 3, "open"): 1,
    }


def test_a_ticket_closed_without_a_resolution_is_not_open():
    assert counts(tickets([("2025-11-01", None, "2025-11-02 12:00", [])])) == {("created", 1, "resolved"): 1}


def test_a_resolution_that_cannot_be_right_is_unknown_not_open():
    table = tickets([("2025-11-05", None, None, ["resolved_at"]), ("2025-11-05", "2025-11-04", None, [])])
    assert counts(table) == {("created", -1, "unknown"): 2}


def test_no_tickets_give_zeros_for_every_bucket():
    found = overdue_buckets(tickets([]), period=NOVEMBER, as_of=AS_OF)
    assert len(found) == 16
    assert found["n_tickets"].sum() == 0
