"""The leaves of a KPI add up to what ``compute`` counts, whatever the rows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_lib.data.coverage import Coverage
from kpi_lib.data.schema import TABLES, VOIDED
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.leaves import explained, leaves
from kpi_lib.params.periods import parse_period

START, AS_OF = datetime(2025, 9, 1), datetime(2025, 11, 24)
QUARTER = parse_period("2025-11").last(3)
KEYS = (
    "first_response_within_limit_rate", "reopened_rate", "first_response_hours_mean", "first_response_hours_median",
    "first_time_fix_rate", "complaint_rate", "satisfied_rate", "csat_score",
)  # fmt: skip
AVAILABLE = {name: table.names for name, table in TABLES.items()}

minutes = st.integers(0, 91 * 24 * 60 - 1)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "created_at": minutes.map(lambda m: START + timedelta(minutes=m)),
            "wait": st.none() | st.integers(-5, 500),
            "visits": st.none() | st.integers(0, 2),
            "reopen_count": st.none() | st.integers(0, 2),
            "satisfied_at_closure": st.none() | st.booleans(),
            "product": st.sampled_from(["tv", "smart_tv", None]),
            "provider": st.sampled_from(["A", "A&B=C", None]),
            "parts_wait_hours": st.none() | st.sampled_from([0.0, 24.0, 24.5, 80.0]),
            "under_warranty": st.none() | st.booleans(),
            VOIDED: st.sampled_from([[], ["reopen_count"], ["first_response_at"]]),
        }
    ),
    max_size=30,
)
quick = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tables(canonical, rows):
    tickets = [
        {
            **{name: value for name, value in row.items() if name != "wait"}, "ticket_id": str(i), "branch": "a",
            "resolved_at": row["created_at"] + timedelta(hours=30),
            "first_response_at": None if row["wait"] is None else row["created_at"] + timedelta(minutes=row["wait"]),
        }
        for i, row in enumerate(rows)
    ]  # fmt: skip
    complaints = [
        {
            "complaint_id": str(i), "branch": "a", "filed_at": t["created_at"],
            "ticket_id": t["ticket_id"] if i % 2 else None,
        }
        for i, t in enumerate(tickets[::3])
    ]  # fmt: skip
    surveys = [
        {
            "survey_id": str(i), "branch": "a", "ticket_id": t["ticket_id"] if i % 3 else "of another branch",
            "sent_at": t["created_at"], "answered_at": t["created_at"], "score": None if i % 4 == 0 else 1 + i % 5,
            "grade": "B" if i % 4 == 0 else None, "channel": "sms",
        }
        for i, t in enumerate(tickets[::2])
    ]  # fmt: skip
    made = {"tickets": tickets, "complaints": complaints, "surveys": surveys}
    return {name: canonical(name, found) for name, found in made.items()}


@quick
@given(rows=rows)
@pytest.mark.parametrize("dimensions", [None, ("product", "provider", "shift", "parts_wait", "warranty"), ()])
def test_leaves_add_up_to_what_compute_counts(canonical, rows, dimensions):
    found = tables(canonical, rows)
    kpis = [explained(CATALOG[key], limit=2.0) for key in KEYS]
    coverage = dict.fromkeys(found, Coverage(START, AS_OF, ("reopen_count", "first_response_at")))
    options = {"as_of": AS_OF, "coverage": coverage}
    whole = compute(found, kpis, periods=QUARTER, groups=["a"], **options).set_index(["kpi", "period"]).fillna(0.0)
    sorted_ = leaves(
        found, kpis, span=(QUARTER[0], QUARTER[-1]), available=AVAILABLE, dimensions=dimensions, **options
    )  # fmt: skip
    for kpi in kpis:
        for period in QUARTER:
            own, row = sorted_[kpi.key].within(period), whole.loc[(kpi.key, period.label)]
            for name in {"numerator", "denominator", "sum_sq"} & set(own.columns):
                assert own[name].sum() == pytest.approx(row[name], rel=1e-12), (kpi.key, period.label, name)
