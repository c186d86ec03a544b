"""Process signals counted by hand."""

from datetime import datetime

import pytest

from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.signals import SIGNALS, cases_to_read, signal_tables
from kpi_lib.params.periods import parse_period

NOVEMBER, AS_OF = parse_period("2025-11"), datetime(2025, 12, 3)


def day(number, hour=9):
    return datetime(2025, 11, number, hour)


def ticket(number, **values):
    return {"ticket_id": str(number), "branch": "a", "created_at": day(1), "visits": 1, "reopen_count": 0, **values}


TICKETS = [
    ticket(1, resolved_at=day(3), closed_at=day(4), satisfied_at_closure=True, promised_at=day(2), arrived_at=day(2, 8),
           appointment_made_at=day(1), transfers=2, parts_wait_hours=0.0),
    ticket(2, resolved_at=day(3), closed_at=day(4), satisfied_at_closure=False, promised_at=day(2),
           arrived_at=day(2, 10), visits=2, reopen_count=1, transfers=3, parts_wait_hours=30.0),
    # Reopened on the telephone: not visited again. Nobody came, and it was solved before the promised time.
    ticket(3, resolved_at=day(2), promised_at=day(5), reopen_count=1, transfers=0),
    # Nobody came and it is still open; no plan on it.
    ticket(4, promised_at=None, appointment_made_at=None, visits=None, reopen_count=None, transfers=None),
    ticket(5, promised_at=day(6), appointment_made_at=day(2), visits=None, transfers=0),
    # A visit promised for December has not been missed yet.
    ticket(6, promised_at=datetime(2025, 12, 9), transfers=0),
]  # fmt: skip
ANSWERS = [
    {"survey_id": "1", "ticket_id": "1", "resolved_at_once": False, "comment": "no"},
    {"survey_id": "2", "ticket_id": "2", "resolved_at_once": False},  # recorded as two visits: no contradiction
    {"survey_id": "3", "ticket_id": "6", "resolved_at_once": True},
    {"survey_id": "4", "ticket_id": "1", "resolved_at_once": None},
]
CALLS = [
    ("A", 1, False), ("A", 1, False),  # in vain
    ("B", 1, False), ("B", 1, True),
    ("A", 2, False),
    (None, 1, False), (None, 1, False),  # nobody knows who called
]  # fmt: skip


@pytest.fixture
def tables(canonical):
    asked = {"branch": "a", "sent_at": day(5), "answered_at": day(5)}
    calls = [
        {"call_id": str(i), "branch": "a", "called_at": day(on), "customer_id": who, "answered": answered}
        for i, (who, on, answered) in enumerate(CALLS)
    ]
    made = {
        "tickets": canonical("tickets", TICKETS),
        "surveys": canonical("surveys", [{**asked, **row} for row in ANSWERS]),
        "calls": canonical("calls", calls),
    }
    return signal_tables(made)


@pytest.mark.parametrize(
    ("key", "n", "of"),
    [
        ("visited_again", 1, 3),
        ("complete_not_resolved", 1, 2),
        ("no_answer", 1, 3),
        ("no_plan", 1, 6),  # all but ticket 4 have an appointment or a promised time
        ("transferred", 1, 5),
        ("parts_wait", 1, 6),
        ("promise_missed", 2, 4),
        ("closed_unsatisfied", 1, 2),
        ("reopened", 2, 5),
    ],
)
def test_counts(tables, key, n, of):
    found = compute(tables, [SIGNALS[key].kpi], periods=[NOVEMBER], as_of=AS_OF, groups=["a"]).iloc[0]
    assert (found["numerator"], found["denominator"]) == (n, of)


def test_every_signal_has_cases_to_read_as_many_as_it_counts(tables):
    for key, signal in SIGNALS.items():
        counted = compute(tables, [signal.kpi], periods=[NOVEMBER], as_of=AS_OF, groups=["a"]).iloc[0]["numerator"]
        assert len(cases_to_read(tables, signal, period=NOVEMBER, as_of=AS_OF)) == counted, key


def test_the_newest_cases_come_first_and_no_more_than_asked_for(tables):
    found = cases_to_read(tables, SIGNALS["promise_missed"], period=NOVEMBER, as_of=AS_OF)
    assert found["ticket_id"].to_list() == ["5", "2"]
    assert len(cases_to_read(tables, SIGNALS["promise_missed"], period=NOVEMBER, as_of=AS_OF, most=1)) == 1


def test_what_happened_later_is_not_known_yet(tables):
    """On 5 November at 8 nobody had missed the appointment of the 6th, and no answer was in."""
    early = datetime(2025, 11, 5, 8)
    for key, n in (("promise_missed", 1), ("complete_not_resolved", 0)):
        assert len(cases_to_read(tables, SIGNALS[key], period=NOVEMBER, as_of=early)) == n


def test_an_answer_is_joined_to_a_ticket_of_its_own_branch_only(canonical) -> None:
    answer = {"survey_id": "1", "branch": "a", "ticket_id": "1", "sent_at": day(5), "answered_at": day(5)}
    tickets = [ticket(1, visits=1), ticket(1, branch="b", visits=4)]
    found = signal_tables({"tickets": canonical("tickets", tickets), "surveys": canonical("surveys", [answer])})
    assert found["surveys"].ticket_visits.to_pyarrow().to_pylist() == [1]
