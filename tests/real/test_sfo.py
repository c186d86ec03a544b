"""San Francisco Airport's customer survey 2010 to 2016: yearly share, changes, and draws judged by their year."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from kpi_lib.analysis.sampling import draw, estimate
from kpi_lib.stats.sampling.design import element_design
from kpi_lib.stats.sampling.estimate import kish_effect, means
from kpi_lib.stats.sampling.shares import share_interval

REAL = os.environ.get("KPI_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not REAL, reason="KPI_REAL_DATA names no folder of real data")
SALTS = 500
"""Draws of one year: the share of intervals that cover is then within 2 points of its limit."""
YEARS = yaml.safe_load((Path(__file__).parent / "sfo" / "params" / "sources.yml").read_text(encoding="utf-8"))["years"]


def survey(year: int) -> pd.DataFrame:
    """Read one year: its own column names, codes 0 and 6 dropped before anything is counted."""
    columns = YEARS[year]
    raw = pd.read_csv(Path(REAL) / "sfo_survey" / f"survey_{year}.csv.gz", dtype=str, encoding_errors="replace")
    raw.columns = raw.columns.str.strip()
    score = pd.to_numeric(raw[columns["overall"]], errors="coerce")
    weight = pd.to_numeric(raw[columns["weight"]], errors="coerce") if columns.get("weight") else 1.0
    return pd.DataFrame(
        {
            "customer_id": raw[columns["id"]],
            "stratum": pd.to_numeric(raw["STRATA"], errors="coerce").map({1: "1", 2: "2", 3: "3"}).fillna("unknown"),
            "score": score.where(score.between(1, 5)),
            "weight": weight,
        }
    )


def yearly(year: int):
    rows = survey(year)
    rows = rows[rows["weight"].notna()] if rows["weight"].isna().any() else rows
    design = element_design(rows["weight"].to_numpy(float))
    satisfied = (rows["score"] >= 4).astype(float).where(rows["score"].notna())
    return rows, design, means(design, satisfied)


@pytest.mark.parametrize("year", list(YEARS))
def test_the_yearly_share_is_the_weighted_one_with_an_interval(year: int) -> None:
    rows, design, made = yearly(year)
    heard = rows[rows["score"].notna()]
    by_hand = np.average(heard["score"] >= 4, weights=heard["weight"])
    share, se = float(made.value[0]), float(made.se[0])
    assert share == pytest.approx(by_hand, rel=1e-12)
    lo, hi = share_interval(share, se, len(heard), df=made.df)
    assert lo < share < hi
    assert hi - lo < 0.06
    assert 0.6 < share < 0.95
    # The loss through weights shows in the standard error.
    simple = np.sqrt(share * (1 - share) / len(heard))
    assert se >= 0.97 * simple
    assert kish_effect(design.weights) < 2.5


def test_odd_codes_are_never_scores() -> None:
    for year in YEARS:
        assert survey(year)["score"].dropna().between(1, 5).all()


def test_changes_from_year_to_year_come_with_intervals() -> None:
    made = {year: yearly(year)[2] for year in YEARS}
    changes = {}
    for before, now in zip(list(YEARS)[:-1], list(YEARS)[1:], strict=True):
        value = float(made[now].value[0] - made[before].value[0])
        se = float(np.hypot(made[now].se[0], made[before].se[0]))
        changes[now] = (value, value - 1.96 * se, value + 1.96 * se)
    assert all(lo < value < hi and hi - lo < 0.08 for value, lo, hi in changes.values())


def test_stratified_draws_of_one_year_cover_its_full_answers() -> None:
    year = survey(2014)
    year = year[year["score"].notna()].drop_duplicates("customer_id").reset_index(drop=True)
    truth = (year["score"] >= 4).mean()
    sizes = year["stratum"].value_counts()
    n = {name: max(2, round(size * 0.1)) for name, size in sizes.items()}
    inside, errors = 0, []
    for salt in range(SALTS):
        made = draw(year[["customer_id", "stratum"]], by="stratum", n=n, salt=f"sfo {salt}")
        answers = year.loc[year["customer_id"].isin(made.ids), ["customer_id", "score"]]
        row = estimate(answers, made).overall
        inside += row["lo"] <= truth <= row["hi"]
        errors.append(row["value"] - truth)
    assert 0.92 <= inside / SALTS <= 0.98
    assert abs(np.mean(errors)) < 0.005
