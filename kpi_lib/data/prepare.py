"""Preparing a project: all sources staged and ingested into a new store, which then takes the old one's place."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from kpi_lib.data.confirm import confirm
from kpi_lib.data.coverage import coverage, coverage_to_json, newest
from kpi_lib.data.declared import declaration_issues
from kpi_lib.data.fingerprint import fingerprint_to_json
from kpi_lib.data.freshness import MANIFEST, aside, declared_key, file_states, spellings
from kpi_lib.data.ingest import Ingested, ingest
from kpi_lib.data.oddities import oddities
from kpi_lib.data.prepared import prepared_rows
from kpi_lib.data.rows import Workplace
from kpi_lib.data.schema import TABLES, Table
from kpi_lib.data.settle import WRITTEN
from kpi_lib.data.stage import Staged, stage
from kpi_lib.errors import InputError, Issue
from kpi_lib.params import Project

FRESH = ".preparing-"
"""Start of the name of a store that is not finished."""
CRASHED_SECONDS = 86_400
"""Age from which on an unfinished store is one that crashed."""
MEMORY_LIMIT = "2GB"
"""Memory the engine may use before it spills to disk."""


def build(project: Project, folder: Path, on_progress: Callable[[str, float], None]) -> None:
    """Prepare ``project`` into ``folder``.

    Everything is written beside it, brought to disk and renamed; a crash leaves the old store as it was.

    Parameters
    ----------
    project, folder
        What is prepared, and where the store is to stand.
    on_progress
        Told the name of each step and the share done.

    Raises
    ------
    InputError
        Sources whose declarations cannot be carried out; every problem is named.
    RunError
        Rows of a source that are not accounted for.
    """
    issues = declaration_issues(project.sources)
    if issues:
        raise InputError(issues)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _clear_crashed(folder.parent)
    fresh = Path(tempfile.mkdtemp(prefix=FRESH, dir=folder.parent))
    try:
        _fill(project, fresh, on_progress)
        _to_disk(fresh)
        _replace(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _spelling_table(engine: Backend, project: Project, staging: Path) -> ir.Table:
    known = spellings(project)
    file = staging / "spellings.parquet"
    pq.write_table(pa.table({"spelling": list(known), "key": list(known.values())}), file)
    return engine.read_parquet(file)


def _fill(project: Project, fresh: Path, on_progress: Callable[[str, float], None]) -> None:
    started = datetime.now(tz=ZoneInfo(project.sources.timezone)).replace(tzinfo=None)
    files = file_states(project)
    staging = fresh / ".staging"
    staging.mkdir()
    staged = _stage_all(project, staging, on_progress)
    _refuse_changes(files, file_states(project))
    engine = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, temp_directory=str(fresh / ".spill"))
    try:
        # Order of rows means nothing in the store; giving it up halves the memory of a partitioned write.
        engine.raw_sql("SET preserve_insertion_order = false")
        latest = project.sources.extracted_at or started
        place = Workplace(engine, fresh, project.sources.timezone, latest, _spelling_table(engine, project, fresh))
        found = _ingest_all(staged, place, on_progress)
        warnings = oddities(staged, {name: ingested.available for name, ingested in found.items()}, place)
        prepared = {name: prepared_rows(engine, fresh, TABLES[name]) for name in found}
        extents = {name: coverage(rows, name) for name, rows in prepared.items() if rows is not None}
        last: dict[str, datetime] = {}
        for name, rows in prepared.items():
            for branch, moment in ({} if rows is None else newest(rows, name)).items():
                last[branch] = max(moment, last.get(branch, moment))
        happened = [extent.last for extent in extents.values() if extent.last is not None]
        as_of = project.sources.extracted_at or max(happened, default=started)
    finally:
        engine.disconnect()
    checks = [check for ingested in found.values() for check in ingested.checks] + warnings
    accounts = [account for ingested in found.values() for account in ingested.accounts]
    pd.DataFrame(checks).to_parquet(fresh / "checks.parquet")
    pd.DataFrame(accounts).to_parquet(fresh / "accounts.parquet")
    prints = [fingerprint for source in staged for fingerprint in source.fingerprints]
    digests = {fingerprint.file: fingerprint.sha256 for fingerprint in prints}
    manifest = {
        "key": declared_key(project),
        "as_of": as_of.isoformat(),
        "available": {name: ingested.available for name, ingested in found.items()},
        "coverage": {name: coverage_to_json(extent) for name, extent in extents.items()},
        "newest": {branch: last[branch].isoformat() for branch in sorted(last)},
        "sources": [fingerprint_to_json(fingerprint) for fingerprint in prints],
        "files": [{**state, "sha256": digests[str(state["path"])]} for state in files],
    }
    (fresh / "spellings.parquet").unlink()
    for leftover in (".staging", WRITTEN, ".spill"):
        shutil.rmtree(fresh / leftover, ignore_errors=True)
    on_progress("confirm", 0.95)
    for name in found:
        confirm(TABLES[name], fresh, sum(int(str(a["n_accepted"])) for a in accounts if a["table"] == name))
    (fresh / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")


def _stage_all(project: Project, staging: Path, on_progress: Callable[[str, float], None]) -> list[Staged]:
    issues: list[Issue] = []
    staged = []
    sources = project.sources.sources
    for number, source in enumerate(sources):
        on_progress(f"read {source.name}", 0.4 * number / len(sources))
        try:
            staged.append(stage(source, project.root, staging))
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(issues)
    return staged


def _refuse_changes(before: list[dict[str, object]], after: list[dict[str, object]]) -> None:
    """Raise where a file changed while it was read: its rows and its fingerprint would be of different contents."""
    changed = {str(state["path"]) for state in before} ^ {str(state["path"]) for state in after}
    times = {str(state["path"]): (state["bytes"], state["mtime_ns"]) for state in before}
    changed |= {str(s["path"]) for s in after if times.get(str(s["path"])) != (s["bytes"], s["mtime_ns"])}
    if changed:
        raise InputError(Issue(name, "the file changed while it was read", "try again") for name in sorted(changed))


def _ingest_all(
    staged: list[Staged], place: Workplace, on_progress: Callable[[str, float], None]
) -> dict[str, Ingested]:
    issues: list[Issue] = []
    found: dict[str, Ingested] = {}
    wanted = [table for table in in_order_of_need() if any(source.source.table == table.name for source in staged)]
    for number, table in enumerate(wanted):
        on_progress(f"check {table.name}", 0.4 + 0.5 * number / len(wanted))
        own = [source for source in staged if source.source.table == table.name]
        available = {name: ingested.available for name, ingested in found.items()}
        try:
            found[table.name] = ingest(table, own, place, available)
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(issues)
    return found


def in_order_of_need() -> list[Table]:
    """Return the canonical tables, each after those its columns are carried from."""
    ordered: list[Table] = []

    def visit(table: Table) -> None:
        for origin in dict.fromkeys(column.carried_from.partition(".")[0] for column in table.columns):
            if origin and TABLES[origin] not in ordered:
                visit(TABLES[origin])
        if table not in ordered:
            ordered.append(table)

    for table in TABLES.values():
        visit(table)
    return ordered


def _to_disk(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace(folder: Path, fresh: Path) -> None:
    """Put ``fresh`` in the place of ``folder``; the old store steps aside first and goes last."""
    old = aside(folder)
    if folder.exists():
        # Left where a crash struck after the renames.
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _clear_crashed(parent: Path) -> None:
    """Remove what preparations that crashed more than a day ago left behind; a younger one may still be running."""
    for left in parent.glob(f"{FRESH}*"):
        if datetime.now().timestamp() - left.stat().st_mtime > CRASHED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
