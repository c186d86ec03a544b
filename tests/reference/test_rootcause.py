"""Simulated cases with known truth, made by another generator than the benchmark's."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.analysis.rootcause.explain import explain_change
from kpi_lib.analysis.rootcause.result import Explanation

FOLDER = Path(__file__).parent / "rootcause"
DIMENSIONS = ["region", "branch", "product", "channel", "provider", "fault", "priority"]


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "truth.csv", index_col="case", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def found() -> dict[str, Explanation]:
    leaves = pd.read_csv(FOLDER / "cases_2000.csv.gz", dtype=dict.fromkeys(DIMENSIONS, "str"))
    return {
        str(case): explain_change(
            own[own["period"] == "curr"], own[own["period"] == "base"], DIMENSIONS, "numerator", "denominator",
            permutations=399, resamples=0,
        )
        for case, own in leaves.groupby("case")
    }  # fmt: skip


def named(one: Explanation) -> set[str]:
    return {segment.name for segment in one.segments} | ({"*"} if one.broad.found else set())


def true(row: pd.Series) -> set[str]:
    return {name for text in (row["truth_rate"], row["truth_mix"]) for name in text.split(";") if name}


def test_the_causes_are_named_exactly(found: dict[str, Explanation], truth: pd.DataFrame) -> None:
    hits = sum(len(named(one) & true(truth.loc[case])) for case, one in found.items())
    false = sum(len(named(one) - true(truth.loc[case])) for case, one in found.items())
    missed = sum(len(true(truth.loc[case]) - named(one)) for case, one in found.items())
    assert 2 * hits / (2 * hits + false + missed) >= 0.85, (hits, false, missed)


def test_silent_where_nothing_changed(found: dict[str, Explanation]) -> None:
    assert [case for case, one in found.items() if case.startswith("null") and named(one)] == []


def test_the_gap_is_the_one_stated(found: dict[str, Explanation], truth: pd.DataFrame) -> None:
    for case, one in found.items():
        assert one.gap.reference == pytest.approx(float(truth.loc[case, "kpi_base"]), abs=5e-5)
        assert one.gap.current == pytest.approx(float(truth.loc[case, "kpi_curr"]), abs=5e-5)
