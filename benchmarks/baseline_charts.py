"""43 branches x 10 indicators x 36 months: every verdict in one run, against one peer call a chart.

Ours, from one table: the full calendar, evidence (dispersion, season, autocorrelation, shifts), the chart it asks for,
exact or Laney limits, 3-sigma and Anhøj signals, eleven quality checks with a grade, the interval of the centre, and
the network's false-alarm budget. The peer is clinical-qikit (``pip install clinical-qikit``), told which chart to draw:
limits, 3-sigma and Anhøj signals.

Run: ``python benchmarks/baseline_charts.py``.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import ChartRequest, control_charts
from kpi_lib.analysis.baseline.network import alarm_budget
from kpi_lib.analysis.baseline.quality import baseline_qualities
from kpi_lib.analysis.baseline.series import Family, series_by

BRANCHES, KPIS, MONTHS, REPEATS = 43, 10, 36, 5
FAMILIES: dict[Family, str] = {"share": "p", "rate": "u", "value": "i"}
"""Families of the indicators, and the peer's chart for each."""


def table() -> pd.DataFrame:
    """Return ``family, kpi, branch, period, k, n``: seven shares, two rates and a duration a branch."""
    rng = np.random.default_rng(20251101)
    months = pd.date_range("2023-01-01", periods=MONTHS, freq="MS")
    parts = []
    for branch in range(BRANCHES):
        cases = rng.integers(8, 600)
        for number in range(KPIS):
            n = rng.poisson(cases, MONTHS) + 1
            p = rng.beta(40, 8) if number < 7 else 0.02
            k = rng.binomial(n, p) if number < 9 else np.exp(rng.normal(1, 0.3, MONTHS))
            family = "share" if number < 7 else "rate" if number < 9 else "value"
            own = {"family": family, "kpi": f"kpi {number}", "branch": f"branch {branch}", "period": months}
            parts.append(pd.DataFrame({**own, "k": k, "n": n}))
    return pd.concat(parts, ignore_index=True)


def ours(data: pd.DataFrame) -> int:
    charts = []
    for family in FAMILIES:
        columns = {"value": "k"} if family == "value" else {"numerator": "k", "denominator": "n"}
        own = data[data["family"] == family]
        charts += list(series_by(own, by=("branch", "kpi"), family=family, **columns).items())
    baseline_qualities(control_charts([ChartRequest(series=series) for _, series in charts]))
    alarm_budget([(str(branch), series) for (branch, _), series in charts])
    return len(charts)


def peer(data: pd.DataFrame) -> int:
    from qikit import qic

    groups = data.groupby(["family", "branch", "kpi"])
    for (family, _, _), own in groups:
        qic(data=own, x="period", y="k", n=None if family == "value" else "n", chart=FAMILIES[family])
    return groups.ngroups


def main() -> None:
    data = table()
    runs = {"ours, every verdict": ours, "clinical-qikit, one call a chart": peer}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run(data[data["branch"] == "branch 0"])
    for _ in range(REPEATS):
        for name, run in runs.items():
            start = time.perf_counter()
            charts = run(data)
            seconds[name].append(time.perf_counter() - start)
    for name, found in seconds.items():
        print(f"{name}: median {statistics.median(found):.2f} s of {REPEATS} runs, {charts} charts")
    a, b = (statistics.median(found) for found in seconds.values())
    print(f"{b / a:.1f} times as fast")


if __name__ == "__main__":
    main()
