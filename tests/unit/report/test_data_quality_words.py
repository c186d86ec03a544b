"""The data-quality page says what came and what was left out, in both languages, with text escaped."""

from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest

from kpi_lib.analysis.data_quality import DataQuality, flagged_drops
from kpi_lib.data.fingerprint import Fingerprint
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.report import completeness, data_quality
from kpi_lib.text import Text
from kpi_lib.text.language import language

EN = language("en")
VIEWS = [
    data_quality.verdict,
    data_quality.came,
    data_quality.left_out,
    data_quality.unavailable,
    completeness.volume,
    completeness.by_period,
    completeness.by_branch,
]


def one_row(**values):
    return pd.DataFrame([{"table": "tickets", "source": "tickets", **values}])


@pytest.fixture
def quality():
    months = pd.DataFrame(
        {
            "table": "tickets",
            "column": "visits",
            "period": ["2025-09", "2025-10", "2025-11"],
            "n_rows": [100, 100, 100],
            "n_filled": [99, 98, 40],
        }
    )
    months["share"] = months["n_filled"] / months["n_rows"]
    return DataQuality(
        branch="chengdu",
        period="2025-11",
        sources=[Fingerprint("tickets", "raw/<b>.csv", "ab" * 32, 1000, 103, datetime(2025, 12, 3))],
        accounts=one_row(n_rows=310, n_filtered=10, n_quarantined=3, n_accepted=297),
        rejected=one_row(reason="unknown_branch(branch)", n_rows=3, examples="4, 5, 6"),
        voided=one_row(column="resolved_at", reason="sentinel_date", n_values=1, examples="<img src=x>"),
        warnings=one_row(check="month_gap", columns="", n_rows=25, n_failed=1, examples="2024-02"),
        by_period=flagged_drops(months),
        by_branch=months.tail(1).assign(branch="chengdu"),
        missing={"first_time_fix_rate": ("tickets.visits",)},
        weights={"first_time_fix_rate": 20.0, "csat_score": 80.0},
        kpis={key: CATALOG[key] for key in ("first_time_fix_rate", "csat_score")},
        branches={"chengdu": Text("Chengdu", "成都")},
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_view_is_made_in_both_languages_and_escaped(view, lang, quality):
    html = view(quality, language(lang)).html
    assert "<img" not in html
    assert "<b>" not in html
    assert "{" not in html


def test_the_verdict_counts_rows_indicators_and_weight(quality):
    said = repr(data_quality.verdict(quality, EN))
    assert "297 of the 300 rows that came are used (99.00%); 3 were set aside" in said
    assert "1 of 2 indicators can be computed" in said
    assert "lacks 20% of its weight" in said
    assert "3 rows set aside. Branch not in the registry (branch)" in said
    assert "1 value of Resolved set to missing. Date that stands for none" in said
    assert "Visits was filled far less than usual in November 2025" in said


def test_nothing_wrong_is_said_plainly(quality):
    clean = replace(
        quality,
        rejected=quality.rejected.head(0),
        voided=quality.voided.head(0),
        warnings=quality.warnings.head(0),
        by_period=quality.by_period.assign(flagged=False),
        missing={},
    )
    assert data_quality.tasks(clean, EN) == ["Nothing was set aside and nothing looks odd."]
    assert "No row was set aside." in repr(data_quality.left_out(clean, EN))
    assert "The composite has all its indicators." in repr(data_quality.verdict(clean, EN))


def test_a_lacking_column_is_named_for_people_and_for_the_mapping(quality):
    assert "Visits (tickets.visits)" in repr(data_quality.unavailable(quality, EN))
