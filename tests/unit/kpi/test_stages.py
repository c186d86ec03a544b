"""Stages of tickets' lives worked out by hand."""

from datetime import datetime, timedelta

import pytest

from kpi_lib.data.schema import TABLES
from kpi_lib.kpi.stages import stage_hours, stages_of
from kpi_lib.params.periods import parse_period

START, AS_OF = datetime(2025, 11, 3, 8), datetime(2025, 12, 3)
NOVEMBER = parse_period("2025-11")
SPANS = {"current": (NOVEMBER, NOVEMBER)}
ALL = TABLES["tickets"].names


def ticket(number, **hours):
    times = {name: START + timedelta(hours=value) for name, value in hours.items() if name.endswith("_at")}
    others = {name: value for name, value in hours.items() if not name.endswith("_at")}
    return {"ticket_id": str(number), "branch": "a", "created_at": START, "visits": 1, **times, **others}


WHOLE = {"first_response_at": 1, "appointment_made_at": 3, "arrived_at": 10, "resolved_at": 40, "closed_at": 50}


def hours(canonical, *tickets, available=ALL, spans=SPANS, as_of=AS_OF):
    found = stage_hours(canonical("tickets", tickets), spans=spans, as_of=as_of, available=available)
    return found[found["span"] == "current"].set_index("stage")["sum_hours"].to_dict()


def test_a_ticket_with_every_time(canonical):
    found = hours(canonical, ticket(1, **WHOLE, parts_wait_hours=20.0))
    assert found == {
        "response": 1, "appointment": 2, "visit": 7, "parts": 20, "repair": 10, "closure": 10, "untold": 0, "total": 50,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "untold"),
    [
        ({"arrived_at": None}, 37),  # between the appointment and the resolution it cannot be told what took how long
        ({"appointment_made_at": 0.5}, 9),  # made before the response: neither that nor the way to the visit is told
        ({"parts_wait_hours": 31.0}, 30),  # waited longer than it was on site
        ({"first_response_at": None}, 3),
    ],
)
def test_a_missing_or_impossible_time_is_not_guessed(canonical, change, untold):
    values = {name: value for name, value in {**WHOLE, **change}.items() if value is not None}
    found = hours(canonical, ticket(1, **values))
    assert found["untold"] == untold
    assert found["total"] == 50
    assert sum(value for stage, value in found.items() if stage != "total") == 50


def test_a_ticket_solved_without_a_visit_is_repair_from_the_response_on(canonical):
    values = {name: value for name, value in WHOLE.items() if name not in {"arrived_at", "appointment_made_at"}}
    found = hours(canonical, ticket(1, **{**values, "visits": 0}))
    assert (found["response"], found["repair"], found["untold"]) == (1, 39, 0)


def test_stages_are_those_the_source_can_tell(canonical):
    assert stages_of(("created_at",)) == ()
    some = ("created_at", "first_response_at", "resolved_at")
    assert stages_of(some) == ("response", "repair", "untold")
    assert hours(canonical, ticket(1, **WHOLE), available=some) == {
        "response": 1,
        "repair": 39,
        "untold": 0,
        "total": 40,
    }


def test_a_ticket_belongs_to_the_span_it_ended_in(canonical):
    late = {**WHOLE, "closed_at": 24 * 28}
    spans = {**SPANS, "reference": (NOVEMBER.previous(), NOVEMBER.previous())}
    frame = stage_hours(
        canonical("tickets", [ticket(1, **WHOLE), ticket(2, **late)]), spans=spans, as_of=AS_OF, available=ALL
    )
    assert frame.groupby("span")["n"].first().to_dict() == {"current": 1}
    assert hours(canonical, ticket(1, **WHOLE), as_of=START) == {}, "it has not ended yet"
