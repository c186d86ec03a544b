"""What the scorecard and the data quality page are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_lib.analysis import scorecard as scorecards
from kpi_lib.analysis.data_quality import DataQuality, flagged_drops, rejected_rows, voided_values
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.data.rules import Severity
from kpi_lib.data.schema import TABLES
from kpi_lib.kpi.completeness import of_branch
from kpi_lib.kpi.feedback import feedback_shares
from kpi_lib.kpi.figures import Table, figures, keep_completeness, within_target
from kpi_lib.kpi.overdue import overdue_buckets
from kpi_lib.params import Period

if TYPE_CHECKING:
    from kpi_lib.session.session import Session


def scorecard(session: Session) -> Scorecard:
    """Judge the branch in the period."""
    tables = session.tables()
    terms = session.terms
    has = {name: set(columns) for name, columns in session.store.available.items()}
    timed = {"created_at", "resolved_at"} <= has.get("tickets", set())
    answered = "answered_at" in has.get("surveys", set())
    as_of = session.store.as_of
    return scorecards.scorecard(
        session.indicators(),
        branch=session.branch,
        kpis=session.kpis,
        terms=terms,
        within=_within_target(session),
        missing=session.missing,
        buckets=overdue_buckets(tables["tickets"], period=session.period, as_of=as_of) if timed else None,
        feedback=feedback_shares(tables["surveys"], period=session.period, as_of=as_of) if answered else None,
    )


def data_quality(session: Session) -> DataQuality:
    """Say what the data behind the branch's pages are worth."""
    store, with_rows = session.store, list(session.store.available)
    needed, periods = looked_into(session)
    filled = keep_completeness(store, needed, periods)
    warned = store.checks[(store.checks["severity"] == Severity.WARN.value) & (store.checks["n_failed"] > 0)]
    return DataQuality(
        branch=session.branch,
        period=session.period.label,
        sources=store.sources,
        accounts=store.accounts,
        rejected=rejected_rows({name: store.quarantine(name) for name in with_rows}),
        voided=voided_values({name: store.voided(name) for name in with_rows}),
        warnings=warned,
        by_period=flagged_drops(of_branch(filled, session.branch, needed, periods=periods)),
        by_branch=filled[filled["period"] == session.period.label].reset_index(drop=True),
        missing=session.missing,
        weights=session.project.weights(session.branch),
        kpis=session.kpis,
        branches={key: branch.name for key, branch in session.project.branches.branches.items()},
    )


def _within_target(session: Session) -> pd.DataFrame | None:
    """Count durations within the target for the weighted quantile KPIs of this period."""
    counted = within_target(session.project, session.store, session.branch)
    if not counted:
        return None
    return figures(session.project, session.store, Table(counted, [session.period]), branches=[session.branch])


def looked_into(session: Session) -> tuple[dict[str, list[str]], list[Period]]:
    """Return the columns whose filling is counted, by table (those some KPI needs and not every row has), and when."""
    found: dict[str, list[str]] = {}
    needed = {pair for kpi in session.kpis.values() for pair in kpi.needed_columns()}
    for name, columns in session.store.available.items():
        optional = {column.name for column in TABLES[name].columns if not column.required}
        found[name] = [column for column in columns if column in optional and (name, column) in needed]
    return found, session.period.last(session.project.run.months_shown)
