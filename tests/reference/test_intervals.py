"""Intervals against R."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.stats.intervals import wilson

CASES = pd.read_csv(Path(__file__).with_name("wilson.csv"))


@pytest.mark.parametrize("case", list(CASES.itertuples(index=False)), ids=lambda case: case.statistic)
def test_wilson_equals_r(case):
    k, n = map(int, re.fullmatch(r"k=(\d+) n=(\d+)", case.statistic).groups())
    lo, hi = wilson(k, n)
    assert (lo, hi) == (pytest.approx(case.lo, rel=1e-6, abs=1e-15), pytest.approx(case.hi, rel=1e-6))
