"""Sample sizes, allocations, draws, audit plans and agreement against R packages, textbooks and AICPA tables."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.stats.intervals import wilson
from kpi_lib.stats.sampling.allocate import (
    Allocation,
    exact_shares,
    for_budget,
    for_variance,
    priorities,
    se_of_mean,
)
from kpi_lib.stats.sampling.audit import agreement, audit_band, audit_size, linear_weights, upper_limit
from kpi_lib.stats.sampling.draw import inclusion_probabilities, lowest, pareto_order, systematic, systematic_pairs
from kpi_lib.stats.sampling.plan import CoverageRule, coverage
from kpi_lib.stats.sampling.shares import ShareInterval, share_interval
from kpi_lib.stats.sampling.size import (
    ShareSize,
    finite,
    follow_up,
    size_for_cv,
    size_for_mean,
    size_for_share,
    size_steps,
    size_two_means,
    size_two_shares,
    size_two_waves,
)

FOLDER = Path(__file__).parent / "survey"
FAMILIES = (
    r"(size|alloc|book|audit|rule|prn|systematic)/.*",
    r"pps/(systematic_pi2|belgian)",
    r"ci/(wilson|clopper_pearson)",
)
HOSPITALS = {
    "population": np.array([215.0, 65, 252, 50, 149, 144]),
    "sd": np.array([26787207.0, 10645109, 6909676, 11085034, 9817762, 44553355]),
}
COST = np.array([1400.0, 200, 300, 600, 450, 1000])


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / name)


def numbers(statistic: str) -> dict[str, float]:
    pairs = re.findall(r"([A-Za-z0-9]+)=\s*([-+.\w]+)", statistic)
    return {key: math.inf if value == "Inf" else float(value) for key, value in pairs}


def size(name: str, statistic: str) -> float | tuple[float, ...]:
    v = numbers(statistic)
    match name:
        case "prop_moe":
            return finite(size_for_share(v["p"], v["e"], level=1 - v["alpha"]), v["N"], less_one=True)
        case "prop_logodds":
            return size_for_share(v["p"], v["e"], method=ShareSize.LOG_ODDS)
        case "prop_wilson":
            n = size_for_share(v["p"], v["e"], method=ShareSize.WILSON)
            lo, hi = wilson(v["p"] * n, n)
            return n, math.nan, float(lo), float(hi)
        case "prop_cv":
            return size_for_cv(math.sqrt((1 - v["p"]) / v["p"]), v["cv"])
        case "mean_moe":
            return finite(size_for_mean(v["S"], v["e"]), v["N"])
        case "mean_cv":
            return finite(size_for_cv(v["CVpop"], v["CV0"]), v["N"])
        case "two_prop" | "two_prop_arcsine":
            return size_two_shares(v["p1"], v["p2"], power=v["power"], arcsine=name.endswith("arcsine"))
        case "two_mean":
            return size_two_means(v["delta"], v["sd"], power=v["power"])
        case "two_prop_overlap":
            return math.ceil(size_two_waves(0.5, 0.45, both=0.35, overlap=0.5))
        case "audit_attr" | "audit_attr_binom":
            acceptable, population = int(v["acc"]), v.get("N", math.inf)
            return audit_size(v["tol"], acceptable=acceptable, level=v["CL"], population=population)
        case "nrfu":
            found = follow_up(1e5, cost_first=50, cost_follow_up=200, response=0.5)
            return found.first if statistic.startswith("n1") else round(found.rate, 4)
        case "pipeline":
            n0 = size_for_share(v["p"], v["e"])
            return size_steps(n0, population=v["N"], deff=v["deff"], response=v["rr"]).invited
    raise LookupError(name)


def allocated(name: str, statistic: str) -> float:
    population, sd = HOSPITALS["population"], HOSPITALS["sd"]
    if name == "neyman_n100":
        n = exact_shares(100, priorities(Allocation.NEYMAN, population, sd=sd))
        if statistic == "anticipated SE":
            return se_of_mean(n, population, sd)
    elif name == "totcost_100000":
        n = for_budget(1e5, population, sd, COST)
    elif name == "totvar_cv05":
        n = for_variance((0.05 * 11664181) ** 2, population, sd, COST)
    elif name.startswith("power"):
        n = exact_shares(100, priorities(Allocation.POWER, population, power=float(name.split("_")[1])))
    else:
        share = np.array([0.6, 0.8, 0.9, 0.7, 0.85, 0.95])
        n = exact_shares(400, priorities(Allocation.NEYMAN, 50 * population, sd=np.sqrt(share * (1 - share))))
    return float(n[int(statistic[1]) - 1])


def book(name: str, statistic: str) -> float | tuple[float, ...]:
    if name == "cochran_cities":
        cities = read("cochran_cities.csv")
        population, sd = cities["N"].to_numpy(float), np.sqrt(cities["S2"].to_numpy(float))
        if statistic.startswith("neyman"):
            return float(exact_shares(24, priorities(Allocation.NEYMAN, population, sd=sd))[int(statistic[-1]) - 1])
        if "srs" in statistic:
            return 64 * se_of_mean(np.array([24.0]), np.array([64.0]), np.array([math.sqrt(52448)]))
        n = np.array([6.0, 18.0] if "proportional" in statistic else [12.0, 12.0])
        return 64 * se_of_mean(n, population, sd)
    counties = read("lohr_agstrat_summary.csv")
    population, sd, n = counties["N"].to_numpy(float), np.sqrt(counties["s2"].to_numpy()), counties["n"].to_numpy(float)
    if name == "lohr_agstrat":
        total, se = float(population @ counties["ybar"]), population.sum() * se_of_mean(n, population, sd)
        return total, se
    rule = Allocation.NEYMAN if name.endswith("neyman") else Allocation.PROPORTIONAL
    shares = exact_shares(300, priorities(rule, population, sd=sd))
    return float(shares[list(counties["region"]).index(statistic)])


def audit(name: str, statistic: str) -> float | tuple[float, ...]:
    v = numbers(statistic)
    if name.startswith("plan"):
        return audit_size(v["tol"], expected=v["expected"], level=v["CL"], population=v.get("N", math.inf))
    if name.startswith("upper"):
        share = v["k"] / v["n"]
        return share, math.nan, math.nan, upper_limit(int(v["k"]), int(v["n"]), v.get("N", math.inf))
    table, which = statistic.split(" ", 1)
    counts = {"balanced": [40, 5, 3, 52], "skewed": [90, 5, 4, 1], "three": [30, 6, 0, 4, 25, 5, 1, 3, 26]}[table]
    k = math.isqrt(len(counts))
    found = agreement(np.reshape(counts, (k, k)), weights=linear_weights(k) if which.startswith("linear") else None)
    if which.endswith("kappa"):
        return found.kappa, found.kappa_se
    return {"observed": found.observed, "gwet_ac1": found.ac1, "pabak": found.pabak}[which]


def rule(name: str, statistic: str) -> float | tuple[float, ...]:
    v = numbers(statistic)
    if name == "audit_draw":
        lo, hi = audit_band(int(v["tickets"]))
        return lo, math.nan, lo, hi
    customers, complaining = int(v["customers"]), int(v["complaining"])
    return coverage(customers, complaining, rule=CoverageRule.LARGER).needed


def drawn(name: str, statistic: str) -> float:
    units = read("prn_draw.csv")
    strata = pd.factorize(units["h"])[0].astype(np.int64)
    first = units.groupby("h")["n"].first().to_numpy()
    prn = units["prn"].to_numpy()
    if name == "srs":
        picks = []
        for start, column in ((0.0, "srs"), (0.3, "srs_start.3")):
            chosen, _ = lowest(prn, strata, first, start=start)
            np.testing.assert_array_equal(np.isin(np.arange(len(units)), chosen), units[column] == 1)
            picks.append(set(chosen))
        return len(picks[0] & picks[1])
    probability = np.zeros(len(units))
    for stratum, n in enumerate(first):
        inside = strata == stratum
        probability[inside] = inclusion_probabilities(units.loc[inside, "size"].to_numpy(float), n)
    np.testing.assert_allclose(probability, units["lambda"], rtol=1e-9)
    order = pareto_order(prn, probability)
    np.testing.assert_allclose(order[probability < 1], units.loc[probability < 1, "Q"], rtol=1e-6)
    chosen, _ = lowest(order, strata, first)
    np.testing.assert_array_equal(np.isin(np.arange(len(units)), chosen), units["pareto"] == 1)
    return len(chosen)


def computed(case: str, statistic: str) -> float | tuple[float, ...]:
    kind, _, name = case.partition("/")
    match kind:
        case "size":
            return size(name, statistic)
        case "alloc":
            return allocated(name, statistic)
        case "book":
            return book(name, statistic)
        case "audit":
            return audit(name, statistic)
        case "rule":
            return rule(name, statistic)
        case "prn":
            return drawn(name, statistic)
        case "systematic":
            v = numbers(statistic)
            places = systematic(int(v["n"]), int(v["N"]), v["u"]) + 1
            assert " ".join(map(str, places)) in HOW[case, statistic]
            return len(places)
        case "ci":
            v = numbers(statistic)
            share, n = v["k"] / v["n"], int(v["n"])
            if name == "wilson":
                lo, hi = wilson(v["k"], n)
                return share, math.nan, float(lo), float(hi)
            # A simple random sample without correction: the effective size is n - 1 scaled back to n.
            se, df = math.sqrt(share * (1 - share) / n), n - 1
            lo, hi = share_interval(share, se, n, df=df, method=ShareInterval.KORN_GRAUBARD)
            return share, math.nan, lo, hi
    return pps(name, statistic)


def pps(name: str, statistic: str) -> float:
    if name == "systematic_pi2":
        first, second = (int(place) - 1 for place in statistic.split())
        return float(systematic_pairs(np.array([0.2, 0.7, 0.8, 0.5, 0.4, 0.4]))[first, second])
    probability = inclusion_probabilities(read("belgianmunicipalities.csv")["Tot04"].to_numpy(float), 50)
    return float(probability.sum() if statistic == "sum pik" else (probability == 1).sum())


def wanted() -> pd.DataFrame:
    rows = pd.concat([pd.read_csv(file) for file in sorted(FOLDER.glob("expected*.csv"))], ignore_index=True)
    skipped = list(pd.read_csv(FOLDER / "skipped.csv", dtype=str).itertuples())
    keep = [
        any(re.fullmatch(family, row.case) for family in FAMILIES)
        and not any(re.fullmatch(s.case, row.case) and re.fullmatch(s.statistic, row.statistic) for s in skipped)
        for row in rows.itertuples()
    ]
    return rows[keep]


ROWS = wanted()
WANT = {(row.case, row.statistic): np.array([row.value, row.se, row.lo, row.hi]) for row in ROWS.itertuples()}
HOW = {(row.case, row.statistic): row.how for row in ROWS.itertuples()}


@pytest.mark.parametrize(("case", "statistic"), list(WANT))
def test_agrees(case: str, statistic: str) -> None:
    want, got = WANT[case, statistic], np.full(4, np.nan)
    found = np.atleast_1d(np.asarray(computed(case, statistic), dtype=float))
    got[: len(found)] = found
    known = ~np.isnan(want)
    np.testing.assert_allclose(got[known], want[known], rtol=1e-6, atol=1e-12)
