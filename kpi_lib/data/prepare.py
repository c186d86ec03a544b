"""Preparing a project: all sources staged and ingested into a new store, which then takes the old one's place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
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
from kpi_lib.data.declared import declaration_issues
from kpi_lib.data.fingerprint import file_state, fingerprint_to_json, sha256_of
from kpi_lib.data.ingest import WRITTEN, Ingested, ingest
from kpi_lib.data.oddities import oddities
from kpi_lib.data.rows import Workplace, prepared_rows
from kpi_lib.data.schema import TABLES, ColumnType, Table
from kpi_lib.data.stage import Staged, source_files, stage
from kpi_lib.errors import InputError, Issue
from kpi_lib.params import Project

MANIFEST = "manifest.json"
"""File of a store that says what it rests on; written last."""
VERSION = 1
"""Raised whenever the same sources would be prepared differently."""
RACY_SECONDS = 2.0
"""A file written this shortly before its fingerprint may have changed since within one tick of the clock."""
FRESH = ".preparing-"
"""Start of the name of a store that is not finished."""
CRASHED_SECONDS = 86_400
"""Age from which on an unfinished store is one that crashed."""
MEMORY_LIMIT = "4GB"
"""Memory the engine may use before it spills to disk."""


def build(project: Project, folder: Path, on_progress: Callable[[str, float], None]) -> None:
    """Prepare ``project`` into ``folder``.

    Everything is written beside it, brought to disk and renamed; a crash leaves the old store as it was.
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


def stale_parts(project: Project, folder: Path) -> list[str]:
    """Return what the store in ``folder`` no longer agrees with, empty where it is up to date."""
    recover(folder)
    path = folder / MANIFEST
    if not path.exists():
        return ["there is no prepared data"]
    manifest = json.loads(path.read_text(encoding="utf-8"))
    key = declared_key(project)
    stale = [f"the {part} changed" for part, digest in key.items() if manifest["key"].get(part) != digest]
    if stale:
        return stale
    return _changed_files(project, manifest)


def declared_key(project: Project) -> dict[str, str]:
    """Return a digest of everything declared that a prepared row depends on, by what it is."""
    parts = {
        "mapping in params/sources.yml": project.sources.model_dump_json(),
        "branches in params/branches.yml": json.dumps(spellings(project), ensure_ascii=False, sort_keys=True),
        "schema": f"{VERSION} {TABLES!r}",
    }
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in parts.items()}


def spellings(project: Project) -> dict[str, str]:
    """Return every spelling of every branch and the key it means."""
    return {spelling: key for key, branch in project.branches.branches.items() for spelling in branch.spellings}


def _spelling_table(engine: Backend, project: Project, staging: Path) -> ir.Table:
    known = spellings(project)
    file = staging / "spellings.parquet"
    pq.write_table(pa.table({"spelling": list(known), "key": list(known.values())}), file)
    return engine.read_parquet(file)


def _changed_files(project: Project, manifest: Mapping[str, object]) -> list[str]:
    known = {state["path"]: state for state in manifest["files"]}  # type: ignore[attr-defined]
    try:
        present = [
            path
            for source in project.sources.sources
            if source.url is None
            for path in source_files(source, project.root)
        ]
    except InputError as error:
        return [str(error)]
    changed = []
    for path in dict.fromkeys(present):
        state, now = known.pop(_shown(path, project.root), None), file_state(path)
        if state is None:
            changed.append(f"{path.name} is new")
        elif now.bytes != state["bytes"] or (
            (now.mtime_ns != state["mtime_ns"] or state["racy"]) and sha256_of(path) != state["sha256"]
        ):
            changed.append(f"{path.name} changed")
    return changed + [f"{name} is gone" for name in known]


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _fill(project: Project, fresh: Path, on_progress: Callable[[str, float], None]) -> None:
    started = datetime.now(tz=ZoneInfo(project.sources.timezone)).replace(tzinfo=None)
    files = _file_states(project)
    staging = fresh / ".staging"
    staging.mkdir()
    staged = _stage_all(project, staging, on_progress)
    engine = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, temp_directory=str(fresh / ".spill"))
    try:
        # Order of rows means nothing in the store; giving it up halves the memory of a partitioned write.
        engine.raw_sql("SET preserve_insertion_order = false")
        latest = project.sources.extracted_at or started
        place = Workplace(engine, fresh, project.sources.timezone, latest, _spelling_table(engine, project, fresh))
        found = _ingest_all(staged, place, on_progress)
        warnings = oddities(staged, {name: ingested.available for name, ingested in found.items()}, place)
        as_of = project.sources.extracted_at or _latest_event(engine, fresh, tuple(found)) or started
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


def _file_states(project: Project) -> list[dict[str, object]]:
    """Return the state of every raw file, taken before it is read: a later change is then seen as one."""
    issues: list[Issue] = []
    states = {}
    now = datetime.now().timestamp()
    for source in project.sources.sources:
        if source.url is not None:
            continue
        try:
            for path in source_files(source, project.root):
                state = file_state(path)
                racy = now - state.mtime_ns / 1e9 < RACY_SECONDS
                shown = _shown(path, project.root)
                states[shown] = {"path": shown, "bytes": state.bytes, "mtime_ns": state.mtime_ns, "racy": racy}
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(issues)
    return list(states.values())


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


def _latest_event(engine: Backend, folder: Path, tables: tuple[str, ...]) -> datetime | None:
    moments: list[datetime] = []
    for name in tables:
        rows = prepared_rows(engine, folder, TABLES[name])
        times = [c.name for c in TABLES[name].columns if c.type is ColumnType.TIMESTAMP and not c.planned]
        if rows is None or not times:
            continue
        latest = rows.aggregate(**{column: rows[column].max() for column in times}).to_pyarrow().to_pylist()[0]
        moments += [moment for moment in latest.values() if moment is not None]
    return max(moments, default=None)


def _to_disk(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace(folder: Path, fresh: Path) -> None:
    """Put ``fresh`` in the place of ``folder``; the old store steps aside first and goes last."""
    old = _aside(folder)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-old")


def recover(folder: Path) -> None:
    """Put the old store back where a crash struck between its stepping aside and the new one's taking its place."""
    old = _aside(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)


def _clear_crashed(parent: Path) -> None:
    """Remove what preparations that crashed more than a day ago left behind; a younger one may still be running."""
    for left in parent.glob(f"{FRESH}*"):
        if datetime.now().timestamp() - left.stat().st_mtime > CRASHED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
