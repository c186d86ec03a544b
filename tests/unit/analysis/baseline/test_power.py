"""What a chart says it can see is what it sees; quarters; the way to a target."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.baseline.chart import Fixed, control_chart
from kpi_lib.analysis.baseline.network import alarm_budget
from kpi_lib.analysis.baseline.power import sight
from kpi_lib.analysis.baseline.series import Series, by_quarter, series_of
from kpi_lib.analysis.baseline.targets import future_months, trajectory
from kpi_lib.errors import InputError

MONTHS = pd.date_range("2022-01-01", periods=36, freq="MS")
SHARES = {"numerator": "k", "denominator": "n", "higher_is_better": True}


def shares(k: object, n: object, *, months: int = 36) -> Series:
    return series_of(pd.DataFrame({"period": MONTHS[:months], "k": k, "n": n}), key="fix", **SHARES)


def flagged_within(change: float, months: int, *, n: int = 200, p: float = 0.85, sims: int = 800) -> float:
    rng = np.random.default_rng(2)
    limit = p - 3 * np.sqrt(p * (1 - p) / n)
    return float((rng.binomial(n, p - change, (sims, months)) / n < limit).any(axis=1).mean())


def test_the_change_a_chart_can_see_is_seen_in_four_of_five_cases() -> None:
    k = np.random.default_rng(1).binomial(200, 0.85, 36)
    found = sight(control_chart(shares(k, 200), kind="p"))
    # At the changed level a month scatters more than at the centre: the normal figure is a little hopeful.
    assert flagged_within(found.next_month, 1) == pytest.approx(0.8, abs=0.08)
    assert flagged_within(found.in_a_year, 12) == pytest.approx(0.8, abs=0.12)
    assert found.in_a_year < found.next_month


def test_a_chart_whose_limit_is_the_end_of_the_scale_sees_nothing() -> None:
    found = sight(control_chart(shares(np.random.default_rng(1).binomial(2, 0.85, 36), 2)))
    assert np.isnan(found.next_month)
    assert np.isnan(found.in_a_year)


def test_for_durations_the_change_is_in_their_own_unit() -> None:
    y = np.exp(np.random.default_rng(3).normal(1, 0.1, 36))
    rows = pd.DataFrame({"period": MONTHS, "y": y})
    chart = control_chart(series_of(rows, value="y", higher_is_better=False))
    assert chart.choice.log
    centre, sigma = chart.last.centre, chart.last.spread
    assert sight(chart).next_month == pytest.approx(np.exp(centre + (3 + 0.8416) * sigma) - np.exp(centre), rel=1e-3)


def test_the_network_says_what_it_misses() -> None:
    rng = np.random.default_rng(4)
    charts = [("north", shares(rng.binomial(n, 0.85, 36), n)) for n in (10, 40, 200, 1000)]
    found = alarm_budget(charts).sight(0.05)
    assert found.n_charts == 4
    assert 0 < found.next_month < found.in_a_year < 1
    assert found.n_sure < 4, "a branch of ten tickets a month cannot see five points"
    large = alarm_budget(charts[-1:]).sight(0.05)
    assert large.next_month == pytest.approx(flagged_within(0.05, 1, n=1000), abs=0.06)


def test_a_series_held_to_an_accepted_baseline_is_judged_by_it_alone() -> None:
    rng = np.random.default_rng(5)
    series = shares(rng.binomial(200, np.repeat([0.85, 0.70], [24, 12])), 200)
    fixed = Fixed(0.85, np.nan)
    held = control_chart(series, kind="p", fixed=fixed)
    own = alarm_budget([("north", series)]).table.iloc[0]
    watched = alarm_budget([("north", series)], watched={("north", "fix"): held}).table.iloc[0]
    assert watched["accepted"]
    assert watched["centre"] == 0.85
    assert own["centre"] < 0.82
    assert watched["p"] < own["p"]
    assert watched["persistent"]


def test_quarters_add_up_and_keep_what_is_missing() -> None:
    k = np.arange(11, dtype=float)
    n = np.full(11, 20.0)
    k[4] = np.nan
    found = by_quarter(shares(k, n, months=11))
    assert found.period == ("2022-Q1", "2022-Q2", "2022-Q3")
    assert found.value[[0, 2]].tolist() == [3 / 60, 21 / 60]
    assert found.state.tolist() == ["ok", "missing_numerator", "ok"]
    with pytest.raises(InputError, match="cannot be added up"):
        by_quarter(series_of(pd.DataFrame({"period": MONTHS[:6], "y": 1.0}), value="y"))


def test_the_way_to_a_target_is_even_and_ends_on_its_date() -> None:
    chart = control_chart(shares(np.random.default_rng(6).binomial(200, 0.85, 36), 200))
    after = pd.Timestamp("2024-12-01")
    draws = future_months(chart)
    found = trajectory(draws, now=0.85, target=0.91, after=after, until=date(2025, 6, 30), higher_is_better=True)
    assert found["period"].tolist() == [f"2025-0{month}" for month in range(1, 7)]
    np.testing.assert_allclose(found["level"], [0.86, 0.87, 0.88, 0.89, 0.90, 0.91])
    assert found["chance"].is_monotonic_decreasing
    met = trajectory(draws, now=0.85, target=0.85, after=after, until=date(2025, 6, 30), higher_is_better=True)
    past = trajectory(draws, now=0.85, target=0.9, after=after, until=date(2024, 12, 31), higher_is_better=True)
    assert met.empty
    assert past.empty


def test_a_mean_stays_inside_its_scale() -> None:
    rng = np.random.default_rng(7)
    rows = pd.DataFrame({"period": MONTHS, "score": rng.normal(4.8, 0.15, 36).clip(1, 5), "n": 12})
    chart = control_chart(series_of(rows, value="score", denominator="n", bounds=(1.0, 5.0)))
    assert chart.points["upper"].max() == 5
    assert future_months(chart).max() <= 5
