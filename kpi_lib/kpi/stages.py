"""How long tickets spent in each stage of their life: sums over tickets, so that stages add up to the whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.params.periods import Period
from kpi_lib.text import Text

POINTS = (
    ("response", "first_response_at"),
    ("appointment", "appointment_made_at"),
    ("visit", "arrived_at"),
    ("repair", "resolved_at"),
    ("closure", "closed_at"),
)
"""Stages and the timestamp each ends with, in the order of a ticket's life; it begins with ``created_at``."""

PARTS, UNTOLD, TOTAL = "parts", "untold", "total"
"""``parts`` is the recorded wait for parts, taken out of ``repair``; ``untold`` is time of tickets between whose
recorded timestamps one is missing or out of order, so that it cannot be told to which stage it belongs."""

STAGE_NAMES = {
    "response": Text("To the first response", "首次响应"),
    "appointment": Text("To the appointment made", "预约"),
    "visit": Text("To the visit", "上门"),
    PARTS: Text("Waiting for parts", "待件"),
    "repair": Text("Repair", "维修处理"),
    "closure": Text("To the closing", "关单"),
    UNTOLD: Text("Cannot be told: a time is missing", "时间缺失，无法区分"),
    TOTAL: Text("All", "合计"),
}


def stages_of(available: Collection[str]) -> tuple[str, ...]:
    """Return the stages the columns of a tickets source can tell apart; empty when tickets have no end."""
    if "created_at" not in available or not {"resolved_at", "closed_at"} & set(available):
        return ()
    told = [stage for stage, column in POINTS if column in available]
    if "repair" in told and "parts_wait_hours" in available:
        told.insert(told.index("repair"), PARTS)
    return (*told, UNTOLD)


def stage_hours(
    tickets: ir.Table, *, spans: Mapping[str, tuple[Period, Period]], as_of: datetime, available: Collection[str]
) -> pd.DataFrame:
    """Sum the hours tickets spent in each stage.

    Parameters
    ----------
    tickets
        Canonical tickets.
    spans
        First and last period by name; a ticket belongs to the span it ended in (closed, or resolved where the source
        knows no closing).
    as_of
        Tickets that ended later have not ended.
    available
        Columns the source has.

    Returns
    -------
    DataFrame
        ``span, stage, n, sum_hours, sum_sq``, one row per span and stage and one per span for ``total``. ``n`` is the
        number of tickets that ended and whose end does not lie before their creation; the same for every stage, so
        that the sums of the stages add up to the total. Empty where :func:`stages_of` is.
    """
    told = stages_of(available)
    columns = ["span", "stage", "n", "sum_hours", "sum_sq"]
    if not told:
        return pd.DataFrame(columns=columns)
    points = ["created_at", *(column for stage, column in POINTS if stage in told)]
    hours = _stage_values(tickets, points, PARTS in told, visited="visits" in available)
    ended = tickets[points[-1]]
    span = ibis.cases(
        *[
            ((ended >= pd.Timestamp(first.start)) & (ended < pd.Timestamp(last.end)), name)
            for name, (first, last) in spans.items()
        ],
        else_=None,
    )
    rows = tickets.mutate(span=span, **{f"_{stage}": value for stage, value in hours.items()})
    rows = rows.filter(rows.span.notnull(), rows[points[-1]] <= ibis.literal(as_of), rows[f"_{TOTAL}"] >= 0)
    sums = {f"{stage}:sum": rows[f"_{stage}"].sum() for stage in hours}
    squares = {f"{stage}:sq": (rows[f"_{stage}"] * rows[f"_{stage}"]).sum() for stage in hours}
    wide = rows.group_by("span").aggregate(n=rows.count(), **sums, **squares).to_pyarrow().to_pandas()
    long = [
        {"span": row["span"], "stage": stage, "n": row["n"], "sum_hours": row[f"{stage}:sum"],
         "sum_sq": row[f"{stage}:sq"]}
        for row in wide.to_dict("records")
        for stage in (*told, TOTAL)
    ]  # fmt: skip
    return pd.DataFrame(long, columns=columns)


def _stage_values(tickets: ir.Table, points: list[str], with_parts: bool, *, visited: bool) -> dict[str, ir.Value]:
    """Return a ticket's hours in each stage and in all."""
    stage_of = {column: stage for stage, column in POINTS}
    total = _hours(tickets, points[0], points[-1])
    found: dict[str, ir.Value] = {}
    in_order: ir.BooleanValue = ibis.literal(True)
    for before, after in pairwise(points):
        hours = _hours(tickets, before, after)
        # A time before the step it follows tells neither how long that step took nor the next.
        found[stage_of[after]] = _told(ibis.ifelse(in_order, hours, None))
        in_order = (hours >= 0).fill_null(True)
    if "repair" in found and visited and "arrived_at" in points:
        # A ticket resolved without a visit has no appointment and no arrival to miss.
        remote = (tickets.visits == 0) & tickets.arrived_at.isnull()
        start = "first_response_at" if "first_response_at" in points else "created_at"
        if "appointment_made_at" in points:
            remote &= tickets.appointment_made_at.isnull()
        found["repair"] = ibis.ifelse(remote, _told(_hours(tickets, start, "resolved_at")), found["repair"])
    if with_parts:
        wait = tickets.parts_wait_hours.fill_null(0.0)
        fits = wait <= found["repair"]
        found[PARTS] = ibis.ifelse(fits, wait, 0.0)
        found["repair"] = ibis.ifelse(fits, found["repair"] - wait, 0.0)
    found[UNTOLD] = total - sum(found.values(), start=ibis.literal(0.0))
    return {**found, TOTAL: total}


def _hours(tickets: ir.Table, start: str, end: str) -> ir.Value:
    return (tickets[end].epoch_seconds() - tickets[start].epoch_seconds()) / 3600.0


def _told(hours: ir.Value) -> ir.Value:
    """Return the hours between two recorded times in order, else none: they stay with what cannot be told."""
    return ibis.ifelse(hours >= 0, hours, 0.0).fill_null(0.0)
