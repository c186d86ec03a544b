"""What a plan is worth: the margin each kind of customer can reach."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.sampling.allocate import se_of_mean
from kpi_lib.stats.sampling.size import ceil, margin_of_share, size_for_share, size_steps


def kind_rows(
    table: pd.DataFrame, *, share: float, margin: float, level: float, deff: float, rate: float
) -> pd.DataFrame:
    """Return one row per kind, then ``all``, as :class:`~kpi_lib.analysis.sampling.planning.Plan` describes them.

    Parameters
    ----------
    table
        Strata with ``kind, population, answers, invited, expected_answers``.
    share, margin, level
        Share expected, half length wanted of its interval, confidence.
    deff
        Design effect expected.
    rate
        Share of the customers the coverage rule asks for.
    """
    columns = ["population", "answers", "invited", "expected_answers"]
    kinds = table.groupby("kind", sort=True)[columns].sum()
    kinds.loc["all"] = kinds.sum()
    people = kinds["population"].to_numpy(float)
    n0 = size_for_share(share, margin, level=level)
    kinds["required"] = [size_steps(n0, population=size, deff=deff).answers for size in people]
    kinds["margin"] = [
        _reachable(table if name == "all" else table[table["kind"] == name], share, level, deff) for name in kinds.index
    ]
    kinds["rule_answers"] = [ceil(size * rate) for size in people]
    kinds["rule_margin"] = [
        margin_of_share(share, n, size, deff=deff, level=level)
        for n, size in zip(kinds["rule_answers"], people, strict=True)
    ]
    return kinds.astype({"population": int, "answers": int, "invited": int}).reset_index()


def _reachable(strata: pd.DataFrame, share: float, level: float, deff: float) -> float:
    """Return the margin of a share with the answers expected; ``nan`` where a stratum has none."""
    n, people = strata["expected_answers"].to_numpy(float), strata["population"].to_numpy(float)
    if (n <= 0).all():
        return math.nan
    kept = n > 0
    spread: Floats = np.full(int(kept.sum()), math.sqrt(share * (1 - share) * deff))
    one = margin_of_share(0.5, 1, level=level) / 0.5
    return one * se_of_mean(n[kept], people[kept], spread)
