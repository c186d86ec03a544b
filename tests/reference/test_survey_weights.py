"""Adjusted weights, replicates and non-response measures against R's survey and the rules of nrba."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from kpi_lib.stats.sampling.association import independence
from kpi_lib.stats.sampling.comparisons import answered_against_drawn, standardised_difference
from kpi_lib.stats.sampling.design import Design, Stage, element_design
from kpi_lib.stats.sampling.estimate import kish_effect, means, ratios, totals
from kpi_lib.stats.sampling.replicates import Replicates, jackknife
from kpi_lib.stats.sampling.response import representativity, response_model, response_rates
from kpi_lib.stats.sampling.silent import bounds, pattern_mixture, tipping_point
from kpi_lib.stats.sampling.weighting import Distance, calibrate, post_stratify, rake, spread_over_answers, trim

FOLDER = Path(__file__).parent / "survey"
FAMILIES = (
    r"(poststrat|rake|calib|trim)/.*",
    r"rep/(JK.*|subbootstrap_strat|Taylor_scd)",
    r"nr/.*",
    r"nrba/.*",
)
TYPES = np.array([4421.0, 755.0, 1018.0])
WIDE = np.array([1072.0, 5122.0])


@cache
def data(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"{name}.csv")


def codes(values: pd.Series) -> np.ndarray:
    return pd.factorize(values, sort=True)[0].astype(np.int64)


@cache
def sample(name: str) -> tuple[pd.DataFrame, Design]:
    plan, _, corrected = name.partition("_")
    frame = data(f"api{plan}")
    population = None if corrected == "nofpc" else frame["fpc"].to_numpy(float)
    weights = frame["pw"].to_numpy()
    if plan == "clus1":
        stage = Stage(np.zeros(len(frame), dtype=np.int64), codes(frame["dnum"]), frame["fpc"].to_numpy(float))
        return frame, Design(weights, (stage,))
    return frame, element_design(
        weights, strata=codes(frame["stype"]) if plan == "strat" else None, population=population
    )


def four(made, place: int = 0) -> tuple[float, ...]:
    lo, hi = made.interval()
    return float(made.value[place]), float(made.se[place]), float(lo[place]), float(hi[place])


def school(design: Design, frame: pd.DataFrame, statistic: str) -> tuple[float, ...]:
    if statistic.startswith("sch.wide"):
        return four(means(design, frame["sch_wide"] == statistic[8:]))
    return four((totals if statistic == "enroll" else means)(design, frame[statistic]))


def calibrated(case: str) -> tuple[pd.DataFrame, Design]:
    if case == "calib/strat_api99":
        frame, design = sample("strat")
        auxiliary, known = np.column_stack([np.ones(len(frame)), frame["api99"]]), np.array([6194.0, 3914069.0])
        return frame, calibrate(design, auxiliary, known)
    frame, design = sample("clus1")
    kinds = (codes(frame["stype"])[:, None] == np.arange(3)).astype(float)
    if case == "calib/clus1_linear_stype":
        return frame, calibrate(design, kinds, TYPES)
    auxiliary, known = np.column_stack([kinds, frame["api99"]]), np.append(TYPES, 3914069.0)
    if case == "calib/clus1_raking":
        return frame, calibrate(design, auxiliary, known, distance=Distance.RAKING)
    return frame, calibrate(design, auxiliary, known, bounds=(0.6, 1.6) if case == "calib/clus1_bounded" else None)


def computed(case: str, statistic: str) -> tuple[float, ...]:
    kind, _, name = case.partition("/")
    if kind in ("nr", "nrba"):
        return {"nr": demo, "nrba": nrba}[kind](name, statistic)
    if kind == "poststrat":
        frame, design = sample(name)
        return school(post_stratify(design, codes(frame["stype"]), TYPES), frame, statistic)
    if kind == "rake":
        frame, design = sample(name.removesuffix("_weights"))
        raked = rake(design, [(codes(frame["stype"]), TYPES), (codes(frame["sch_wide"]), WIDE)])
        if name.endswith("_weights"):
            stype, wide = statistic.split(".")
            return (float(raked.weights[(frame["stype"] == stype) & (frame["sch_wide"] == wide)][0]),)
        return school(raked, frame, statistic)
    if kind == "calib":
        frame, design = calibrated(case)
        if statistic.startswith("g "):
            g = design.weights / frame["pw"]
            return (float(g.min() if statistic == "g min" else g.max()),)
        return school(design, frame, statistic)
    if kind == "trim":
        frame, design = sample("strat")
        trimmed = trim(design.weights, 40, strict=name.endswith("strict"))
        if statistic == "api00":
            return four(means(design.reweighted(trimmed), frame["api00"]))
        return ({"sum weights": trimmed.sum(), "max": trimmed.max(), "min": trimmed.min()}[statistic],)
    return replicated(name, statistic)


def replicated(name: str, statistic: str) -> tuple[float, ...]:
    if name.endswith("_scd"):
        frame = data("scd")
        units = codes(frame["ambulance"])
        # Two ambulances in each service area, as the replicate designs of Levy and Lemeshow take them.
        stage = Stage(codes(frame["ESA"]), units, np.full(len(frame), np.inf))
        design = Design(np.ones(len(frame)), (stage,))
        alive, arrests = frame["alive"].to_numpy(float), frame["arrests"].to_numpy(float)
        value = ratios(design, alive, arrests)
        if name.startswith("Taylor"):
            return float(value.value[0]), float(value.se[0])
        variance = jackknife(design).variance(lambda w: (w @ alive) / (w @ arrests))
        return float(value.value[0]), float(np.sqrt(variance))
    frame, design = sample(name.split("_")[1])
    replicates = jackknife(design)
    if name == "subbootstrap_strat":
        drawn = data("strat_bootstrap_weights")
        assert (drawn["snum"] == frame["snum"]).all()
        # The file's weights are those of R's own draw; ours are drawn by another generator.
        replicates = Replicates(drawn.filter(like="bw").to_numpy().T, np.full(50, 1 / 49))
        if statistic != "api00":
            return (1 / 49,) if statistic == "scale" else (1.0,)
    if statistic == "n_reps":
        return (float(len(replicates.scales)),)
    if name.endswith("poststrat"):
        cells = codes(frame["stype"])
        stratified = [post_stratify(design.reweighted(row), cells, TYPES).weights for row in replicates.weights]
        replicates = Replicates(np.array(stratified), replicates.scales)
        design = post_stratify(design, cells, TYPES)
    column = frame[{"api.stu/enroll": "api_stu", "enroll total": "enroll"}.get(statistic, statistic)].to_numpy(float)
    below = frame["enroll"].to_numpy(float) if "/" in statistic else np.ones(len(frame))
    known = ~np.isnan(column + below)
    column, below = np.where(known, column, 0), np.where(known, below, 0)

    def value(w: np.ndarray) -> float:
        return float(w @ column) if statistic.endswith("total") else float((w @ column) / (w @ below))

    centre, se = value(design.weights), float(np.sqrt(replicates.variance(value)))
    if "/" in statistic:
        return centre, se
    half = t.isf(0.025, replicates.degrees_of_freedom) * se
    return centre, se, centre - half, centre + half


@cache
def drawn() -> tuple[pd.DataFrame, Design, np.ndarray]:
    frame = data("sample_nonresponse")
    design = element_design(
        frame["base_w"].to_numpy(), strata=codes(frame["type"]), population=frame["N_h"].to_numpy(float)
    )
    return frame, design, frame["responded"].to_numpy(bool)


def answers(weights: np.ndarray, population: np.ndarray | None = None) -> tuple[pd.DataFrame, Design]:
    frame, _, heard = drawn()
    kept = frame[heard]
    size = None if population is None else population[heard]
    return kept, element_design(weights[heard], strata=codes(kept["type"]), population=size)


def predictors(frame: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    dummies = pd.get_dummies(frame[["type", "branch", "channel"]], prefix_sep="", drop_first=True).astype(float)
    names = ["(Intercept)", *dummies.columns, "overdue", "reopen", "complained"]
    columns = [np.ones(len(frame)), *dummies.to_numpy().T, *frame[names[-3:]].to_numpy(float).T]
    return names, np.column_stack(columns)


def base_share() -> float:
    kept, design = answers(drawn()[0]["base_w"].to_numpy())
    return float(means(design, kept["satisfied"]).value[0])


def weighted_rate() -> float:
    _, design, heard = drawn()
    return float(means(design, heard.astype(float)).value[0])


def demo(name: str, statistic: str) -> tuple[float, ...]:
    frame, design, heard = drawn()
    base = frame["base_w"].to_numpy()
    match name:
        case "truth":
            return (float(data("customers_nonresponse")["satisfied"].mean()),)
        case "design":
            return (
                {
                    "drawn": len(frame),
                    "respondents": heard.sum(),
                    "response rate unweighted": heard.mean(),
                    "response rate weighted": weighted_rate(),
                }[statistic],
            )
        case "full_response_counterfactual":
            return four(means(design, frame["satisfied"]))
        case "naive":
            plain = frame.loc[heard, "satisfied"]
            return float(plain.mean()), float(plain.std() / np.sqrt(len(plain)))
        case "base_weight_respondents":
            kept, made = answers(base)
            return four(means(made, kept["satisfied"]))
        case "stratum_adjusted":
            adjusted = spread_over_answers(base, heard, codes(frame["type"]))
            kept, made = answers(adjusted, frame["N_h"].to_numpy(float))
            return four(means(made, kept["satisfied"]))
        case "class_response_rate" | "weighting_class":
            classes = (2 * frame["overdue"] + frame["complained"]).to_numpy()
            if name == "weighting_class":
                kept, made = answers(spread_over_answers(base, heard, classes))
                return four(means(made, kept["satisfied"]))
            inside = classes == 2 * int(statistic.split()[2]) + int(statistic.split()[3])
            return (float((base * heard)[inside].sum() / base[inside].sum()),)
        case "raked":
            kept, made = answers(base)
            everyone = data("customers_nonresponse")
            margins = []
            for column in ("type", "branch", "overdue", "complained"):
                known = everyone[column].value_counts().sort_index()
                margins.append((codes(kept[column]), known.to_numpy(float)))
            made = rake(made, margins)
            match statistic:
                case "kish deff":
                    return (kish_effect(made.weights),)
                case "max/min weight":
                    return (float(made.weights.max() / made.weights.min()),)
            return four(means(made, kept["satisfied"]))
        case "response_model":
            names, x = predictors(frame)
            model = response_model(x, heard)
            place = names.index(statistic)
            return float(model.coefficients[place]), float(model.se[place])
    return demo_bias(name, statistic)


def demo_bias(name: str, statistic: str) -> tuple[float, ...]:
    frame, _, heard = drawn()
    base = frame["base_w"].to_numpy()
    _, x = predictors(frame)
    match name:
        case "r_indicator":
            plain = response_model(x, heard).propensity
            weighted = response_model(x, heard, base).propensity
            found = representativity(weighted, heard, base)
            return (
                {
                    "R unweighted": representativity(plain, heard).r,
                    "R weighted": found.r,
                    "max abs bias bound (std)": found.largest_bias,
                    "AUC": representativity(plain, heard).auc,
                }[statistic],
            )
        case "propensity_inverse":
            kept, made = answers(base / response_model(x, heard).propensity)
            return four(means(made, kept["satisfied"]))
        case "propensity_quintile":
            ranks = pd.Series(response_model(x, heard).propensity).rank(method="first")
            classes = pd.qcut(ranks, 5, labels=False).to_numpy()
            kept, made = answers(spread_over_answers(base, heard, classes))
            return four(means(made, kept["satisfied"]))
        case "respondent_vs_nonrespondent":
            return (float(frame.loc[heard, statistic].mean() - frame.loc[~heard, statistic].mean()),)
        case "respondent_vs_nonrespondent_smd":
            return (standardised_difference(frame.loc[heard, statistic], frame.loc[~heard, statistic]),)
        case "chisq_response":
            plain = element_design(np.ones(len(frame)))
            return (independence(plain, heard.astype(np.int64), codes(frame[statistic])).chi2[0],)
        case "bounds":
            return (bounds(base_share(), weighted_rate())[statistic == "best"],)
        case "pattern_mixture":
            return (pattern_mixture(base_share(), weighted_rate(), delta=float(statistic[6:])),)
    assert name == "by_wave"
    return (float(frame.loc[heard & (frame["wave"] == float(statistic[5:])), "satisfied"].mean()),)


def nrba(name: str, statistic: str) -> tuple[float, ...]:
    frame, design, heard = drawn()
    match name:
        case "chisq_response":
            column, which = statistic.split(" ")
            return (independence(design, heard.astype(np.int64), codes(frame[column])).f[which == "p"],)
        case "t_resp_vs_full":
            column, which = statistic.split(" ")
            found = answered_against_drawn(design, frame[column], heard)
            return (found.value, found.se) if which == "difference" else (getattr(found, which),)
        case "range_of_bias":
            multiple = float(statistic.split("=")[1])
            return ((1 - weighted_rate()) * (1 - multiple) * base_share(),)
        case "tipping_point":
            return (tipping_point(base_share(), weighted_rate(), 0.8),)
    counts = {"ER": 300, "EN": 420, "IE": 60, "UE": 220}
    weighted = {key: n * w for (key, n), w in zip(counts.items(), (2, 3, 2, 4), strict=True)}
    plain, heavy = response_rates(*counts.values()), response_rates(*weighted.values())
    known = {"n": 1000, "Nhat": sum(weighted.values()), "e_unwtd": plain.eligible, "e_wtd": heavy.eligible}
    known |= {f"n_{key}": n for key, n in counts.items()} | {f"Nhat_{key}": n for key, n in weighted.items()}
    known |= {f"RR{k}_Unweighted": getattr(plain, f"rr{k}") for k in (1, 3, 5)}
    known |= {f"RR{k}_Weighted": getattr(heavy, f"rr{k}") for k in (1, 3, 5)}
    return (known[statistic],)


def wanted() -> dict[tuple[str, str], np.ndarray]:
    rows = pd.concat([pd.read_csv(file) for file in sorted(FOLDER.glob("expected*.csv"))], ignore_index=True)
    skipped = list(pd.read_csv(FOLDER / "skipped.csv", dtype=str).itertuples())
    return {
        (row.case, row.statistic): np.array([row.value, row.se, row.lo, row.hi])
        for row in rows.itertuples()
        if any(re.fullmatch(family, row.case) for family in FAMILIES)
        and not any(re.fullmatch(s.case, row.case) and re.fullmatch(s.statistic, row.statistic) for s in skipped)
    }


WANT = wanted()


@pytest.mark.parametrize(("case", "statistic"), list(WANT))
def test_agrees_with_r(case: str, statistic: str) -> None:
    want, got = WANT[case, statistic], np.full(4, np.nan)
    found = computed(case, statistic)
    got[: len(found)] = found
    known = ~np.isnan(want)
    np.testing.assert_allclose(got[known], want[known], rtol=1e-6, atol=1e-12)
