"""The order of a Pareto chart: the largest first, what is left in one, and the few that make up most."""

from __future__ import annotations

import pandas as pd

VITAL = 0.80
"""Cumulative share up to which bars are the "vital few" (Juran 1951, Quality Control Handbook)."""
BARS_AT_MOST = 10


def pareto_order(frame: pd.DataFrame, *, label: str, count: str, at_most: int = BARS_AT_MOST) -> pd.DataFrame:
    """Return the bars of a Pareto chart.

    Parameters
    ----------
    frame
        Any frame of labels and counts; rows of one label are added up.
    label, count
        Its columns; a missing count is left out, a negative one refused.
    at_most
        Bars; what is smaller becomes one last row without a label.

    Returns
    -------
    DataFrame
        ``label, count, share, cumulative, vital, n_labels``: largest first, the rest last; ``vital`` marks the bars
        that are needed to reach 80 %.

    Raises
    ------
    ValueError
        A negative count.
    """
    counted = frame[[label, count]].dropna().groupby(label, sort=True)[count].sum()
    if (counted < 0).any():
        raise ValueError("a Pareto chart adds up counts; one of them is negative")
    ordered = counted[counted > 0].sort_values(ascending=False, kind="stable")
    kept = ordered if len(ordered) <= at_most else ordered.iloc[: at_most - 1]
    rest = ordered.iloc[len(kept) :]
    bars = pd.DataFrame({"label": kept.index.astype(str), "count": kept.to_numpy(float), "n_labels": 1})
    if len(rest):
        bars.loc[len(bars)] = [None, float(rest.sum()), len(rest)]
    bars["share"] = bars["count"] / bars["count"].sum()
    bars["cumulative"] = bars["share"].cumsum()
    bars["vital"] = (bars["cumulative"] - bars["share"] < VITAL - 1e-12) & bars["label"].notna()
    return bars
