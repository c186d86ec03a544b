"""One test for each number that could look right and be wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.compute import compute
from kpi_lib.params.periods import parse_period

NOVEMBER = parse_period("2025-11")
AS_OF = datetime(2025, 12, 3)
DAY = datetime(2025, 11, 5, 9)


@pytest.fixture
def value(canonical):
    def value(key, as_of=AS_OF, **tables):
        frame = compute(
            {name: canonical(name, rows) for name, rows in tables.items()}, [CATALOG[key]], periods=[NOVEMBER],
            as_of=as_of,
        )  # fmt: skip
        return frame.iloc[0]

    return value


def tickets(number, **columns):
    return [{"ticket_id": f"{i}-{columns}", "branch": "a", "created_at": DAY, **columns} for i in range(number)]


def test_a_voided_response_is_unknown_not_unanswered(value):
    """A response at 00:00 lost its time; counting it as a miss would blame the branch for the export."""
    rows = tickets(9, first_response_at=DAY + timedelta(minutes=5)) + tickets(1, voided_columns=["first_response_at"])
    row = value("first_response_within_limit_rate", tickets=rows)
    assert (row["value"], row["denominator"], row["n_unknown"]) == (1.0, 9, 1)


def test_a_negative_duration_is_unknown_not_fast(value):
    rows = tickets(1, first_response_at=DAY - timedelta(hours=9)) + tickets(
        1, first_response_at=DAY + timedelta(hours=9)
    )
    row = value("first_response_within_limit_rate", tickets=rows)
    assert (row["value"], row["denominator"], row["n_unknown"]) == (0.0, 1, 1)
    assert value("first_response_hours_mean", tickets=rows)["value"] == 9


def test_missing_confirmation_does_not_lower_first_time_fix(value):
    """One visit, not reopened, confirmation missing: excluding only such tickets would leave the misses alone."""
    done = {"resolved_at": DAY, "reopen_count": 0}
    rows = (
        tickets(2, visits=1, satisfied_at_closure=True, **done)
        + tickets(2, visits=1, **done)
        + tickets(2, visits=3, **done)
    )
    row = value("first_time_fix_rate", tickets=rows)
    assert (row["value"], row["n_unknown"]) == (1.0, 4)


def test_quick_tickets_do_not_flatter_the_running_month(value):
    """Counting resolved tickets at once and open ones only after 48 h would show 100 % on every first of the month."""
    rows = tickets(5, resolved_at=DAY + timedelta(hours=1)) + tickets(5)
    row = value("resolved_within_limit_rate", as_of=DAY + timedelta(hours=3), tickets=rows)
    assert np.isnan(row["value"])
    assert row["n_pending"] == 10
    later = value("resolved_within_limit_rate", as_of=DAY + timedelta(hours=49), tickets=rows)
    assert later["value"] == 0.5


def test_open_tickets_do_not_vanish_from_the_median(value):
    """Dropping the open ones shows a median of 1 h where half of the customers wait for days."""
    rows = tickets(5, first_response_at=DAY + timedelta(hours=1)) + tickets(6)
    row = value("first_response_hours_median", tickets=rows)
    assert np.isnan(row["value"])
    assert row["reason"] == "not_reached"


def test_letters_do_not_enter_the_mean_score(value):
    said = {"branch": "a", "sent_at": DAY, "answered_at": DAY}
    rows = [{"survey_id": "1", "score": 5, **said}, {"survey_id": "2", "grade": "D", **said}]
    row = value("csat_score", surveys=rows)
    assert (row["value"], row["n"]) == (5.0, 1)


def test_a_share_of_all_has_an_interval_below_one(value):
    row = value("sla_met_rate", tickets=tickets(12, sla_met=True))
    assert row["value"] == row["hi"] == 1
    assert row["lo"] == pytest.approx(0.7575, abs=1e-4)


def test_the_interval_of_a_score_stays_on_its_scale(value):
    said = {"branch": "a", "sent_at": DAY, "answered_at": DAY}
    row = value(
        "csat_score", surveys=[{"survey_id": str(i), "score": score, **said} for i, score in enumerate((5, 5, 4))]
    )
    assert row["hi"] == 5
    assert 1 <= row["lo"] < row["value"]
