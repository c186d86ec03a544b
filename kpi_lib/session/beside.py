"""What is looked at beside a branch's indicators: signals, stages, comments, and what else was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kpi_lib.analysis.cases.circumstances import Circumstances, circumstances
from kpi_lib.analysis.cases.signals import Signals, signals
from kpi_lib.analysis.cases.stages import CURRENT, REFERENCE, Stages, stages
from kpi_lib.analysis.comments import CommentThemes, comment_themes
from kpi_lib.analysis.rootcause.evidence import Beside
from kpi_lib.analysis.rootcause.reference import MONTHS
from kpi_lib.kpi.catalog import availability
from kpi_lib.kpi.circumstances import DECLARED, Circumstance, circumstance_tables
from kpi_lib.kpi.comments import comments_of
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.figures import Table, View, figures
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


def counted_signals(session: Session) -> Table:
    """Return the table of the signals, counted of every branch alike, with the twelve periods before."""
    return _counted(session, [signal.kpi for signal in SIGNALS.values()], signal_tables)


def counted_circumstances(session: Session, measured: Iterable[Circumstance] = DECLARED) -> Table:
    """Return the table of circumstances, by default of those counted of every branch alike; as the signals'."""
    return _counted(session, [one.kpi for one in measured], circumstance_tables)


def _counted(session: Session, kpis: Sequence[Kpi], view: View) -> Table:
    lacking = availability(kpis, session.store.available)
    return Table([kpi for kpi in kpis if not lacking[kpi.key]], session.period.last(MONTHS + 1), view)


def _signals(session: Session) -> Signals:
    """Count the process signals of the period and the twelve before it."""
    store, kpis = session.store, {key: signal.kpi for key, signal in SIGNALS.items()}
    lacking = {key: columns for key, columns in availability(kpis.values(), store.available).items() if columns}
    counted = [signal for key, signal in SIGNALS.items() if key not in lacking]
    frame = figures(session.project, store, counted_signals(session), branches=[session.branch])
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
    parts = [
        figures(session.project, store, table, branches=[session.branch])
        for table in (counted_circumstances(session, named), counted_circumstances(session))
    ]
    counted = [part for part in parts if len(part)]
    frame = pd.concat(counted, ignore_index=True) if counted else parts[0]
    return circumstances(
        frame, period=session.period.label, measured=list(measured.values()), missing=lacking, n_left_out=left_out,
        level=level,
    )  # fmt: skip
