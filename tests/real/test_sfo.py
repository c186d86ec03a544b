"""San Francisco Airport's surveys 2010 to 2016 as a project: yearly share, changes, draws judged by their year."""

from __future__ import annotations

import os
import shutil
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.sampling import SurveyEstimate, as_weighted, change_between, draw, estimate
from kpi_lib.data.store import prepare
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.compute import compute
from kpi_lib.params import load_project, parse_period

REAL = os.environ.get("KPI_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not REAL, reason="KPI_REAL_DATA names no folder of real data")
YEARS = range(2010, 2017)
OVERALL = {2010: "Q6N", 2011: "Q8N", 2012: "Q8N_WHOLE", 2013: "Q7O_WHOLE"}
WITHOUT_WEIGHTS = (2011, 2012)
SALTS = 500
"""Draws of one year: the share of intervals that cover is then within 2 points of its limit."""


@cache
def raw(year: int) -> pd.DataFrame:
    rows = pd.read_csv(Path(REAL) / "sfo_survey" / f"survey_{year}.csv.gz", dtype=str)
    return rows.rename(columns=lambda name: name.strip().removeprefix("*"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("sfo")
    shutil.copytree(Path(__file__).parent / "sfo", root, dirs_exist_ok=True)
    return prepare(load_project(root))


@pytest.fixture(scope="module")
def surveys(store) -> pd.DataFrame:
    rows = store.table("surveys").to_pyarrow().to_pandas()
    return rows.assign(year=rows["sent_at"].dt.year, satisfied=(rows["score"] >= 4).where(rows["score"].notna()))


def yearly(rows: pd.DataFrame) -> SurveyEstimate:
    """Estimate a year by the airport's own weights and strata; all alike where it gives no weights."""
    held = as_weighted(
        rows.assign(weight=rows["weight"].fillna(1.0)), weight="weight", by=["stratum"], id_column="survey_id"
    )
    return estimate(rows[["survey_id", "score"]], held, id_column="survey_id", by=["stratum"])


def test_every_passenger_comes_through_with_one_number(store, surveys) -> None:
    expected = {year: len(raw(year)) for year in YEARS}
    assert surveys.groupby("year").size().to_dict() == expected
    assert surveys["survey_id"].is_unique
    assert store.accounts["n_accepted"].sum() == sum(expected.values()) == 23_025
    assert len(store.quarantine("surveys")) == 0


@pytest.mark.parametrize("year", YEARS)
def test_odd_codes_and_changing_names_are_mapped(surveys, year: int) -> None:
    codes = raw(year)[OVERALL.get(year, "Q7ALL")].astype(float)
    own = surveys[surveys["year"] == year].set_index("survey_id").sort_index()
    plain = codes.set_axis([f"{year}-{number}" for number in raw(year)["RESPNUM"]]).sort_index()
    pd.testing.assert_series_equal(
        own["score"].astype(float), plain.where(plain.between(1, 5)), check_names=False, check_index=False
    )
    assert set(codes.dropna()) > {1, 2, 3, 4, 5}
    assert own["weight"].isna().all() == (year in WITHOUT_WEIGHTS)


@pytest.mark.parametrize("year", YEARS)
def test_the_yearly_share_is_the_weighted_one_with_an_interval(surveys, year: int) -> None:
    found = yearly(surveys[(surveys["year"] == year) & surveys["score"].notna()])
    codes = raw(year)[OVERALL.get(year, "Q7ALL")].astype(float)
    heard = codes.between(1, 5)
    weights = raw(year)["WEIGHT"].astype(float) if year not in WITHOUT_WEIGHTS else pd.Series(1.0, index=codes.index)
    row = found.overall
    assert row["value"] == pytest.approx(np.average(codes[heard] >= 4, weights=weights[heard]), rel=1e-9)
    assert row["n"] == heard.sum()
    assert 0.6 < row["lo"] < row["value"] < row["hi"] < row["lo"] + 0.06
    # The loss through weights shows in the standard error and is told beside it.
    methods = found.methods.set_index("method")
    assert row["se"] >= 0.97 * np.sqrt(row["value"] * (1 - row["value"]) / heard.sum())
    assert 1 <= methods.loc["base", "deff"] < 2.5
    assert (methods.loc["base", "deff"] > 1.01) == (year not in WITHOUT_WEIGHTS)
    assert len(found.table[found.table["domain"] == "stratum"]) == 6


def test_unweighted_the_indicator_says_the_same(store) -> None:
    months = [parse_period(f"{year}-05") for year in YEARS]
    found = compute(
        {"surveys": store.table("surveys")},
        [CATALOG["satisfied_rate"]],
        periods=months,
        as_of=store.as_of,
        groups=["sfo"],
        coverage=store.coverage,
    )
    values = dict(zip(found["period"], found["value"], strict=True))
    for year in YEARS:
        codes = raw(year)[OVERALL.get(year, "Q7ALL")].astype(float)
        assert values[f"{year}-05"] == pytest.approx((codes[codes.between(1, 5)] >= 4).mean())


def test_changes_from_year_to_year_come_with_intervals(surveys) -> None:
    made = {year: yearly(surveys[(surveys["year"] == year) & surveys["score"].notna()]) for year in YEARS}
    changes = {now: change_between(made[now], made[before]) for before, now in pairwise(YEARS)}
    for now, change in changes.items():
        before = now - 1
        assert change.value == pytest.approx(made[now].overall["value"] - made[before].overall["value"])
        assert change.lo < change.value < change.hi < change.lo + 0.08
        # Passengers are numbered anew each year: nobody is known to have been asked twice.
        assert (change.overlap, change.covariance) == (0, 0.0)
        assert change.se == pytest.approx(np.hypot(made[now].overall["se"], made[before].overall["se"]))
        assert change.clear == (change.lo > 0 or change.hi < 0)
    # Only 2012 moved by more than chance: 3.4 points up, interval 1.4 to 5.4.
    assert [now for now, change in changes.items() if change.clear] == [2012]


def test_stratified_draws_of_one_year_cover_its_full_answers(surveys) -> None:
    year = surveys[(surveys["year"] == 2014) & surveys["score"].notna()].reset_index(drop=True)
    truth, mean = (year["score"] >= 4).mean(), year["score"].mean()
    n = {name: max(2, round(size * 0.1)) for name, size in year["stratum"].value_counts().items()}
    inside, inside_mean, errors = 0, 0, []
    for salt in range(SALTS):
        made = draw(year, by="stratum", n=n, salt=f"sfo {salt}", id_column="survey_id", carry=["score"])
        answers = made.drawn[["id", "score"]].rename(columns={"id": "survey_id"})
        found = estimate(answers, made, id_column="survey_id").table.set_index("statistic")
        share, score = found.loc["satisfied_rate"], found.loc["mean_score"]
        inside += share["lo"] <= truth <= share["hi"]
        inside_mean += score["lo"] <= mean <= score["hi"]
        errors.append(share["value"] - truth)
    assert 0.93 <= inside / SALTS <= 0.97
    assert 0.93 <= inside_mean / SALTS <= 0.97
    assert abs(np.mean(errors)) < 0.005
