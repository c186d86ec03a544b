"""The public ``estimate`` on drawn frames against the same expected values of R as the arithmetic below it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.sampling import SurveyEstimate, estimate
from kpi_lib.analysis.sampling.undrawn import as_asked

FOLDER = Path(__file__).parent / "survey"
WANT = pd.concat([pd.read_csv(file) for file in sorted(FOLDER.glob("expected*.csv"))]).set_index(["case", "statistic"])
TYPES = {"E": 4421.0, "H": 755.0, "M": 1018.0}


@cache
def schools() -> tuple[pd.DataFrame, pd.DataFrame]:
    population, sample = (pd.read_csv(FOLDER / "data" / f"api{name}.csv") for name in ("pop", "strat"))
    return population, sample.assign(wide=(sample["sch_wide"] == "Yes").astype(float))


def made(**options: object) -> SurveyEstimate:
    population, sample = schools()
    draw = as_asked(
        population[["snum", "stype"]], population["snum"].isin(sample["snum"]), by=["stype"], id_column="snum"
    )
    columns = ["snum", "api00", "api99", "enroll", "api_stu", "wide", "sch_wide"]
    return estimate(sample[columns], draw, id_column="snum", df="design", **options)  # type: ignore[arg-type]


def row(found: SurveyEstimate, statistic: str, level: str = "all") -> np.ndarray:
    table = found.table[(found.table["statistic"] == statistic) & (found.table["level"] == level)]
    return table.iloc[0][["value", "se", "lo", "hi"]].to_numpy(float)


def want(case: str, statistic: str) -> np.ndarray:
    return WANT.loc[(case, statistic), ["value", "se", "lo", "hi"]].to_numpy(float)


def agrees(got: np.ndarray, expected: np.ndarray) -> None:
    known = ~np.isnan(expected)
    assert known.any()
    np.testing.assert_allclose(got[known], expected[known], rtol=1e-6)


def test_means_totals_ratios_and_quantiles_with_correction() -> None:
    found = made(
        means=["api00"],
        totals=["enroll"],
        ratios={"tested": ("api_stu", "enroll")},
        quantiles={"api00": [0.5]},
        method="mean",
    )
    agrees(row(found, "mean_api00"), want("strat_fpc/mean", "api00"))
    # svytotal(~enroll, strat_fpc), R survey 4.5.
    agrees(row(found, "total_enroll")[:2], np.array([3687177.532, 114641.716]))
    # svyratio(~api.stu, ~enroll, strat_fpc), R survey 4.5.
    agrees(row(found, "tested")[:2], np.array([0.836956886940522, 0.00775710316663788]))
    agrees(row(found, "p50_api00"), want("strat_fpc/quantile", "api00 q0.5 qrule=math"))


def test_domains_keep_the_whole_design() -> None:
    found = made(means=["api00"], by=["stype"])
    for kind in TYPES:
        agrees(row(found, "mean_api00", kind), want("strat_fpc/domain_mean_by_stype", f"api00|{kind}"))


@pytest.mark.parametrize(
    ("method", "case"),
    [("wilson", "wilson"), ("logit", "xlogit"), ("beta", "beta"), ("asin", "asin"), ("mean", "mean")],
)
def test_shares_by_every_method(method: str, case: str) -> None:
    population, sample = schools()
    answers = sample[["snum"]].assign(score=np.where(sample["sch_wide"] == "Yes", 5, 1))
    draw = as_asked(
        population[["snum", "stype"]], population["snum"].isin(sample["snum"]), by=["stype"], id_column="snum"
    )
    found = estimate(answers, draw, id_column="snum", method=method, df="design")
    agrees(row(found, "satisfied_rate"), want(f"strat_fpc/ciprop/{case}", "sch.wide=='Yes'"))


def test_the_jackknife_knows_the_correction() -> None:
    found = made(means=["api00"], totals=["enroll"], variance="jackknife")
    agrees(row(found, "mean_api00")[:2], want("rep/JKn_strat", "api00")[:2])
    agrees(row(found, "total_enroll")[:2], want("rep/JKn_strat", "enroll total")[:2])


def test_the_bootstrap_agrees_with_linearisation_and_with_r() -> None:
    statistics = {"means": ["api00"], "totals": ["enroll"], "ratios": {"tested": ("api_stu", "enroll")}}
    taylor = made(**statistics)
    found = made(**statistics, variance="bootstrap", replicates=2000, rng=np.random.default_rng(1))
    np.testing.assert_allclose(found.table["se"], taylor.table["se"], rtol=0.05)
    # R's 50 replicates tell a standard error within about a tenth.
    assert row(found, "mean_api00")[1] == pytest.approx(want("rep/subbootstrap_strat", "api00")[1], rel=0.25)
