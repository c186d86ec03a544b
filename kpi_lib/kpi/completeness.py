"""How full the columns are that the KPIs need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.schema import TABLES
from kpi_lib.params.periods import Period


def completeness(
    tables: Mapping[str, ir.Table],
    columns: Mapping[str, Sequence[str]],
    *,
    periods: Sequence[Period],
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """Count rows and filled values by period.

    Parameters
    ----------
    tables
        Canonical tables by name.
    columns
        Columns looked at, by table; tables without rows of a date are left out.
    periods
        Oldest first, without a gap.
    by
        Further columns to count by, such as ``branch``.

    Returns
    -------
    DataFrame
        ``table, column, <by>, period, n_rows, n_filled, share``; a period without rows has ``share`` missing. With
        ``by`` only groups that have rows are there.
    """
    frames = [
        _of_table(tables[name], name, names, periods=periods, by=by)
        for name, names in columns.items()
        if names and TABLES[name].dated_by
    ]
    result = ["table", "column", *by, "period", "n_rows", "n_filled", "share"]
    if not frames:
        return pd.DataFrame(columns=result)
    found = pd.concat(frames, ignore_index=True)
    return found.assign(share=found["n_filled"] / found["n_rows"].where(found["n_rows"] > 0))[result]


def of_branch(
    every: pd.DataFrame, branch: str, columns: Mapping[str, Sequence[str]], *, periods: Sequence[Period]
) -> pd.DataFrame:
    """Return a branch's part of what :func:`completeness` counted by branch, as if counted for it alone.

    Parameters
    ----------
    every
        Counted with ``by=("branch",)``.
    branch
        Key of the branch.
    columns, periods
        As they were counted; a period without rows has none.
    """
    names = ["table", "column", "period"]
    cells = [
        (table, column, period.label)
        for table, own in columns.items()
        if TABLES[table].dated_by
        for column in own
        for period in periods
    ]
    counts = every[every["branch"] == branch].set_index(names)[["n_rows", "n_filled"]].astype(int)
    found = pd.DataFrame(cells, columns=names).join(counts, on=names).fillna({"n_rows": 0, "n_filled": 0})
    found = found.astype({"n_rows": int, "n_filled": int})
    return found.assign(share=found["n_filled"] / found["n_rows"].where(found["n_rows"] > 0))


def _of_table(
    table: ir.Table, name: str, names: Sequence[str], *, periods: Sequence[Period], by: Sequence[str]
) -> pd.DataFrame:
    moment = table[TABLES[name].dated_by]
    place = ibis.cases(
        *[
            ((moment >= pd.Timestamp(period.start)) & (moment < pd.Timestamp(period.end)), number)
            for number, period in enumerate(periods)
        ],
        else_=-1,
    )
    rows = table.mutate(_place=place)
    rows = rows.filter(rows._place >= 0)
    counts = rows.group_by(["_place", *by]).aggregate(
        n_rows=rows.count(), **{f"filled__{column}": rows[column].count() for column in names}
    )
    wide = counts.to_pyarrow().to_pandas()
    # The engine gives groups in any order, another one each time.
    wide = wide.sort_values(["_place", *by], ignore_index=True)
    if not by:
        wide = wide.set_index("_place").reindex(range(len(periods)), fill_value=0).reset_index()
    long: pd.DataFrame = wide.melt(id_vars=["_place", *by, "n_rows"], var_name="column", value_name="n_filled")
    labels = {number: period.label for number, period in enumerate(periods)}
    found: pd.DataFrame = long.assign(
        table=name,
        column=long["column"].str.removeprefix("filled__"),
        period=long["_place"].map(labels),
        n_rows=long["n_rows"].astype(int),
        n_filled=long["n_filled"].astype(int),
    )
    return found
