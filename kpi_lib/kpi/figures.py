"""The company's figures, computed once for all branches and kept beside the store for every report that reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import pandas as pd

from kpi_lib.data.schema import TABLES
from kpi_lib.data.store import Store
from kpi_lib.kpi.case_mix import counts_by_stratum
from kpi_lib.kpi.catalog import CATALOG, availability
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.completeness import completeness
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Quantile, Within
from kpi_lib.params import Period, Project


def wanted_kpis(project: Project, branch: str) -> dict[str, Kpi]:
    """Return every KPI the policy or the composite names, with the branch's limits, in the catalogue's order."""
    wanted = {*project.policy.kpis, *project.weights(branch)}
    return {
        key: kpi.with_limit(project.policy.for_branch(key, branch).limit_hours)
        for key, kpi in CATALOG.items()
        if key in wanted
    }


def available_kpis(project: Project, store: Store, branch: str) -> list[Kpi]:
    """Return those of the wanted KPIs that this data can answer."""
    kpis = wanted_kpis(project, branch)
    lacking = availability(kpis.values(), store.available)
    return [kpi for key, kpi in kpis.items() if not lacking[key]]


def within_target(project: Project, store: Store, branch: str) -> list[Kpi]:
    """Return, for each weighted duration with a target, the KPI that counts how many kept it."""
    weights = project.weights(branch)
    return [
        replace(kpi, measure=Within(kpi.measure.of, limit_hours=target, among=kpi.measure.among), unit="share")
        for kpi in available_kpis(project, store, branch)
        if kpi.key in weights and isinstance(kpi.measure, Quantile)
        if (target := project.policy.for_branch(kpi.key, branch).target) is not None
    ]


def working_clock(project: Project) -> WorkingClock:
    """Return the company's working calendars."""
    calendars = project.calendars
    own = {key: branch.calendar for key, branch in project.branches.branches.items() if branch.calendar}
    return WorkingClock(calendars.calendars, calendars.default, own)


View = Callable[[Mapping[str, ir.Table]], dict[str, ir.Table]]


@dataclass(frozen=True)
class Table:
    """What a table of figures of all branches holds.

    Parameters
    ----------
    kpis
        KPIs that are available.
    periods
        Of one grain, oldest first.
    view
        Returns the tables the KPIs are counted in, from the canonical ones; it keeps every row in its branch. None for
        the canonical tables themselves.
    """

    kpis: Sequence[Kpi]
    periods: Sequence[Period]
    view: View | None = None


def figures(
    project: Project,
    store: Store,
    table: Table,
    *,
    kpis: Sequence[Kpi] | None = None,
    periods: Sequence[Period] | None = None,
    branches: Sequence[str],
) -> pd.DataFrame:
    """Return KPIs of some branches in some periods, as :func:`kpi_lib.kpi.compute.compute` returns them.

    Read from the table of all branches where :func:`keep_figures` has made it, else computed for these branches: the
    same rows, as a branch's figures in a period rest on nothing but its own rows.

    Parameters
    ----------
    project, store
        Parameters and prepared data.
    table
        Where they may be kept.
    kpis, periods
        Those of the table that are asked for; all by default.
    branches
        Branches asked for.
    """
    asked, shown = kpis or table.kpis, periods or table.periods
    kept = store.derived.read(_key(project, store, table))
    if kept is not None:
        return _rows(kept, asked, shown, branches)
    return _computed(project, store, replace(table, kpis=asked, periods=shown), branches)


def keep_figures(project: Project, store: Store, table: Table) -> pd.DataFrame:
    """Compute a table of all branches and keep it for :func:`figures`, unless it is kept already; return it."""
    branches = tuple(project.branches.branches)
    return _kept(
        store,
        _key(project, store, table),
        lambda: _computed(project, store, table, branches),
    )


def keep_strata(project: Project, store: Store, table: Table) -> pd.DataFrame:
    """Count all branches by stratum over the one period of a table, keep it, and return it.

    As :func:`kpi_lib.kpi.case_mix.counts_by_stratum` returns it.
    """
    (period,) = table.periods
    return _kept(
        store,
        _key(project, store, table, "strata"),
        lambda: counts_by_stratum(
            _rows_of(store),
            table.kpis,
            period=period,
            as_of=store.as_of,
            available=store.available,
            clock=working_clock(project),
            coverage=store.coverage,
        ),
    )


def keep_completeness(store: Store, columns: Mapping[str, Sequence[str]], periods: Sequence[Period]) -> pd.DataFrame:
    """Count how full columns are in every branch and period, keep it, and return it.

    As :func:`kpi_lib.kpi.completeness.completeness` returns it by branch.
    """
    asked = {name: list(names) for name, names in columns.items()}
    return _kept(
        store,
        store.derived.key("completeness", asked, list(periods)),
        lambda: completeness(
            {name: store.table(name) for name in store.available}, asked, periods=periods, by=("branch",)
        ),
    )


def _kept(store: Store, key: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    kept = store.derived.read(key)
    if kept is None:
        kept = make()
        store.derived.write(key, kept)
    return kept


def _key(project: Project, store: Store, table: Table, what: str = "figures") -> str:
    """Return what a table of figures depends on beside the data and the code."""
    return store.derived.key(
        what,
        list(table.kpis),
        list(table.periods),
        "" if table.view is None else table.view.__qualname__,
        store.as_of,
        project.policy.confidence,
        sorted(project.branches.branches),
        working_clock(project),
    )


def _computed(project: Project, store: Store, table: Table, branches: Sequence[str]) -> pd.DataFrame:
    rows = _rows_of(store, branches[0] if len(branches) == 1 else None)
    return compute(
        rows if table.view is None else table.view(rows),
        table.kpis,
        periods=table.periods,
        as_of=store.as_of,
        groups=list(branches),
        clock=working_clock(project),
        coverage=store.coverage,
        level=project.policy.confidence,
    )


def _rows_of(store: Store, branch: str | None = None) -> dict[str, ir.Table]:
    return {name: store.table(name, branch=branch) for name in store.available if "branch" in TABLES[name].names}


def _rows(kept: pd.DataFrame, kpis: Sequence[Kpi], periods: Sequence[Period], branches: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some branches in the order in which they would be computed."""
    wanted = pd.MultiIndex.from_product(
        [[kpi.key for kpi in kpis], branches, [period.label for period in periods]], names=["kpi", "branch", "period"]
    )
    found = kept.set_index(["kpi", "branch", "period"]).loc[wanted].reset_index()
    return found[list(kept.columns)]
