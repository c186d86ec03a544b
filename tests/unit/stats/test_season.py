"""Seasons and autocorrelation, held to statsmodels and to plain least squares."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.diagnostic import acorr_ljungbox

from kpi_lib.stats.season import lag_one, season

MONTH = np.tile(np.arange(1, 13), 3).astype(float)


def wave(k: int, size: float) -> np.ndarray:
    return size * np.sin(2 * np.pi * k * MONTH / 12)


def test_lag_one_is_ljung_and_box() -> None:
    y = np.random.default_rng(1).normal(size=40).cumsum()
    rho, p = lag_one(y)
    assert p == pytest.approx(float(acorr_ljungbox(y, lags=[1])["lb_pvalue"].iloc[0]), rel=1e-12)
    broken = np.concatenate([y[:5], [np.nan], y])
    assert lag_one(broken) == (rho, p), "the longest stretch without a gap"


@pytest.mark.parametrize("k", [1, 2])
def test_the_wave_is_that_of_weighted_least_squares(k: int) -> None:
    rng = np.random.default_rng(k)
    weights = rng.integers(20, 300, 36).astype(float)
    y = 0.8 + 0.001 * np.arange(36) + wave(1, 0.03) + (wave(2, 0.04) if k == 2 else 0) + rng.normal(0, 0.004, 36)
    y[7] = np.nan
    found = season(y, weights, MONTH)
    assert found.harmonics == k
    there = ~np.isnan(y)
    angle = 2 * np.pi * MONTH / 12
    waves = [f(j * angle) for j in range(1, k + 1) for f in (np.sin, np.cos)]
    design = np.column_stack([np.ones(36), np.linspace(-1, 1, 36), *waves])
    fitted = sm.WLS(y[there], design[there], weights=weights[there]).fit()
    np.testing.assert_allclose(found.effect, design[:, 2:] @ fitted.params[2:], rtol=1e-9, atol=1e-12)
    test = fitted.f_test(np.eye(design.shape[1])[2:])
    assert found.p_value <= 2 * float(test.pvalue) * (1 + 1e-6)


def test_a_second_harmonic_is_not_fitted_to_noise() -> None:
    rng = np.random.default_rng(5)
    found = [season(wave(1, 2.0) + rng.normal(size=36), np.ones(36), MONTH).harmonics for _ in range(300)]
    assert np.mean(np.array(found) == 2) < 0.15


def test_a_season_is_claimed_of_noise_no_oftener_than_told() -> None:
    rng = np.random.default_rng(6)
    chance = np.array([season(rng.normal(size=36), np.ones(36), MONTH).p_value for _ in range(2000)])
    assert np.mean(chance < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
    assert np.mean(chance < 0.05) > 0.02, "nor is the test blind"
