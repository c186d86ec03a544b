"""Locks on files, which end with their holder, however that ends; they bind those who ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock on ``path`` for the block, waiting for whoever holds it; the file is made where it is not there.

    Threads of one process count as several holders. Where there are no locks the block is entered at once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        lock(file, wait=True)
        # Closing the file gives the lock back.
        yield


def lock(file: IO[bytes], *, wait: bool) -> bool | None:
    """Take the lock on an open file; return whether it was free, None where there are no locks.

    Windows has others, and some network file systems have none.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
