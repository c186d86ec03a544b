"""Periods of the calendar: days, ISO weeks, months, quarters, years and free ranges."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from kpi_lib.errors import InputError, Issue

Grain = Literal["day", "week", "month", "quarter", "year", "range"]

_EXAMPLES = "write 2025-11 (month), 2025-W45 (ISO week), 2025-11-03, 2025-Q4, 2025 or 2025-01-01..2025-03-15"


@dataclass(frozen=True)
class Period:
    """A stretch of days.

    Parameters
    ----------
    grain
        Kind of period.
    label
        How it is written, such as ``2025-11``, ``2025-W45`` or ``2025-01-01..2025-03-15``.
    start, end
        First day, and the day after the last.
    """

    grain: Grain
    label: str
    start: date
    end: date

    def previous(self, n: int = 1) -> Period:
        """Return the period ``n`` before this one; a free range steps by its own number of days."""
        if self.grain == "range":
            length = self.end - self.start
            return _range(self.start - n * length, self.end - n * length)
        if self.grain in {"day", "week"}:
            return containing(self.grain, self.start - n * (self.end - self.start))
        months = {"month": 1, "quarter": 3, "year": 12}[self.grain]
        return containing(self.grain, _add_months(self.start, -n * months))

    def last(self, n: int) -> list[Period]:
        """Return the ``n`` periods that end with this one, oldest first."""
        return [self.previous(back) for back in range(n - 1, -1, -1)]


def containing(grain: Grain, day: date) -> Period:
    """Return the period of ``grain`` that holds ``day``; a free range has none, so it raises ValueError."""
    match grain:
        case "day":
            return Period(grain, day.isoformat(), day, day + timedelta(days=1))
        case "week":
            monday = day - timedelta(days=day.weekday())
            year, week, _ = day.isocalendar()
            return Period(grain, f"{year:04d}-W{week:02d}", monday, monday + timedelta(days=7))
        case "month":
            start = day.replace(day=1)
            return Period(grain, f"{day:%Y-%m}", start, _add_months(start, 1))
        case "quarter":
            start = day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
            return Period(grain, f"{day.year:04d}-Q{(day.month + 2) // 3}", start, _add_months(start, 3))
        case "year":
            return Period(grain, f"{day.year:04d}", date(day.year, 1, 1), date(day.year + 1, 1, 1))
        case "range":
            raise ValueError("a free range is not found by a day")


def latest_complete(grain: Grain, as_of: date | datetime) -> Period:
    """Return the last period of ``grain`` that had ended at ``as_of``; one that ends at that instant counts."""
    return containing(grain, as_of.date() if isinstance(as_of, datetime) else as_of).previous()


def months_between(before: str, after: str) -> int:
    """Return the months from one month to another, both written as ``2025-11``."""
    first, last = parse_period(before).start, parse_period(after).start
    return (last.year - first.year) * 12 + last.month - first.month


def parse_period(text: str) -> Period:
    """Return the period written as ``text``.

    Parameters
    ----------
    text
        ``2025-11`` (month), ``2025-W45`` (ISO week), ``2025-11-03`` (day), ``2025-Q4``, ``2025`` or
        ``2025-01-01..2025-03-15`` (both days included).

    Raises
    ------
    InputError
        The text is none of these or names no real date.
    """
    for pattern, build in _FORMS:
        if found := pattern.fullmatch(text.strip()):
            try:
                return build(found)
            except (ValueError, OverflowError) as error:
                raise InputError(Issue("period", f"there is no period {text!r}: {error}", _EXAMPLES)) from error
    raise InputError(Issue("period", f"cannot read the period {text!r}", _EXAMPLES))


def _range(start: date, end: date) -> Period:
    return Period("range", f"{start.isoformat()}..{(end - timedelta(days=1)).isoformat()}", start, end)


def _parsed_range(found: re.Match[str]) -> Period:
    start, last = date.fromisoformat(found[1]), date.fromisoformat(found[2])
    if last < start:
        raise ValueError("it ends before it starts")
    return _range(start, last + timedelta(days=1))


def _parsed_quarter(found: re.Match[str]) -> Period:
    return containing("quarter", date(int(found[1]), 3 * int(found[2]) - 2, 1))


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


_DAY = r"(\d{4}-\d{2}-\d{2})"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Period]], ...] = tuple(
    (re.compile(pattern, re.ASCII), build)
    for pattern, build in (
        (r"(\d{4})-(\d{2})", lambda found: containing("month", date(int(found[1]), int(found[2]), 1))),
        (r"(\d{4})-W(\d{2})", lambda found: containing("week", date.fromisocalendar(int(found[1]), int(found[2]), 1))),
        (_DAY, lambda found: containing("day", date.fromisoformat(found[1]))),
        (r"(\d{4})-Q([1-4])", _parsed_quarter),
        (r"(\d{4})", lambda found: containing("year", date(int(found[1]), 1, 1))),
        (rf"{_DAY}\.\.{_DAY}", _parsed_range),
    )
)
