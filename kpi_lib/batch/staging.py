"""The hidden folder in which a batch makes its reports before it publishes them, and what crashed batches left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kpi_lib.batch.publish import left_behind
from kpi_lib.errors import InputError, Issue

PREFIX = ".staging-"
_OWNER = "owner"
"""File in the folder that its batch holds a lock on for as long as it lives."""


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """Give a new folder on the file system of the reports, so that publishing is a rename; it goes with the batch.

    Raises
    ------
    InputError
        The folder of the reports cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        sweep(out)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
        owner = (folder / _OWNER).open("w")
    except OSError as error:
        raise InputError(Issue(str(out), f"cannot be written: {error.strerror}", "choose another --out")) from error
    try:
        with owner:
            _lock(owner)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(out: Path) -> None:
    """Remove what batches that were killed left in ``out``; those of batches that live are left alone."""
    for folder in out.glob(f"{PREFIX}*"):
        if not _is_owned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    for path in left_behind(out):
        path.unlink(missing_ok=True)


def _is_owned(folder: Path) -> bool:
    try:
        with (folder / _OWNER).open("a") as owner:
            return not _lock(owner)
    except OSError:
        # Killed between making the folder and the file in it, or another machine is just there.
        return False


def _lock(owner: IO[str]) -> bool:
    """Take the lock; return whether that worked. Without locks on this system every folder counts as left."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
