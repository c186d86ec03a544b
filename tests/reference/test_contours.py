"""Funnel contours against Spiegelhalter's interpolation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.stats.contours import binomial_contour, poisson_contour

FOLDER = Path(__file__).with_name("spc")
TAILS = ("0.001", "0.025", "0.975", "0.999")


@pytest.mark.parametrize("tail", TAILS)
def test_binomial_contours(tail: str) -> None:
    expected = pd.read_csv(FOLDER / "funnel_binomial_limits_spiegelhalter.csv")
    found = binomial_contour(expected["theta"], expected["n"], float(tail))
    np.testing.assert_allclose(found, expected[f"interp_{tail}"], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("tail", TAILS)
def test_poisson_contours(tail: str) -> None:
    expected = pd.read_csv(FOLDER / "funnel_poisson_limits.csv")
    found = poisson_contour(1.0, expected["E"], float(tail))
    np.testing.assert_allclose(found, expected[f"interp_{tail}"], rtol=1e-6)
