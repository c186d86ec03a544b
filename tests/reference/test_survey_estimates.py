"""Design-based estimates against R's survey package: the California schools under eight designs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.stats.sampling.association import difference_of_means, independence
from kpi_lib.stats.sampling.design import Design, Stage, element_design
from kpi_lib.stats.sampling.estimate import design_effects, kish_effect, means, ratios, totals, variances
from kpi_lib.stats.sampling.quantiles import QuantileRule, quantile
from kpi_lib.stats.sampling.shares import ShareInterval, share_interval

FOLDER = Path(__file__).parent / "survey"
FAMILIES = (
    r"(srs|strat|clus1|clus2)_(fpc|nofpc)/"
    r"(design|mean|mean_listwise|total|ratio|prop|count|deff|var|domain.*|subset_mean|ttest|chisq|contrast)",
    r"(srs|strat|clus1|clus2)_(fpc|nofpc)/(quantile|quantile_ci|ciprop/.*)",
    r"ci/korn_graubard_nchs",
    r"weights/kish_strat",
    r"truth/apipop",
)


def expected() -> pd.DataFrame:
    rows = pd.concat([pd.read_csv(file) for file in sorted(FOLDER.glob("expected*.csv"))], ignore_index=True)
    skipped = pd.read_csv(FOLDER / "skipped.csv", dtype=str)

    def compared(case: str, statistic: str) -> bool:
        return any(re.fullmatch(family, case) for family in FAMILIES) and not any(
            re.fullmatch(row.case, case) and re.fullmatch(row.statistic, statistic) for row in skipped.itertuples()
        )

    return rows[[compared(case, statistic) for case, statistic in zip(rows["case"], rows["statistic"], strict=True)]]


@cache
def sample(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"api{name}.csv")


def codes(values: pd.Series) -> np.ndarray:
    return pd.factorize(values, sort=True)[0].astype(np.int64)


@cache
def design(name: str) -> tuple[pd.DataFrame, Design]:
    plan, corrected = name.split("_")
    data = sample(plan)
    fpc = corrected == "fpc"
    whole = np.full(len(data), np.inf)
    one = np.zeros(len(data), dtype=np.int64)
    if plan == "srs":
        return data, element_design(data["pw"].to_numpy(), population=data["fpc"].to_numpy(float) if fpc else None)
    if plan == "strat":
        population = data["fpc"].to_numpy(float) if fpc else None
        return data, element_design(data["pw"].to_numpy(), strata=codes(data["stype"]), population=population)
    if plan == "clus1":
        stage = Stage(one, codes(data["dnum"]), data["fpc"].to_numpy(float) if fpc else whole)
        return data, Design(data["pw"].to_numpy(), (stage,))
    if fpc:
        first = Stage(one, codes(data["dnum"]), data["fpc1"].to_numpy(float))
        second = Stage(one, codes(data["snum"]), data["fpc2"].to_numpy(float))
        return data, Design(data["pw"].to_numpy(), (first, second))
    return data, Design(data["pw"].to_numpy(), (Stage(one, codes(data["dnum"]), whole),))


def flag(data: pd.DataFrame, event: str) -> np.ndarray:
    values = {
        "sch.wide=='Yes'": data["sch_wide"] == "Yes",
        "sch.wide Yes": data["sch_wide"] == "Yes",
        "ell==0": data["ell"] == 0,
        "meals>95": data["meals"] > 95,
        "growth<(-25)": data["growth"] < -25,
        "growth<-25": data["growth"] < -25,
    }
    return values[event].to_numpy(float)


def level_flag(data: pd.DataFrame, statistic: str) -> np.ndarray:
    column, value = ("stype", statistic[5:]) if statistic.startswith("stype") else ("sch_wide", statistic[8:])
    return (data[column] == value).to_numpy(float)


def four(estimates, place: int = 0, df: float | None = None) -> tuple[float, ...]:
    lo, hi = estimates.interval(df=df)
    return float(estimates.value[place]), float(estimates.se[place]), float(lo[place]), float(hi[place])


def computed(case: str, statistic: str) -> tuple[float, ...]:
    if case.startswith("ci/korn"):
        name, event = statistic.split(" ", 1)
        data, made = design(f"{name}_fpc")
        estimate = means(made, flag(data, event))
        share, se = float(estimate.value[0]), float(estimate.se[0])
        method = ShareInterval.KORN_GRAUBARD
        return share, se, *share_interval(share, se, made.n, df=estimate.df, method=method)
    if case == "weights/kish_strat":
        deff = kish_effect(sample("strat")["pw"])
        return (deff,) if statistic == "deff" else (200 / deff,)
    if case == "truth/apipop":
        return (truth(statistic),)
    plan, kind = case.split("/", 1)
    data, made = design(plan)
    if kind.startswith("ciprop/"):
        estimate = means(made, flag(data, statistic))
        share, se = float(estimate.value[0]), float(estimate.se[0])
        method = ShareInterval(kind[7:].replace("xlogit", "logit"))
        return share, se, *share_interval(share, se, made.n, df=estimate.df, method=method)
    if kind.startswith("quantile"):
        column, q, option = statistic.split(" ")
        how = {"rule": QuantileRule.MATH, "method": ShareInterval.MEAN}
        if option.startswith("qrule="):
            how["rule"] = QuantileRule(option[6:].replace("hf2", "school"))
        else:
            how["method"] = ShareInterval(option[9:].replace("xlogit", "logit"))
        found = quantile(made, data[column], float(q[1:]), **how)
        return found.value, found.se, found.lo, found.hi
    return estimates(kind, statistic, data, made)


def estimates(kind: str, statistic: str, data: pd.DataFrame, made: Design) -> tuple[float, ...]:
    if kind == "design":
        return ({"degf": made.degrees_of_freedom(), "n": made.n, "sum_weights": made.weights.sum()}[statistic],)
    if kind in ("mean", "total"):
        return four({"mean": means, "total": totals}[kind](made, data[statistic]))
    if kind == "mean_listwise":
        both = data[["api00", "enroll"]].notna().all(axis=1)
        return four(means(made, data[statistic], domain=both))
    if kind == "ratio":
        return four(ratios(made, data["api_stu"], data["enroll"]))
    if kind in ("prop", "count"):
        return four({"prop": means, "count": totals}[kind](made, level_flag(data, statistic)))
    if kind == "deff":
        return (float(design_effects(made, data["api00"], replacement="(wr)" in statistic)[0]),)
    if kind == "var":
        return four(variances(made, data["api00"]))[:2]
    if kind.startswith("domain"):
        column, value = statistic.split("|")
        by = "stype" if kind.startswith("domain_mean") else "comp_imp"
        return four((means if by == "stype" else totals)(made, data[column], domain=data[by] == value))
    if kind == "subset_mean":
        inside = (data["comp_imp"] == "Yes") & (data["meals"] > 50)
        df = made.degrees_of_freedom(inside)
        return (df,) if statistic == "degf" else four(means(made, data["api00"], domain=inside), df=df)
    if kind == "ttest":
        yes = data["comp_imp"] == "Yes"
        found = difference_of_means(made, data["api00"], yes)
        return (found.p,) if statistic == "p" else (found.value, found.se, found.lo, found.hi)
    if kind == "contrast":
        if statistic == "E-M api00":
            kinds = np.column_stack([data["stype"] == "E", data["stype"] == "M"])
            both = means(made, np.column_stack([data["api00"]] * 2), domain=kinds)
        else:
            both = means(made, data[["api00", "api99"]])
        return both.contrast([1, -1])
    assert kind == "chisq"
    found = independence(made, codes(data["sch_wide"]), codes(data["comp_imp"]))
    return (
        getattr(found, {"F": "f", "Chisq": "chi2", "Wald": "wald", "adjWald": "adjusted_wald"}[statistic.split()[0]])[
            int(statistic.endswith(" p"))
        ],
    )


def truth(statistic: str) -> float:
    data = sample("pop")
    kind, *rest = statistic.split(" ")
    if kind == "N":
        return float((data["stype"] == rest[0]).sum())
    if kind == "sd":
        return float(data.loc[data["stype"] == rest[1], rest[0]].std())
    everyone = element_design(np.ones(len(data)), population=np.full(len(data), float(len(data))))
    if kind == "prop":
        return float(means(everyone, (data["sch_wide"] == "Yes").to_numpy(float)).value[0])
    return float({"mean": means, "total": totals}[kind](everyone, data[rest[0]]).value[0])


ROWS = expected()
WANT = {(row.case, row.statistic): np.array([row.value, row.se, row.lo, row.hi]) for row in ROWS.itertuples()}


@pytest.mark.parametrize(("case", "statistic"), list(WANT))
def test_agrees_with_r(case: str, statistic: str) -> None:
    want = WANT[case, statistic]
    got = np.full(4, np.nan)
    found = computed(case, statistic)
    got[: len(found)] = found
    # R has no interval where the share is 0; ours always has.
    known = ~np.isnan(want)
    if case.split("/")[1] == "ciprop" and want[0] == 0:
        known = np.array([True, True, False, False])
        assert 0 <= got[2] <= got[3] <= 1
    if "ciprop/mean" in case:  # ours stays inside [0, 1]
        want = np.clip(want, 0, 1)
    np.testing.assert_allclose(got[known], want[known], rtol=1e-6, atol=1e-12)
