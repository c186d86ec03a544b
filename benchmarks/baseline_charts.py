"""43 branches x 10 indicators x 36 months: every chart chosen, drawn up and judged, against one peer call a chart.

The peer is clinical-qikit (``pip install clinical-qikit``), told which chart to draw; ours chooses the chart itself.
Run: ``python benchmarks/baseline_charts.py``.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import control_chart
from kpi_lib.analysis.baseline.quality import baseline_quality
from kpi_lib.analysis.baseline.series import series_of
from kpi_lib.stats.false_alarms import flagged
from kpi_lib.stats.screen import screen

BRANCHES, KPIS, MONTHS = 43, 10, 36


def frames() -> list[tuple[str, pd.DataFrame]]:
    rng = np.random.default_rng(20251101)
    months = pd.date_range("2023-01-01", periods=MONTHS, freq="MS")
    found = []
    for _ in range(BRANCHES):
        cases = rng.integers(8, 600)
        for number in range(KPIS):
            n = rng.poisson(cases, MONTHS) + 1
            p = rng.beta(40, 8) if number < 7 else 0.02
            hits = rng.binomial(n, p) if number < 9 else np.exp(rng.normal(1, 0.3, MONTHS))
            found.append(
                (
                    "i" if number == 9 else "u" if number >= 7 else "p",
                    pd.DataFrame({"period": months, "k": hits, "n": n}),
                )
            )
    return found


def ours(data: list[tuple[str, pd.DataFrame]]) -> None:
    for kind, frame in data:
        columns = {"value": "k"} if kind == "i" else {"numerator": "k", "denominator": "n"}
        family = {"i": "value", "u": "rate", "p": "share"}[kind]
        chart = control_chart(series_of(frame, family=family, **columns))
        baseline_quality(chart)


def at_once(data: list[tuple[str, pd.DataFrame]]) -> None:
    families = {"p": "share", "u": "rate", "i": "value"}
    p_values = []
    for kind, family in families.items():
        own = [frame for name, frame in data if name == kind]
        if not own:
            continue
        k, n = (np.array([frame[column] for frame in own], dtype=float) for column in ("k", "n"))
        found = screen(family, np.log(k), None) if kind == "i" else screen(family, k, n)
        p_values.append(found.p[:, -1])
    flagged(np.concatenate(p_values), rate=0.1)


def peer(data: list[tuple[str, pd.DataFrame]]) -> None:
    from qikit import qic

    for kind, frame in data:
        qic(data=frame, x="period", y="k", n=None if kind == "i" else "n", chart=kind)


def main() -> None:
    data = frames()
    for name, run in (
        ("ours, the network's screen (limits, flags, runs, false-alarm budget)", at_once),
        ("ours, full review of every chart (season, autocorrelation, quality)", ours),
        ("clinical-qikit, one call a chart", peer),
    ):
        run(data[:5])
        start = time.perf_counter()
        run(data)
        print(f"{name}: {time.perf_counter() - start:.2f} s for {len(data)} charts")


if __name__ == "__main__":
    main()
