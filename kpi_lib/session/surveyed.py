"""What the survey of a branch is planned, drawn and estimated from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from kpi_lib.analysis.sampling.survey import SurveyRound, survey_round
from kpi_lib.analysis.sampling.wave import Span, SurveyTables
from kpi_lib.data.schema import TABLES
from kpi_lib.params import Period

if TYPE_CHECKING:
    from kpi_lib.session.session import Session


def survey_sampling(session: Session, salt: str, **options: Any) -> SurveyRound:
    """Plan and draw the next survey, estimate and distrust that of the period."""
    before = session.period.previous()
    target = session.project.policy.for_branch("satisfied_rate", session.branch).target
    return survey_round(
        _survey_tables(session),
        branch=session.branch,
        span=_span(session.period),
        before=_span(before),
        salt=salt or f"{session.branch} {session.period.label}",
        target=0.8 if target is None else target,
        level=session.project.policy.confidence,
        **options,
    )


def _survey_tables(session: Session) -> SurveyTables:
    """Read the branch's rows a survey needs; a table without a source has none."""
    found = {}
    for name in ("tickets", "customers", "complaints", "surveys", "audits"):
        columns = list(TABLES[name].names)
        if name in session.store.available:
            found[name] = session.store.table(name, branch=session.branch).select(columns).to_pyarrow().to_pandas()
        else:
            found[name] = pd.DataFrame(columns=columns)
    return SurveyTables(**found)


def _span(period: Period) -> Span:
    return Span(pd.Timestamp(period.start), pd.Timestamp(period.end), period.label)
