"""Fingerprints of raw exports: which bytes a number rests on."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Fingerprint:
    """One raw file (or query result) as it was when it was prepared.

    Parameters
    ----------
    name
        Source in ``params/sources.yml``.
    file
        Path as found, relative to the project where it lies in it; the address without password for a query.
    sha256, bytes
        Digest and size of the file; of the text of all cells for a query.
    rows
        Data rows read, malformed lines included.
    modified_at
        When the file was last written (UTC, naive); None for a query.
    first_row
        ``source_row`` of the file's first row: a source of several files numbers them on, in order of their names.
    """

    name: str
    file: str
    sha256: str
    bytes: int
    rows: int
    modified_at: datetime | None
    first_row: int = 1


@dataclass(frozen=True)
class FileState:
    """What tells, short of reading it, that a file is the one seen before."""

    path: str
    bytes: int
    mtime_ns: int


def file_state(path: Path) -> FileState:
    """Return the present state of ``path``."""
    stat = path.stat()
    return FileState(str(path), stat.st_size, stat.st_mtime_ns)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read once and in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def modified_at(path: Path) -> datetime:
    """Return when ``path`` was last written, as naive UTC."""
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).replace(tzinfo=None)


def fingerprint_to_json(fingerprint: Fingerprint) -> dict[str, object]:
    """Return ``fingerprint`` as plain values."""
    written = fingerprint.modified_at
    return {**asdict(fingerprint), "modified_at": written.isoformat() if written else None}


def fingerprint_from_json(plain: dict[str, object]) -> Fingerprint:
    """Return the fingerprint that :func:`fingerprint_to_json` wrote."""
    written = plain["modified_at"]
    values = {**plain, "modified_at": datetime.fromisoformat(str(written)) if written else None}
    return Fingerprint(**values)  # type: ignore[arg-type]
