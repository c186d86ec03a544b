"""Digests of each branch's rows, table by table: which branch a changed export changed."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from kpi_lib.data.schema import SOURCE_ROW, TABLES

if TYPE_CHECKING:
    from kpi_lib.data.store import Store

FILE = "slices.json"
Slices = dict[str, dict[str, str]]
"""Digest by branch and table."""


def slice_digests(store: Store) -> Slices:
    """Return the digest of every branch's rows in every table, whatever the rows' order.

    Row numbers do not count; what is known about a row does. Rows of no branch are under ``""``. Worked out in one scan
    of each table and kept in the store, under the digest of its content.
    """
    path = store.folder / FILE
    kept = _read(path)
    if kept is not None and kept["data"] == store.identity:
        found: Slices = kept["slices"]
        return found
    slices = _digests(store)
    _keep(path, {"data": store.identity, "slices": slices})
    return slices


def _digests(store: Store) -> Slices:
    slices: Slices = {}
    for name in TABLES:
        if name not in store.available:
            continue
        rows = store.table(name)
        known = ibis.struct({column: rows[column] for column in rows.columns if column != SOURCE_ROW})
        value = known.cast("string").hash().cast("decimal(38, 0)")
        by = rows.group_by("branch") if "branch" in rows.columns else rows
        for row in by.aggregate(n=rows.count(), total=value.sum()).to_pyarrow().to_pylist():
            slices.setdefault(row.get("branch") or "", {})[name] = f"{row['n']} {row['total']}"
    return slices


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError):
        return None


def _keep(path: Path, content: object) -> None:
    """Write the digests; in a store that cannot be written they are worked out again."""
    try:
        handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        return
