"""Tickets by how long they took, or have been open so far: the buckets the overdue rules hang on."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.schema import VOIDED
from kpi_lib.params.periods import Period

EDGES_HOURS = (24, 48, 72, 300)
"""Upper edges of all buckets but the last, in hours; a ticket at an edge is in the lower bucket. At 48 h the company's
rules owe the customer a gift, at 300 h a replacement."""


def overdue_buckets(tickets: ir.Table, *, period: Period, as_of: datetime) -> pd.DataFrame:
    """Count tickets per duration bucket, resolved ones by their time to resolution, open ones by their age so far.

    Parameters
    ----------
    tickets
        Canonical tickets.
    period
        Tickets created in it are counted as ``created``; tickets of any time still open at ``as_of`` as ``open_now``.
    as_of
        The moment up to which anything is known; a later resolution has not happened yet.

    Returns
    -------
    DataFrame
        ``scope`` (``created``, ``open_now``), ``bucket`` (0 to 4, upper edges :data:`EDGES_HOURS`), ``state``
        (``resolved``, ``open``) and ``n_tickets``; every combination, so that 0 is seen. A ticket that was closed
        without a time of resolution ends when it was closed.

    Notes
    -----
    A ticket whose time of resolution came but could not be right, or lies before its creation, is neither open nor
    resolved: it is in ``bucket`` -1, ``state`` ``unknown``.
    """
    rows = _timed(tickets, as_of)
    created = (rows.created_at >= pd.Timestamp(period.start)) & (rows.created_at < pd.Timestamp(period.end))
    counted = {
        "created": rows.filter(created, rows.created_at <= ibis.literal(as_of)),
        "open_now": rows.filter(rows.state == "open", rows.created_at <= ibis.literal(as_of)),
    }
    frames = [
        scoped.group_by("bucket", "state")
        .aggregate(n_tickets=scoped.count())
        .to_pyarrow()
        .to_pandas()
        .assign(scope=scope)
        for scope, scoped in counted.items()
    ]
    wanted = pd.MultiIndex.from_tuples(
        [
            (scope, bucket, state)
            for scope, states in (("created", ("resolved", "open")), ("open_now", ("open",)))
            for state in states
            for bucket in range(len(EDGES_HOURS) + 1)
        ]
        + [("created", -1, "unknown")],
        names=["scope", "bucket", "state"],
    )
    found = pd.concat(frames).set_index(["scope", "bucket", "state"])["n_tickets"]
    frame: pd.DataFrame = found.reindex(wanted, fill_value=0).astype(int).reset_index()
    return frame


def _timed(tickets: ir.Table, as_of: datetime) -> ir.Table:
    now = ibis.literal(as_of)
    ended = ibis.coalesce(tickets.resolved_at, tickets.closed_at)
    happened = ibis.ifelse(ended <= now, ended, None)
    hours = (ibis.coalesce(happened, now).epoch_seconds() - tickets.created_at.epoch_seconds()) / 3600.0
    voided = tickets[VOIDED].contains("resolved_at").fill_null(False) if VOIDED in tickets.columns else False
    unknown = (hours < 0) | (ibis.literal(voided) if isinstance(voided, bool) else voided)
    bucket = ibis.cases(
        (unknown, -1),
        *[(hours <= edge, number) for number, edge in enumerate(EDGES_HOURS)],
        else_=len(EDGES_HOURS),
    )
    state = ibis.cases((unknown, "unknown"), (happened.notnull(), "resolved"), else_="open")
    return tickets.select("created_at", bucket=bucket, state=state)
