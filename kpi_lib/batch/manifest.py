"""The manifest: ``manifest.jsonl`` has a line for every attempt at a run, ``manifest.json`` how things stand."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from kpi_lib.batch.jobs import RunKey
from kpi_lib.batch.outcome import Failure, FailureKind, RunResult
from kpi_lib.batch.parameters import Value
from kpi_lib.batch.secrets import secret_values, without_secrets
from kpi_lib.data.lock import one_at_a_time
from kpi_lib.text.bilingual import Lang

NAME = "manifest.json"
LINES = "manifest.jsonl"
FORMAT = 2
"""Raised when a reader of an older manifest would misread a newer one."""

_PACKAGES = (
    "aftersales-kpi", "duckdb", "ibis-framework", "ipykernel", "matplotlib", "nbconvert", "numpy", "pandas",
    "papermill", "polars", "scipy",
)  # fmt: skip


@dataclass(frozen=True)
class RunRecord:
    """One attempt at a run as the manifest keeps it; addresses are below the folder of the reports.

    ``status`` is ``ok``, ``failed``, or ``again`` for an attempt after which the run was tried again. ``key`` is the
    digest of all it depended on, ``parts`` the same by what it is, ``files`` the digest of what it published,
    ``data`` that of the exports, ``last_good`` the address of the report before it, where it failed.
    """

    branch: str
    notebook: str
    lang: Lang
    period: str
    status: str
    seconds: float
    finished_at: str
    page: str
    executed: str
    parameters: Mapping[str, Value]
    results: tuple[str, ...]
    title: str = ""
    failure: Failure | None = None
    attempt: int = 1
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    key: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    last_good: str = ""

    @property
    def run(self) -> tuple[str, str, str]:
        """What another run of the same report replaces."""
        return (self.branch, self.notebook, self.lang)

    @classmethod
    def of(
        cls,
        result: RunResult,
        results: Sequence[str],
        *,
        last: bool = True,
        files: Mapping[str, str] | None = None,
        data: str = "",
    ) -> RunRecord:
        """Return the record of an attempt that has just ended; ``last`` says whether its result stands."""
        spec = result.spec
        return cls(
            spec.branch, spec.notebook, spec.lang, spec.period,
            "ok" if result.ok else "failed" if last else "again", result.seconds,
            datetime.now(UTC).isoformat(timespec="seconds"), str(spec.page), str(spec.executed),
            spec.parameters(spec.out), tuple(results), result.title, result.failure, result.attempt,
            round(result.cost.cpu_seconds, 3), result.cost.peak_memory, spec.run_key, dict(spec.key_parts),
            dict(files or {}), data, spec.last_good,
        )  # fmt: skip

    def to_json(self) -> str:
        """Return the record as one line, without secrets."""
        return json.dumps(without_secrets(asdict(self), secret_values()), ensure_ascii=False)


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
    newest
        The last thing that happened in each branch, by the data.
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
    newest: Mapping[str, str] = field(default_factory=dict)

    @property
    def failures(self) -> tuple[RunRecord, ...]:
        """The runs that failed."""
        return tuple(run for run in self.runs if run.status != "ok")

    def after(self, earlier: Sequence[RunRecord], fresh: Collection[RunKey] = ()) -> Manifest:
        """Return the manifest with the reports of earlier batches that this one did not make again.

        Only of the same period, and either from the same exports or known to be what this batch would make (``fresh``):
        others would stand in one index with figures that do not belong together. The order does not tell which batch
        made what: a batch that was resumed leaves what one that ran through leaves.
        """
        own = {run.run for run in self.runs}
        kept = tuple(
            run
            for run in earlier
            if run.run not in own and run.period == self.period and run.lang in self.languages
            if run.run in fresh or (run.data == self.data and bool(run.data))
        )
        return replace(self, runs=tuple(sorted((*kept, *self.runs), key=lambda run: run.run)))

    @property
    def data(self) -> str:
        """Digest of the exports."""
        return sources_digest(self.sources)

    def to_json(self) -> str:
        """Return the manifest as text."""
        content = without_secrets({"format": FORMAT, **asdict(self)}, secret_values())
        return json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"


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


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Be the only batch that changes the reports: what several of them write belongs together."""
    with one_at_a_time(out / LINES):
        yield


def append_record(out: Path, record: RunRecord) -> None:
    """Add a line to the manifest, on the disk before this returns; for a caller that is :func:`alone_in` there."""
    path = out / LINES
    # A batch that was killed in the middle of a line left no end of it.
    torn = path.exists() and path.stat().st_size > 0 and not _ends_a_line(path)
    with path.open("ab") as file:
        file.write(("\n" * torn + record.to_json() + "\n").encode())
        file.flush()
        os.fsync(file.fileno())


def read_records(out: Path) -> tuple[RunRecord, ...]:
    """Return every attempt, oldest first; a line that was cut off by a crash is none."""
    try:
        # Not splitlines(): the text of an error may hold a line separator that JSON leaves as it is.
        lines = (out / LINES).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(_record(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(found)


def last_records(records: Sequence[RunRecord]) -> dict[RunKey, RunRecord]:
    """Return how each run ended when it was last made."""
    return {record.run: record for record in records if record.status != "again"}


def sources_digest(sources: Sequence[Mapping[str, Any]]) -> str:
    """Return one digest of all exports."""
    text = json.dumps([source.get("sha256", "") for source in sources])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


@cache
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
