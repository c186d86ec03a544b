"""What the scorecards and root causes of a batch say, read from the results they left."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kpi_lib.batch.manifest import Manifest, RunRecord

SCORECARD = "2_scorecard"
"""The notebook whose ``summary.json`` holds a branch's verdict and ``composites.csv`` how it came there."""

ROOT_CAUSES = "4_root_cause"
"""The notebook whose ``summary.json`` says in one sentence what stands out most."""


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
    stands_out
        What stands out most among its root causes, by language.
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
    stands_out: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, summary: Mapping[str, Any], history: tuple[tuple[str, float | None], ...] = ()) -> Verdict:
        """Return the verdict of a scorecard's ``summary.json``."""
        known = {name: number(value) for name, value in summary.items()}
        scenarios = {key: number(value) for key, value in (summary.get("scenarios") or {}).items()}
        return cls(
            composite=known.get("composite"), lo=known.get("lo"), hi=known.get("hi"), change=known.get("change"),
            change_lo=known.get("change_lo"), change_hi=known.get("change_hi"), grade=str(summary.get("grade") or ""),
            change_clear=bool(summary.get("change_clear")), scenarios=scenarios, history=history,
        )  # fmt: skip


def read_verdicts(manifest: Manifest, out: Path) -> dict[str, Verdict]:
    """Return what is known of every branch whose scorecard or root causes were made by this batch."""
    scored: dict[str, Verdict] = {}
    standing: dict[str, Mapping[str, str]] = {}
    for run in manifest.runs:
        path = _result(run, "summary.json", out)
        if path is None or run.notebook not in {SCORECARD, ROOT_CAUSES}:
            continue
        summary = json.loads(path.read_text(encoding="utf-8"))
        if run.notebook == ROOT_CAUSES:
            standing[run.branch] = summary.get("sentence") or {}
        else:
            composites = _result(run, "composites.csv", out)
            scored[run.branch] = Verdict.of(summary, () if composites is None else _history(composites))
    return {
        branch: replace(scored.get(branch, Verdict()), stands_out=standing.get(branch, {}))
        for branch in dict.fromkeys(run.branch for run in manifest.runs)
        if branch in scored or branch in standing
    }


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
