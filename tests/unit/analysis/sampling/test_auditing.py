from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.sampling import audit_upper_limit, evaluate_audit, plan_audit


@pytest.mark.parametrize(
    ("tickets", "band"), [(7, (1, 1)), (30, (3, 6)), (120, (12, 24)), (1000, (100, 200)), (3, (1, 1))]
)
def test_the_band(tickets: int, band: tuple[int, int]) -> None:
    plan = plan_audit(tickets)
    assert (plan.least, plan.most) == band
    assert plan.least <= plan.n <= plan.most
    assert plan.empty_band is (tickets < 5)


def test_the_smallest_size_in_the_band_that_shows_it() -> None:
    plan = plan_audit(300, tolerable=0.10, expected=0.0)
    assert (plan.needed, plan.n) == (28, 30)
    assert plan.supported <= 0.10


def test_a_band_too_small_says_what_it_can_show() -> None:
    plan = plan_audit(60, tolerable=0.05, expected=0.0)
    assert plan.n == 12
    assert plan.needed > 12
    assert plan.supported > 0.05


def test_a_limit_of_everything_audited_is_the_rate() -> None:
    assert audit_upper_limit(3, 50, 50) == pytest.approx(0.06)
    assert audit_upper_limit(0, 0, 50) == 1.0


def test_disputes_count_as_errors_until_decided() -> None:
    rows = pd.DataFrame(
        {
            "inspector_1": ["a", "a", "b", "b"],
            "inspector_2": ["b", "b", "b", None],
            "record_true": [True, True, False, True],
            "record_true_2": [True, False, False, None],
        }
    )
    found = evaluate_audit(rows, 40, questions=["record_true"])
    row = found.table.iloc[0]
    assert (row["n"], row["errors"], row["disputed"], row["n_both"]) == (4, 2, 1, 3)
    assert (found.alone, found.same) == (1, 1)
    decided = evaluate_audit(rows.assign(record_true_final=[None, True, None, None]), 40, questions=["record_true"])
    assert decided.table.iloc[0]["errors"] == 1


def test_no_audits_say_nothing() -> None:
    empty = pd.DataFrame({"record_true": pd.Series(dtype=object)})
    row = evaluate_audit(empty, 100, questions=["record_true"]).table.iloc[0]
    assert row["n"] == 0
    assert np.isnan(row["rate"])
    assert not row["accepted"]


def test_no_tickets_no_plan() -> None:
    assert plan_audit(0).n == 0
