"""What the scorecards of a batch say, read from the results they left."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpi_lib.batch.manifest import Manifest, RunRecord

SCORECARD = "2_scorecard"
"""The notebook whose ``summary.json`` holds a branch's verdict and ``composites.csv`` how it came there."""


@dataclass(frozen=True)
class Verdict:
    """A branch's verdict; what is missing is None.

    Parameters
    ----------
    composite, lo, hi
        Composite score out of 100 and its interval.
    grade
        Key of the grade.
    change, change_lo, change_hi, change_clear
        Change on the period before, its interval, and whether it is more than chance.
    scenarios
        Composite under each weight scenario.
    history
        Period and composite, oldest first.
    """

    composite: float | None = None
    lo: float | None = None
    hi: float | None = None
    grade: str = ""
    change: float | None = None
    change_lo: float | None = None
    change_hi: float | None = None
    change_clear: bool = False
    scenarios: Mapping[str, float | None] = field(default_factory=dict)
    history: tuple[tuple[str, float | None], ...] = ()

    @classmethod
    def of(cls, summary: Mapping[str, Any], history: tuple[tuple[str, float | None], ...] = ()) -> Verdict:
        """Return the verdict of a scorecard's ``summary.json``."""
        numbers = {
            name: number(summary.get(name)) for name in ("composite", "lo", "hi", "change", "change_lo", "change_hi")
        }
        scenarios = {key: number(value) for key, value in (summary.get("scenarios") or {}).items()}
        return cls(
            **numbers, grade=str(summary.get("grade") or ""), change_clear=bool(summary.get("change_clear")),
            scenarios=scenarios, history=history,
        )  # fmt: skip


def read_verdicts(manifest: Manifest, out: Path) -> dict[str, Verdict]:
    """Return the verdict of every branch whose scorecard was made by this batch."""
    found = {}
    for run in manifest.runs:
        summary = _result(run, "summary.json", out)
        if run.notebook == SCORECARD and summary is not None:
            composites = _result(run, "composites.csv", out)
            history = () if composites is None else _history(composites)
            found[run.branch] = Verdict.of(json.loads(summary.read_text(encoding="utf-8")), history)
    return found


def number(value: object) -> float | None:
    """Return a finite number as it is and anything else as missing."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _result(run: RunRecord, name: str, out: Path) -> Path | None:
    address = f"{run.branch}/{run.notebook}/{name}"
    return out / address if address in run.results and (out / address).exists() else None


def _history(path: Path) -> tuple[tuple[str, float | None], ...]:
    with path.open(encoding="utf-8", newline="") as opened:
        return tuple((row["period"], _written(row["composite"])) for row in csv.DictReader(opened))


def _written(text: str) -> float | None:
    return number(float(text)) if text else None
