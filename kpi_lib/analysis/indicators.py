"""The indicator table: each KPI's row beside its policy, verdict, change and distance to the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpi_lib.analysis.changes import change_between
from kpi_lib.analysis.gaps import to_reach, to_reach_quantile
from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.status import status_of
from kpi_lib.analysis.terms import Terms
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Quantile
from kpi_lib.kpi.score import BEST, Rule, band_score, reaches
from kpi_lib.params.policy import KpiPolicy


def indicator_rows(
    history: pd.DataFrame,
    *,
    period: str,
    previous: str | None,
    kpis: Mapping[str, Kpi],
    terms: Terms,
    weights: Mapping[str, float],
    within: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return one judged row per KPI of the period, as :class:`~kpi_lib.analysis.scorecard.Scorecard` describes them.

    Parameters
    ----------
    history
        Computed and scored rows of all periods.
    period, previous
        Labels of the period judged and of the one before.
    kpis
        KPIs by key, in the order unweighted ones are listed.
    terms
        What the branch is held to.
    weights
        Effective weight of the scored KPIs.
    within
        Durations within the target, for quantile KPIs.
    """
    now, before = _by_kpi(history[history["period"] == period]), _by_kpi(history[history["period"] == previous])
    counts = {} if within is None else _by_kpi(within)
    rows = [
        {
            **row,
            **_terms_of(kpis[key], terms, weights),
            **_verdict(row, kpis[key], terms.policies[key]),
            **change_between(row, before.get(key), kpi=kpis[key], level=terms.level),
            **_lacking(row, kpis[key], terms.policies[key], counts.get(key)),
            "to_gain": _to_gain(row["score"], kpis[key], terms.policies[key], weights.get(key, 0.0), terms.rule),
        }
        for key, row in now.items()
    ]
    order = {key: number for number, key in enumerate(kpis)}
    return (
        pd.DataFrame(rows)
        .assign(_order=lambda found: found["kpi"].map(order))
        .sort_values(["policy_weight", "_order"], ascending=[False, True], ignore_index=True)
        .drop(columns="_order")
    )


def _by_kpi(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["kpi"]: row for row in records(frame)}


def _terms_of(kpi: Kpi, terms: Terms, weights: Mapping[str, float]) -> dict[str, object]:
    policy = terms.policies[kpi.key]
    return {
        "baseline": _or_nan(policy.baseline),
        "baseline_from": _baseline_from(kpi.key, terms),
        "target": _or_nan(policy.target),
        "industry": policy.industry.value if policy.industry else np.nan,
        "policy_weight": terms.weights.get(kpi.key, 0.0),
        "weight": weights.get(kpi.key, 0.0),
        "unit": kpi.unit,
        "better": kpi.better,
    }


def _baseline_from(key: str, terms: Terms) -> str:
    """Return the period of the accepted baseline, ``policy`` for the policy's own, or nothing."""
    if key in terms.accepted and terms.accepted_in is not None:
        return terms.accepted_in.period
    return "" if terms.policies[key].baseline is None else "policy"


def _verdict(row: Row, kpi: Kpi, policy: KpiPolicy) -> dict[str, object]:
    status = status_of(
        row["value"],
        row["lo"],
        row["hi"],
        n=row["n"],
        target=policy.target,
        baseline=policy.baseline,
        better=kpi.better,
        unit=kpi.unit,
        min_n=policy.min_n,
    )
    reached = policy.target is not None and bool(reaches(row["value"], policy.target, better=kpi.better))
    return {"status": status.value, "reached": reached, "few": row["n"] < policy.min_n}


def _lacking(row: Row, kpi: Kpi, policy: KpiPolicy, within: Row | None) -> dict[str, float]:
    """Return how many more (or fewer) reach the target, and of how many; missing where that cannot be counted."""
    if policy.target is None or np.isnan(row["value"]) or kpi.unit == "share_change":
        return {"to_reach": np.nan, "to_reach_of": np.nan}
    match kpi.measure:
        case Quantile(at=at):
            if within is None:
                return {"to_reach": np.nan, "to_reach_of": np.nan}
            of = within["denominator"]
            lacking = to_reach_quantile(within["numerator"], of, at)
        case Count():
            of = np.nan
            lacking = to_reach(row["numerator"], 1, policy.target, better=kpi.better)
        case _:
            of = row["denominator"]
            lacking = to_reach(row["numerator"], of, policy.target, better=kpi.better)
    return {"to_reach": lacking, "to_reach_of": of}


def _to_gain(score: float, kpi: Kpi, policy: KpiPolicy, weight: float, rule: Rule) -> float:
    """Return the points of the composite that reaching the target would bring."""
    if not policy.bands or policy.target is None or np.isnan(score):
        return np.nan
    wanted = float(band_score(policy.target, cuts=policy.bands, better=kpi.better, rule=rule))
    return max(0.0, weight * (wanted - score) / BEST)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
