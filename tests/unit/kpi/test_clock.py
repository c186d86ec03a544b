"""Working hours as the engine counts them, against the calendar walked minute by minute."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import holidays
import numpy as np
import pytest

from kpi_lib.kpi.clock import WorkingClock, with_working_hours
from kpi_lib.params.calendars import CalendarSpec

SPECS = {
    "cn": CalendarSpec(country="CN", opens="08:30", closes="17:30"),
    "six_days": CalendarSpec(country="CN", weekend=["6"], opens="08:00", closes="20:00"),
}
CLOCK = WorkingClock(SPECS, default="cn", by_branch={"kunming": "six_days"})
CHINA = holidays.China(years=2025)
NOW = datetime(2025, 12, 3, 8)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def walked(start: datetime, end: datetime, calendar: str) -> float:
    """Every minute from start to end, looked up."""
    spec, minutes, moment = SPECS[calendar], 0, start
    while moment < end:
        day = moment.date()
        works = day in CHINA.weekend_workdays or (moment.weekday() not in spec.weekend and day not in CHINA)
        minutes += works and spec.opens <= moment.time() < spec.closes
        moment += timedelta(minutes=1)
    return minutes / 60


@pytest.fixture
def counted(canonical):
    def counted(pairs, *, branch="chengdu", as_of=NOW):
        rows = [
            {"ticket_id": str(number), "branch": branch, "created_at": start, "first_response_at": end}
            for number, (start, end) in enumerate(pairs)
        ]
        table = with_working_hours(
            canonical("tickets", rows), "created_at", "first_response_at", name="hours", clock=CLOCK, as_of=as_of
        )
        frame = table.to_pyarrow().to_pandas()
        return frame.assign(number=frame["ticket_id"].astype(int)).sort_values("number", ignore_index=True)

    return counted


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2025-11-03T09:00", "2025-11-03T10:30", 1.5),
        ("2025-11-03T07:00", "2025-11-03T23:00", 9),
        ("2025-11-03T19:00", "2025-11-04T09:00", 0.5),
        ("2025-11-07T17:00", "2025-11-10T09:00", 1),
        ("2025-09-30T17:30", "2025-10-09T08:30", 0),  # National Day: 1 to 8 October off.
        ("2025-09-27T08:30", "2025-09-29T08:30", 9),  # Sunday 28 September is a make-up working day.
    ],
)
def test_hours_of_one_pair(counted, start, end, hours):
    assert counted([(at(start), at(end))])["hours"].tolist() == [pytest.approx(hours)]


@pytest.mark.parametrize(("branch", "calendar"), [("chengdu", "cn"), ("kunming", "six_days")])
def test_the_engine_agrees_with_a_walk_through_the_calendar(counted, branch, calendar):
    rng = np.random.default_rng(5)
    starts = [at("2025-09-25T00:00") + timedelta(minutes=int(m)) for m in rng.integers(0, 40_000, size=40)]
    pairs = [
        (start, start + timedelta(minutes=int(m))) for start, m in zip(starts, rng.integers(0, 9_000, 40), strict=True)
    ]
    found = counted(pairs, branch=branch)
    assert found["hours"].tolist() == pytest.approx([walked(start, end, calendar) for start, end in pairs])
    now = max(end for _, end in pairs)
    so_far = counted(pairs, branch=branch, as_of=now)["hours__so_far"]
    assert so_far.tolist() == pytest.approx([walked(start, now, calendar) for start, _ in pairs])


def test_what_has_not_ended_has_no_hours_but_those_so_far(counted):
    opened = datetime.combine(NOW.date(), time()) - timedelta(days=1)
    row = counted([(opened, None)]).iloc[0]
    assert np.isnan(row["hours"])
    assert row["hours__so_far"] == 9
