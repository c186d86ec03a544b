"""Branches side by side where values do not add up from counts: means, and quantiles by their intervals."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import special

from kpi_lib.analysis.baseline.peers import DRAWS, Funnel, Pooled, judged, matters
from kpi_lib.stats.funnel import Overdispersion, overdispersion, ranks, smallest_difference
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.shrinkage import FEWEST, shrink_means

CONTOUR_Z = {"95": 1.96, "998": 3.09}
"""Standard errors of the two contours, by the name of their coverage."""


def scatter_of_intervals(value: Floats, lo: Floats, hi: Floats, n: Floats, *, log: bool, level: float = 0.95) -> float:
    """Return the standard error of one case behind estimates with intervals: that of ``n`` cases is it over root n.

    Parameters
    ----------
    value, lo, hi, n
        Estimate, interval and number of cases of each group.
    log
        Whether the logarithm is compared.
    level
        Of the intervals.

    Returns
    -------
    float
        The median of the groups' own: the interval of a small group is known too badly to weigh it by. ``nan`` where no
        group has an interval.
    """
    z = float(special.ndtri((1 + level) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        y, low, high = (np.log(x) if log else x for x in (value, lo, hi))
        each = np.where(np.isfinite(low), high - low, 2 * (high - y)) / (2 * z) * np.sqrt(n)
    each = each[np.isfinite(each) & (each > 0)]
    return float(np.median(each)) if each.size else np.nan


def scatter_of_means(total: Floats, total_sq: Floats, n: Floats) -> float:
    """Return the standard deviation inside groups, common to all, from sums, sums of squares and numbers."""
    there = n > 0
    inside = np.sum(total_sq[there] - total[there] ** 2 / n[there])
    freedom = np.sum(n[there] - 1)
    return float(np.sqrt(max(inside, 0.0) / freedom)) if freedom > 0 else np.nan


def pool_estimates(
    frame: pd.DataFrame, *, group: str, value: str, denominator: str, scatter: float, log: bool, level: float = 0.95
) -> Pooled:
    """Pool estimates partially (normal-normal), as :func:`kpi_lib.analysis.baseline.peers.shrink` pools counts.

    Parameters
    ----------
    frame
        One row per group.
    group, value, denominator
        Columns: name, estimate, number of cases.
    scatter
        Standard error of one case, on the scale pooled.
    log
        Pool the logarithm (durations).
    level
        Of the intervals.
    """
    raw, n = (frame[name].to_numpy(dtype=float) for name in (value, denominator))
    n = np.nan_to_num(n)
    scaled, back = _scale(raw, log)
    there = np.isfinite(scaled) & (n > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(there, scatter / np.sqrt(n), np.nan)
    z = float(special.ndtri((1 + level) / 2))
    known = there.sum() >= FEWEST and scatter > 0
    found = shrink_means(np.where(there, scaled, np.nan), error**2, level=level) if known else None
    mean = float(np.average(scaled[there], weights=n[there])) if there.any() else np.nan
    middle = mean if found is None else found.prior_mean
    table = pd.DataFrame(
        {
            "group": frame[group].to_numpy(),
            "numerator": np.nan,
            "denominator": n,
            "raw": np.where(there, raw, np.nan),
            "raw_lo": back(scaled - z * error),
            "raw_hi": back(scaled + z * error),
            "value": np.where(there, raw, np.nan) if found is None else back(found.value),
            "lo": back(scaled - z * error) if found is None else back(found.lo),
            "hi": back(scaled + z * error) if found is None else back(found.hi),
            "weight": np.where(there, 1.0, 0.0) if found is None else found.weight,
        }
    ).sort_values(["denominator", "group"], ascending=[False, True], ignore_index=True)
    sd = np.nan if found is None else found.prior_sd * (float(back(np.array(middle))) if log else 1.0)
    return Pooled(table, float(back(np.array(middle))), float(sd), found is not None, found)


def funnel_of_estimates(
    frame: pd.DataFrame,
    *,
    group: str,
    value: str,
    denominator: str,
    scatter: float,
    log: bool,
    higher_is_better: bool,
    interest: float | None = None,
) -> Funnel:
    """Compare estimates with their common level, on the scale of the logarithm for durations.

    Parameters
    ----------
    frame, group, value, denominator, scatter, log
        As of :func:`pool_estimates`.
    higher_is_better
        Direction.
    interest
        Difference from the common level that would matter, in the unit of the value; half the level where not told.
    """
    raw, n = (frame[name].to_numpy(dtype=float) for name in (value, denominator))
    n = np.nan_to_num(n)
    y, back = _scale(raw, log)
    there = np.isfinite(y) & (n > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(there, scatter / np.sqrt(n), np.nan)
    middle = float(np.average(y[there], weights=n[there])) if there.any() else np.nan
    level = float(back(np.array(middle)))
    spread = overdispersion(np.where(there, y, np.nan), middle, error)
    if there.sum() < FEWEST:
        spread = Overdispersion(spread.phi, 0.0, (y - middle) / error)
    smallest = smallest_difference(middle, error)
    in_unit = level * np.expm1(smallest) if log else smallest
    blind = np.nan_to_num(in_unit, nan=np.inf) > matters(level, "value", interest)
    blank = np.full(n.size, np.nan)
    ranked = {"rank_lo": blank.copy(), "rank": blank.copy(), "rank_hi": blank.copy(), "worst_fifth": blank.copy()}
    if there.sum() > 1 and scatter > 0:
        rng = np.random.default_rng(zlib.crc32("|".join(frame[group].astype(str)).encode()))
        if there.sum() >= FEWEST:
            draws = shrink_means(y[there], error[there] ** 2).posterior.draws(DRAWS, rng=rng)
        else:
            draws = rng.normal(y[there], error[there], size=(DRAWS, int(there.sum())))
        found = ranks(draws, higher_is_better=higher_is_better)
        for own, column in zip((found.lo, found.middle, found.hi, found.worst_fifth), ranked.values(), strict=True):
            column[there] = own
    table = pd.DataFrame(
        {
            "group": frame[group].to_numpy(),
            "numerator": np.nan,
            "denominator": n,
            "value": np.where(there, raw, np.nan),
            "z": spread.z,
            "p": 2 * special.ndtr(-np.abs((y - middle) / error)),
            "standing": judged(np.where(there, y, np.nan), middle, spread.z, blind, higher_is_better),
            "smallest": in_unit,
            **ranked,
        }
    ).sort_values(["denominator", "group"], ascending=[False, True], ignore_index=True)
    return Funnel("value", level, spread.phi, spread.tau, table, _contours(middle, n[there], scatter, spread.tau, log))


def _scale(value: Floats, log: bool) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Return values on the scale compared, and the way back."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return (np.where(value > 0, np.log(value), np.nan), np.exp) if log else (value, np.asarray)


def _contours(middle: float, base: Floats, scatter: float, tau: float, log: bool) -> pd.DataFrame:
    if base.size == 0:
        return pd.DataFrame()
    size = np.unique(np.round(np.geomspace(max(base.min() * 0.9, 1), base.max() * 1.05, 40)))
    found: dict[str, Floats] = {"denominator": np.asarray(size, dtype=float)}
    for name, z in CONTOUR_Z.items():
        for kind, error in (("", scatter / np.sqrt(size)), ("wide_", np.hypot(scatter / np.sqrt(size), tau))):
            for end, sign in (("lower", -1), ("upper", 1)):
                bound = middle + sign * z * error
                found[f"{kind}{end}_{name}"] = np.exp(bound) if log else bound
    return pd.DataFrame(found)
