"""The prepared store: canonical tables as Parquet, one folder per branch, and all that is known about their making."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from kpi_lib.data.coverage import NOTHING, Coverage, coverage_from_json
from kpi_lib.data.derived import FOLDER as DERIVED
from kpi_lib.data.derived import Derived
from kpi_lib.data.fingerprint import Fingerprint, fingerprint_from_json
from kpi_lib.data.freshness import MANIFEST, lock_file, stale_parts
from kpi_lib.data.lock import one_at_a_time
from kpi_lib.data.prepared import prepared_rows, schema_of
from kpi_lib.data.schema import TABLES
from kpi_lib.data.slices import Slices, slice_digests
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.params import Project

PREPARED = Path("data") / "prepared"
"""Folder of a project that holds its store."""
Progress = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done (0–1)."""


@dataclass(frozen=True)
class Store:
    """Validated data, ready to compute on.

    Parameters
    ----------
    folder
        Where it lies.
    available
        Per table the columns some source maps or that are carried over from another table.
    as_of
        Up to when anything is known: ``extracted_at``, else the latest timestamp of an accepted row.
    coverage
        Per table from when to when it has data, of all branches together.
    newest
        By branch the last thing that happened there, in any table.
    sources
        Fingerprint of every raw file.
    engine
        Connection its tables belong to; tables of one store can be joined.
    identity
        Digest of all it rests on: two stores with the same one hold the same rows.
    """

    folder: Path
    available: dict[str, tuple[str, ...]]
    as_of: datetime
    coverage: dict[str, Coverage]
    newest: dict[str, datetime]
    sources: list[Fingerprint]
    engine: Backend = field(repr=False, compare=False)
    identity: str = ""
    _opened: dict[tuple[str, str | None], ir.Table] = field(default_factory=dict, init=False, repr=False, compare=False)

    def table(self, name: str, *, branch: str | None = None) -> ir.Table:
        """Return a canonical table: all its columns, typed, missing where unmapped, and the bookkeeping columns.

        Parameters
        ----------
        name
            Canonical table; one without a source has no rows.
        branch
            Key of a branch: only its files are opened.

        Raises
        ------
        InputError
            There is no such table.
        """
        if name not in TABLES:
            raise InputError(Issue(name, "there is no such table", did_you_mean(name, list(TABLES))))
        if (name, branch) not in self._opened:
            table = TABLES[name]
            rows = prepared_rows(self.engine, self.folder, table, branch=branch)
            self._opened[name, branch] = rows if rows is not None else ibis.memtable([], schema=schema_of(table))
        return self._opened[name, branch]

    def slice_hash(self, branch: str) -> str:
        """Return a digest of everything a report on ``branch`` can depend on in the data, whatever the rows' order.

        Row numbers do not count; what is known about a row does.
        """
        parts = [self.as_of.isoformat(), json.dumps(self.available, sort_keys=True)]
        rows = self.slices.get(branch, {})
        shared = self.slices.get("", {})
        parts += [f"{name} {rows.get(name, shared.get(name, 'none'))}" for name in self.available]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def slices(self) -> Slices:
        """Digest of every branch's rows by branch and table, as :func:`kpi_lib.data.slices.slice_digests` has it."""
        return slice_digests(self)

    @property
    def derived(self) -> Derived:
        """Tables derived from this store."""
        return Derived(self.folder / DERIVED, self.identity)

    @property
    def checks(self) -> pd.DataFrame:
        """Every check: ``table, source, check, columns, severity, n_rows, n_failed, examples, hint``."""
        return pd.read_parquet(self.folder / "checks.parquet")

    @property
    def accounts(self) -> pd.DataFrame:
        """Where rows went, per source: ``table, source, n_rows, n_filtered, n_quarantined, n_accepted``."""
        return pd.read_parquet(self.folder / "accounts.parquet")

    def quarantine(self, table: str) -> pd.DataFrame:
        """Return the rows of ``table`` that could not be used.

        ``source_row, source, reasons`` (checks and columns, separated by semicolons) and the raw columns as text;
        ``line`` holds a line that could not be split.
        """
        path = self.folder / "quarantine" / f"{table}.parquet"
        return pd.read_parquet(path) if path.exists() else pd.DataFrame(columns=["source_row", "source", "reasons"])

    def voided(self, table: str) -> pd.DataFrame:
        """Return the values of accepted rows that were set to missing.

        ``source, source_row, column, original, reason`` (a check) and ``detail``.
        """
        path = self.folder / "voided" / f"{table}.parquet"
        columns = ["source", "source_row", "column", "original", "reason", "detail"]
        return pd.read_parquet(path) if path.exists() else pd.DataFrame(columns=columns)


def prepare(project: Project, *, force: bool = False, on_progress: Progress | None = None) -> Store:
    """Bring the store of ``project`` up to date and open it.

    Parameters
    ----------
    project
        Its sources are read only where they, their mapping, the branches or the schema changed; a database, which
        cannot be seen to have changed, is asked again each time.
    force
        Prepare again whatever the store holds.
    on_progress
        Told what is being done.

    Raises
    ------
    InputError
        A source is missing or unreadable, or its mapping does not fit it.
    """
    # Imported here because the readers and the validation take seconds to load, and most processes only open a store.
    from kpi_lib.data.prepare import build

    folder = project.root / PREPARED
    asks_database = any(source.url is not None for source in project.sources.sources)
    if force or asks_database or stale_parts(project, folder):
        with one_at_a_time(lock_file(folder)):
            # Another process may have prepared it while this one waited.
            if force or asks_database or stale_parts(project, folder, alone=True):
                build(project, folder, on_progress or (lambda step, share: None))
    return _open(folder)


def open_store(project: Project) -> Store:
    """Open the store of ``project`` as it was prepared.

    Raises
    ------
    InputError
        There is none, or something it rests on changed since.
    """
    folder = project.root / PREPARED
    stale = stale_parts(project, folder)
    if stale:
        raise InputError(Issue(str(PREPARED), f"not up to date: {'; '.join(stale)}", "run: kpi prepare"))
    return _open(folder)


def _open(folder: Path) -> Store:
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    manifest = json.loads(text)
    return Store(
        folder=folder,
        available={name: tuple(columns) for name, columns in manifest["available"].items()},
        as_of=datetime.fromisoformat(manifest["as_of"]),
        coverage={
            name: coverage_from_json(manifest["coverage"][name]) if name in manifest["coverage"] else NOTHING
            for name in TABLES
        },
        newest={branch: datetime.fromisoformat(moment) for branch, moment in manifest["newest"].items()},
        sources=[fingerprint_from_json(plain) for plain in manifest["sources"]],
        engine=ibis.duckdb.connect(),
        identity=hashlib.sha256(text.encode()).hexdigest(),
    )
