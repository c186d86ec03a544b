"""Comments of the survey answers of a span of periods."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.params.periods import Period


def comments_of(surveys: ir.Table, *, first: Period, last: Period, as_of: datetime) -> list[object]:
    """Return the comments answered from the start of ``first`` to the end of ``last``, oldest first, empty ones too.

    Parameters
    ----------
    surveys
        Canonical surveys.
    first, last
        Periods.
    as_of
        Answers given later are not known yet.
    """
    answered = surveys.filter(
        surveys.answered_at >= pd.Timestamp(first.start),
        surveys.answered_at < pd.Timestamp(last.end),
        surveys.answered_at <= ibis.literal(as_of),
    )
    found: list[object] = answered.order_by("answered_at", "survey_id").comment.to_pyarrow().to_pylist()
    return found
