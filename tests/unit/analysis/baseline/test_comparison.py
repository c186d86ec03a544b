"""Branches side by side: quantiles and means by their intervals, case mix taken out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kpi_lib.analysis.baseline.case_mix import case_mix, expected_counts
from kpi_lib.analysis.baseline.estimates import (
    funnel_of_estimates,
    pool_estimates,
    scatter_of_intervals,
    scatter_of_means,
)
from kpi_lib.analysis.baseline.peers import Standing

N = np.array([2000, 1500, 1200, 900, 800, 700, 500, 400, 300, 60], dtype=float)


def medians(seed: int, level: object = 1.3) -> pd.DataFrame:
    """Return medians of lognormal durations with order-statistic intervals."""
    rng = np.random.default_rng(seed)
    rows = []
    for place, (n, middle) in enumerate(zip(N, np.broadcast_to(level, N.size), strict=True)):
        hours = np.sort(rng.lognormal(np.log(middle), 0.9, int(n)))
        low = int(stats.binom.ppf(0.025, n, 0.5))
        lo, hi = hours[max(low - 1, 0)], hours[min(int(n) - low, int(n) - 1)]
        rows.append((f"b{place}", float(np.median(hours)), lo, hi, n))
    return pd.DataFrame(rows, columns=["branch", "value", "lo", "hi", "n"])


def scatter(found: pd.DataFrame) -> float:
    return scatter_of_intervals(*(found[name].to_numpy() for name in ("value", "lo", "hi", "n")), log=True)


COLUMNS = {"group": "branch", "value": "value", "denominator": "n"}


def test_the_scatter_of_a_median_is_that_of_theory() -> None:
    # The median of a normal sample errs by sigma sqrt(pi / 2 n), here on the logarithm.
    found = np.mean([scatter(medians(seed)) for seed in range(20)])
    assert found == pytest.approx(0.9 * np.sqrt(np.pi / 2), rel=0.08)


def test_medians_of_branches_alike_are_pooled_and_none_stands_out() -> None:
    standing, weights = [], []
    for seed in range(30):
        rows = medians(seed)
        pooled = pool_estimates(rows, scatter=scatter(rows), log=True, **COLUMNS)
        assert pooled.pooled
        assert pooled.table["denominator"].is_monotonic_decreasing
        weights.append(pooled.table["weight"].iloc[-1])
        found = funnel_of_estimates(rows, scatter=scatter(rows), log=True, higher_is_better=False, **COLUMNS)
        standing += found.table["standing"].tolist()
    assert np.mean(weights) < 0.5, "sixty cases say less of themselves than nine branches do"
    judged = [one for one in standing if one in {Standing.BETTER, Standing.WORSE}]
    assert len(judged) / len(standing) < 0.07


def test_a_slow_branch_is_worse_and_a_small_one_cannot_tell() -> None:
    level = np.full(N.size, 1.3)
    level[2] = 2.0
    rows = medians(3, level)
    found = funnel_of_estimates(rows, scatter=scatter(rows), log=True, higher_is_better=False, interest=0.2, **COLUMNS)
    table = found.table.set_index("group")
    assert table.loc["b2", "standing"] == Standing.WORSE
    assert table.loc["b9", "standing"] == Standing.CANNOT_TELL
    assert table.loc["b9", "smallest"] > 0.2 > table.loc["b0", "smallest"]
    assert table.loc["b2", "rank_lo"] >= 9
    assert (found.contours["lower_998"] < found.contours["lower_95"]).all()


def test_few_branches_keep_their_raw_medians() -> None:
    rows = medians(4).head(5)
    pooled = pool_estimates(rows, scatter=scatter(rows), log=True, **COLUMNS)
    assert not pooled.pooled
    assert pooled.table["value"].equals(pooled.table["raw"])
    assert (pooled.table["raw_lo"] < pooled.table["raw"]).all()


def test_a_branch_without_cases_has_no_standing() -> None:
    rows = pd.concat([medians(5), pd.DataFrame([("none", np.nan, np.nan, np.nan, 0.0)], columns=medians(5).columns)])
    found = funnel_of_estimates(rows, scatter=scatter(rows), log=True, higher_is_better=False, **COLUMNS)
    assert found.table.set_index("group").loc["none", "standing"] == Standing.NO_DATA


def test_the_common_scatter_of_means_is_the_pooled_deviation() -> None:
    rng = np.random.default_rng(6)
    groups = [rng.normal(level, 0.8, n) for level, n in ((4.1, 300), (4.4, 200), (3.9, 100))]
    total, squares, n = (
        np.array([float(f(group)) for group in groups]) for f in (np.sum, lambda x: np.sum(x**2), np.size)
    )
    inside = sum(((group - group.mean()) ** 2).sum() for group in groups) / (600 - 3)
    assert scatter_of_means(total, squares, n) == pytest.approx(np.sqrt(inside))


def mixed() -> pd.DataFrame:
    """Two kinds of work, easy and hard; branch b has the same rates but mostly hard work."""
    rows = [("a", "easy", 900, 1000), ("a", "hard", 60, 100), ("b", "easy", 90, 100), ("b", "hard", 600, 1000)]
    return pd.DataFrame(rows, columns=["branch", "kind", "k", "n"])


MIX = {"group": "branch", "strata": ("kind",), "numerator": "k", "denominator": "n"}


def test_expected_counts_by_hand() -> None:
    found = expected_counts(mixed(), **MIX).set_index("branch")
    assert found["expected"].to_dict() == {"a": 960.0, "b": 690.0}
    assert found.loc["a", "variance"] == pytest.approx(1000 * 0.09 + 100 * 0.24)


def test_a_branch_with_harder_work_is_as_expected_after_case_mix() -> None:
    found = case_mix(mixed(), **MIX)
    table = found.table.set_index("group")
    assert table.loc["b", "raw"] == pytest.approx(690 / 1100)
    assert table.loc["b", "difference"] == pytest.approx(0)
    assert table.loc["b", "adjusted"] == pytest.approx(1650 / 2200)
    assert table.loc["b", "standing"] == Standing.AS_EXPECTED


def test_a_branch_worse_at_the_same_work_stays_worse() -> None:
    rows = mixed()
    rows.loc[rows["branch"] == "b", "k"] = [60, 400]
    table = case_mix(rows, **MIX).table.set_index("group")
    assert table.loc["b", "standing"] == Standing.WORSE
    assert table.loc["a", "standing"] == Standing.BETTER


def test_means_are_standardised_with_the_variance_inside_strata() -> None:
    rng = np.random.default_rng(7)
    rows = []
    for branch, sizes in (("a", (400, 50)), ("b", (50, 400))):
        for kind, level, n in zip(("tv", "ac"), (4.5, 3.5), sizes, strict=True):
            scores = rng.normal(level, 0.6, n)
            rows.append((branch, kind, scores.sum(), (scores**2).sum(), n))
    frame = pd.DataFrame(rows, columns=["branch", "kind", "k", "sq", "n"])
    found = case_mix(frame, sum_sq="sq", family="mean", interest=0.3, **MIX).table
    assert np.abs(found["raw"].diff().iloc[1]) > 0.6
    assert np.abs(found["difference"]).max() < 0.1
    assert set(found["standing"]) == {Standing.AS_EXPECTED}
    error = expected_counts(frame, sum_sq="sq", family="mean", **MIX)
    assert np.sqrt(error["variance"] / error["n"] ** 2).to_numpy() == pytest.approx(0.6 / np.sqrt(450), rel=0.1)
