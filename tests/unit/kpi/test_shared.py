from __future__ import annotations

import pandas as pd

from kpi_lib.kpi.shared import held, shared, sharing


def counted() -> tuple[list[int], object]:
    calls: list[int] = []

    def make() -> pd.DataFrame:
        calls.append(1)
        return pd.DataFrame({"a": [1, 2]})

    return calls, make


def test_outside_a_block_everything_is_made_anew() -> None:
    calls, make = counted()
    shared("x", make)  # type: ignore[arg-type]
    shared("x", make)  # type: ignore[arg-type]
    assert len(calls) == 2


def test_inside_a_value_is_made_once_and_each_gets_a_copy() -> None:
    calls, make = counted()
    with sharing():
        first = shared("x", make)  # type: ignore[arg-type]
        first["a"] *= 100
        second = shared("x", make)  # type: ignore[arg-type]
        assert shared("y", make)["a"].tolist() == [1, 2]  # type: ignore[arg-type]
    assert second["a"].tolist() == [1, 2], "what the first language did to its copy reaches no other"
    assert len(calls) == 2
    shared("x", make)  # type: ignore[arg-type]
    assert len(calls) == 3, "nothing outlives the block"


def test_what_cannot_be_written_down_is_made_each_time() -> None:
    with sharing():
        assert shared("x", lambda: lambda: 1)() == 1
        assert shared("x", lambda: lambda: 2)() == 2


def test_what_nobody_can_change_is_the_same_object() -> None:
    with sharing():
        assert held("x", object) is held("x", object)
    assert held("x", object) is not held("x", object)
