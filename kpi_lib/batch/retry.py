"""What happens after a failure, by its class."""

from __future__ import annotations

from enum import Enum

from kpi_lib.batch.outcome import FailureKind


class Retry(Enum):
    """What to do after a failure."""

    NEVER = "never"
    ONCE = "once"
    ALONE = "alone"
    LATER = "later"


RETRY = {
    # The same code on the same data ends the same way.
    FailureKind.CELL_ERROR: Retry.NEVER,
    FailureKind.STOPPED_EARLY: Retry.NEVER,
    FailureKind.TIMEOUT: Retry.NEVER,
    FailureKind.LEFT_RUNNING: Retry.NEVER,
    FailureKind.EXPORT_ERROR: Retry.NEVER,
    FailureKind.UNEXPECTED: Retry.NEVER,
    # A signal may have come from elsewhere.
    FailureKind.KERNEL_DIED: Retry.ONCE,
    # Beside others there was no memory for it; alone there may be.
    FailureKind.OUT_OF_MEMORY: Retry.ALONE,
    # Nothing the notebook did: a worker, a machine, a connection.
    FailureKind.WORKER_DIED: Retry.LATER,
}
"""What to do after each class of failure."""

PAUSES = (1.0, 4.0)
"""Seconds before each further attempt of a run whose worker died."""


def next_attempt(kind: FailureKind, attempt: int) -> Retry:
    """Return what to do after attempt number ``attempt`` (from 1) failed that way."""
    allowed = {Retry.NEVER: 0, Retry.ONCE: 1, Retry.ALONE: 1, Retry.LATER: len(PAUSES)}
    policy = RETRY[kind]
    return policy if attempt <= allowed[policy] else Retry.NEVER
