"""Scores of indicators with their uncertainty, and the composite's change between two periods."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import records
from kpi_lib.analysis.terms import Terms
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.score import Composite, band_score, composite, draw_values, family, share_out
from kpi_lib.stats.intervals import Floats

DRAWS = 4000
"""Draws per KPI and period: the chance of a grade is then within about 1.5 points of its limit (2 sqrt(.25 / 4000))."""


@dataclass(frozen=True, eq=False)
class CompositeChange:
    """Composite less that of the period before, over the KPIs scored in both (like with like).

    Parameters
    ----------
    value, lo, hi
        Difference in points of the composite; ``nan`` where there is nothing to compare.
    clear
        Whether the interval leaves out zero.
    kpis
        KPIs compared.
    """

    value: float
    lo: float
    hi: float
    clear: bool
    kpis: tuple[str, ...]


def scores(
    frame: pd.DataFrame, kpis: Mapping[str, Kpi], terms: Terms, drawn: Mapping[str, Mapping[str, Floats]]
) -> pd.Series:
    """Score every row; a weighted KPI whose uncertainty cannot be told has no score.

    Parameters
    ----------
    frame
        Computed rows, one per KPI and period.
    kpis, terms
        The KPIs by key, and the bands they are scored by.
    drawn
        As of :func:`drawn_scores`.

    Returns
    -------
    Series on the index of ``frame``
        1 to 5; ``nan`` without a value, bands or, where weighted, draws.
    """
    found = pd.Series(np.nan, index=frame.index, dtype=float)
    for kpi, rows in frame.groupby("kpi"):
        bands = terms.policies[str(kpi)].bands
        if bands:
            own = band_score(rows["value"], cuts=bands, better=kpis[str(kpi)].better, rule=terms.rule)
            found.loc[rows.index] = own
    weighted = frame["kpi"].isin(list(terms.weights))
    told = [kpi in drawn[period] for kpi, period in zip(frame["kpi"], frame["period"], strict=True)]
    return found.where(~weighted | np.asarray(told))


def drawn_scores(frame: pd.DataFrame, kpis: Mapping[str, Kpi], terms: Terms) -> dict[str, dict[str, Floats]]:
    """Draw the scores of the weighted KPIs, by period and KPI.

    The generator of each draw is seeded by branch, KPI and period alone, so that the same data give the same chances
    whatever else is on the page.
    """
    drawn: dict[str, dict[str, Floats]] = {str(period): {} for period in frame["period"].unique()}
    weighted = frame[frame["kpi"].isin(list(terms.weights))]
    for row in records(weighted):
        kpi, bands = kpis[row["kpi"]], terms.policies[row["kpi"]].bands
        if not bands or pd.isna(row["value"]):
            continue
        rng = np.random.default_rng(zlib.crc32(f"{row.get('branch', '')}|{kpi.key}|{row['period']}".encode()))
        values = draw_values(row, family(kpi.measure), size=DRAWS, rng=rng, level=terms.level)
        if not np.isnan(values).any():
            drawn[row["period"]][kpi.key] = band_score(values, cuts=bands, better=kpi.better, rule=terms.rule)
    return drawn


def scores_of(history: pd.DataFrame, period: str | None) -> pd.Series:
    """Return the scores of one period, by KPI."""
    return history[history["period"] == period].set_index("kpi")["score"]


def composite_rows(judged: Mapping[str, Composite]) -> pd.DataFrame:
    """Return ``period, composite, lo, hi, grade, coverage``, one row per period."""
    return pd.DataFrame(
        [
            {
                "period": period,
                "composite": found.value,
                "lo": found.lo,
                "hi": found.hi,
                "grade": found.grade,
                "coverage": found.coverage,
            }
            for period, found in judged.items()
        ]
    )


def composite_change(
    history: pd.DataFrame,
    drawn: Mapping[str, Mapping[str, Floats]],
    period: str,
    previous: str | None,
    terms: Terms,
) -> CompositeChange:
    """Return the composite less that of the period before, over the KPIs scored in both.

    Parameters
    ----------
    history
        Computed rows of all periods with ``score``.
    drawn
        Drawn scores, as of :func:`drawn_scores`.
    period, previous
        Labels; without a previous one there is no change.
    terms
        Weights, and the level of the interval: quantiles of the difference of the draws.
    """
    both = [kpi for kpi in terms.weights if previous and kpi in drawn[period] and kpi in drawn[previous]]
    if not both or previous is None:
        return CompositeChange(np.nan, np.nan, np.nan, False, ())
    shared = share_out(terms.weights, both)
    w = np.array([shared[kpi] for kpi in both])
    now, before = (scores_of(history, label).loc[both].to_numpy(dtype=float) for label in (period, previous))
    value = float(composite(now, w) - composite(before, w))
    draws = [composite(np.column_stack([drawn[label][kpi] for kpi in both]), w) for label in (period, previous)]
    tail = (1 - terms.level) / 2
    lo, hi = (float(bound) for bound in np.quantile(draws[0] - draws[1], [tail, 1 - tail]))
    # Steps of bands can put the observed difference outside what is drawn; then the draws do not speak for it.
    lo, hi = min(lo, value), max(hi, value)
    return CompositeChange(value, lo, hi, lo > 0 or hi < 0, tuple(both))
