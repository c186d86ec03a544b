"""Change of an indicator between two periods, and whether it is more than chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.score import family
from kpi_lib.stats.differences import Difference, mean_difference, mover, share_difference


def change_between(
    now: Mapping[str, float], before: Mapping[str, float] | None, *, kpi: Kpi, level: float
) -> dict[str, object]:
    """Compare two computed rows of one KPI.

    Parameters
    ----------
    now, before
        ``numerator, denominator, sum_sq, value, lo, hi``; None where there is no earlier row.
    kpi
        Their KPI.
    level
        Level of the interval, which must be that of ``lo`` and ``hi``.

    Returns
    -------
    dict
        ``previous_value, change, change_lo, change_hi, change_clear`` and ``change_better``: True for a clear change
        in the KPI's better direction, False for a clear one in the other, None where it is not clear. Shares by
        Newcombe's interval, means by Welch's, all else from the two intervals (MOVER).
    """
    if before is None or np.isnan(now["value"]) or np.isnan(before["value"]):
        previous = np.nan if before is None else before["value"]
        return _as_columns(previous, Difference(*(np.array(np.nan) for _ in range(3))), kpi)
    pair = (now, before)
    match family(kpi.measure):
        case "share":
            found = share_difference(*(row[name] for row in pair for name in ("numerator", "denominator")), level=level)
        case "mean":
            names = ("numerator", "sum_sq", "denominator")
            found = mean_difference(*(row[name] for row in pair for name in names), level=level)
        case _:
            found = mover(*(row[name] for row in pair for name in ("value", "lo", "hi")))
    return _as_columns(before["value"], found, kpi)


def _as_columns(previous: float, found: Difference, kpi: Kpi) -> dict[str, object]:
    clear = bool(found.clear)
    upwards = float(found.value) > 0
    return {
        "previous_value": previous,
        "change": float(found.value),
        "change_lo": float(found.lo),
        "change_hi": float(found.hi),
        "change_clear": clear,
        "change_better": (upwards == (kpi.better == "higher")) if clear else None,
    }
