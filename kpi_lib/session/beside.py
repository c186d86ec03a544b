"""What is looked at beside a branch's indicators: signals, stages, comments, and what else was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_lib.analysis.cases.circumstances import Circumstances, circumstances
from kpi_lib.analysis.cases.signals import Signals, signals
from kpi_lib.analysis.cases.stages import CURRENT, REFERENCE, Stages, stages
from kpi_lib.analysis.comments import CommentThemes, comment_themes
from kpi_lib.analysis.rootcause.evidence import Beside
from kpi_lib.analysis.rootcause.reference import MONTHS
from kpi_lib.kpi.catalog import availability
from kpi_lib.kpi.circumstances import DECLARED, circumstance_tables
from kpi_lib.kpi.comments import comments_of
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.figures import Table, figures
from kpi_lib.kpi.reasons import reasons
from kpi_lib.kpi.signals import SIGNALS, cases_to_read, signal_tables
from kpi_lib.kpi.stages import stage_hours, stages_of

if TYPE_CHECKING:
    from kpi_lib.session.session import Session


def beside(session: Session) -> Beside:
    """Return what else the data say of the branch and period."""
    return Beside(
        signals=_signals(session),
        stages=_stages(session),
        comments=_comments(session),
        circumstances=_circumstances(session),
    )


def tables_of_figures(session: Session) -> tuple[Table, Table]:
    """Return what is counted of every branch alike, with the twelve periods before: signals and circumstances."""
    periods, available = session.period.last(MONTHS + 1), session.store.available
    counted = [signal.kpi for signal in SIGNALS.values()], [one.kpi for one in DECLARED]
    lacking = [availability(kpis, available) for kpis in counted]
    here = [[kpi for kpi in kpis if not lack[kpi.key]] for kpis, lack in zip(counted, lacking, strict=True)]
    return Table(here[0], periods, signal_tables), Table(here[1], periods, circumstance_tables)


def _signals(session: Session) -> Signals:
    """Count the process signals of the period and the twelve before it."""
    store, kpis = session.store, {key: signal.kpi for key, signal in SIGNALS.items()}
    lacking = {key: columns for key, columns in availability(kpis.values(), store.available).items() if columns}
    counted = [signal for key, signal in SIGNALS.items() if key not in lacking]
    frame = figures(session.project, store, tables_of_figures(session)[0], branches=[session.branch])
    tables = signal_tables(session.tables())
    cases = {signal.key: cases_to_read(tables, signal, period=session.period, as_of=store.as_of) for signal in counted}
    level = session.project.policy.confidence
    return signals(frame, period=session.period.label, kpis=kpis, missing=lacking, cases=cases, level=level)


def _stages(session: Session) -> Stages:
    """Compare the stages of the tickets ended in the period with those of the twelve periods before it."""
    store, period = session.store, session.period
    available = store.available.get("tickets", ())
    spans = {CURRENT: (period, period), REFERENCE: (period.previous(MONTHS), period.previous())}
    tickets = store.table("tickets", branch=session.branch)
    hours = stage_hours(tickets, spans=spans, as_of=store.as_of, available=available)
    missing = () if stages_of(available) else ("tickets.resolved_at",)
    return stages(hours, missing=missing, level=session.project.policy.confidence)


def _comments(session: Session) -> CommentThemes:
    """Sort the comments of the period into themes, against those of the twelve periods before it."""
    surveys, as_of = session.store.table("surveys", branch=session.branch), session.store.as_of
    first, last = session.period.previous(MONTHS), session.period.previous()
    return comment_themes(
        comments_of(surveys, first=session.period, last=session.period, as_of=as_of),
        reference=comments_of(surveys, first=first, last=last, as_of=as_of),
        spec=session.project.themes,
        level=session.project.policy.confidence,
    )


def _circumstances(session: Session) -> Circumstances:
    """Count reasons, findings of audits and quantities of the period and the twelve before it."""
    store, level = session.store, session.project.policy.confidence
    tables, periods = session.tables(), session.period.last(MONTHS + 1)
    named, left_out = reasons(tables, span=(periods[0], periods[-1]), as_of=store.as_of, available=store.available)
    measured = {one.id: one for one in (*named, *DECLARED)}
    lacking = availability((one.kpi for one in measured.values()), store.available)
    declared = figures(session.project, store, tables_of_figures(session)[1], branches=[session.branch])
    own = compute(
        circumstance_tables(tables),
        [one.kpi for one in named if not lacking[one.id]],
        periods=periods,
        as_of=store.as_of,
        groups=[session.branch],
        coverage=store.coverage,
        level=level,
    )
    found = [one for one in (own, declared) if len(one)]
    frame = pd.concat(found, ignore_index=True) if found else declared
    return circumstances(
        frame, period=session.period.label, measured=list(measured.values()), missing=lacking, n_left_out=left_out,
        level=level,
    )  # fmt: skip
