"""All branches compared on all indicators, from computed tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.case_mix import CaseMix, case_mix
from kpi_lib.analysis.baseline.estimates import (
    funnel_of_estimates,
    pool_estimates,
    scatter_of_intervals,
    scatter_of_means,
)
from kpi_lib.analysis.baseline.families import family_of
from kpi_lib.analysis.baseline.peers import Funnel, Pooled, funnel, shrink
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Quantile
from kpi_lib.params.policy import KpiPolicy

PEER_MONTHS = 12
"""Months added up for the comparison of branches."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """One indicator's branches.

    Parameters
    ----------
    pooled
        Raw and partially pooled values.
    funnel
        Against the common level.
    mix
        After case mix; None where the data do not tell cases apart.
    """

    pooled: Pooled
    funnel: Funnel
    mix: CaseMix | None


def compared(
    frame: pd.DataFrame,
    *,
    kpis: Mapping[str, Kpi],
    policies: Mapping[str, KpiPolicy],
    year: pd.DataFrame | None = None,
    strata: pd.DataFrame | None = None,
    level: float = 0.95,
) -> dict[str, Comparison]:
    """Compare branches over the last twelve months.

    Parameters
    ----------
    frame
        Rows of ``compute`` by month: what adds up is added up.
    kpis, policies
        Indicators, and what is wanted of them.
    year
        Rows of ``compute`` for the twelve months as one period, for quantiles, which do not add up; None leaves these
        out.
    strata
        ``kpi, branch, stratum, strata, numerator, denominator, sum_sq`` of the twelve months
        (:func:`kpi_lib.kpi.case_mix.counts_by_stratum`); None for no case mix.
    level
        Of the intervals.

    Returns
    -------
    dict
        By indicator, those that can be compared.
    """
    starts = sorted(frame["period_start"].unique())[-PEER_MONTHS:]
    recent = frame[frame["period_start"].isin(starts) & ~frame["provisional"].astype(bool) & frame["value"].notna()]
    found = {}
    for key, kpi in kpis.items():
        policy = policies[key]
        if isinstance(kpi.measure, Quantile):
            rows = None if year is None else year[(year["kpi"] == key) & year["value"].notna()]
            own = None if rows is None or rows.empty else _of_quantiles(rows, kpi, policy, level)
        else:
            own = _of_counts(recent[recent["kpi"] == key], kpi, policy, level)
        if own is not None:
            cases = None if strata is None else strata[strata["kpi"] == key]
            found[key] = Comparison(*own, None if cases is None or cases.empty else _mix(cases, kpi))
    return found


def _of_counts(rows: pd.DataFrame, kpi: Kpi, policy: KpiPolicy, level: float) -> tuple[Pooled, Funnel] | None:
    family, better = family_of(kpi), kpi.better == "higher"
    if family in {"value", "count"} or rows.empty:
        return None
    added = rows.groupby("branch", as_index=False)[["numerator", "denominator", "sum_sq"]].sum()
    if family == "share" and (added["numerator"] > added["denominator"]).any():
        return None
    pooled = shrink(
        added, group="branch", numerator="numerator", denominator="denominator",
        sum_sq="sum_sq" if family == "mean" else None, family=family, level=level,
    )  # fmt: skip
    if family != "mean":
        return pooled, funnel(
            added, group="branch", numerator="numerator", denominator="denominator", family=family,
            higher_is_better=better,
        )  # fmt: skip
    k, n, squares = (added[name].to_numpy(dtype=float) for name in ("numerator", "denominator", "sum_sq"))
    means = added.assign(value=np.divide(k, n, out=np.full(k.size, np.nan), where=n > 0))
    return pooled, funnel_of_estimates(
        means, group="branch", value="value", denominator="denominator", scatter=scatter_of_means(k, squares, n),
        log=False, higher_is_better=better, interest=one_band(policy),
    )  # fmt: skip


def _of_quantiles(rows: pd.DataFrame, kpi: Kpi, policy: KpiPolicy, level: float) -> tuple[Pooled, Funnel]:
    value, lo, hi, n = (rows[name].to_numpy(dtype=float) for name in ("value", "lo", "hi", "n"))
    scatter = scatter_of_intervals(value, lo, hi, n, log=True, level=level)
    pooled = pool_estimates(
        rows, group="branch", value="value", denominator="n", scatter=scatter, log=True, level=level
    )
    return pooled, funnel_of_estimates(
        rows, group="branch", value="value", denominator="n", scatter=scatter, log=True,
        higher_is_better=kpi.better == "higher", interest=one_band(policy),
    )  # fmt: skip


def one_band(policy: KpiPolicy) -> float | None:
    """Return the narrowest of the policy's bands: a difference that changes what a value is called."""
    return float(np.abs(np.diff(policy.bands)).min()) if len(policy.bands) > 1 else None


def _mix(cases: pd.DataFrame, kpi: Kpi) -> CaseMix:
    family = family_of(kpi)
    found = case_mix(
        cases, group="branch", strata=("stratum",), numerator="numerator", denominator="denominator",
        sum_sq="sum_sq" if family == "mean" else None, family=family, higher_is_better=kpi.better == "higher",
    )  # fmt: skip
    return CaseMix(tuple(str(cases["strata"].iloc[0]).split("+")), found.level, found.table)
