"""``params/baselines/<period>.json``: baselines a person has accepted, each with its reasons."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kpi_lib.errors import InputError, Issue

FOLDER = "baselines"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exclusion(_Frozen):
    """A period that sets no limits, and why."""

    period: str
    reason: str


class PhaseDecision(_Frozen):
    """A proposed phase, and what was decided on it."""

    start: date
    decision: str
    reason: str = ""


class AcceptedBaseline(_Frozen):
    """One indicator's baseline in one branch.

    Parameters
    ----------
    kpi, branch
        Keys.
    first, last
        Periods of the window, both included.
    exclusions
        Periods left out of it by name.
    phases
        Proposals accepted or rejected.
    chart, log, widened, why
        Chart, and why.
    centre, spread, season
        On the chart's scale: centre line, σ or σz (None where the chart has none), and effect of each calendar month.
    level, lower, upper
        Centre and limits of the last period in the indicator's unit.
    n, numerator, denominator
        Periods and cases behind it.
    grade
        Of the quality verdict.
    """

    kpi: str
    branch: str
    first: str
    last: str
    exclusions: tuple[Exclusion, ...] = ()
    phases: tuple[PhaseDecision, ...] = ()
    chart: str
    log: bool = False
    widened: float = 1.0
    why: tuple[str, ...]
    centre: float
    spread: float | None
    season: tuple[float, ...] = ()
    level: float
    lower: float | None
    upper: float | None
    n: int
    numerator: float | None
    denominator: float | None
    grade: str


class BaselineFile(_Frozen):
    """Everything accepted for a period.

    Parameters
    ----------
    period
        Last period the data reach.
    author, accepted_on
        Who accepted, and when; empty and None while it is a proposal.
    data, code
        Fingerprint of the data, by branch, and version of the package.
    changes
        What changed against the file before, in words a machine can count: ``kpi, branch, before, after``.
    baselines
        One entry per branch and indicator.
    """

    period: str
    author: str = ""
    accepted_on: date | None = None
    data: dict[str, str]
    code: str
    changes: tuple[dict[str, str | float | None], ...] = ()
    baselines: tuple[AcceptedBaseline, ...]

    def of(self, branch: str, kpi: str) -> AcceptedBaseline | None:
        """Return the baseline of an indicator in a branch, None where none was accepted."""
        return next((entry for entry in self.baselines if (entry.branch, entry.kpi) == (branch, kpi)), None)


def read_baselines(path: Path) -> BaselineFile:
    """Return a baseline file; raises InputError with every field that is wrong."""
    try:
        return BaselineFile.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(Issue(str(path), "there is no such file", "`kpi baseline propose` makes one")) from error
    except ValidationError as error:
        raise InputError(
            [Issue(f"{path.name}: {'.'.join(map(str, found['loc']))}", found["msg"]) for found in error.errors()]
        ) from error


def accepted_files(folder: Path) -> list[Path]:
    """Return the accepted files of ``params/``, oldest first (proposals end in ``.proposal.json``)."""
    found = (folder / FOLDER).glob("*.json") if (folder / FOLDER).is_dir() else []
    return sorted(path for path in found if not path.name.endswith(".proposal.json"))


def accepted_history(folder: Path) -> tuple[BaselineFile, ...]:
    """Return all accepted baselines of ``params/``, oldest first: each revision keeps the file before it."""
    return tuple(read_baselines(path) for path in accepted_files(folder))


def latest_accepted(folder: Path) -> BaselineFile | None:
    """Return the newest accepted baselines, None where nothing was accepted yet."""
    files = accepted_files(folder)
    return read_baselines(files[-1]) if files else None


def write_baselines(path: Path, content: BaselineFile) -> None:
    """Write a baseline file, one field a line so that a review can compare two versions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
