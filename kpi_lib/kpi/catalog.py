"""The KPI dictionary: every declared indicator by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kpi_lib.kpi.declarations import audits, calls, complaints, customers, market, surveys, tickets
from kpi_lib.kpi.definition import Kpi

CATALOG: dict[str, Kpi] = {
    kpi.key: kpi for module in (tickets, calls, surveys, complaints, audits, customers, market) for kpi in module.KPIS
}
"""Every KPI by key, in the order of the declaration modules."""


def availability(kpis: Iterable[Kpi], available: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Say which columns each KPI lacks.

    Parameters
    ----------
    kpis
        The KPIs asked for.
    available
        Columns the prepared data really has, by table.

    Returns
    -------
    dict
        KPI key → missing ``table.column`` names; empty for a KPI that can be computed.
    """
    have = {table: set(columns) for table, columns in available.items()}
    return {
        kpi.key: tuple(
            f"{table}.{column}" for table, column in kpi.needed_columns() if column not in have.get(table, set())
        )
        for kpi in kpis
    }
