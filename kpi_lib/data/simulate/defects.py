"""Defects of the exports, a few of each kind real exports have, each written down with what should become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_lib.data.simulate.draw import Flags, Integers
from kpi_lib.data.simulate.layout import Layout
from kpi_lib.data.simulate.places import places

Outcome = Literal["quarantine", "void", "warn", "missing"]

_DAY = 86_400
_SENTINEL = np.datetime64("2059-01-01T00:00:00", "s")
_CITIES = {place.key: place.name.zh for place in places()}


@dataclass(frozen=True)
class Defect:
    """One kind of defect.

    Parameters
    ----------
    key
        Its name.
    table, column
        Where it is planted; the column is empty for a whole row.
    outcome
        What must become of it: the row goes to quarantine, the value is set to missing and noted (``void``), the row
        stays and a warning counts it, or the mapping declares the value missing.
    rate
        Share of the rows that could have it.
    spoil
        Column as it is → column as the defect leaves it; None repeats the row.
    where
        Rows of the table that could have it.
    keeps_links
        Only rows no other table points to: without them other tables' rows would lose what they take from these.
    """

    key: str
    table: str
    column: str
    outcome: Outcome
    rate: float
    spoil: Callable[[pa.ChunkedArray, pa.Table], pa.Array] | None
    where: Callable[[pa.Table], Flags] = lambda rows: np.ones(len(rows), dtype=bool)
    keeps_links: bool = False


def _present(*columns: str) -> Callable[[pa.Table], Flags]:
    def where(rows: pa.Table) -> Flags:
        inside = np.ones(len(rows), dtype=bool)
        for column in columns:
            inside &= pc.is_valid(rows[column]).to_numpy()
        return inside

    return where


def _always(value: object) -> Callable[[pa.ChunkedArray, pa.Table], pa.Array]:
    return lambda column, rows: pa.array([value] * len(column), column.type)


def _misspelt(column: pa.ChunkedArray, rows: pa.Table) -> pa.Array:
    return pa.array([f"{_CITIES[key]}市分公司" for key in column.to_pylist()])


def _midnight(column: pa.ChunkedArray, rows: pa.Table) -> pa.Array:
    at = pc.cast(column, pa.int64()).to_numpy()
    return pa.array(at - at % _DAY, pa.int64()).cast(pa.timestamp("s"))


def _responded_same_day(rows: pa.Table) -> Flags:
    created, response = (
        pc.fill_null(pc.cast(rows[name], pa.int64()), 0).to_numpy() for name in ("created_at", "first_response_at")
    )
    return np.asarray((created // _DAY == response // _DAY) & (created % _DAY > 0))


def _swapped(column: pa.ChunkedArray, rows: pa.Table) -> pa.Array:
    """Return the moments with day and month exchanged; null where that is no date."""
    return pa.array([at.replace(day=at.month, month=at.day) if at and at.day <= 12 else None for at in
                     column.to_pylist()], pa.timestamp("s"))  # fmt: skip


def _swap_shows(rows: pa.Table) -> Flags:
    swapped = _swapped(rows["responded_at"], rows)
    return np.asarray(pc.fill_null(pc.less(swapped, rows["filed_at"]), False).to_numpy(zero_copy_only=False))


def _before_first_purchase(column: pa.ChunkedArray, rows: pa.Table) -> pa.Array:
    return pc.subtract(rows["first_purchase_at"], pa.scalar(400 * _DAY, pa.duration("s"))).combine_chunks()


def _other_ticket(column: pa.ChunkedArray, rows: pa.Table) -> pa.Array:
    return pc.replace_substring_regex(column, r"\d{6}$", "999999").combine_chunks()


def _sms(rows: pa.Table) -> Flags:
    return np.asarray(pc.equal(rows["channel"], "sms").to_numpy())


def _spoken(rows: pa.Table) -> Flags:
    return ~_sms(rows)


def _spoken_score(rows: pa.Table) -> Flags:
    return _spoken(rows) & _present("score")(rows)


def _unreadable_reply(rows: pa.Table) -> Flags:
    return _sms(rows) & _present("grade")(rows)


DEFECTS = (
    Defect("created_in_2059", "tickets", "created_at", "quarantine", 1.5e-3, _always(_SENTINEL), keeps_links=True),
    Defect("branch_misspelt", "tickets", "branch", "quarantine", 1.5e-3, _misspelt, keeps_links=True),
    Defect("response_at_midnight", "tickets", "first_response_at", "void", 8e-4, _midnight, _responded_same_day),
    Defect("resolved_in_2059", "tickets", "resolved_at", "void", 3e-4, _always(_SENTINEL), _present("resolved_at")),
    Defect("visits_negative", "tickets", "visits", "void", 3e-4, _always(-1)),
    Defect("row_twice", "tickets", "", "quarantine", 4e-4, None),
    Defect("answer_missing", "calls", "answered", "quarantine", 1e-4, _always(None)),
    Defect("row_twice", "calls", "", "quarantine", 2e-4, None),
    Defect("score_of_nine", "surveys", "score", "void", 1e-3, _always(9), _spoken_score),
    Defect("ticket_unknown", "surveys", "ticket_id", "warn", 8e-4, _other_ticket, _spoken),
    Defect("unsubscribed", "surveys", "grade", "missing", 1e-2, _always("TD"), _unreadable_reply),
    Defect("day_and_month_swapped", "complaints", "responded_at", "void", 0.10, _swapped, _swap_shows),
    Defect("ticket_missing", "audits", "ticket_id", "quarantine", 2e-3, _always(None)),
    Defect("left_before_buying", "customers", "churned_at", "void", 2e-3, _before_first_purchase,
           _present("first_purchase_at", "churned_at")),
    Defect("received_in_2059", "parts", "received_at", "void", 5e-3, _always(_SENTINEL), _present("received_at")),
    Defect("order_time_missing", "parts", "ordered_at", "quarantine", 2e-3, _always(None)),
)  # fmt: skip
"""Every kind of defect that is planted."""


@dataclass(frozen=True)
class Spoilt:
    """Rows with their defects, and for each defect its position among them, its kind and the value before."""

    rows: pa.Table
    defects: tuple[tuple[int, Defect, object], ...]


def spoil(rng: np.random.Generator, layout: Layout, rows: pa.Table, *, linked: pa.Array) -> Spoilt:
    """Plant defects in the rows of an export, at most one in a row.

    Parameters
    ----------
    rng
        Stream of the block.
    layout
        The export; columns it does not show are left alone.
    rows
        Canonical rows.
    linked
        Ticket numbers other tables point to.
    """
    shown = {item.reads for item in layout.fields}
    free = np.ones(len(rows), dtype=bool)
    if layout.table == "tickets":
        free &= np.asarray(pc.not_equal(rows["status"], "已作废").to_numpy())
    planted: list[tuple[int, Defect, object]] = []
    for defect in (defect for defect in DEFECTS if defect.table == layout.table):
        draws = rng.random(len(rows))
        if defect.column not in shown | {""}:
            continue
        able = free & defect.where(rows)
        if defect.keeps_links:
            able &= ~np.asarray(pc.is_in(rows["ticket_id"], linked).to_numpy())
        hit = np.flatnonzero(able & (draws < defect.rate))
        if not len(hit):
            continue
        free[hit] = False
        if defect.spoil is None:
            planted += [(len(rows) + position, defect, None) for position in range(len(hit))]
            rows = pa.concat_tables([rows, rows.take(pa.array(hit))])
            free = np.concatenate([free, np.zeros(len(hit), dtype=bool)])
        else:
            before = rows[defect.column].take(pa.array(hit)).to_pylist()
            planted += [(int(position), defect, value) for position, value in zip(hit, before, strict=True)]
            rows = _put(rows, defect, hit)
    return Spoilt(rows, tuple(planted))


def _put(rows: pa.Table, defect: Defect, hit: Integers) -> pa.Table:
    column = rows[defect.column]
    part = rows.take(pa.array(hit))
    if defect.spoil is None:
        raise TypeError(f"{defect.key} repeats rows and changes none")
    mask = np.zeros(len(rows), dtype=bool)
    mask[hit] = True
    spoilt = pc.replace_with_mask(column.combine_chunks(), pa.array(mask), defect.spoil(part[defect.column], part))
    return rows.set_column(rows.column_names.index(defect.column), defect.column, spoilt)
