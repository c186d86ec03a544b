"""Who could be asked: one row per customer, with what is known of everybody before anyone answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.strata import UNKNOWN
from kpi_lib.analysis.strict_json import strict_json


@dataclass(frozen=True, eq=False)
class Kinds:
    """Kinds of customers, each customer in one.

    Parameters
    ----------
    kind
        Kind of every row, ``unknown`` where none fits.
    overlaps
        ``kinds`` (joined by ``+``), ``n``: customers that several kinds would have fitted.
    """

    kind: pd.Series
    overlaps: pd.DataFrame

    def to_json(self) -> str:
        """Return the kinds as JSON."""
        return strict_json(self)


def customer_kinds(flags: Mapping[str, pd.Series]) -> Kinds:
    """Give every customer the first kind that fits.

    Parameters
    ----------
    flags
        Whether each kind fits, by kind in order of priority (high-value before new before old).
    """
    names = list(flags)
    fits = np.column_stack([flags[name].fillna(False).to_numpy(bool) for name in names])
    first = np.where(fits.any(axis=1), fits.argmax(axis=1), len(names))
    index = next(iter(flags.values())).index
    kind = pd.Series(np.array([*names, UNKNOWN], dtype=object)[first], index=index, name="kind").astype(str)
    several = fits.sum(axis=1) > 1
    joined = pd.Series(["+".join(np.array(names)[row]) for row in fits[several]], dtype=str)
    counts = joined.value_counts().sort_index()
    return Kinds(kind, pd.DataFrame({"kinds": counts.index, "n": counts.to_numpy()}))


KnownAt = Literal["as_of", "resolved"]

SERVED_COLUMNS = ("complained", "overdue", "reopened", "dissatisfied_at_closure")
"""Frame variables that go with dissatisfaction; known of everybody served."""


def served_customers(
    tickets: pd.DataFrame,
    customers: pd.DataFrame,
    complaints: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    complaint_days: int = 90,
    limit_hours: float = 48.0,
    complainers: bool = True,
    known_at: KnownAt = "as_of",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per customer served, with what is known of them.

    Parameters
    ----------
    tickets
        Tickets of the span, canonical columns; those without a customer are left out and counted by the caller.
    customers, complaints
        Canonical tables of the branch.
    as_of
        End of the span.
    complaint_days
        How far back a complaint counts as recent.
    limit_hours
        Hours to resolution after which a ticket is overdue.
    complainers
        Add customers who complained recently without a ticket in the span.
    known_at
        When people are drawn, and so what is known of their complaints: ``as_of``, all at once at the end of the span;
        or ``resolved``, each when the latest ticket is resolved, as call-backs are. A complaint filed later is not
        known.

    Returns
    -------
    frame
        ``customer_id, kind, complained, overdue, reopened, dissatisfied_at_closure, n_tickets, ticket_id, engineer,
        provider, product, phone``; the last six of the latest ticket.
    overlaps
        As :class:`Kinds` has them.
    """
    known = tickets.dropna(subset=["customer_id"]).sort_values(["created_at", "ticket_id"])
    hours = (known["resolved_at"].fillna(as_of) - known["created_at"]).dt.total_seconds() / 3600
    rows = known.assign(
        overdue=(hours > limit_hours).astype(float),
        reopened=(known["reopen_count"] > 0).astype(float),
        dissatisfied_at_closure=(~known["satisfied_at_closure"].fillna(True).astype(bool)).astype(float),
    )
    grouped = rows.groupby("customer_id", sort=True)
    frame = grouped[["overdue", "reopened", "dissatisfied_at_closure"]].max()
    frame["n_tickets"] = grouped.size()
    frame = frame.join(grouped[["ticket_id", "engineer", "provider", "product"]].last())
    drawn_at = grouped["resolved_at"].max() if known_at == "resolved" else pd.Series(dtype="datetime64[us]")
    complained = _complained(complaints, drawn_at, as_of=as_of, days=complaint_days)
    if complainers:
        frame = frame.reindex(frame.index.union(pd.Index(sorted(complained), dtype=frame.index.dtype)))
        columns = ["overdue", "reopened", "dissatisfied_at_closure", "n_tickets"]
        frame[columns] = frame[columns].fillna(0.0)
    frame = frame.rename_axis("customer_id").reset_index()
    frame["complained"] = frame["customer_id"].isin(complained).astype(float)
    return _with_kinds(frame, customers)


def _complained(complaints: pd.DataFrame, drawn_at: pd.Series, *, as_of: pd.Timestamp, days: int) -> set[str]:
    """Return who had complained recently when they were drawn; at ``as_of`` where no other moment is known."""
    filed = complaints.dropna(subset=["customer_id", "filed_at"])
    moment = filed["customer_id"].map(drawn_at).fillna(as_of) if len(drawn_at) else as_of
    recent = (filed["filed_at"] < moment) & (filed["filed_at"] >= moment - pd.Timedelta(days=days))
    return set(filed.loc[recent, "customer_id"])


def _with_kinds(frame: pd.DataFrame, customers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    about = customers.drop_duplicates("customer_id").set_index("customer_id")
    own = about.reindex(frame["customer_id"]).reset_index(drop=True)
    segment = own["segment"].fillna("").astype(str)
    big = own["kind"].isin(["dealer", "shop_guide", "project"])
    kinds = customer_kinds(
        {"high_value": (segment == "high_value") | big, "new": segment == "new", "old": segment == "old"}
    )
    phone = own["phone"] if "phone" in own else pd.Series(np.nan, index=own.index)
    made = frame.assign(kind=kinds.kind.to_numpy(), phone=phone.to_numpy())
    columns = ["customer_id", "kind", *SERVED_COLUMNS, "n_tickets", "ticket_id", "engineer", "provider", "product"]
    return made[[*columns, "phone"]], kinds.overlaps
