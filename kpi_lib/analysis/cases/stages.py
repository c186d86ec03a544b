"""Which stage of a ticket's life lost the time, against a reference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import Row, records
from kpi_lib.kpi.stages import TOTAL, UNTOLD
from kpi_lib.stats.differences import mean_difference
from kpi_lib.stats.intervals import mean_t

CURRENT, REFERENCE = "current", "reference"
"""Names of the two spans."""

COLUMNS = (
    "stage", "n", "mean", "sd", "lo", "hi", "n_before", "before", "change", "change_lo", "change_hi", "clear", "share",
)  # fmt: skip
"""Of :attr:`Stages.table`."""


@dataclass(frozen=True, eq=False)
class Stages:
    """Mean hours per ended ticket in each stage.

    Parameters
    ----------
    table
        ``stage, n, mean, sd, lo, hi, n_before, before, change, change_lo, change_hi, clear, share``, one row per stage
        and one for ``total``, to which the others add up: means, earlier means and changes, whose intervals hold for
        all stages together (Bonferroni). ``share`` is the stage's part of the whole time.
    missing
        What is lacking to tell stages apart at all; empty otherwise.
    """

    table: pd.DataFrame
    missing: tuple[str, ...] = ()

    @property
    def slower(self) -> Row | None:
        """Return the stage whose mean clearly rose most, None where none did."""
        told = self.table[~self.table["stage"].isin([TOTAL, UNTOLD]) & self.table["clear"] & (self.table["change"] > 0)]
        return records(told.sort_values("change", ascending=False))[0] if len(told) else None


def stages(hours: pd.DataFrame, *, missing: tuple[str, ...] = (), level: float = 0.95) -> Stages:
    """Compare the stages of the spans ``current`` and ``reference``.

    Parameters
    ----------
    hours
        ``span, stage, n, sum_hours, sum_sq``, as :func:`kpi_lib.kpi.stages.stage_hours` returns them.
    missing
        Columns without which there is none.
    level
        Level of the intervals of the means (Student's t), and of all changes together (Welch's).
    """
    spans = {
        name: {row["stage"]: row for row in records(hours[hours["span"] == name])} for name in (CURRENT, REFERENCE)
    }
    order = list(dict.fromkeys(hours["stage"]))
    whole = spans[CURRENT].get(TOTAL, {}).get("sum_hours", np.nan)
    told = max(1, sum(stage not in (TOTAL, UNTOLD) for stage in order))
    levels = (level, 1 - (1 - level) / told)
    rows = [_row(stage, spans[CURRENT].get(stage), spans[REFERENCE].get(stage), whole, levels) for stage in order]
    return Stages(pd.DataFrame(rows, columns=list(COLUMNS)).astype({"clear": bool}), missing)


def _row(stage: str, now: Row | None, then: Row | None, whole: float, levels: tuple[float, float]) -> dict[str, object]:
    nothing = {"n": 0, "sum_hours": 0.0, "sum_sq": 0.0}
    a, b = now or nothing, then or nothing
    level, change_level = levels
    lo, hi = mean_t(a["sum_hours"], a["sum_sq"], a["n"], level=level)
    change = mean_difference(
        a["sum_hours"], a["sum_sq"], a["n"], b["sum_hours"], b["sum_sq"], b["n"], level=change_level
    )  # fmt: skip
    return {
        "stage": stage,
        "n": int(a["n"]),
        "mean": a["sum_hours"] / a["n"] if a["n"] else np.nan,
        "sd": math.sqrt(max(a["sum_sq"] - a["sum_hours"] ** 2 / a["n"], 0.0) / (a["n"] - 1)) if a["n"] > 1 else np.nan,
        "lo": max(0.0, float(lo)),
        "hi": float(hi),
        "n_before": int(b["n"]),
        "before": b["sum_hours"] / b["n"] if b["n"] else np.nan,
        "change": float(change.value),
        "change_lo": float(change.lo),
        "change_hi": float(change.hi),
        "clear": bool(change.clear),
        "share": a["sum_hours"] / whole if whole else np.nan,
    }
