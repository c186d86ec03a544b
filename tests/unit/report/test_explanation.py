"""An explanation in words, for every verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_lib import explore


def frame(rows: list[tuple[str, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["branch", "ok", "n"])


STILL = [("A", 900, 1000), ("B", 900, 1000), ("C", 900, 1000)]
CASES = {
    "It lies with B": ([("A", 450, 500), ("B", 300, 500), ("C", 450, 500)], "branch=B: 60.0% where", "branch=B：60.0%"),
    "all alike": ([("A", 400, 500), ("B", 400, 500), ("C", 400, 500)], "Everything changed alike", "普遍变化"),
    "nothing": ([("A", 450, 500), ("B", 450, 500), ("C", 450, 500)], "No cause found", "未发现原因"),
    "too few": ([("A", 16, 20), ("B", 16, 20), ("C", 16, 20)], "Too little data", "数据太少"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_said(case: str) -> None:
    rows, english, chinese = CASES[case]
    view = explore.explain_change(frame(rows), frame(STILL), ["branch"], "ok", "n", permutations=399, resamples=0)
    assert english in view.summary()
    assert chinese in view.summary("zh")
    assert "<svg" in view.plot("zh").html


def test_mix_and_simpson_are_said() -> None:
    before = [("easy", 2850, 3000), ("hard", 600, 1000)]
    now = [("easy", 950, 1000), ("hard", 1800, 3000)]
    view = explore.explain_change(frame(now), frame(before), ["branch"], "ok", "n", permutations=399, resamples=0)
    assert "branch=hard: 25.0% of the cases before, 75.0% now." in view.summary()
    assert view.segments[0].kind == "mix"
    assert view.mix.total == pytest.approx(view.result.gap.difference, abs=1e-3)
    assert np.isfinite(view.table["effect"]).all()
    assert view.to_json().startswith('{"verdict": "mix"')
    turned = [("easy", 980, 1000), ("hard", 2010, 3000)]
    view = explore.explain_change(frame(turned), frame(before), ["branch"], "ok", "n", permutations=399, resamples=0)
    assert "Simpson" in view.summary()
    assert "辛普森" in view.summary("zh")
