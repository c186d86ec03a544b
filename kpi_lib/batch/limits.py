"""What a run may take of the machine, and what it took."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

CELL_SECONDS = 900
"""A cell of the notebooks takes seconds; one that takes a quarter of an hour hangs."""
RUN_SECONDS = 3600
"""A whole run takes seconds; an hour is for a notebook of an analyst's own."""
LEAST_MEMORY = 1 << 30
"""A run is never given less: pandas and DuckDB alone map a few hundred megabytes."""


@dataclass(frozen=True)
class Limits:
    """What one run may take.

    Parameters
    ----------
    cell_seconds, run_seconds
        Wall time of one cell and of one notebook in one language.
    memory
        Bytes of private memory; None sets no limit.
    """

    cell_seconds: float = CELL_SECONDS
    run_seconds: float = RUN_SECONDS
    memory: int | None = None


def memory_share(jobs: int) -> int | None:
    """Return a run's share of the machine's memory when ``jobs`` run at the same time; None where it is not known."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return max(LEAST_MEMORY, int(0.9 * whole / jobs))


class KilledFor(StrEnum):
    """Why the supervisor killed a run."""

    NOTHING = ""
    CELL_TIME = "cell_time"
    RUN_TIME = "run_time"
    CALLER_GONE = "caller_gone"


@dataclass(frozen=True)
class Cost:
    """What a run took: CPU seconds of it and all its child processes, peak resident memory in bytes."""

    cpu_seconds: float = 0.0
    peak_memory: int = 0


@dataclass(frozen=True)
class Ended:
    """How a run's process ended, seen from outside.

    Parameters
    ----------
    exit_code
        As :func:`os.waitstatus_to_exitcode` has it: negative for a signal.
    killed_for
        Why the supervisor killed it, if it did.
    out_of_memory
        Whether the system killed a process of this group for want of memory meanwhile, or its memory limit was reached.
    left_running
        Whether the run left processes behind; they were killed.
    cost
        What it took.
    last_words
        The end of what it wrote to its standard streams outside of any cell.
    """

    exit_code: int
    killed_for: KilledFor
    out_of_memory: bool
    left_running: bool
    cost: Cost
    last_words: str
