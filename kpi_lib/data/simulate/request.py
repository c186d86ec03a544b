"""What may be asked of the simulator."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kpi_lib.data.simulate.cell import COHORTS_BEFORE
from kpi_lib.data.simulate.places import places
from kpi_lib.data.simulate.season import NEW_YEAR, next_month
from kpi_lib.errors import InputError, Issue, did_you_mean

_FORMATS = ("csv", "parquet")
_MOST_FOR_EXCEL = 1_200_000
"""With more tickets the surveys do not fit into a sheet of 1,048,576 rows."""


def checked(
    target: Path,
    *,
    branches: int,
    tickets: int | None,
    months: int,
    start: date,
    format: str,  # noqa: A002
    replace: bool,
) -> None:
    """Check what was asked for and make room for it; raises InputError with every problem."""
    issues = list(_issues(branches=branches, tickets=tickets, months=months, start=start, format=format))
    raw = target / "data" / "raw"
    there = sorted(raw.iterdir()) if raw.is_dir() else []
    if there and not replace:
        issues.append(
            Issue(str(raw), f"there are {len(there)} files already", "choose another folder, or replace them")
        )
    if issues:
        raise InputError(issues)
    for file in there:
        file.unlink()


def _issues(*, branches: int, tickets: int | None, months: int, start: date, format: str) -> list[Issue]:  # noqa: A002
    issues = []
    if not 1 <= branches <= len(places()):
        issues.append(Issue("branches", f"expected 1 to {len(places())}, got {branches}"))
    if tickets is not None and tickets < 1:
        issues.append(Issue("tickets", f"expected at least 1, got {tickets}"))
    if format not in _FORMATS:
        issues.append(Issue("format", f"unknown format {format!r}", did_you_mean(format, _FORMATS)))
    elif format == "csv" and tickets is not None and tickets > _MOST_FOR_EXCEL:
        issues.append(Issue("tickets", f"{tickets:,} do not fit into Excel files", "format parquet has no such limit"))
    if start.day != 1:
        issues.append(Issue("start", f"expected the first day of a month, got {start}"))
    elif months < 1:
        issues.append(Issue("months", f"expected at least 1, got {months}"))
    else:
        first, last = next_month(start, -COHORTS_BEFORE).year, next_month(start, months).year
        if first < min(NEW_YEAR) or last > max(NEW_YEAR):
            years = f"{min(NEW_YEAR) + COHORTS_BEFORE // 12} to {max(NEW_YEAR)}"
            issues.append(Issue("start", f"{months} months from {start} leave the years with known holidays", years))
    return issues
