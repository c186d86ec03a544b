"""Whatever the counts, the parts of a gap add up to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kpi_lib.analysis.rootcause.explain import explain_change
from kpi_lib.stats.mix import bridge

counts = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=8)


@given(counts, counts)
def test_rate_and_mix_of_a_dimension_add_up(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    size = min(len(before), len(after))
    (k0, m0), (k1, m1) = (np.array(side[:size], dtype=float).T for side in (before, after))
    n0, n1 = k0 + m0, k1 + m1
    if not n0.sum() or not n1.sum():
        return
    found = bridge(k0, n0, k1, n1)
    assert found.rate_part.sum() + found.mix_part.sum() == pytest.approx(k1.sum() / n1.sum() - k0.sum() / n0.sum())


@given(seed=st.integers(0, 10**6), n=st.integers(5, 400), block=st.booleans(), kind=st.sampled_from(["share", "rate"]))
@example(seed=196984, n=239, block=False, kind="share")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_whole_explanation_adds_up(seed: int, n: int, block: bool, kind: str) -> None:
    rng = np.random.default_rng(seed)
    frames = []
    for fall in (0.0, 0.5):
        frame = pd.DataFrame(
            {"a": rng.choice(list("xyz"), n), "b": rng.choice(["1", None], n), "day": rng.integers(0, 20, n)}
        )
        frame["k"] = (rng.random(n) < 0.9 - fall * (frame["a"] == "x")).astype(int)
        frames.append(frame.assign(n=1))
    found = explain_change(
        frames[1], frames[0], ["a", "b"], "k", "n", block="day" if block else None, kind=kind, permutations=399,
        resamples=0, seed=seed,
    )  # fmt: skip
    parts = found.mix.total + found.broad.contribution + sum(one.contribution for one in found.found) + found.rest
    assert parts == pytest.approx(found.gap.difference, abs=1e-12)
    for one in found.segments:
        assert one.lo <= one.effect <= one.hi
        assert 0 < one.p_adjusted <= 0.05
