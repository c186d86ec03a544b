"""Partial pooling against VGAM, lme4, metafor and the published baseball averages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kpi_lib.stats.pooling import beta_binomial, heterogeneity, james_stein, one_way_reml

FOLDER = Path(__file__).with_name("spc")


def test_beta_binomial_equals_vgam() -> None:
    branches = pd.read_csv(FOLDER / "synth_eb_2024.csv")
    prior = beta_binomial(branches["ftf_num"], branches["ftf_den"])
    alpha, beta = prior.mean * prior.strength, (1 - prior.mean) * prior.strength
    # VGAM stops a little short of the maximum; its printed parameters have three decimals.
    assert (alpha, beta) == (pytest.approx(73.786, rel=1e-4), pytest.approx(12.701, rel=1e-4))
    after = stats.beta(branches["ftf_num"] + alpha, branches["ftf_den"] - branches["ftf_num"] + beta)
    np.testing.assert_allclose(after.mean(), branches["eb"], rtol=1e-6)
    np.testing.assert_allclose(after.ppf(0.025), branches["lo"], rtol=1e-6)
    np.testing.assert_allclose(after.ppf(0.975), branches["hi"], rtol=1e-6)


def test_efron_and_morris_batting_averages() -> None:
    players = pd.read_csv(FOLDER / "eb_efron_morris.csv")
    average = float(players["y"].mean())
    shrunken, weight = james_stein(players["y"], average * (1 - average) / 45)
    assert weight == pytest.approx(0.2117, abs=5e-5)
    np.testing.assert_allclose(shrunken, players["james_stein"], rtol=1e-9)
    prior = beta_binomial(players["hits"], players["atbats"])
    pooled = (players["hits"] + prior.mean * prior.strength) / (45 + prior.strength)
    np.testing.assert_allclose(pooled, players["eb_betabin"], rtol=1e-5)


@pytest.mark.parametrize(
    ("method", "tau2", "within"), [("DL", 0.30876, 5e-6), ("REML", 0.31324, 5e-6), ("PM", 0.31809, 5e-5)]
)
def test_heterogeneity_equals_metafor(method: str, tau2: float, within: float) -> None:
    # metafor ends its search for the Paule-Mandel root within 1e-4.
    trials = pd.read_csv(FOLDER / "eb_bcg_DL_blup.csv")
    assert heterogeneity(trials["yi"], trials["vi"], method=method).sd ** 2 == pytest.approx(tau2, abs=within)


def test_predicted_trials_equal_metafor() -> None:
    trials = pd.read_csv(FOLDER / "eb_bcg_DL_blup.csv")
    y, v = trials["yi"].to_numpy(), trials["vi"].to_numpy()
    prior = heterogeneity(y, v, method="DL")
    own = prior.sd**2 / (prior.sd**2 + v)
    np.testing.assert_allclose(own * y + (1 - own) * prior.mean, trials["blup_DL"], rtol=1e-6)
    error = np.sqrt(own * v + (1 - own) ** 2 / np.sum(1 / (v + prior.sd**2)))
    np.testing.assert_allclose(error, trials["blup_se"], rtol=1e-6)


def test_random_intercepts_equal_lme4() -> None:
    days = pd.read_csv(FOLDER / "eb_sleepstudy_data.csv")
    grouped = days.groupby("Subject")["Reaction"]
    n = grouped.size()
    prior, within = one_way_reml(grouped.sum(), grouped.agg(lambda x: (x**2).sum()), n)
    assert (prior.mean, prior.sd, within) == (
        pytest.approx(298.508, abs=5e-4), pytest.approx(35.754, abs=5e-4), pytest.approx(44.259, abs=5e-4)
    )  # fmt: skip
    expected = pd.read_csv(FOLDER / "eb_sleepstudy_shrunken_means.csv").set_index("Subject")
    weight = n * prior.sd**2 / (n * prior.sd**2 + within**2)
    blup = weight * grouped.mean() + (1 - weight) * prior.mean
    np.testing.assert_allclose(blup.loc[expected.index], expected["blup"], rtol=1e-6)
