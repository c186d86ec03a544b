"""Signals and stages judged."""

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.cases.signals import signals
from kpi_lib.analysis.cases.stages import stages
from kpi_lib.kpi.signals import SIGNALS
from kpi_lib.stats.differences import mean_difference, share_difference


def counted(key, period, n, of):
    return {
        "kpi": key, "period": period, "period_start": pd.Timestamp(period), "numerator": float(n),
        "denominator": float(of), "value": n / of if of else np.nan, "n": float(of), "n_unknown": 2,
    }  # fmt: skip


def test_a_signal_is_compared_with_all_earlier_periods_together():
    keys = ("reopened", "transferred", "no_answer")
    frame = pd.DataFrame(
        [counted("reopened", month, n, 100) for month, n in (("2025-09", 3), ("2025-10", 5), ("2025-11", 20))]
        + [counted("transferred", month, 0, of) for month, of in (("2025-09", 50), ("2025-10", 50), ("2025-11", 0))]
    )
    found = signals(
        frame, period="2025-11", kpis={key: SIGNALS[key].kpi for key in keys},
        missing={"no_answer": ("calls.customer_id",)}, cases={},
    )  # fmt: skip
    rows = found.table.set_index("signal")
    change = share_difference(20, 100, 8, 200, level=0.975)
    assert rows.loc["reopened", ["n", "of", "n_before", "of_before", "before"]].to_list() == [20, 100, 8, 200, 0.04]
    assert rows.loc["reopened", ["change", "change_lo", "change_hi"]].to_list() == pytest.approx(
        [float(change.value), float(change.lo), float(change.hi)]
    )
    assert found.change_level == 0.975, "two signals could be compared"
    assert found.risen["signal"].to_list() == ["reopened"]
    assert found.before == ("2025-09", "2025-10")
    assert rows.loc["no_answer", "needs"] == "calls.customer_id"
    assert np.isnan(rows.loc["transferred", "share"]), "no case at all is no share of 0"
    assert len(found.series) == 6


def hours(span, n, **means):
    rows = [
        {"span": span, "stage": stage, "n": n, "sum_hours": n * mean, "sum_sq": n * (mean**2 + 1)}
        for stage, mean in means.items()
    ]
    return pd.DataFrame(rows)


def test_the_stage_that_lost_the_time_and_a_sum_that_holds():
    frame = pd.concat(
        [
            hours("reference", 400, response=1, visit=9, repair=5, untold=0, total=15),
            hours("current", 100, response=1.1, visit=8, repair=9, untold=0.2, total=18.3),
        ]
    )
    found = stages(frame)
    rows = found.table.set_index("stage")
    assert found.slower["stage"] == "repair"
    parts = rows.drop(index="total")
    for column in ("mean", "before", "change"):
        assert parts[column].sum() == pytest.approx(rows.loc["total", column])
    change = mean_difference(900, 100 * 82, 100, 2000, 400 * 26, 400, level=1 - 0.05 / 3)
    assert rows.loc["repair", "change_lo"] == pytest.approx(float(change.lo))
    assert rows.loc["repair", "sd"] == pytest.approx(np.sqrt(100 / 99))


def test_nothing_slower_nothing_before_and_nothing_at_all():
    alone = stages(hours("current", 10, repair=5, total=5))
    assert alone.slower is None
    assert np.isnan(alone.table.set_index("stage").loc["repair", "change"])
    empty = stages(
        pd.DataFrame(columns=["span", "stage", "n", "sum_hours", "sum_sq"]), missing=("tickets.resolved_at",)
    )
    assert len(empty.table) == 0
    assert empty.slower is None


def test_of_nine_signals_where_nothing_changed_hardly_ever_one_is_named():
    rng, keys, named = np.random.default_rng(1), list(SIGNALS), 0
    for _ in range(80):
        rows = [
            counted(key, f"2025-{month:02d}", rng.binomial(150, 0.08), 150) for key in keys for month in range(1, 12)
        ]
        found = signals(
            pd.DataFrame(rows), period="2025-11", kpis={key: SIGNALS[key].kpi for key in keys}, missing={}, cases={}
        )  # fmt: skip
        named += bool(found.table["clear"].any())
    # Four of 80 are expected at most; judged each by itself, 25 would be.
    assert named <= 10
