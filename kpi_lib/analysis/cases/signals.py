"""Process signals of a branch and period: how many, of how many, more than before, and which cases to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import records
from kpi_lib.kpi.definition import Kpi
from kpi_lib.stats.differences import share_difference
from kpi_lib.stats.intervals import wilson

COLUMNS = (
    "signal", "period", "n", "of", "share", "lo", "hi", "n_before", "of_before", "before", "change", "change_lo",
    "change_hi", "clear", "n_unknown", "needs",
)  # fmt: skip
"""Of :attr:`Signals.table`."""


@dataclass(frozen=True, eq=False)
class Signals:
    """The process signals of one branch.

    Parameters
    ----------
    period, before
        Label of the period, and first and last label of the periods it is compared with; ``before`` is empty where
        there are none.
    kpis
        What each signal counts, by key.
    table
        One row per signal, those without their columns too: ``signal, period, n, of, share, lo, hi`` (Wilson),
        ``n_before, of_before, before`` of the earlier periods together, ``change, change_lo, change_hi`` (Newcombe, at
        a level that holds for all signals together), ``clear``, ``n_unknown`` and ``needs`` (columns the source lacks,
        separated by semicolons).
    series
        ``signal, period, n, of, share`` of every period, oldest first.
    cases
        Cases of the period to read, by signal.
    change_level
        Level of each change (Bonferroni).
    """

    period: str
    before: tuple[str, str] | None
    kpis: Mapping[str, Kpi]
    table: pd.DataFrame
    series: pd.DataFrame
    cases: Mapping[str, pd.DataFrame]
    change_level: float

    @property
    def risen(self) -> pd.DataFrame:
        """Return the signals that are clearly more frequent than before, the largest change first."""
        more = self.table[self.table["clear"] & (self.table["change"] > 0)]
        return more.sort_values("change", ascending=False, ignore_index=True)


def signals(
    frame: pd.DataFrame,
    *,
    period: str,
    kpis: Mapping[str, Kpi],
    missing: Mapping[str, tuple[str, ...]],
    cases: Mapping[str, pd.DataFrame],
    level: float = 0.95,
) -> Signals:
    """Judge the counts of signals.

    Parameters
    ----------
    frame
        Rows of ``compute``, one per signal and period; the periods before ``period`` are pooled to compare with.
    period
        Label of the period looked at.
    kpis
        What each signal counts, by key, in the order shown.
    missing
        Columns lacking, by signal that could not be counted.
    cases
        Cases to read, by signal.
    level
        Level of the intervals of the shares, and of all changes together: where nothing changed, the chance that any
        is called a change is at most one less it.
    """
    ordered = frame.sort_values("period_start") if len(frame) else frame
    labels = list(dict.fromkeys(ordered["period"])) if len(ordered) else []
    earlier = [label for label in labels if label < period]
    change_level = 1 - (1 - level) / max(1, len(kpis) - len(missing))
    rows = [
        _row(key, ordered, period, earlier, (level, change_level))
        if key not in missing
        else _lacking(key, period, missing[key])
        for key in kpis
    ]
    names = {"kpi": "signal", "period": "period", "numerator": "n", "denominator": "of", "value": "share"}
    series = ordered.reindex(columns=list(names)).rename(columns=names)
    return Signals(
        period=period,
        before=(earlier[0], earlier[-1]) if earlier else None,
        kpis=kpis,
        table=pd.DataFrame(rows, columns=list(COLUMNS)).astype({"clear": bool}),
        series=series.reset_index(drop=True),
        cases=cases,
        change_level=change_level,
    )


def _row(
    key: str, frame: pd.DataFrame, period: str, earlier: list[str], levels: tuple[float, float]
) -> dict[str, object]:
    level, change_level = levels
    own = frame[frame["kpi"] == key]
    now = own[own["period"] == period][["numerator", "denominator", "n_unknown"]].sum()
    then = own[own["period"].isin(earlier)][["numerator", "denominator"]].sum()
    n, of, n_then, of_then = (float(x) for x in (now["numerator"], now["denominator"], *then))
    lo, hi = wilson(n, of, level=level)
    change = share_difference(n, of, n_then, of_then, level=change_level)
    return {
        "signal": key, "period": period, "n": int(n), "of": int(of), "share": n / of if of else np.nan,
        "lo": float(lo) if of else np.nan, "hi": float(hi) if of else np.nan, "n_before": int(n_then),
        "of_before": int(of_then), "before": n_then / of_then if of_then else np.nan, "change": float(change.value),
        "change_lo": float(change.lo), "change_hi": float(change.hi), "clear": bool(change.clear),
        "n_unknown": int(now["n_unknown"]), "needs": "",
    }  # fmt: skip


def _lacking(key: str, period: str, columns: tuple[str, ...]) -> dict[str, object]:
    return {**dict.fromkeys(COLUMNS), "signal": key, "period": period, "clear": False, "needs": "; ".join(columns)}


def rows_of(found: Signals) -> list[dict[str, object]]:
    """Return the signals that could be counted, as rows."""
    return records(found.table[found.table["needs"] == ""])
