"""The views for exploring: one result, three ways to look at it."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

from kpi_lib import explore
from kpi_lib.analysis.baseline import peers
from kpi_lib.analysis.rootcause import explain


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    cases = rng.integers(150, 250, 36)
    hits = rng.binomial(cases, np.repeat([0.80, 0.90], [24, 12]))
    return pd.DataFrame({"month": pd.date_range("2022-01-01", periods=36, freq="MS"), "hits": hits, "cases": cases})


def test_a_series_is_charted_judged_and_drawn() -> None:
    chart = explore.control_chart(frame(), period="month", numerator="hits", denominator="cases", higher_is_better=True)
    assert len(chart.table) == 36
    assert chart.summary().startswith("Not stable")
    assert chart.summary("zh").startswith("不稳定")
    assert "<svg" in chart.plot("zh").html
    assert explore.baseline_quality(chart).result.grade == "C"
    phases = explore.propose_phases(chart)
    assert "2024-01" in phases.summary()
    after = explore.control_chart(
        frame(),
        period="month",
        numerator="hits",
        denominator="cases",
        phases=["2024-01"],
        exclude={"2022-03-01": "flood"},
    )
    target = explore.propose_target(after, 0.85, higher_is_better=True)
    assert target.table["chance_next"].iloc[0] > 0.95
    assert "✓" in target.summary()


def test_groups_are_pooled_and_compared() -> None:
    rng = np.random.default_rng(8)
    n = rng.integers(10, 500, 20)
    groups = pd.DataFrame({"branch": [f"b{i}" for i in range(20)], "k": rng.binomial(n, rng.beta(50, 8, 20)), "n": n})
    pooled = explore.shrink(groups, group="branch", numerator="k", denominator="n")
    assert pooled.result.pooled
    assert (pooled.table["weight"].diff().dropna() <= 0).all(), "ordered by size, so by weight"
    assert "<svg" in pooled.plot().html
    found = explore.funnel(groups, group="branch", numerator="k", denominator="n")
    assert "cannot tell" in found.summary()
    assert "<svg" in found.plot().html
    few = explore.shrink(groups.head(5), group="branch", numerator="k", denominator="n")
    assert not few.result.pooled
    assert few.table["value"].equals(few.table["raw"])


def test_a_view_of_a_result_is_asked_for_as_the_result_is() -> None:
    for own, analysis in ((explore.shrink, peers.shrink), (explore.explain_change, explain.explain_change)):
        assert inspect.signature(own).parameters == inspect.signature(analysis).parameters
        assert own.__doc__ == analysis.__doc__
    assert inspect.signature(explore.shrink).return_annotation == "View[Pooled]"
    with pytest.raises(TypeError, match="group"):
        explore.shrink(frame(), numerator="hits", denominator="cases")  # type: ignore[call-arg]


def test_every_public_name_is_there() -> None:
    assert all(callable(getattr(explore, name)) for name in explore.__all__)
    public = {name for name, found in vars(explore).items() if callable(found) and not name.startswith("_")}
    assert public == set(explore.__all__)
