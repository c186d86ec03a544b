"""What the baseline methods promise, simulated at length; the suite holds quick seeded versions of the same.

Run: ``python benchmarks/baseline_simulations.py [share of the simulations, 1 for all]``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import control_chart
from kpi_lib.analysis.baseline.network import alarm_budget
from kpi_lib.analysis.baseline.power import sight
from kpi_lib.analysis.baseline.series import Series, series_by, series_of
from kpi_lib.stats.changepoint import date_shift, penalised_breaks, sustained_shifts
from kpi_lib.stats.shrinkage import shrink_means, shrink_rates, shrink_shares

MONTHS = pd.date_range("2023-01-01", periods=36, freq="MS")


def stable_network(rng: np.random.Generator, charts: int = 300) -> list[tuple[str, Series]]:
    """Return stable charts of all kinds: shares of 8 to 600 cases a month, rates, means and durations."""
    parts = []
    for number in range(charts):
        n = rng.poisson(np.exp(rng.uniform(np.log(8), np.log(600))), MONTHS.size) + 1
        kind = ("share", "rate", "mean", "value")[number % 4]
        match kind:
            case "share":
                k = rng.binomial(n, rng.beta(40, 8)).astype(float)
            case "rate":
                k = rng.poisson(n * 0.03).astype(float)
            case "mean":
                k = n * rng.normal(4.2, 0.9 / np.sqrt(n))
            case _:
                k = np.exp(rng.normal(1, 0.3, MONTHS.size))
        parts.append(pd.DataFrame({"chart": number, "kind": kind, "period": MONTHS, "k": k, "n": n}))
    frame = pd.concat(parts)
    found: list[tuple[str, Series]] = []
    for kind, columns in (
        ("share", {"numerator": "k", "denominator": "n"}), ("rate", {"numerator": "k", "denominator": "n"}),
        ("mean", {"numerator": "k", "denominator": "n"}), ("value", {"value": "k"}),
    ):  # fmt: skip
        own = frame[frame["kind"] == kind]
        found += [("north", one) for one in series_by(own, by=("chart",), family=kind, **columns).values()]
    return found


def budget(sims: int) -> Iterator[str]:
    rng = np.random.default_rng(1)
    months = [alarm_budget(stable_network(rng)) for _ in range(sims)]
    some = np.mean([month.table["flag"].any() for month in months])
    plain = np.mean([month.table["beyond"].sum() for month in months])
    error = np.sqrt(some * (1 - some) / sims)
    yield f"300 stable charts, {sims} months: {some:.1%} ± {error:.1%} of the months with any flag (budget 10 %)"
    yield f"  plain three-sigma flags a month: {plain:.2f} (expected by the page: {months[0].expected:.2f})"


def coverage(sims: int) -> Iterator[str]:
    rng = np.random.default_rng(2)
    for name in ("shares", "rates", "means"):
        inside, errors = [], []
        for _ in range(sims):
            n = np.exp(rng.uniform(np.log(8), np.log(600), 30)).astype(int)
            match name:
                case "shares":
                    truth = rng.beta(60, 10, 30)
                    k = rng.binomial(n, truth)
                    found, pooled = shrink_shares(k, n), k.sum() / n.sum()
                case "rates":
                    truth = rng.gamma(6, 0.02 / 6, 30)
                    k = rng.poisson(truth * n)
                    found, pooled = shrink_rates(k, n), k.sum() / n.sum()
                case _:
                    truth = rng.normal(4.2, 0.15, 30)
                    y = rng.normal(truth, 0.9 / np.sqrt(n))
                    found, pooled = shrink_means(y, 0.81 / n), float(np.average(y, weights=n))
            inside.append((found.lo <= truth) & (truth <= found.hi))
            errors.append([np.sqrt(np.mean((guess - truth) ** 2)) for guess in (found.raw, pooled, found.value)])
        raw, common, shrunken = np.mean(errors, axis=0)
        covered = float(np.mean(inside))
        yield f"pooled {name}, 30 branches, {sims} sims: 95 % intervals cover {covered:.1%}"
        yield f"  error raw {raw:.4f}, common level {common:.4f}, shrunken {shrunken:.4f}"


def power(sims: int) -> Iterator[str]:
    rng = np.random.default_rng(3)
    for n in (10, 40, 200, 1000):
        seen, flagged = [], []
        for _ in range(sims):
            rows = pd.DataFrame({"period": MONTHS[:24], "k": rng.binomial(n, 0.85, 24), "n": n})
            series = series_of(rows, numerator="k", denominator="n", higher_is_better=False)
            seen.append(sight(control_chart(series, kind="p")).in_a_year)
            both = pd.DataFrame({"period": MONTHS, "k": [*rows["k"], *rng.binomial(n, 0.90, 12)], "n": n})
            whole = series_of(both, numerator="k", denominator="n")
            chart = control_chart(whole, kind="p", freeze=(MONTHS[0], MONTHS[23]))
            flagged.append(any(signal.end >= 24 and signal.side > 0 for _, signal in chart.found))
        told = np.nanmedian(seen) if np.isfinite(seen).any() else np.nan
        yield (
            f"85 -> 90 % at {n} cases a month: flagged within twelve months by limits or runs {np.mean(flagged):.0%}; "
            f"smallest rise the page calls seen in a year {told:.1%}"
        )


def dates(sims: int) -> Iterator[str]:
    rng = np.random.default_rng(4)
    hit, found, false = 0, 0, 0
    for _ in range(sims):
        y = rng.normal(size=36) + np.repeat([0.0, 2.0], [24, 12])
        places = sorted({*sustained_shifts(y), *penalised_breaks(y)}, key=lambda at: abs(at - 24))
        if places:
            shift = date_shift(y, places[0], rng=rng, draws=200)
            found += 1
            hit += shift.first <= 24 <= shift.last
        calm = rng.normal(size=36)
        places = sorted({*sustained_shifts(calm), *penalised_breaks(calm)})
        false += any(date_shift(calm, at, rng=rng, draws=200).p_value <= 0.01 for at in places[:1])
    yield f"shift of 2 sigma: found in {found / sims:.0%}, date inside its 95 % interval in {hit / max(found, 1):.0%}"
    yield f"series without a shift: a phase proposed in {false / sims:.1%}"


def main(share: float) -> None:
    for part, sims in ((budget, 300), (coverage, 300), (power, 400), (dates, 300)):
        for line in part(max(1, round(sims * share))):
            print(line, flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
