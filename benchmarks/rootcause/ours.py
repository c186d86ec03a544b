"""Our search on a case."""

from __future__ import annotations

import pandas as pd

from benchmarks.rootcause.generate import DIMENSIONS
from kpi_lib.analysis.rootcause.explain import explain_change
from kpi_lib.analysis.rootcause.result import Explanation


def explained(tickets: pd.DataFrame, *, resamples: int = 0) -> Explanation:
    """Explain the change of a case, days as blocks."""
    current, reference = (tickets[tickets["period"] == period] for period in ("current", "reference"))
    return explain_change(
        current, reference, DIMENSIONS, "numerator", "denominator", block="block", resamples=resamples
    )


def names(found: Explanation) -> list[str]:
    """Return what was found: rate and mix segments, ``*`` for a common change."""
    return [*(segment.name for segment in found.segments), *(["*"] if found.broad.found else [])]
