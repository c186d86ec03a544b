"""Process signals: traces of a breach in tickets, calls and surveys, counted like indicators and listed to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _
from ibis.common.deferred import Deferred

from kpi_lib.kpi.declarations.roles import CALL_CENTRE, DISPATCH, FIELD_SERVICE, QUALITY
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Share
from kpi_lib.params.periods import Period
from kpi_lib.text import Text

MOST_TRANSFERS = 2
"""A ticket transferred more often has no owner (the departments' case reviews)."""
CALLS_IN_VAIN = 2
"""Unanswered calls on one day, and no answered one, from which on a customer has called in vain."""
LISTED = 20
"""Cases listed to read, the newest first."""

_TICKET_COLUMNS = ("ticket_id", "created_at", "provider", "engineer", "product", "work_type", "status")

Source = Literal["tickets", "surveys", "calls"]


@dataclass(frozen=True, eq=False)
class Signal:
    """One trace of a breach.

    Parameters
    ----------
    kpi
        Counted as a share: what hits, among what.
    among
        Cases looked at, None for all that have a date.
    hit
        Cases that show the trace.
    listed
        Columns of the list to read, beyond the ticket's own.
    """

    kpi: Kpi
    hit: Deferred
    among: Deferred | None
    listed: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name in frames and files."""
        return self.kpi.key


def _signal(
    key: str,
    name: Text,
    definition: Text,
    *,
    table: Source = "tickets",
    dated_by: str,
    hit: Deferred,
    among: Deferred | None = None,
    known: tuple[str, ...] = (),
    needs: tuple[str, ...],
    listed: tuple[str, ...],
    owner: Text = FIELD_SERVICE,
) -> Signal:
    kpi = Kpi(
        key=key, name=name, definition=definition, formula=definition, dimension=QUALITY, owner=owner, table=table,
        dated_by=dated_by, measure=Share(hit=hit, among=among, known=known), better="lower", unit="share", needs=needs,
    )  # fmt: skip
    return Signal(kpi, hit, among, listed)


VISITED_AGAIN = _signal(
    "visited_again",
    Text("Marked complete and visited again", "标记完工后再次上门"),
    Text(
        "Tickets resolved in the period that were reopened and took more than one visit.",
        "期内解决的工单中，重开过且上门不止一次的。",
    ),
    dated_by="resolved_at",
    hit=(_.reopen_count > 0) & (_.visits > 1),
    known=("reopen_count", "visits"),
    needs=("resolved_at", "visits", "reopen_count"),
    listed=("visits", "reopen_count", "resolved_at"),
)
COMPLETE_NOT_RESOLVED = _signal(
    "complete_not_resolved",
    Text("Complete though the survey says not", "已完工但回访称未解决"),
    Text(
        "Answers of the period that deny a solution at once, of those on tickets recorded as one visit and not "
        "reopened.",
        "工单记录为一次上门且未重开，而期内回访答复称未一次解决的。",
    ),
    table="surveys",
    dated_by="answered_at",
    hit=~_.resolved_at_once,
    among=_.resolved_at_once.notnull() & (_.ticket_visits <= 1) & (_.ticket_reopen_count == 0),
    needs=("answered_at", "ticket_id", "resolved_at_once", "tickets.visits", "tickets.reopen_count"),
    listed=("ticket_id", "answered_at", "provider", "engineer", "product", "score", "comment"),
)
NO_ANSWER = _signal(
    "no_answer",
    Text("Called repeatedly with no answer", "多次来电无人接听"),
    Text(
        f"Days on which a customer called at least {CALLS_IN_VAIN} times and was never answered, of the days on which "
        "customers called.",
        f"客户当日来电至少{CALLS_IN_VAIN}次且均未接通的天次，占客户来电天次。",
    ),
    table="calls",
    dated_by="called_at",
    hit=~_.answered & (_.n_calls >= CALLS_IN_VAIN),
    needs=("called_at", "answered", "customer_id"),
    listed=("customer_id", "called_at", "n_calls"),
    owner=CALL_CENTRE,
)
NO_PLAN = _signal(
    "no_plan",
    Text("No plan on the ticket", "工单无处理计划"),
    Text(
        "Tickets created in the period that were visited or are still open and have neither an appointment nor a "
        "promised visit.",
        "期内建单、已上门或仍未解决，却既无预约也无约定上门时间的工单。",
    ),
    dated_by="created_at",
    hit=_.appointment_made_at.isnull() & _.promised_at.isnull(),
    among=(_.visits >= 1) | _.resolved_at.isnull(),
    needs=("appointment_made_at", "promised_at", "resolved_at", "visits"),
    listed=("first_response_at", "visits"),
    owner=DISPATCH,
)
TRANSFERRED = _signal(
    "transferred",
    Text("Transferred more than twice", "转派超过两次"),
    Text(
        f"Tickets created in the period with more than {MOST_TRANSFERS} transfers.",
        f"期内建单、转派超过{MOST_TRANSFERS}次的工单。",
    ),
    dated_by="created_at",
    hit=_.transfers > MOST_TRANSFERS,
    known=("transfers",),
    needs=("transfers",),
    listed=("transfers",),
    owner=DISPATCH,
)
PARTS_WAIT = _signal(
    "parts_wait",
    Text("Waiting for parts", "待件"),
    Text(
        "Tickets created in the period with a wait for parts on record.",
        "期内建单、有待件记录的工单。",
    ),
    dated_by="created_at",
    hit=_.parts_wait_hours > 0,
    needs=("parts_wait_hours",),
    listed=("parts_wait_hours",),
)
PROMISE_MISSED = _signal(
    "promise_missed",
    Text("Promised time missed", "超过约定上门时间"),
    Text(
        "Visits promised for the period at which nobody had arrived, and the ticket was not resolved, by the time "
        "promised.",
        "约定在期内上门，到时仍未到达、工单也未解决的。",
    ),
    dated_by="promised_at",
    hit=(_.arrived_at > _.promised_at)
    | (_.arrived_at.isnull() & (_.resolved_at.isnull() | (_.resolved_at > _.promised_at))),
    needs=("promised_at", "arrived_at", "resolved_at"),
    listed=("promised_at", "arrived_at"),
)
UNSATISFIED = _signal(
    "closed_unsatisfied",
    Text("Closed without satisfaction", "客户不满意即关单"),
    Text(
        "Tickets closed in the period with the customer recorded as not satisfied.",
        "期内关闭、客户记录为不满意的工单。",
    ),
    dated_by="closed_at",
    hit=~_.satisfied_at_closure,
    known=("satisfied_at_closure",),
    needs=("closed_at", "satisfied_at_closure"),
    listed=("closed_at",),
)
REOPENED = _signal(
    "reopened",
    Text("Reopened", "重开"),
    Text("Tickets created in the period that were reopened.", "期内建单、被重开的工单。"),
    dated_by="created_at",
    hit=_.reopen_count > 0,
    known=("reopen_count",),
    needs=("reopen_count",),
    listed=("reopen_count",),
)

SIGNALS: dict[str, Signal] = {
    signal.key: signal
    for signal in (
        VISITED_AGAIN, COMPLETE_NOT_RESOLVED, NO_ANSWER, NO_PLAN, TRANSFERRED, PARTS_WAIT, PROMISE_MISSED, UNSATISFIED,
        REOPENED,
    )
}  # fmt: skip
"""Every signal by key."""


def signal_tables(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Return the tables signals are counted in: surveys with their ticket's visits, calls by customer and day."""
    found = dict(tables)
    if {"surveys", "tickets"} <= set(tables):
        surveys, tickets = tables["surveys"], tables["tickets"]
        of_ticket = tickets.select(
            _ticket=tickets.ticket_id, _of=tickets.branch, ticket_visits=tickets.visits,
            ticket_reopen_count=tickets.reopen_count,
        )  # fmt: skip
        same = [surveys.ticket_id == of_ticket._ticket, surveys.branch == of_ticket._of]
        found["surveys"] = surveys.left_join(of_ticket, same).drop("_ticket", "_of")
    if "calls" in tables:
        named = tables["calls"].filter(_.customer_id.notnull(), _.called_at.notnull())
        found["calls"] = named.group_by("branch", "customer_id", _day=named.called_at.truncate("D")).aggregate(
            called_at=named.called_at.min(), answered=named.answered.any(), n_calls=named.count()
        )
    return found


def cases_to_read(
    tables: Mapping[str, ir.Table], signal: Signal, *, period: Period, as_of: datetime, most: int = LISTED
) -> pd.DataFrame:
    """Return the newest cases of the period that show a signal.

    Parameters
    ----------
    tables
        As :func:`signal_tables` returns them.
    signal
        One whose columns the data have.
    period, as_of
        Cases dated in the period and known at that moment.
    most
        Cases at most.
    """
    rows = tables[signal.kpi.table]
    moment = rows[signal.kpi.dated_by]
    wanted = [signal.hit] if signal.among is None else [signal.among, signal.hit]
    found = rows.filter(
        moment >= pd.Timestamp(period.start),
        moment < pd.Timestamp(period.end),
        moment <= ibis.literal(as_of),
        *wanted,
    )
    shown = [*_TICKET_COLUMNS, *signal.listed] if signal.kpi.table == "tickets" else list(signal.listed)
    ordered = found.order_by(ibis.desc(signal.kpi.dated_by), *shown[:1])
    frame: pd.DataFrame = ordered.select(*shown).limit(most).to_pyarrow().to_pandas()
    return frame
