"""What a review of baselines is made from, and the figures of all branches it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from kpi_lib.analysis.baseline.comparison import PEER_MONTHS
from kpi_lib.analysis.baseline.review import BaselineReview
from kpi_lib.analysis.baseline.review import baseline_review as review_of
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.figures import Table, figures, keep_figures, keep_strata
from kpi_lib.kpi.measures import Quantile
from kpi_lib.params import Period, parse_period
from kpi_lib.params.events import load_events
from kpi_lib.text import Text

if TYPE_CHECKING:
    from kpi_lib.session.session import Session


@dataclass(frozen=True)
class CompanyFigures:
    """What a review reads of all branches.

    Parameters
    ----------
    monthly
        Weighted KPIs by branch and month, as :func:`kpi_lib.kpi.compute.compute` returns them.
    year
        Weighted quantiles by branch over the last months: they do not add up.
    strata
        Weighted KPIs by branch and stratum over the same months, as
        :func:`kpi_lib.kpi.case_mix.counts_by_stratum` returns them.
    """

    monthly: pd.DataFrame
    year: pd.DataFrame | None
    strata: pd.DataFrame

    @property
    def frames(self) -> tuple[pd.DataFrame, ...]:
        """Everything in it."""
        return tuple(frame for frame in (self.monthly, self.year, self.strata) if frame is not None)


def baseline_review(session: Session, months: int) -> BaselineReview:
    """Review the baselines of the branch's weighted indicators beside all reported branches."""
    kpis, read = _weighted(session), company_figures(session, months)
    return review_of(
        read.monthly,
        branch=session.branch,
        branches=_compared(session),
        kpis=kpis,
        terms=session.terms,
        year=read.year,
        strata=read.strata,
        events=_events(session, kpis),
        history=session.history,
    )


def company_figures(session: Session, months: int) -> CompanyFigures:
    """Return what the review reads of all branches, computed and kept beside the store if need be."""
    project, store, kpis = session.project, session.store, list(_weighted(session).values())
    spans = session.month.last(months)
    year = parse_period(f"{spans[-PEER_MONTHS:][0].start}..{session.month.end - timedelta(days=1)}")
    groups = list(_compared(session))
    monthly, whole = session.table(spans), _year(session, year)
    keep_figures(project, store, monthly)
    if whole.kpis:
        keep_figures(project, store, whole)
    strata = keep_strata(project, store, Table(kpis, [year]))
    return CompanyFigures(
        figures(project, store, monthly, kpis=kpis, periods=spans, branches=groups),
        figures(project, store, whole, branches=groups) if whole.kpis else None,
        strata[strata["branch"].isin(groups)].reset_index(drop=True),
    )


def _year(session: Session, year: Period) -> Table:
    return Table([kpi for kpi in _weighted(session).values() if isinstance(kpi.measure, Quantile)], [year])


def _weighted(session: Session) -> dict[str, Kpi]:
    weights = session.terms.weights
    return {key: kpi for key, kpi in session.kpis.items() if key in weights and key not in session.missing}


def _compared(session: Session) -> dict[str, Text]:
    known = session.project.branches.branches
    return {key: branch.name for key, branch in known.items() if branch.reported or key == session.branch}


def _events(session: Session, kpis: Mapping[str, Kpi]) -> dict[str, pd.DataFrame]:
    known = load_events(session.project.root / "params")
    found = {}
    for key in kpis:
        own = [event for event in known if event.concerns(session.branch, key)]
        found[key] = pd.DataFrame(
            {"date": pd.to_datetime([event.day for event in own]), "event": [event.event for event in own]}
        )
    return found
