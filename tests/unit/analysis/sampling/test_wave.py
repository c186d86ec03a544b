from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.sampling.frame import served_customers
from kpi_lib.analysis.sampling.signs import Sign
from kpi_lib.analysis.sampling.wave import Span, SurveyTables, contacts, importance_of, wave_of

MONTH = Span(pd.Timestamp("2025-11-01"), pd.Timestamp("2025-12-01"), "2025-11")
NOON = pd.Timestamp("2025-11-10 12:00")


def tickets(n: int, start: str = "2025-11-01", dissatisfied: np.ndarray | None = None) -> pd.DataFrame:
    created = pd.Timestamp(start) + pd.to_timedelta(np.arange(n) % 27, unit="D")
    return pd.DataFrame(
        {
            "ticket_id": [f"{start}-{i}" for i in range(n)],
            "customer_id": [f"{start}-c{i}" for i in range(n)],
            "created_at": created,
            "resolved_at": created + pd.Timedelta(hours=5),
            "reopen_count": 0,
            "satisfied_at_closure": True if dissatisfied is None else ~dissatisfied,
            "engineer": [f"e{i % 3}" for i in range(n)],
            "provider": "p",
            "product": "tv",
        }
    )


def customers(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": rows["customer_id"], "segment": "old", "kind": "end_user", "phone": None})


def surveys(rows: pd.DataFrame, satisfied: np.ndarray, answered: np.ndarray | None = None) -> pd.DataFrame:
    heard = np.ones(len(rows), dtype=bool) if answered is None else answered
    sent = rows["resolved_at"] + pd.Timedelta(hours=2)
    return pd.DataFrame(
        {
            "survey_id": [f"s{name}" for name in rows["ticket_id"]],
            "ticket_id": rows["ticket_id"],
            "customer_id": rows["customer_id"],
            "channel": "call_back",
            "sent_at": sent,
            "answered_at": sent.where(heard),
            "attempts": np.where(heard, 1.0, 3.0),
            "score": np.where(heard, np.where(satisfied, 5.0, 2.0), np.nan),
            "grade": None,
            "resolved_at_once": None,
        }
    )


NO_COMPLAINTS = pd.DataFrame({"customer_id": pd.Series(dtype=str), "filed_at": pd.Series(dtype="datetime64[us]")})


@pytest.mark.parametrize(
    ("filed", "as_of", "resolved"),
    [
        ("2025-11-09", True, True),  # before the visit
        ("2025-11-20", True, False),  # after the call-back, so it could not be known when the customer was drawn
        ("2025-12-02", False, False),  # after the month
        ("2025-06-01", False, False),  # long ago
    ],
)
def test_a_complaint_counts_only_once_it_is_known(filed: str, as_of: bool, resolved: bool) -> None:
    rows = tickets(1).assign(created_at=NOON, resolved_at=NOON)
    complaints = pd.DataFrame({"customer_id": rows["customer_id"], "filed_at": [pd.Timestamp(filed)]})
    found = [
        served_customers(rows, customers(rows), complaints, as_of=MONTH.end, complainers=False, known_at=moment)[0]
        for moment in ("as_of", "resolved")
    ]
    assert [bool(frame["complained"].iloc[0]) for frame in found] == [as_of, resolved]


def test_the_first_call_of_each_and_whether_anybody_tried() -> None:
    rows = tickets(4)
    asked = surveys(rows, np.ones(4, dtype=bool)).assign(
        attempts=[0.0, 2.0, np.nan, 1.0], channel=["call_back", "call_back", "call_back", "sms"]
    )
    again = asked.head(1).assign(survey_id="later", attempts=3.0, sent_at=MONTH.end)
    found = contacts(pd.concat([again, asked]), rows["customer_id"])
    assert found["called"].tolist() == [False, True, None, None]
    assert found["attempts"].tolist()[:2] == [0.0, 2.0]


def tables(reach: float, seed: int = 1) -> SurveyTables:
    """A year of fair surveys, then a month that asks the dissatisfied ``reach`` times as often as the others."""
    rng = np.random.default_rng(seed)
    all_tickets, all_surveys = [], []
    for start, n, chance in (("2025-06-01", 1200, 1.0), ("2025-11-01", 800, reach)):
        unhappy = rng.random(n) < 0.2
        rows = tickets(n, start, dissatisfied=unhappy & (rng.random(n) < 0.8))
        asked = rng.random(n) < 0.3 * np.where(unhappy, chance, 1.0)
        all_tickets.append(rows)
        all_surveys.append(surveys(rows[asked], ~unhappy[asked], rng.random(asked.sum()) < 0.6))
    whole = pd.concat(all_tickets, ignore_index=True)
    return SurveyTables(
        whole, customers(whole), NO_COMPLAINTS, pd.concat(all_surveys, ignore_index=True), pd.DataFrame()
    )


def test_earlier_answers_tell_what_a_reason_counts() -> None:
    counted = importance_of(tables(1.0), MONTH, complaint_days=90, limit_hours=48.0)
    assert counted is not None
    assert counted["dissatisfied_at_closure"] > 0.5
    assert counted["overdue"] == counted["reopened"] == 0.0
    few = tables(1.0)
    assert importance_of(few, Span(MONTH.end, MONTH.end, ""), complaint_days=90, limit_hours=48.0) is not None
    early = Span(pd.Timestamp("2025-06-01"), pd.Timestamp("2025-07-01"), "2025-06")
    assert importance_of(few, early, complaint_days=90, limit_hours=48.0) is None


def test_a_month_that_asked_the_satisfied_is_red_and_a_fair_one_is_not() -> None:
    options = {"target": 0.5, "level": 0.95, "complaint_days": 90, "limit_hours": 48.0}
    made = [wave_of(tables(reach), MONTH, **options).check for reach in (0.2, 1.0)]
    assert made[0] is not None
    assert made[1] is not None
    assert {Sign.REACH, Sign.SELECTION} <= set(made[0].signs)
    assert (str(made[0].light), str(made[1].light)) == ("red", "green")
    assert set(made[1].checks["check"]) >= {"reasons_reached", "reasons_asked", "reasons_answered", "skipped"}
