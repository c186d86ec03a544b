"""Whether a store still agrees with everything it rests on: raw files, mapping, branches, schema."""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from kpi_lib.data.fingerprint import file_state, sha256_of
from kpi_lib.data.lock import one_at_a_time
from kpi_lib.data.schema import TABLES
from kpi_lib.errors import InputError, Issue
from kpi_lib.params import Project
from kpi_lib.params.sources import Source

MANIFEST = "manifest.json"
"""File of a store that says what it rests on; written last."""
VERSION = 4
"""Raised whenever the same sources would be prepared differently."""
RACY_SECONDS = 2.0
"""A file written this shortly before its fingerprint may have changed since within one tick of the clock."""


def stale_parts(project: Project, folder: Path, *, alone: bool = False) -> list[str]:
    """Return what the store in ``folder`` no longer agrees with, empty where it is up to date.

    Files are compared by size and time, and by content where these do not tell. What a database holds is not asked.

    Parameters
    ----------
    project, folder
        Project and its store.
    alone
        Whether the caller holds the lock on the store.
    """
    if not folder.exists() and aside(folder).exists():
        # Another process may be just there, between its two renames.
        with nullcontext() if alone else one_at_a_time(lock_file(folder)):
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


def source_files(source: Source, root: Path) -> list[Path]:
    """Return the files of ``source`` in order of their names; raises InputError where there are none."""
    pattern = root / str(source.path)
    found = [pattern] if pattern.is_file() else sorted(Path(name) for name in glob.glob(str(pattern), recursive=True))
    if not found:
        raise InputError(Issue(f"source {source.name}", f"there is no file {source.path}", f"looked in {root}"))
    return found


def file_states(project: Project) -> list[dict[str, object]]:
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
                name = shown(path, project.root)
                states[name] = {"path": name, "bytes": state.bytes, "mtime_ns": state.mtime_ns, "racy": racy}
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(issues)
    return list(states.values())


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
        state, now = known.pop(shown(path, project.root), None), file_state(path)
        if state is None:
            changed.append(f"{path.name} is new")
        elif now.bytes != state["bytes"] or (
            (now.mtime_ns != state["mtime_ns"] or state["racy"]) and sha256_of(path) != state["sha256"]
        ):
            changed.append(f"{path.name} changed")
    return changed + [f"{name} is gone" for name in known]


def shown(path: Path, root: Path) -> str:
    """Return a raw file's path as it is written down: relative to the project where it lies in it."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def aside(folder: Path) -> Path:
    """Return where the old store steps while the new one takes its place."""
    return folder.with_name(f".{folder.name}-old")


def lock_file(folder: Path) -> Path:
    """Return the file whose lock is held by whoever changes the store."""
    return folder.parent / ".preparing.lock"


def recover(folder: Path) -> None:
    """Put the old store back where a crash struck between its stepping aside and the new one's taking its place."""
    old = aside(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
