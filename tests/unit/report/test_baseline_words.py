"""The baseline page for branches that are hardly there: every part is made, and says plainly what is the matter."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.baseline.record import recorded
from kpi_lib.analysis.baseline.review import BaselineReview, baseline_review
from kpi_lib.analysis.terms import Names, Terms
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params.baselines import BaselineFile
from kpi_lib.params.policy import KpiPolicy
from kpi_lib.report import (
    baseline,
    baseline_charts,
    baseline_network,
    baseline_peers,
    baseline_phases,
    baseline_targets,
)
from kpi_lib.text import Text
from kpi_lib.text.language import language

VIEWS = (
    baseline.verdict, baseline.quality_table, baseline_charts.charts, baseline_phases.phases, baseline_phases.revision,
    baseline_targets.targets, baseline_peers.peers, baseline_network.network,
)  # fmt: skip
KEY = "satisfied_closure_rate"
KPIS = {KEY: CATALOG[KEY]}
MONTHS = pd.date_range("2023-12-01", periods=24, freq="MS")
TERMS = Terms(
    policies={KEY: KpiPolicy(target=1.0, bands=(0.87, 0.92, 0.97, 1.0))},
    weights={KEY: 100.0},
    grades={"fail": 0.0},
    names=Names(branch=Text("North", "北部"), grades={"fail": Text("Fail", "差")}),
)
EN = language("en")


def rows(branch: str, hits: object, cases: object) -> pd.DataFrame:
    """Return what ``compute`` returns: a month without cases has a row and no value."""
    k, n = (np.broadcast_to(np.asarray(x, dtype=float), 24) for x in (hits, cases))
    value = np.divide(k, n, out=np.full(24, np.nan), where=n > 0)
    return pd.DataFrame(
        {
            "kpi": KEY, "branch": branch, "period": MONTHS.strftime("%Y-%m"), "period_start": MONTHS, "numerator": k,
            "denominator": n, "sum_sq": np.nan, "n": n, "value": value, "provisional": False,
        }
    )  # fmt: skip


def review(hits: object, cases: object, **options: object) -> BaselineReview:
    rng = np.random.default_rng(1)
    others = [rows(f"other_{k}", rng.binomial(150, 0.93, 24), 150) for k in range(8)]
    names = {"north": Text("North", "北部")} | {f"other_{k}": Text(f"Other {k}", f"其他{k}") for k in range(8)}
    frame = pd.concat([rows("north", hits, cases), *others], ignore_index=True)
    return baseline_review(frame, branch="north", branches=names, kpis=KPIS, terms=TERMS, **options)


def page(found: BaselineReview, lang: str = "en") -> str:
    return " ".join(repr(view(found, language(lang))) for view in VIEWS)


ONE_MONTH = np.where(np.arange(24) == 23, 40, 0)
CLOSED = np.where(np.arange(24) < 18, 40, 0)
HARD = {
    "no data": ((0, 0), "nothing to set a baseline on"),
    "one month": ((ONE_MONTH * 0.9, ONE_MONTH), "One month only: there is nothing to compare it with."),
    "all equal": ((36, 40), "Same value every month"),
    "always at a target of 100 %": ((40, 40), "Every company target is met at the present level"),
    "closed in the middle of the year": ((CLOSED * 0.9, CLOSED), "has had no value since May 2025"),
    "a part above the whole": ((41, 40), "nothing to set a baseline on"),
}


@pytest.mark.parametrize(("counts", "sentence"), HARD.values(), ids=HARD)
def test_a_branch_that_is_hardly_there_has_a_page_and_a_plain_sentence(counts, sentence):
    found = review(*counts)
    assert sentence in page(found)
    for lang in ("en", "zh"):
        html = "".join(view(found, language(lang)).html for view in VIEWS)
        assert "nan" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL).lower()
        assert "{" not in html
    assert {"kpi", "period"} <= set(found.points.columns)


def test_always_100_percent_meets_100_percent_and_is_no_signal():
    found = review(40, 40)
    assert not any(found.indicators[0].shown.marks)
    own = found.targets[found.targets["origin"] == "ambition"].iloc[0]
    assert own["target"] == 1.0
    assert own["chance_next"] > 0.9
    assert own["assurance"] != "will_not_meet"


def accepted(found: BaselineReview, period: str) -> BaselineFile:
    entry = recorded(found.indicators[0].quality, branch="north")
    return BaselineFile(
        period=period, author="Li Wei", accepted_on=date(2025, 3, 3), data={}, code="0", baselines=(entry,)
    )


def test_the_sentence_the_table_and_the_mark_come_from_the_same_signals():
    hits = np.random.default_rng(2).binomial(200, np.repeat([0.95, 0.85], [14, 10]))
    found = review(hits, 200)
    chart = found.indicators[0].shown
    drawn = baseline_charts.charts(found, EN)
    table = repr(drawn)
    assert chart.found
    newest = max((signal for _, signal in chart.found), key=lambda signal: signal.end)
    assert f"{chart.series.period[newest.start]} to {chart.series.period[newest.end]}" in table or (
        newest.start == newest.end and chart.series.period[newest.start] in table
    )
    assert {1: "▲", -1: "▼", 0: "◇"}[newest.side] in table
    assert drawn.html.count("Not stable") >= 3, "in the overview, the figure's title and the picture"


def test_an_accepted_baseline_is_named_held_to_and_called_old():
    rng = np.random.default_rng(3)
    before = review(rng.binomial(200, 0.93, 24), 200)
    file = accepted(before, "2025-02")
    now = review(rng.binomial(200, np.repeat([0.93, 0.80], [12, 12])), 200, history=(file,))
    watched = now.indicators[0].watched
    assert watched is not None
    assert np.ptp(watched.drawn.centre) == 0
    assert watched.drawn.centre[0] == pytest.approx(file.baselines[0].centre)
    said = page(now)
    assert "Baselines of February 2025, accepted by Li Wei" in said
    assert "9 months old" in said
    assert "outside the present interval" in said
    assert "accepted" in now.budget.table.columns
    assert now.budget.table.set_index("branch").loc["north", "accepted"]
    fresh = review(rng.binomial(200, 0.93, 24), 200, history=(accepted(before, "2025-10"),))
    assert "months old" not in page(fresh)
    assert "✓ holds" in page(fresh)


def test_thin_months_are_drawn_by_quarter():
    rng = np.random.default_rng(4)
    found = review(rng.binomial(8, 0.93, 24), 8)
    one = found.indicators[0]
    assert one.quarters is not None
    assert one.quarters.series.grain == "quarter"
    assert one.quarters.series.numerator.sum() == one.chart.series.numerator[1:22].sum(), "whole quarters only"
    assert "By quarter:" in page(found)
    assert ", by quarter" in baseline_charts.charts(found, EN).html


def test_a_signal_of_the_network_alone_is_reconciled():
    rng = np.random.default_rng(5)
    hits = rng.binomial(400, 0.93, 24)
    hits[-1] = 356
    found = review(hits, 400)
    flag = found.budget.table.set_index("branch").loc["north", "flag"]
    silent = not found.indicators[0].shown.marks[-1]
    assert flag
    assert silent
    assert "A chart's own rules may be silent on a month the network's screen names" in repr(
        baseline.verdict(found, EN)
    )
