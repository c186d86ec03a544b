"""A KPI's sufficient statistics per leaf: dimension values times day, from the scan that computes the KPI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from kpi_lib.data.coverage import Coverage
from kpi_lib.kpi.aggregate import PERIOD, scan
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.dimensions import PREFIX, dimensions_of, with_dimensions
from kpi_lib.kpi.measures import Duration, Mean, Quantile, Ratio, Share, Tally, Within
from kpi_lib.kpi.requests import Request, requests
from kpi_lib.params.periods import Period, containing
from kpi_lib.stats.intervals import Floats
from kpi_lib.text import Text

DAY = "day"
MOST = 8
"""Dimensions looked at unless others are asked for: more than eight make leaves of one ticket each."""


@dataclass(frozen=True, eq=False)
class Leaves:
    """The cases of one KPI, sorted.

    Parameters
    ----------
    kpi
        What is counted: the KPI, or for a quantile the share of durations within its target.
    frame
        One row per leaf and day: the dimensions (categorical), ``day``, ``numerator``, ``denominator`` and, for a
        mean, ``sum_sq``. They add up to what ``compute`` counts; a rate has rows of events and rows of exposure.
    dimensions
        Those that have more than one value.
    kind
        ``share``, ``rate`` (events per exposure) or ``mean``.
    """

    kpi: Kpi
    frame: pd.DataFrame
    dimensions: tuple[str, ...]
    kind: Literal["share", "rate", "mean"]

    def within(self, period: Period) -> pd.DataFrame:
        """Return the leaves of a period."""
        day = self.frame[DAY]
        return self.frame[(day >= pd.Timestamp(period.start)) & (day < pd.Timestamp(period.end))]

    def cases(self, periods: Sequence[Period]) -> Floats:
        """Return the sum of the denominators in each of some periods that follow each other, oldest first."""
        edges = np.array([*(period.start for period in periods), periods[-1].end], dtype="datetime64[ns]")
        place = np.searchsorted(edges, self.frame[DAY].to_numpy(dtype="datetime64[ns]"), side="right") - 1
        inside = (place >= 0) & (place < len(periods))
        size = self.frame["denominator"].to_numpy()[inside]
        return np.bincount(place[inside], weights=size, minlength=len(periods)).astype(float)


def explained(kpi: Kpi, *, limit: float | None) -> Kpi | None:
    """Return what of a KPI can be sorted into leaves, None where nothing can.

    Parameters
    ----------
    kpi
        Shares, rates of rows and means are sorted as they are. Counts have no denominator, growth rates compare two
        years, and distinct customers do not add up.
    limit
        Target of a quantile or a mean of durations, in hours: the share of durations within it is sorted in their
        place, for a quantile does not add up and a mean hangs on the few longest. None sorts the mean itself.
    """
    match kpi.measure:
        case Quantile(of=duration, among=among) | Mean(of=Duration() as duration, among=among) if limit is not None:
            return replace(
                kpi,
                name=Text(f"{kpi.name.en}: share within {limit:g} h", f"{kpi.name.zh}：{limit:g}小时内占比"),
                measure=Within(duration, limit_hours=limit, among=among),
                better="higher",
                unit="share",
            )
        case Share() | Within() | Mean():
            return kpi
        case Ratio(numerator=Tally(distinct="", total=""), denominator=Tally(distinct="", total=""), kind="rate"):
            return kpi
        case _:
            return None


def leaves(
    tables: Mapping[str, ir.Table],
    kpis: Sequence[Kpi],
    *,
    span: tuple[Period, Period],
    as_of: datetime,
    available: Mapping[str, Sequence[str]],
    dimensions: Sequence[str] | None = None,
    regions: Mapping[str, str] | None = None,
    clock: WorkingClock | None = None,
    coverage: Mapping[str, Coverage] | None = None,
) -> dict[str, Leaves]:
    """Sort the cases of KPIs, one scan per table, date column and set of dimensions.

    Parameters
    ----------
    tables
        Canonical tables by name.
    kpis
        What :func:`explained` returns.
    span
        First and last period; every day from the start of the one to the end of the other is kept.
    as_of, clock, coverage
        As for :func:`kpi_lib.kpi.compute.compute`, whose cases these are.
    available
        Columns the data have, by table.
    dimensions
        Keys wanted, of which a table takes those it has; None takes its first :data:`MOST`.
    regions
        Region by branch; without it there is no such dimension.

    Returns
    -------
    dict
        Leaves by the KPI's key.
    """
    days = [containing("day", span[0].start), containing("day", span[1].end).previous()]
    scans: dict[tuple[str, str, tuple[str, ...]], list[Request]] = defaultdict(list)
    asked: dict[str, tuple[str, ...]] = {}
    for kpi in kpis:
        wanted = requests(kpi)
        shared = [dimensions_of(request.table, available) for request in wanted]
        keys = tuple(key for key in shared[0] if all(key in other for other in shared))
        asked[kpi.key] = _chosen(keys, dimensions, regions)
        for request in wanted:
            scans[request.table, request.dated_by, asked[kpi.key]].append(request)
    parts: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for (name, dated_by, keys), group in scans.items():
        groups, columns = scan(
            with_dimensions(tables, name, keys, regions=regions or {}), dated_by, group, periods=days,
            by=[f"{PREFIX}{key}" for key in keys], as_of=as_of, clock=clock,
            extent=None if coverage is None else coverage[name],
        )  # fmt: skip
        found = _frame(groups, keys)
        for request in group:
            parts[request.kpi.key].append(_leaf_rows(found, request, columns, keys))
    return {kpi.key: _leaves(kpi, parts[kpi.key], asked[kpi.key]) for kpi in kpis}


def _chosen(keys: tuple[str, ...], wanted: Sequence[str] | None, regions: Mapping[str, str] | None) -> tuple[str, ...]:
    if wanted is not None:
        return tuple(key for key in keys if key in wanted)
    return tuple(key for key in keys if key != "region" or regions)[:MOST]


def _frame(groups: ir.Table, keys: Sequence[str]) -> pd.DataFrame:
    """Return the groups with their dimensions as categories: strings of millions of leaves would not fit."""
    table: pa.Table = groups.to_pyarrow()
    for key in keys:
        place = table.schema.get_field_index(f"{PREFIX}{key}")
        table = table.set_column(place, key, table.column(place).dictionary_encode().unify_dictionaries())
    frame: pd.DataFrame = table.to_pandas().rename(columns={PERIOD: DAY})
    return frame


def _leaf_rows(found: pd.DataFrame, request: Request, columns: Mapping[str, str], keys: Sequence[str]) -> pd.DataFrame:
    def statistic(name: str) -> pd.Series:
        return found[columns[f"{request.prefix}::{name}"]].astype(float).fillna(0.0)

    rows = found[[*keys, DAY]]
    match request.measure:
        case Tally() if request.prefix.endswith("/top"):
            rows = rows.assign(numerator=statistic("tally"), denominator=0.0)
        case Tally():
            rows = rows.assign(numerator=0.0, denominator=statistic("tally"))
        case Mean():
            rows = rows.assign(
                numerator=statistic("numerator"), denominator=statistic("counted"), sum_sq=statistic("sum_sq")
            )
        case Within():
            rows = rows.assign(numerator=statistic("numerator"), denominator=statistic("counted"))
        case _:
            rows = rows.assign(numerator=statistic("numerator"), denominator=statistic("known"))
    return rows[(rows["denominator"] > 0) | (rows["numerator"] > 0)]


def _leaves(kpi: Kpi, parts: Sequence[pd.DataFrame], keys: Sequence[str]) -> Leaves:
    frame = parts[0] if len(parts) == 1 else _together(parts, keys)
    frame = frame.reset_index(drop=True)
    varying = tuple(key for key in keys if len(frame[key].unique()) > 1)
    kind: Literal["share", "rate", "mean"] = "share"
    if isinstance(kpi.measure, Mean):
        kind = "mean"
    elif isinstance(kpi.measure, Ratio):
        kind = "rate"
    return Leaves(kpi, frame, varying, kind)


def _together(parts: Sequence[pd.DataFrame], keys: Sequence[str]) -> pd.DataFrame:
    """Put events and exposure one after the other, on common categories."""
    plain = [part.astype(dict.fromkeys(keys, "string")) for part in parts]
    both = pd.concat(plain, ignore_index=True)
    frame: pd.DataFrame = both.astype(dict.fromkeys(keys, "category"))
    return frame
