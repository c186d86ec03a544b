"""``params/events.csv``: things that happened and may explain a shift."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kpi_lib.errors import InputError, Issue

FILE = "events.csv"


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Parameters
    ----------
    day
        When.
    branch
        Key of the branch, empty for all.
    kpi
        Key of the indicator it bears on, empty for any.
    event
        What.
    """

    day: date
    branch: str
    kpi: str
    event: str

    def concerns(self, branch: str, kpi: str) -> bool:
        """Return whether the event bears on an indicator of a branch."""
        return self.branch in ("", branch) and self.kpi in ("", kpi)


def load_events(folder: Path) -> tuple[Event, ...]:
    """Return the events of ``params/events.csv``; none where there is no file.

    Parameters
    ----------
    folder
        ``params/``.

    Raises
    ------
    InputError
        With every line that cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    found, issues = [], []
    with path.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        lacking = {"date", "event"} - set(reader.fieldnames or ())
        if lacking:
            raise InputError(Issue(f"params/{FILE}:1", f"lacks the columns {sorted(lacking)}", "date,branch,kpi,event"))
        for row in reader:
            try:
                found.append(
                    Event(
                        date.fromisoformat(row["date"].strip()),
                        row.get("branch") or "",
                        row.get("kpi") or "",
                        row["event"],
                    )
                )
            except ValueError:
                where = f"params/{FILE}:{reader.line_num}"
                issues.append(Issue(where, f"cannot read the date {row['date']!r}", "such as 2025-06-01"))
    if issues:
        raise InputError(issues)
    return tuple(found)
