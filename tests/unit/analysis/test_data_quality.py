"""What was left out is counted by reason; drops are told from chance and from steps still to come."""

import pandas as pd

from kpi_lib.analysis.data_quality import flagged_drops, rejected_rows, voided_values


def months(table, column, filled, rows=1000):
    labels = [f"2025-{month:02d}" for month in range(1, len(filled) + 1)]
    return pd.DataFrame({"table": table, "column": column, "period": labels, "n_rows": rows, "n_filled": filled})


def flags(frame):
    found = flagged_drops(frame)
    return found.loc[found["flagged"], "period"].tolist()


def test_rows_are_counted_under_each_of_their_reasons():
    tickets = pd.DataFrame(
        {
            "source": ["a", "a", "b"],
            "source_row": [7, 3, 1],
            "reasons": [
                "unknown_branch(branch); missing_required(created_at)",
                "unknown_branch(branch)",
                "exact_duplicate",
            ],
        }
    )
    found = rejected_rows({"tickets": tickets, "calls": tickets.head(0)})
    assert found.iloc[0].to_dict() == {
        "table": "tickets", "source": "a", "reason": "unknown_branch(branch)", "n_rows": 2, "examples": "3, 7",
    }  # fmt: skip
    assert set(found["reason"]) == {"unknown_branch(branch)", "missing_required(created_at)", "exact_duplicate"}


def test_voided_values_keep_examples_as_they_came():
    tickets = pd.DataFrame(
        {
            "source": "a",
            "source_row": [1, 2, 3],
            "column": "resolved_at",
            "original": ["2059/01/01", "2059/01/01", "2058/12/31"],
            "reason": "sentinel_date",
        }
    )
    found = voided_values({"tickets": tickets})
    assert found[["n_values", "examples"]].iloc[0].tolist() == [3, "2059/01/01, 2058/12/31"]


def test_nothing_left_out_gives_empty_frames_with_their_columns():
    assert "n_rows" in rejected_rows({})
    assert voided_values({})["n_values"].sum() == 0


def test_a_month_filled_far_less_than_the_others_is_flagged():
    assert flags(months("tickets", "visits", [950, 940, 600, 955])) == ["2025-03"]


def test_small_falls_and_falls_on_few_rows_are_not():
    assert flags(months("tickets", "visits", [950, 940, 870, 955])) == []
    assert flags(months("tickets", "visits", [10, 9, 7, 10], rows=10)) == []


def test_a_step_still_to_come_is_no_drop_but_a_hole_in_the_past_is():
    assert flags(months("tickets", "resolved_at", [990, 980, 900, 500])) == []
    assert flags(months("tickets", "resolved_at", [990, 300, 980, 900])) == ["2025-02"]


def test_periods_without_rows_are_not_flagged():
    frame = months("tickets", "visits", [950, 0, 940, 955])
    assert flags(frame.assign(n_rows=[1000, 0, 1000, 1000])) == []
