"""The mix of cases behind a KPI: its rows counted by product, channel and warranty too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.coverage import Coverage
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Mean, Ratio, Share, Within
from kpi_lib.params.periods import Period

STRATUM: Final = "stratum"
"""Column of the combined stratum."""

STRATA: Final[Mapping[str, tuple[str, ...]]] = {
    "tickets": ("product", "channel", "under_warranty"),
    "surveys": ("product",),
    "complaints": ("product",),
}
"""What a branch does not choose about its work, by table. The channel of a survey is the branch's own choice."""


def strata_of(kpi: Kpi, available: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the strata the rows of a KPI can be told apart by; none for what is no share, rate or mean of rows.

    Parameters
    ----------
    kpi
        The KPI.
    available
        Columns the data have, by table.
    """
    match kpi.measure:
        case Share() | Within() | Mean():
            tables = [kpi.table]
        case Ratio() as ratio if kpi.is_additive:
            tables = [ratio.numerator.table, ratio.denominator.table]
        case _:
            return ()
    common = [set(STRATA.get(table, ())) & set(available.get(table, ())) for table in tables]
    return tuple(name for name in STRATA["tickets"] if all(name in own for own in common))


def counts_by_stratum(
    tables: Mapping[str, ir.Table],
    kpis: Sequence[Kpi],
    *,
    period: Period,
    as_of: datetime,
    available: Mapping[str, Sequence[str]],
    clock: WorkingClock | None = None,
    coverage: Mapping[str, Coverage] | None = None,
) -> pd.DataFrame:
    """Count shares, rates and means by branch and stratum.

    Parameters
    ----------
    tables, as_of, clock, coverage
        As of :func:`kpi_lib.kpi.compute.compute`.
    kpis
        KPIs; those without strata are left out.
    period
        The period counted.
    available
        Columns the data have, by table.

    Returns
    -------
    DataFrame
        ``kpi, branch, stratum, strata, numerator, denominator, sum_sq``; ``strata`` names the columns behind it, joined
        by ``+``. A value that is not recorded is a stratum of its own.
    """
    alike: dict[tuple[str, ...], list[Kpi]] = defaultdict(list)
    for kpi in kpis:
        if names := strata_of(kpi, available):
            alike[names].append(kpi)
    parts = []
    for names, own in alike.items():
        found = compute(
            {name: _with_stratum(table, names) for name, table in tables.items()},
            own,
            periods=[period],
            as_of=as_of,
            by=("branch", STRATUM),
            clock=clock,
            coverage=coverage,
        )
        parts.append(found.assign(strata="+".join(names)))
    columns = ["kpi", "branch", STRATUM, "strata", "numerator", "denominator", "sum_sq"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _with_stratum(table: ir.Table, names: Sequence[str]) -> ir.Table:
    if not set(names) <= set(table.columns):
        return table
    parts = [table[name].cast("string").fill_null("") for name in names]
    return table.mutate(**{STRATUM: ibis.literal("|").join(parts)})
