"""What came back to a sealed draw: estimates of the answers, and whether the list was kept to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kpi_lib.analysis.sampling.distrust import NonresponseCheck, nonresponse_check
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.estimating import SurveyEstimate, estimate
from kpi_lib.analysis.sampling.frame import SERVED_COLUMNS
from kpi_lib.analysis.sampling.matching import match, satisfaction
from kpi_lib.analysis.sampling.strata import strata_of
from kpi_lib.analysis.sampling.wave import neighbours


def judge_returns(
    returns: pd.DataFrame,
    draw: Draw,
    frame: pd.DataFrame,
    *,
    by: Sequence[str] = (),
    target: float = 0.8,
    level: float = 0.95,
) -> tuple[SurveyEstimate, NonresponseCheck]:
    """Estimate the answers to a draw and check selection, response and answers against its frame.

    Parameters
    ----------
    returns
        One row per person called: ``customer_id``, ``score`` or ``grade`` (missing without an answer) and, where the
        interviewers filled them in, ``contacted, attempts, interviewer, resolved_at_once``.
    draw, frame
        The sealed draw, its reasons to complain carried, and the frame it was drawn from.
    by
        Columns of domains.
    """
    called = returns[returns["contacted"].astype(bool)] if "contacted" in returns else returns
    answers = called[satisfaction(called)["satisfied"].notna()]
    found = estimate(answers, draw, by=by, collapse=neighbours(draw), level=level)
    everyone = match(called, draw)
    drawn = everyone.table
    satisfied = satisfaction(drawn)["satisfied"]
    listed = "contacted" in drawn
    if listed:
        drawn = drawn.assign(contacted=drawn["contacted"].fillna(False).astype(bool))
    columns = draw.rule["by"]
    strata = strata_of(frame, columns if isinstance(columns, list) else [])
    check = nonresponse_check(
        drawn.assign(answered=satisfied.notna(), satisfied=satisfied),
        linked=[name for name in SERVED_COLUMNS if name in drawn],
        known=[name for name in ("kind", "product") if name in drawn],
        wave="attempts" if "attempts" in drawn and drawn["attempts"].notna().any() else None,
        target=target,
        frame=frame.assign(stratum=strata.of_rows(frame.index)),
        off_sheet=len(everyone.off_sheet),
        contradictions={"resolved_at_once": "reopened"},
        order="order" if listed else None,
        contacted="contacted" if listed else None,
        agent="interviewer" if listed and "interviewer" in drawn else None,
    )
    return found, check
