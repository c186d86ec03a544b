from __future__ import annotations

import pytest

from kpi_lib.batch.outcome import FailureKind
from kpi_lib.batch.retry import RETRY, Retry, next_attempt


def test_every_class_has_a_policy() -> None:
    assert set(RETRY) == set(FailureKind)


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [
        (FailureKind.CELL_ERROR, []),
        (FailureKind.TIMEOUT, []),
        (FailureKind.KERNEL_DIED, [Retry.ONCE]),
        (FailureKind.OUT_OF_MEMORY, [Retry.ALONE]),
        (FailureKind.WORKER_DIED, [Retry.LATER, Retry.LATER]),
    ],
)
def test_what_follows_each_attempt(kind: FailureKind, attempts: list[Retry]) -> None:
    found = [next_attempt(kind, attempt) for attempt in range(1, 5)]
    assert [how for how in found if how is not Retry.NEVER] == attempts
    assert found[len(attempts)] is Retry.NEVER
