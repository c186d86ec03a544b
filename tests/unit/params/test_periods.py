from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_lib.errors import InputError
from kpi_lib.params import Period, latest_complete, parse_period
from kpi_lib.params.periods import Grain, containing

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11", Period("month", "2025-11", date(2025, 11, 1), date(2025, 12, 1))),
        ("2025-12", Period("month", "2025-12", date(2025, 12, 1), date(2026, 1, 1))),
        ("2025-W45", Period("week", "2025-W45", date(2025, 11, 3), date(2025, 11, 10))),
        ("2020-W53", Period("week", "2020-W53", date(2020, 12, 28), date(2021, 1, 4))),
        ("2025-11-03", Period("day", "2025-11-03", date(2025, 11, 3), date(2025, 11, 4))),
        ("2025-Q4", Period("quarter", "2025-Q4", date(2025, 10, 1), date(2026, 1, 1))),
        ("2025", Period("year", "2025", date(2025, 1, 1), date(2026, 1, 1))),
        (
            "2025-01-01..2025-03-15",
            Period("range", "2025-01-01..2025-03-15", date(2025, 1, 1), date(2025, 3, 16)),
        ),
        (" 2025-11 ", Period("month", "2025-11", date(2025, 11, 1), date(2025, 12, 1))),
    ],
)
def test_every_form_is_read(text: str, expected: Period) -> None:
    assert parse_period(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "2025-13", "2025-00", "2025-W54", "2025-W53", "2025-W00", "2025-Q5", "2025-02-29", "2025-1", "11/2025",
        "2025-11-3", "2025-03-15..2025-01-01", "2025-01..2025-03", "latest", "0000", "9999", "9999-12", "２０２５-11",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_period(text)
    assert "2025-W45" in caught.value.issues[0].hint


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        ("2025-01", 1, "2024-12"),
        ("2025-11", 13, "2024-10"),
        ("2021-W01", 1, "2020-W53"),
        ("2025-Q1", 2, "2024-Q3"),
        ("2024", 1, "2023"),
        ("2024-03-01", 1, "2024-02-29"),
        ("2025-01-11..2025-01-20", 1, "2025-01-01..2025-01-10"),
        ("2025-11", 0, "2025-11"),
    ],
)
def test_previous_steps_by_the_grain(text: str, n: int, expected: str) -> None:
    assert parse_period(text).previous(n) == parse_period(expected)


def test_last_ends_with_the_period_itself() -> None:
    assert [period.label for period in parse_period("2025-02").last(3)] == ["2024-12", "2025-01", "2025-02"]


@pytest.mark.parametrize(
    ("grain", "as_of", "expected"),
    [
        ("month", datetime(2025, 12, 3, 8), "2025-11"),
        ("month", datetime(2025, 12, 1), "2025-11"),
        ("month", datetime(2025, 11, 30, 23, 59, 59), "2025-10"),
        ("month", date(2025, 12, 1), "2025-11"),
        ("week", datetime(2025, 11, 10), "2025-W45"),
        ("quarter", datetime(2025, 12, 3), "2025-Q3"),
        ("year", datetime(2026, 1, 1), "2025"),
    ],
)
def test_latest_complete_had_ended(grain: Grain, as_of: date, expected: str) -> None:
    assert latest_complete(grain, as_of).label == expected


def test_a_free_range_is_not_found_by_a_day() -> None:
    with pytest.raises(ValueError, match="range"):
        containing("range", date(2025, 1, 1))


@given(st.sampled_from(GRAINS), st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_periods_tile_the_calendar(grain: Grain, day: date, n: int) -> None:
    period = containing(grain, day)
    assert period.start <= day < period.end
    assert parse_period(period.label) == period
    assert period.previous().end == period.start
    assert period.previous(n).label == period.last(n + 1)[0].label
