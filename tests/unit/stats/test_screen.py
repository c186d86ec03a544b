"""Many charts at once are the same charts one by one."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_lib.stats.runs import anhoej
from kpi_lib.stats.screen import screen
from kpi_lib.stats.spc import limits

PLAIN = {"share": ("p", "p_prime"), "rate": ("u", "u_prime"), "mean": ("i_prime", "i_prime"), "value": ("i", "i")}


@pytest.mark.parametrize("family", list(PLAIN))
def test_the_screen_equals_single_charts(family: str) -> None:
    rng = np.random.default_rng(21)
    n = rng.integers(3, 400, (60, 30)).astype(float)
    level = rng.beta(40, 8, (60, 1)) if family == "share" else 0.02
    level = np.where(np.arange(60)[:, None] % 3 == 0, rng.beta(40, 8, (60, 30)) * level, level)
    match family:
        case "value":
            k = rng.normal(5, 1, n.shape)
        case "mean":
            k = n * rng.normal(4.2, 0.8 / np.sqrt(n))
        case _:
            k = rng.binomial(n.astype(int), level).astype(float)
    k[rng.random(k.shape) < 0.05] = np.nan
    n[rng.random(n.shape) < 0.03] = 0
    base = np.arange(30) < 27
    found = screen(family, k, None if family == "value" else n, base=base)
    plain, widened = PLAIN[family]
    seen = set()
    for row in range(60):
        kind = widened if found.spread[row] > 1 else plain
        seen.add(kind)
        own = limits(kind, k[row], n[row], base=base)
        there = ~np.isnan(own.value)
        for name in ("value", "centre", "lower", "upper"):
            np.testing.assert_allclose(
                getattr(found, name)[row][there], getattr(own, name)[there], rtol=1e-12, atol=1e-15
            )
        np.testing.assert_array_equal(found.beyond[row], own.beyond)
        assert found.unusual_runs[row] == anhoej(own.value, own.centre).signal
    assert seen == set(PLAIN[family])
