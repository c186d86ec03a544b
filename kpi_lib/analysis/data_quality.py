"""Notebook ``1_data_quality``: what came, what was left out and why, how full the rest is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.data.fingerprint import Fingerprint
from kpi_lib.data.schema import TABLES, ColumnType
from kpi_lib.kpi.definition import Kpi
from kpi_lib.stats.differences import share_difference
from kpi_lib.text import Text

EXAMPLES = 3
"""Examples shown per reason: enough to look one up in the source."""

NOTABLE_DROP = 0.10
"""Fall of a column's filled share below its other periods that is worth a look. Some columns are filled only where
something happened (talk time of answered calls), so their share moves a little with the business itself."""

DROP_LEVEL = 0.999
"""Level of the interval that must leave out zero before a fall is flagged: a page compares some hundred cells."""


@dataclass(frozen=True, eq=False)
class DataQuality:
    """What the data of one branch's page are worth.

    Parameters
    ----------
    branch, period
        Key and name of the branch, label of the period.
    sources
        Fingerprints of the raw exports.
    accounts
        ``table, source, n_rows, n_filtered, n_quarantined, n_accepted`` of each source.
    rejected
        ``table, source, reason, n_rows, examples``: rows set aside; ``reason`` is a check and its column, ``examples``
        row numbers in the source. A row set aside for two reasons is in both.
    voided
        ``table, source, column, reason, n_values, examples``: values set to missing, with originals as examples.
    warnings
        The checks that only warn and did: ``table, source, check, columns, n_rows, n_failed, examples``.
    by_period
        ``table, column, period, n_rows, n_filled, share, flagged`` of this branch, for columns the KPIs need;
        ``flagged`` where far fewer are filled than in the other periods.
    by_branch
        ``table, column, branch, period, n_rows, n_filled, share`` of the period judged, all branches.
    missing
        Columns lacking, by KPI that cannot be computed.
    weights
        Weight by KPI in the composite.
    kpis
        The KPIs, by key.
    branches
        Names of the branches by key.
    """

    branch: str
    period: str
    sources: Sequence[Fingerprint]
    accounts: pd.DataFrame
    rejected: pd.DataFrame
    voided: pd.DataFrame
    warnings: pd.DataFrame
    by_period: pd.DataFrame
    by_branch: pd.DataFrame
    missing: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, float]
    kpis: Mapping[str, Kpi]
    branches: Mapping[str, Text]


def rejected_rows(quarantine: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count rows set aside by reason, the most frequent first.

    Parameters
    ----------
    quarantine
        ``source, source_row, reasons`` by table, reasons separated by semicolons.

    Returns
    -------
    DataFrame
        As :attr:`DataQuality.rejected`.
    """
    columns = ["table", "source", "reason", "n_rows", "examples"]
    parts = [
        frame[["source", "source_row"]].assign(table=table, reason=frame["reasons"].str.split(";")).explode("reason")
        for table, frame in quarantine.items()
        if len(frame)
    ]
    if not parts:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(parts, ignore_index=True).assign(reason=lambda found: found["reason"].str.strip())
    counted = rows.groupby(["table", "source", "reason"], as_index=False).agg(
        n_rows=("source_row", "size"), examples=("source_row", _numbers)
    )
    return counted.sort_values(["n_rows", "table", "source", "reason"], ascending=[False, True, True, True])[columns]


def voided_values(voided: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count values set to missing by column and reason, the most frequent first.

    Parameters
    ----------
    voided
        ``source, source_row, column, original, reason`` by table.

    Returns
    -------
    DataFrame
        As :attr:`DataQuality.voided`.
    """
    columns = ["table", "source", "column", "reason", "n_values", "examples"]
    parts = [frame.assign(table=table) for table, frame in voided.items() if len(frame)]
    if not parts:
        return pd.DataFrame(columns=columns)
    counted = (
        pd.concat(parts, ignore_index=True)
        .groupby(["table", "source", "column", "reason"], as_index=False)
        .agg(n_values=("original", "size"), examples=("original", _originals))
    )
    return counted.sort_values(["n_values", "table", "column", "reason"], ascending=[False, True, True, True])[columns]


def flagged_drops(by_period: pd.DataFrame) -> pd.DataFrame:
    """Flag periods in which a column is filled far less than in the others.

    A time is compared with later periods only: the younger a row, the fewer of its steps have happened yet, so a
    column of times is naturally emptier towards the end.

    Parameters
    ----------
    by_period
        ``table, column, period, n_rows, n_filled, share``, periods of a column oldest first.

    Returns
    -------
    DataFrame
        The same with ``flagged``: at least :data:`NOTABLE_DROP` below the other periods together, and Newcombe's
        interval at :data:`DROP_LEVEL` leaves out zero.
    """
    grouped = by_period.groupby(["table", "column"])
    places = zip(by_period["table"], by_period["column"], strict=True)
    is_time = np.array([TABLES[table].column(column).type is ColumnType.TIMESTAMP for table, column in places], bool)
    others = {}
    for name in ("n_rows", "n_filled"):
        total, so_far = grouped[name].transform("sum"), grouped[name].cumsum()
        others[name] = np.where(is_time, total - so_far, total - by_period[name])
    fall = share_difference(
        by_period["n_filled"], by_period["n_rows"], others["n_filled"], others["n_rows"], level=DROP_LEVEL
    )
    with np.errstate(invalid="ignore"):
        flagged = (fall.hi < 0) & (fall.value <= -NOTABLE_DROP)
    return by_period.assign(flagged=flagged)


def _numbers(rows: pd.Series) -> str:
    return ", ".join(str(int(row)) for row in rows.sort_values().head(EXAMPLES))


def _originals(values: pd.Series) -> str:
    return ", ".join(str(value) for value in values.drop_duplicates().head(EXAMPLES))
