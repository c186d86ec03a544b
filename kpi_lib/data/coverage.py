"""What a table has data for: from when to when, and which of its columns had a value set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis.expr.types as ir

from kpi_lib.data.schema import TABLES, VOIDED, ColumnType


@dataclass(frozen=True)
class Coverage:
    """The extent of a canonical table, of all its branches together.

    Parameters
    ----------
    first
        Its first dated row; None when it is empty or undated.
    last
        The last thing that happened in it (a planned time has not).
    set_aside
        Columns of which some row has a value that could not be right and was set to missing.
    """

    first: datetime | None
    last: datetime | None
    set_aside: tuple[str, ...]


NOTHING = Coverage(None, None, ())
"""Coverage of a table without a row."""


def coverage(rows: ir.Table, name: str) -> Coverage:
    """Return the coverage of the canonical table ``name``, whose rows are ``rows``."""
    table, times = TABLES[name], _happened(name)
    set_aside = rows[VOIDED].unnest().name("column").as_table().distinct().to_pyarrow().column(0).to_pylist()
    if not times:
        return Coverage(None, None, tuple(sorted(set_aside)))
    edges = {"first": rows[table.dated_by].min(), **{time: rows[time].max() for time in times}}
    found = rows.aggregate(**edges).to_pyarrow().to_pylist()[0]
    first = found.pop("first")
    last = max((moment for moment in found.values() if moment is not None), default=None)
    return Coverage(first, last, tuple(sorted(set_aside)))


def newest(rows: ir.Table, name: str) -> dict[str, datetime]:
    """Return, by branch, the last thing that happened in the canonical table ``name``, whose rows are ``rows``."""
    times = _happened(name)
    if not times or "branch" not in rows.columns:
        return {}
    last = rows.group_by("branch").aggregate(**{time: rows[time].max() for time in times})
    found = {}
    for row in last.to_pyarrow().to_pylist():
        branch, moments = row.pop("branch"), [moment for moment in row.values() if moment is not None]
        if branch is not None and moments:
            found[branch] = max(moments)
    return found


def _happened(name: str) -> list[str]:
    """Return the columns of a canonical table that say when something happened; a planned time has not."""
    return [
        column.name for column in TABLES[name].columns if column.type is ColumnType.TIMESTAMP and not column.planned
    ]


def coverage_to_json(extent: Coverage) -> dict[str, object]:
    """Return ``extent`` as plain values for the store's manifest."""
    edges = {"first": extent.first, "last": extent.last}
    return {name: moment and moment.isoformat() for name, moment in edges.items()} | {"set_aside": extent.set_aside}


def coverage_from_json(plain: Mapping[str, Any]) -> Coverage:
    """Return the coverage :func:`coverage_to_json` wrote."""
    first, last = (moment and datetime.fromisoformat(moment) for moment in (plain["first"], plain["last"]))
    return Coverage(first, last, tuple(plain["set_aside"]))
