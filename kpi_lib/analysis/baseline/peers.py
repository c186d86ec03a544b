"""Branches side by side without a league table: partial pooling, funnel, rank intervals, and "cannot tell"."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.series import Family
from kpi_lib.stats.contours import binomial_contour, poisson_contour
from kpi_lib.stats.funnel import Overdispersion, exact_p, overdispersion, ranks, smallest_difference
from kpi_lib.stats.intervals import Floats, mean_t, poisson_rate, wilson
from kpi_lib.stats.rows import Mask
from kpi_lib.stats.shrinkage import FEWEST, Shrunken, shrink_means, shrink_rates, shrink_shares

DRAWS: Final = 4000
INTEREST: Final = 0.05
"""Difference of shares that matters unless told otherwise: one band of the presets."""

ALERT_TAIL: Final = 0.025
ALARM_TAIL: Final = 0.001
Z_ALERT: Final = 1.96


class Standing(StrEnum):
    """What may be said of a branch among its peers."""

    BETTER = "better"
    WORSE = "worse"
    AS_EXPECTED = "as_expected"
    CANNOT_TELL = "cannot_tell"
    NO_DATA = "no_data"


@dataclass(frozen=True, eq=False)
class Pooled:
    """Partially pooled levels.

    Parameters
    ----------
    table
        ``group, numerator, denominator, raw, raw_lo, raw_hi, value, lo, hi, weight``, largest first. ``weight`` is the
        share of the group's own data in its value.
    mean, sd
        Mean and spread of the true levels.
    pooled
        False where there were fewer than eight groups with data: ``value`` is then raw with its own interval.
    shrunken
        For draws.
    """

    table: pd.DataFrame
    mean: float
    sd: float
    pooled: bool
    shrunken: Shrunken | None

    @property
    def upper_quartile(self) -> float:
        """75 % quantile of the groups' values."""
        return float(np.nanquantile(self.table["value"], 0.75)) if self.table["value"].notna().any() else np.nan

    @property
    def lower_quartile(self) -> float:
        """25 % quantile of the groups' values."""
        return float(np.nanquantile(self.table["value"], 0.25)) if self.table["value"].notna().any() else np.nan


def shrink(
    frame: pd.DataFrame,
    *,
    group: str,
    numerator: str,
    denominator: str,
    sum_sq: str | None = None,
    family: Family = "share",
    level: float = 0.95,
) -> Pooled:
    """Pool groups partially.

    Parameters
    ----------
    frame
        One row per group.
    group, numerator, denominator, sum_sq
        Columns; ``sum_sq`` (sum of squares) for means, whose numerator is their sum.
    family
        ``share`` beta-binomial, ``rate`` gamma-Poisson, ``mean`` normal-normal.
    level
        Of the intervals.
    """
    k, n = (frame[name].to_numpy(dtype=float) for name in (numerator, denominator))
    squares = frame[sum_sq].to_numpy(dtype=float) if sum_sq else np.full(k.size, np.nan)
    raw = np.divide(k, n, out=np.full(k.size, np.nan), where=n > 0)
    there = ~np.isnan(raw)
    lo, hi = _own(k, n, squares, family, level)
    found = _shrunken(k, n, squares, family, level) if there.sum() >= FEWEST else None
    total = k[there].sum() / n[there].sum() if there.any() else np.nan
    table = pd.DataFrame(
        {
            "group": frame[group].to_numpy(),
            "numerator": k,
            "denominator": n,
            "raw": raw,
            "raw_lo": lo,
            "raw_hi": hi,
            "value": raw if found is None else found.value,
            "lo": lo if found is None else found.lo,
            "hi": hi if found is None else found.hi,
            "weight": np.where(there, 1.0, 0.0) if found is None else found.weight,
        }
    ).sort_values(["denominator", "group"], ascending=[False, True], ignore_index=True, na_position="last")
    mean, sd = (total, np.nan) if found is None else (found.prior_mean, found.prior_sd)
    return Pooled(table, float(mean), float(sd), found is not None, found)


def _shrunken(k: Floats, n: Floats, squares: Floats, family: Family, level: float) -> Shrunken:
    match family:
        case "share":
            return shrink_shares(k, n, level=level)
        case "rate":
            return shrink_rates(k, n, level=level)
        case _:
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = k / n
                # One common variance: that of a small group is known too badly to weigh it by.
                inside = np.nansum(squares - k * mean) / np.nansum(np.maximum(n - 1, 0))
            return shrink_means(mean, inside / n, level=level)


def _own(k: Floats, n: Floats, squares: Floats, family: Family, level: float) -> tuple[Floats, Floats]:
    top, size = np.nan_to_num(k), np.nan_to_num(n)
    match family:
        case "share":
            return wilson(top, size, level=level)
        case "rate":
            return poisson_rate(top, size, level=level)
        case _:
            return mean_t(k, squares, n, level=level)


@dataclass(frozen=True, eq=False)
class Funnel:
    """Groups against their common level.

    Parameters
    ----------
    family
        Share or rate.
    level
        Common level; 1 where ``expected`` counts were given.
    phi, tau
        Overdispersion: mean square of the winsorised z-scores and additive spread of the true levels.
    table
        ``group, numerator, denominator, value, z, p, standing, smallest, rank_lo, rank, rank_hi, worst_fifth``, largest
        first; ``smallest`` is the smallest true difference the group would show in four of five cases.
    contours
        ``denominator, lower_95, upper_95, lower_998, upper_998`` (exact) and ``wide_*`` with overdispersion.
    """

    family: Family
    level: float
    phi: float
    tau: float
    table: pd.DataFrame
    contours: pd.DataFrame


def funnel(
    frame: pd.DataFrame,
    *,
    group: str,
    numerator: str,
    denominator: str,
    expected: str | None = None,
    family: Family = "share",
    higher_is_better: bool = True,
    interest: float | None = None,
) -> Funnel:
    """Compare groups with their common level.

    Parameters
    ----------
    frame
        One row per group.
    group, numerator, denominator
        Columns.
    expected
        Column of expected counts after case mix (:func:`kpi_lib.analysis.baseline.case_mix.expected_counts`); the value
        is then observed over expected.
    family
        ``share`` or ``rate``.
    higher_is_better
        Direction.
    interest
        Difference from the common level that would matter; a group that could not show it is "cannot tell". By default
        five points of a share, at most half the way to the end of its scale; half the level of a rate.
    """
    k, n = (frame[name].to_numpy(dtype=float) for name in (numerator, denominator))
    own_family: Family = "rate" if expected else family
    base = frame[expected].to_numpy(dtype=float) if expected else n
    there = (base > 0) & ~np.isnan(k)
    value = np.divide(k, base, out=np.full(k.size, np.nan), where=there)
    level = float(k[there].sum() / base[there].sum()) if there.any() else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(level * (1 - level if own_family == "share" else 1) / np.where(there, base, np.nan))
    spread = overdispersion(value, level, error)
    if there.sum() < FEWEST:
        # Of a few branches a real outlier cannot be told from branches that differ: chance alone is the yardstick.
        spread = Overdispersion(spread.phi, 0.0, (value - level) / error)
    smallest = smallest_difference(level, error)
    blind = smallest > matters(level, own_family, interest)
    p = exact_p(k, np.where(there, base, np.nan), level, share=own_family == "share")
    table = pd.DataFrame(
        {
            "group": frame[group].to_numpy(),
            "numerator": k,
            "denominator": base,
            "value": value,
            "z": spread.z,
            "p": p,
            "standing": judged(value, level, spread.z, blind, higher_is_better, p=p),
            "smallest": smallest,
            **_ranked(k, base, there, own_family, higher_is_better, frame[group].astype(str).tolist()),
        }
    ).sort_values(["denominator", "group"], ascending=[False, True], ignore_index=True)
    return Funnel(
        own_family, level, spread.phi, spread.tau, table, _contours(level, base[there], spread.tau, own_family)
    )


def matters(level: float, family: Family, interest: float | None) -> float:
    """Return the difference that would matter: five points of a share, at most half the way to the end of its scale;
    half the level of anything else."""
    if interest is not None:
        return interest
    return min(INTEREST, level / 2, (1 - level) / 2) if family == "share" else level / 2


def judged(value: Floats, level: float, z: Floats, blind: Mask, higher: bool, *, p: Floats | None = None) -> list[str]:
    """Judge groups by the wider of chance (``p``, where exact) and overdispersion (``z``) at 95 %."""
    out = np.abs(z) > Z_ALERT
    if p is not None:
        out &= p < 2 * ALERT_TAIL
    good = (value > level) == higher
    return list(
        np.select(
            [np.isnan(value), out & good, out & ~good, blind],
            [Standing.NO_DATA, Standing.BETTER, Standing.WORSE, Standing.CANNOT_TELL],
            Standing.AS_EXPECTED.value,
        ).astype(str)
    )


def _ranked(
    k: Floats, n: Floats, there: Mask, family: Family, higher: bool,
    names: Sequence[str],
) -> dict[str, Floats]:  # fmt: skip
    blank = {name: np.full(k.size, np.nan) for name in ("rank_lo", "rank", "rank_hi", "worst_fifth")}
    if there.sum() < 2:
        return blank
    rng = np.random.default_rng(zlib.crc32("|".join(names).encode()))
    top, size = k[there], n[there]
    if there.sum() >= FEWEST:
        pooled = shrink_shares(top, size) if family == "share" else shrink_rates(top, size)
        draws = pooled.posterior.draws(DRAWS, rng=rng)
    elif family == "share":
        draws = rng.beta(top + 0.5, size - top + 0.5, size=(DRAWS, top.size))
    else:
        draws = rng.gamma(top + 0.5, 1 / size, size=(DRAWS, top.size))
    found = ranks(draws, higher_is_better=higher)
    for name, own in zip(blank, (found.lo, found.middle, found.hi, found.worst_fifth), strict=True):
        blank[name][there] = own
    return blank


def _contours(level: float, base: Floats, tau: float, family: Family) -> pd.DataFrame:
    columns = [
        "denominator",
        *(f"{kind}{end}_{size}" for kind in ("", "wide_") for size in ("95", "998") for end in ("lower", "upper")),
    ]
    if base.size == 0:
        return pd.DataFrame(columns=columns)
    size = np.unique(np.round(np.geomspace(max(base.min() * 0.9, 1), base.max() * 1.05, 60)))
    contour = binomial_contour if family == "share" else poisson_contour
    top = 1.0 if family == "share" else np.inf
    found = {"denominator": size}
    spread = np.hypot(np.sqrt(level * (1 - level if family == "share" else 1) / size), tau)
    for name, tail, z in (("95", ALERT_TAIL, 1.96), ("998", ALARM_TAIL, 3.09)):
        for end, q, sign in (("lower", tail, -1), ("upper", 1 - tail, 1)):
            found[f"{end}_{name}"] = np.clip(contour(level, size, q), 0, top)
            found[f"wide_{end}_{name}"] = np.clip(level + sign * z * spread, 0, top)
    return pd.DataFrame(found)[columns]
