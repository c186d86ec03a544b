"""What customers answered: the survey answers of a period by how satisfied they were."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.schema import GRADES
from kpi_lib.params.periods import Period

SCORES = ("5", "4", "3", "2", "1")
LETTERS = tuple(GRADES)
"""Answers on the two scales, the best first. They are not put on one scale: a letter has no middle."""


def feedback_shares(surveys: ir.Table, *, period: Period, as_of: datetime) -> pd.DataFrame:
    """Count the answers of a period per scale and answer.

    Parameters
    ----------
    surveys
        Canonical surveys.
    period, as_of
        Answers given in the period and known at that moment.

    Returns
    -------
    DataFrame
        ``scale`` (``score``, ``letter``), ``answer``, ``n_answers`` and ``share`` of the scale's answers (missing where
        the scale has none), best answer first. An answer with both counts on the 1 to 5 scale.
    """
    answered = surveys.filter(
        surveys.answered_at >= pd.Timestamp(period.start),
        surveys.answered_at < pd.Timestamp(period.end),
        surveys.answered_at <= ibis.literal(as_of),
        surveys.score.notnull() | surveys.grade.notnull(),
    )
    given = answered.select(
        scale=ibis.ifelse(answered.score.notnull(), "score", "letter"),
        answer=ibis.coalesce(answered.score.cast("string"), answered.grade),
    )
    counts: pd.DataFrame = given.group_by("scale", "answer").aggregate(n_answers=given.count()).to_pyarrow().to_pandas()
    wanted = pd.MultiIndex.from_tuples(
        [("score", answer) for answer in SCORES] + [("letter", answer) for answer in LETTERS],
        names=["scale", "answer"],
    )
    frame: pd.DataFrame = (
        counts.set_index(["scale", "answer"])["n_answers"].reindex(wanted, fill_value=0).astype(int).reset_index()
    )
    total = frame.groupby("scale")["n_answers"].transform("sum")
    frame["share"] = frame["n_answers"] / total.where(total > 0)
    return frame
