"""The course of a signal has the limits of its earlier periods."""

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.cases.course import courses
from kpi_lib.analysis.cases.signals import signals
from kpi_lib.kpi.signals import SIGNALS
from kpi_lib.stats.spc import limits

KPIS = {key: SIGNALS[key].kpi for key in ("reopened", "transferred")}


def judged(n, of, missing=None):
    labels = [f"2025-{month:02d}" for month in range(1, len(n) + 1)]
    frame = pd.DataFrame(
        {"kpi": "reopened", "period": labels, "period_start": pd.to_datetime(labels), "numerator": n,
         "denominator": of, "value": np.divide(n, of, out=np.full(len(n), np.nan), where=np.asarray(of) > 0),
         "n_unknown": 0}
    )  # fmt: skip
    return signals(
        frame, period=labels[-1], kpis=KPIS, missing={"transferred": ("tickets.transfers",)}, cases={}
    )  # fmt: skip


def test_the_last_period_is_no_part_of_its_own_limits():
    n, of = [10.0] * 11 + [60.0], [200.0] * 12
    (course,) = courses(judged(n, of))
    wanted = limits("p_prime", n[:-1], of[:-1])
    assert course.level == pytest.approx(0.05)
    assert course.upper[-1] == pytest.approx(wanted.upper[0])
    assert course.beyond == (*[0] * 11, 1)
    assert course.periods[-1] == "2025-12"


def test_periods_that_vary_anyway_have_wide_limits():
    n, of = [2.0, 30.0] * 6 + [40.0], [200.0] * 13
    (course,) = courses(judged(n[:12], of[:12]))
    assert course.beyond[-1] == 0
    assert course.upper[-1] > limits("p", n[:11], of[:11]).upper[0]


def test_a_period_without_cases_has_no_share_and_a_signal_without_any_is_not_drawn():
    (course,) = courses(judged([5.0, 0.0, 5.0], [100.0, 0.0, 100.0]))
    assert np.isnan(course.share[1])
    assert courses(judged([0.0, 0.0], [0.0, 0.0])) == ()
