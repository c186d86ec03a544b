"""Parts add up, the order of rows is irrelevant, intervals hold their value."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_lib.data.coverage import Coverage
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.compute import compute
from kpi_lib.params.periods import parse_period

START, AS_OF = datetime(2025, 9, 1), datetime(2025, 12, 3)
QUARTER = parse_period("2025-11").last(3)
KEYS = ("first_response_within_limit_rate", "reopened_rate", "first_response_hours_mean", "complaint_rate",
        "in_sale_repairs", "first_response_hours_median")  # fmt: skip

minutes = st.integers(0, 91 * 24 * 60 - 1)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "branch": st.sampled_from("abc"),
            "created_at": minutes.map(lambda m: START + timedelta(minutes=m)),
            "wait": st.none() | st.integers(0, 500),
            "reopen_count": st.none() | st.integers(0, 2),
            "work_type": st.sampled_from(["repair", "in_sale_repair", None]),
        }
    ),
    max_size=30,
)
quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tables(canonical, rows):
    tickets = [
        {
            **{name: value for name, value in row.items() if name != "wait"}, "ticket_id": str(i),
            "resolved_at": row["created_at"],
            "first_response_at": None if row["wait"] is None else row["created_at"] + timedelta(minutes=row["wait"]),
        }
        for i, row in enumerate(rows)
    ]  # fmt: skip
    complaints = [
        {"complaint_id": t["ticket_id"], "branch": t["branch"], "filed_at": t["created_at"]} for t in tickets[::3]
    ]
    return {"tickets": canonical("tickets", tickets), "complaints": canonical("complaints", complaints)}


def run(tables, **options):
    coverage = dict.fromkeys(tables, Coverage(START, AS_OF, ()))
    options = {"periods": QUARTER, "groups": ["a", "b", "c"], **options}
    return compute(tables, [CATALOG[key] for key in KEYS], as_of=AS_OF, coverage=coverage, **options)


@quick
@given(rows=rows)
def test_branches_add_up_to_the_company_and_months_to_the_quarter(canonical, rows):
    frames = tables(canonical, rows)
    additive = [kpi for kpi in KEYS if CATALOG[kpi].is_additive]
    parts = run(frames).groupby("kpi")[["numerator", "denominator", "sum_sq"]].sum().loc[additive]
    whole = run(frames, by=(), groups=None, periods=[parse_period("2025-09-01..2025-11-30")])
    whole = whole.set_index("kpi")[["numerator", "denominator", "sum_sq"]].fillna(0.0).loc[additive]
    pd.testing.assert_frame_equal(parts, whole, check_dtype=False)


@quick
@given(rows=rows, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_is_irrelevant(canonical, rows, seed):
    shuffled = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    keep = [key for key in KEYS if key != "complaint_rate"]
    first, second = (
        run({"tickets": t["tickets"], "complaints": t["complaints"]})
        for t in (tables(canonical, rows), tables(canonical, shuffled))
    )
    first, second = (f[f["kpi"].isin(keep)].reset_index(drop=True) for f in (first, second))
    pd.testing.assert_frame_equal(first, second, rtol=1e-12)


@quick
@given(rows=rows)
def test_intervals_hold_their_value_and_missing_values_have_a_reason(canonical, rows):
    frame = run(tables(canonical, rows))
    has_value = frame["value"].notna()
    assert (frame["reason"].ne("") == ~has_value).all()
    bounded = frame[has_value & frame["lo"].notna() & frame["hi"].notna()]
    assert (bounded["lo"] <= bounded["value"] + 1e-12).all()
    assert (bounded["value"] <= bounded["hi"] + 1e-12).all()
    shares = frame[frame["kpi"].isin(["first_response_within_limit_rate", "reopened_rate"]) & has_value]
    assert shares["value"].between(0, 1).all()
