"""Feedback shares on answers small enough to count by hand."""

from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from kpi_lib.kpi.feedback import feedback_shares
from kpi_lib.params.periods import parse_period


def surveys(rows):
    answered, scores, grades = zip(*rows, strict=True)
    moments = [datetime.fromisoformat(moment) if moment else None for moment in answered]
    return ibis.memtable(
        pa.table(
            {
                "answered_at": pa.array(moments, pa.timestamp("us")),
                "score": pa.array(scores, pa.int64()),
                "grade": pa.array(grades, pa.string()),
            }
        )
    )


def shares(rows):
    return feedback_shares(surveys(rows), period=parse_period("2025-11"), as_of=datetime(2025, 11, 20)).set_index(
        ["scale", "answer"]
    )


def test_scales_stay_apart_and_unanswered_or_later_ones_stay_out():
    found = shares(
        [
            ("2025-11-01", 5, None),
            ("2025-11-02", 5, "D"),
            ("2025-11-03", 2, None),
            ("2025-11-04", None, "A"),
            ("2025-11-05", None, None),
            ("2025-11-25", 1, None),
            ("2025-10-31", 1, None),
            (None, 1, None),
        ]
    )
    assert found.loc[("score", "5"), "n_answers"] == 2
    assert found.loc[("score", "5"), "share"] == pytest.approx(2 / 3)
    assert found.loc[("score", "1"), "n_answers"] == 0
    assert found.loc[("letter", "A"), "share"] == 1
    assert found["n_answers"].sum() == 4


def test_a_scale_without_answers_has_no_shares():
    found = shares([("2025-11-01", 4, None)])
    assert found.loc["letter", "share"].isna().all()
    assert found.loc["score", "share"].sum() == 1
