"""What the methods promise, held to seeded simulations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.baseline.network import alarm_budget
from kpi_lib.analysis.baseline.series import series_by
from kpi_lib.stats.false_alarms import LENGTHS, RATES, false_alarm_chance, simulated
from kpi_lib.stats.odds import chance_next, flips_a_year, future_rates, future_shares, future_values
from kpi_lib.stats.runs import anhoej
from kpi_lib.stats.shrinkage import shrink_means, shrink_rates, shrink_shares

TABLE = pd.read_csv(Path(__file__).parents[2] / "reference/spc/sim_false_alarm_rates.csv").set_index("n")
SIMS = 12_000
"""Simulations behind our table; the reference has 6,000."""


@pytest.mark.parametrize(
    ("sets", "column"),
    [(("three_sigma",), "3sigma"), (("western_electric",), "WE1-4"), (("nelson",), "nelson1-8")],
)
def test_false_alarms_are_those_of_the_reference(sets: tuple[str, ...], column: str) -> None:
    ours, theirs = np.array(RATES[sets]), TABLE.loc[list(LENGTHS), column].to_numpy()
    error = np.sqrt(theirs * (1 - theirs) * (1 / SIMS + 1 / 6000))
    assert np.all(np.abs(ours - theirs) < 3.3 * error)


def test_false_alarms_of_runs_about_the_median_are_those_of_the_reference() -> None:
    rng = np.random.default_rng(20251101)
    sims = 1500
    for n, theirs in TABLE["anhoej"].items():
        x = rng.standard_normal((sims, n))
        ours = np.mean([anhoej(row, np.median(row)).signal for row in x])
        assert abs(ours - theirs) < 3.3 * np.sqrt(theirs * (1 - theirs) * (1 / sims + 1 / 6000))


def test_the_table_is_what_the_rules_do() -> None:
    found = simulated(("anhoej", "three_sigma"), 24, sims=800, rng=np.random.default_rng(5))
    told = false_alarm_chance(("three_sigma", "anhoej"), 24)
    assert abs(found - told) < 3.3 * np.sqrt(told * (1 - told) / 800)


def test_pooled_shares_cover_what_they_promise_and_err_less() -> None:
    rng = np.random.default_rng(11)
    covered, errors = [], []
    for _ in range(40):
        n = np.exp(rng.uniform(np.log(8), np.log(600), 30)).astype(int)
        p = rng.beta(60, 10, 30)
        k = rng.binomial(n, p)
        found = shrink_shares(k, n)
        covered.append((found.lo <= p) & (p <= found.hi))
        errors.append([np.sqrt(np.mean((guess - p) ** 2)) for guess in (k / n, k.sum() / n.sum(), found.value)])
    raw, pooled, shrunken = np.mean(errors, axis=0)
    assert shrunken < pooled < raw
    assert 0.93 <= np.mean(covered) <= 0.97


def test_pooled_rates_and_means_cover_what_they_promise() -> None:
    rng = np.random.default_rng(12)
    rates, means = [], []
    for _ in range(20):
        e = np.exp(rng.uniform(np.log(20), np.log(900), 30))
        truth = rng.gamma(6, 0.02 / 6, 30)
        found = shrink_rates(rng.poisson(e * truth), e)
        rates.append((found.lo <= truth) & (truth <= found.hi))
    for _ in range(60):
        variance = 1 / np.exp(rng.uniform(np.log(2), np.log(100), 12))
        level = rng.normal(4.2, 0.15, 12)
        known = shrink_means(rng.normal(level, np.sqrt(variance)), variance)
        means.append((known.lo <= level) & (level <= known.hi))
    assert 0.925 <= np.mean(rates) <= 0.975
    assert 0.925 <= np.mean(means) <= 0.975


def test_the_network_budget_holds_on_300_stable_charts() -> None:
    rng = np.random.default_rng(13)
    months = pd.date_range("2024-01-01", periods=24, freq="MS")
    numbers, sims = np.repeat(np.arange(300), 24), 40
    flags, plain = 0, 0
    for _ in range(sims):
        n = np.repeat(rng.integers(20, 300, 300), 24)
        hits, hours = rng.binomial(n, 0.85), np.exp(rng.normal(1, 0.3, n.size))
        rows = pd.DataFrame({"chart": numbers, "period": np.tile(months, 300), "k": hits, "n": n, "y": hours})
        odd = rows["chart"] % 2 == 1
        charts = [
            *series_by(rows[odd], by=("chart",), numerator="k", denominator="n").values(),
            *series_by(rows[~odd], by=("chart",), value="y").values(),
        ]
        budget = alarm_budget([("north", one) for one in charts])
        flags += bool(budget.table["flag"].any())
        plain += int(budget.table["beyond"].sum())
    # With no true signal every flag is false, so that a month with any is held to the rate of 10 %.
    assert flags <= sims * 0.1 + 3 * np.sqrt(sims * 0.1 * 0.9)
    assert plain > 10 * flags, "the plain rule cries wolf every month"


def test_coming_months_keep_mean_and_spread() -> None:
    rng = np.random.default_rng(14)
    draws = future_shares(8500, 10000, per_month=200, sigma_z=2.0, rng=rng)
    assert draws.mean() == pytest.approx(0.85, abs=0.003)
    assert draws.std() == pytest.approx(2 * np.sqrt(0.85 * 0.15 / 200), rel=0.08)
    rates = future_rates(300, 10000, per_month=400, rng=rng)
    assert rates.std() == pytest.approx(np.sqrt(0.03 / 400), rel=0.08)
    assert chance_next(future_values(10, 1, 24, rng=rng), 10.0, higher_is_better=True) == pytest.approx(0.5, abs=0.03)
    assert flips_a_year(draws, (0.1, 0.2, 0.3, 0.4), higher_is_better=True) == 0.0
