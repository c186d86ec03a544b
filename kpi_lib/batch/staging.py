"""The hidden folder in which a batch makes its reports before it publishes them, and what crashed batches left."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from kpi_lib.batch.publish import left_behind
from kpi_lib.data.lock import lock
from kpi_lib.errors import InputError, Issue

PREFIX = ".staging-"
_OWNER = "owner"
"""File in the folder that its batch holds a lock on for as long as it lives."""
_LEFT_SECONDS = 86_400
"""Age from which on a folder counts as left where there are no locks: no batch takes a day."""


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
        folder, owner = _owned(out)
    except OSError as error:
        raise InputError(Issue(str(out), f"cannot be written: {error.strerror}", "choose another --out")) from error
    try:
        with owner:
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(out: Path) -> None:
    """Remove what batches that were killed left in ``out``; those of batches that live are left alone."""
    for folder in out.glob(f"{PREFIX}*"):
        # Gone already where another batch sweeps too.
        with suppress(OSError), (folder / _OWNER).open("ab") as owner:
            if _is_left(owner):
                shutil.rmtree(folder, ignore_errors=True)
    for path in left_behind(out):
        path.unlink(missing_ok=True)


def _owned(out: Path) -> tuple[Path, IO[bytes]]:
    """Return a new folder and the file in it on which this batch holds the lock.

    A batch that starts at the same time may take the folder for one that was left, before the lock is held: then it is
    gone, or locked by the one that removes it, and the next is tried.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
        try:
            owner = (folder / _OWNER).open("ab")
        except FileNotFoundError:
            continue
        if lock(owner, wait=False) is not False and (folder / _OWNER).exists():
            return folder, owner
        owner.close()


def _is_left(owner: IO[bytes]) -> bool:
    free = lock(owner, wait=False)
    if free is None:
        return time.time() - os.fstat(owner.fileno()).st_mtime > _LEFT_SECONDS
    return free
