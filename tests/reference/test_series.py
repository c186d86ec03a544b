"""Breaks and seasons against strucchange and R's stl."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.stats.changepoint import date_shift, penalised_breaks, split_gain
from kpi_lib.stats.season import decompose

FOLDER = Path(__file__).with_name("spc")


def test_the_nile_fell_after_its_28th_year() -> None:
    flow = pd.read_csv(FOLDER / "cp_nile.csv")["flow"].to_numpy(dtype=float)
    assert split_gain(flow)[0] == 28
    assert penalised_breaks(flow) == [28]
    shift = date_shift(flow, 28, rng=np.random.default_rng(20251101))
    # strucchange gives the interval 25 to 32 by another theory.
    assert 24 <= shift.first <= 28 <= shift.last <= 33
    assert (shift.before, shift.after) == (pytest.approx(1097.75, abs=0.01), pytest.approx(849.97, abs=0.01))
    assert shift.p_value < 0.01


@pytest.mark.parametrize(("name", "window"), [("nottem_periodic", None), ("logco2_w21", 21)])
def test_stl_equals_r(name: str, window: int | None) -> None:
    expected = pd.read_csv(FOLDER / f"stl_{name}.csv")
    found = decompose(expected["y"], window=window)
    scale = float(expected["seasonal"].abs().max())
    for ours, theirs in (("seasonal", "seasonal"), ("trend", "trend"), ("rest", "rem")):
        np.testing.assert_allclose(getattr(found, ours), expected[theirs], atol=1e-6 * scale, rtol=0)
