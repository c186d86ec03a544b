"""How long the cases of a segment took, and those of all others: what a what-if of a duration is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from kpi_lib.data.coverage import Coverage
from kpi_lib.kpi.aggregate import aggregate
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.dimensions import PREFIX, with_dimensions
from kpi_lib.kpi.measures import Duration, Mean, Quantile
from kpi_lib.kpi.requests import requests
from kpi_lib.params.periods import Period, parse_period
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.mixture import Durations

Dims = tuple[tuple[str, str], ...]

INSIDE = "_inside"
"""Column that says whether a case belongs to one of the segments."""


def segment_durations(
    tables: Mapping[str, ir.Table],
    kpi: Kpi,
    segments: Sequence[Dims],
    *,
    first: Period,
    last: Period,
    left_out: Sequence[str] = (),
    as_of: datetime,
    clock: WorkingClock | None = None,
    coverage: Mapping[str, Coverage] | None = None,
) -> dict[bool, Durations]:
    """Return the durations of the cases in any of some segments (True) and of all others (False).

    Parameters
    ----------
    tables
        Canonical tables by name.
    kpi
        A quantile or a mean of durations.
    segments
        Dimension values; a case in several counts once.
    first, last
        Periods the cases are dated in.
    left_out
        Labels of periods in between that do not count.
    as_of, clock, coverage
        As for :func:`kpi_lib.kpi.compute.compute`, whose cases these are.
    """
    keys = tuple(dict.fromkeys(key for dims in segments for key, _ in dims))
    rows = with_dimensions(tables, kpi.table, keys, regions={})
    inside = ibis.or_(*(ibis.and_(*(rows[f"{PREFIX}{key}"] == value for key, value in dims)) for dims in segments))
    rows = rows.mutate(**{INSIDE: inside})
    moment = rows[kpi.dated_by]
    for gap in (parse_period(label) for label in left_out):
        rows = rows.filter((moment < pd.Timestamp(gap.start)) | (moment >= pd.Timestamp(gap.end)))
    whole = Period("range", f"{first.label}..{last.label}", first.start, last.end)
    asked = _as_quantile(kpi)
    found = aggregate(
        {**tables, kpi.table: rows}, requests(asked), periods=[whole], by=[INSIDE], as_of=as_of, clock=clock,
        coverage=coverage,
    )  # fmt: skip
    parts = found.droplevel(0)
    return {side: _durations(parts, asked.key, side) for side in (True, False)}


def _as_quantile(kpi: Kpi) -> Kpi:
    """Return the KPI as one whose single durations are collected; a mean is taken over them all the same."""
    match kpi.measure:
        case Mean(of=Duration() as duration, among=among):
            return replace(kpi, measure=Quantile(duration, at=0.5, among=among))
        case Quantile():
            return kpi
        case _:
            raise ValueError(f"{kpi.key} is no duration")


def _durations(parts: pd.DataFrame, key: str, side: bool) -> Durations:
    if side not in parts.index:
        return Durations(np.empty(0), np.empty(0))
    row = parts.loc[side]
    return Durations(*(_values(row.get(f"{key}::{name}")) for name in ("ended", "running")))


def _values(hours: object) -> Floats:
    found = np.asarray(hours, dtype=float) if isinstance(hours, np.ndarray) else np.empty(0)
    return np.asarray(found[~np.isnan(found)], dtype=float)
