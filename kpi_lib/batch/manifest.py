"""``manifest.json``: what every report rests on and how its run ended."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from kpi_lib.batch.outcome import Failure, FailureKind, RunResult
from kpi_lib.text.bilingual import Lang

NAME = "manifest.json"
FORMAT = 1
"""Raised when a reader of an older manifest would misread a newer one."""

_PACKAGES = (
    "aftersales-kpi", "duckdb", "ibis-framework", "ipykernel", "matplotlib", "nbconvert", "numpy", "pandas",
    "papermill", "polars", "scipy",
)  # fmt: skip


@dataclass(frozen=True)
class RunRecord:
    """One run as the manifest keeps it; addresses are below the folder of the reports."""

    branch: str
    notebook: str
    lang: Lang
    period: str
    status: str
    seconds: float
    finished_at: str
    page: str
    executed: str
    parameters: Mapping[str, str]
    results: tuple[str, ...]
    title: str = ""
    failure: Failure | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What another run of the same report replaces."""
        return (self.branch, self.notebook, self.lang)

    @classmethod
    def of(cls, result: RunResult, results: Sequence[str]) -> RunRecord:
        """Return the record of a run that has just ended."""
        spec = result.spec
        return cls(
            spec.branch, spec.notebook, spec.lang, spec.period, "ok" if result.ok else "failed", result.seconds,
            datetime.now(UTC).isoformat(timespec="seconds"), str(spec.page), str(spec.executed),
            spec.parameters(spec.out), tuple(results), result.title, result.failure,
        )  # fmt: skip


@dataclass(frozen=True)
class Manifest:
    """Everything about the reports of one period from one state of the data.

    Parameters
    ----------
    period, as_of
        Label of the period, and the moment the data speaks of.
    sources
        Fingerprints of the exports, as JSON takes them.
    languages
        Languages in the order asked for.
    runs
        One record per report.
    """

    period: str
    as_of: str
    sources: tuple[Mapping[str, Any], ...]
    languages: tuple[Lang, ...]
    started_at: str
    finished_at: str
    seconds: float
    jobs: int
    versions: Mapping[str, str]
    runs: tuple[RunRecord, ...]

    @property
    def failures(self) -> tuple[RunRecord, ...]:
        """The runs that failed."""
        return tuple(run for run in self.runs if run.status != "ok")

    def after(self, earlier: Manifest | None) -> Manifest:
        """Return the manifest with the reports of an earlier batch that this one did not make again.

        Only of the same period from the same exports: others would stand in one index with figures that do not belong
        together.
        """
        if earlier is None or (earlier.period, earlier.sources) != (self.period, self.sources):
            return self
        own = {run.key for run in self.runs}
        kept = tuple(run for run in earlier.runs if run.key not in own and run.lang in self.languages)
        return replace(self, runs=(*kept, *self.runs))

    def to_json(self) -> str:
        """Return the manifest as text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1, default=str) + "\n"


def read_manifest(out: Path) -> Manifest | None:
    """Return the manifest in the folder of the reports; ``None`` where there is none or of another format."""
    try:
        data = json.loads((out / NAME).read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            return None
        runs = tuple(_record(run) for run in data.pop("runs"))
        return Manifest(**{**data, "sources": tuple(data["sources"]), "languages": tuple(data["languages"])}, runs=runs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages the figures depend on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _record(data: Mapping[str, Any]) -> RunRecord:
    failure = data["failure"] and Failure(**{**data["failure"], "kind": FailureKind(data["failure"]["kind"])})
    return RunRecord(**{**data, "results": tuple(data["results"]), "failure": failure})
