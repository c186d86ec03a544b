"""Hand-made frames of the shape ``compute`` returns, and a scorecard made from them."""

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.scorecard import scorecard
from kpi_lib.analysis.terms import Names, Terms
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params.policy import Industry, KpiPolicy
from kpi_lib.stats import intervals
from kpi_lib.text import Text

POLICIES = {
    "first_response_hours_median": KpiPolicy(baseline=2, target=1.5, bands=(3, 2, 1.5, 1)),
    "phone_connect_rate": KpiPolicy(
        baseline=0.90,
        target=0.95,
        bands=(0.85, 0.90, 0.95, 0.98),
        industry=Industry(value=0.93, as_of="2025-07-01", source={"en": "Sample", "zh": "示例"}),
    ),
    "first_time_fix_rate": KpiPolicy(baseline=0.80, target=0.85, bands=(0.70, 0.80, 0.85, 0.90)),
    "csat_score": KpiPolicy(baseline=4.0, target=4.5, bands=(3.5, 4.0, 4.5, 4.8)),
    "complaint_rate": KpiPolicy(baseline=0.025, target=0.02, bands=(0.04, 0.025, 0.02, 0.01)),
    "classification_accuracy_rate": KpiPolicy(baseline=0.85, target=0.90, bands=(0.80, 0.85, 0.90, 0.95)),
}
WEIGHTS = {
    "first_response_hours_median": 25.0,
    "phone_connect_rate": 15.0,
    "classification_accuracy_rate": 20.0,
    "first_time_fix_rate": 20.0,
    "csat_score": 20.0,
}
GRADES = {"excellent": 90.0, "good": 80.0, "pass": 60.0, "improve": 40.0, "fail": 0.0}


def _share(k, n):
    lo, hi = map(float, intervals.wilson(k, n))
    return {"numerator": k, "denominator": n, "n": n, "value": k / n, "lo": lo, "hi": hi}


def _rate(k, n):
    lo, hi = map(float, intervals.poisson_rate(k, n))
    return {"numerator": k, "denominator": n, "n": n, "value": k / n, "lo": lo, "hi": hi}


def _mean(mean, sd, n):
    total = round(mean * n)
    total_sq = total**2 / n + (n - 1) * sd**2
    lo, hi = map(float, intervals.mean_t(total, total_sq, n))
    return {"numerator": total, "denominator": n, "sum_sq": total_sq, "n": n, "value": total / n, "lo": lo, "hi": hi}


def _median(value, lo, hi, n):
    return {"denominator": n, "n": n, "value": value, "lo": lo, "hi": hi}


def _row(kpi, period, **values):
    start = pd.Timestamp(period)
    blank = dict.fromkeys(("numerator", "denominator", "sum_sq", "n", "value", "lo", "hi"), np.nan)
    return {
        "kpi": kpi,
        "branch": "chengdu",
        "period": period,
        "period_start": start,
        "period_end": start + pd.offsets.MonthBegin(1),
        **blank,
        "n_pending": 0,
        "n_unknown": 0,
        "provisional": False,
        "reason": "",
        **values,
    }


@pytest.fixture
def frame():
    """Three months of six KPIs; in the last, connections fell beyond chance and nobody was audited."""
    months = ("2025-09", "2025-10", "2025-11")
    rows = []
    for month in months:
        last = month == months[-1]
        rows += [
            _row("first_response_hours_median", month, **_median(1.4, 1.2, 1.7, 410)),
            _row("phone_connect_rate", month, **(_share(360, 410) if last else _share(395, 410))),
            _row("first_time_fix_rate", month, **_share(340, 400)),
            _row("csat_score", month, **_mean(4.3, 0.9, 90)),
            _row("complaint_rate", month, **_rate(12, 410)),
            _row("classification_accuracy_rate", month, **(_no_rows() if last else _share(40, 45))),
        ]
    return pd.DataFrame(rows)


def _no_rows():
    return {"numerator": 0.0, "denominator": 0.0, "n": 0.0, "reason": "no_rows"}


@pytest.fixture
def terms():
    return Terms(
        policies=POLICIES,
        weights=WEIGHTS,
        grades=GRADES,
        names=Names(
            branch=Text("Chengdu <b>", "成都 <b>"),
            grades={key: Text(key.title(), key) for key in GRADES},
            scenarios={"speed_first": Text("Speed first", "响应优先")},
        ),
        weightings={"speed_first": {**WEIGHTS, "first_response_hours_median": 60.0}},
    )


@pytest.fixture
def buckets():
    created = [("created", bucket, state, n) for state, counts in (("resolved", (300, 60, 25, 15, 2)),
               ("open", (0, 1, 2, 3, 2))) for bucket, n in enumerate(counts)]  # fmt: skip
    now = [("open_now", bucket, "open", n) for bucket, n in enumerate((4, 3, 2, 3, 5))]
    rows = [*created, *now, ("created", -1, "unknown", 1)]
    return pd.DataFrame(rows, columns=["scope", "bucket", "state", "n_tickets"])


@pytest.fixture
def answers():
    frame = pd.DataFrame(
        [("score", answer, n) for answer, n in zip("54321", (50, 25, 9, 4, 2), strict=True)]
        + [("letter", answer, 0) for answer in "ABCD"],
        columns=["scale", "answer", "n_answers"],
    )
    return frame.assign(share=frame["n_answers"] / frame.groupby("scale")["n_answers"].transform("sum"))


@pytest.fixture
def card(frame, terms, buckets, answers):
    return scorecard(
        frame,
        branch="chengdu",
        kpis={key: CATALOG[key] for key in POLICIES} | {"process_compliance_rate": CATALOG["process_compliance_rate"]},
        terms=terms,
        within=pd.DataFrame([{"kpi": "first_response_hours_median", "numerator": 180.0, "denominator": 410.0}]),
        missing={"process_compliance_rate": ("audits.process_compliant",)},
        buckets=buckets,
        feedback=answers,
    )
