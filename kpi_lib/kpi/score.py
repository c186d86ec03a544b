"""Scores: a KPI's value on five bands, the composite out of 100, and what the data's uncertainty makes of both.

A score is a step (or line) between the policy's four cuts: 1 fail, 2 improve, 3 pass, 4 good, 5 excellent. The
composite is the weighted mean of the scores as a share of 5, out of 100.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from kpi_lib.kpi.definition import Better
from kpi_lib.kpi.measures import Count, Growth, Mean, Measure, Quantile, Ratio
from kpi_lib.stats.intervals import Floats

Rule = Literal["bands", "linear"]
Family = Literal["share", "mean", "rate", "bounded"]

BEST = 5
"""Score of the excellent band; the fail band scores 1."""

_NOISE = 1e-12
"""Relative slack of a comparison with a cut, far below one ticket in a billion: equality counts as met."""


def family(measure: Measure) -> Family:
    """Return how a measure's uncertainty is drawn: from counts, from a mean, or from its interval (``bounded``)."""
    match measure:
        case Mean():
            return "mean"
        case Count() | Ratio(kind="rate"):
            return "rate"
        case Quantile() | Growth():
            return "bounded"
        case _:
            return "share"


def reaches(value: npt.ArrayLike, line: npt.ArrayLike, *, better: Better) -> npt.NDArray[np.bool_]:
    """Say whether a value is at or on the better side of a line; equality counts as met, ``nan`` never does."""
    v, c = np.asarray(value, dtype=float), np.asarray(line, dtype=float)
    slack = _NOISE * np.maximum(1.0, np.abs(c))
    met: npt.NDArray[np.bool_] = v >= c - slack if better == "higher" else v <= c + slack
    return met


def band_score(value: npt.ArrayLike, *, cuts: Sequence[float], better: Better, rule: Rule = "bands") -> Floats:
    """Score values on five bands.

    Parameters
    ----------
    value
        Values in the KPI's unit.
    cuts
        Four cuts from fail|improve to good|excellent; they rise where higher is better and fall where lower is.
    better
        Direction of the KPI.
    rule
        ``"bands"`` gives 1, 2, 3, 4 or 5. ``"linear"`` gives the same score *at* each cut (2, 3, 4, 5) and a straight
        line between them; below the first cut the line goes on with the slope of the next piece, down to 1.

    Returns
    -------
    array
        Scores from 1 to 5, never falling as the value gets better; ``nan`` where the value is.
    """
    v = np.asarray(value, dtype=float)
    if rule == "bands":
        met = sum(reaches(v, cut, better=better).astype(float) for cut in cuts)
        return np.where(np.isnan(v), np.nan, 1.0 + met)
    sign = 1.0 if better == "higher" else -1.0
    knots = sign * np.asarray(cuts, dtype=float)
    knots = np.concatenate([[2 * knots[0] - knots[1]], knots])
    line: Floats = np.interp(sign * v, knots, np.arange(1.0, BEST + 1))
    return np.where(np.isnan(v), np.nan, line)


def share_out(weights: Mapping[str, float], scored: Collection[str]) -> dict[str, float]:
    """Share the weights of KPIs without a score out among the others, in proportion.

    Returns
    -------
    dict
        Weight by scored KPI, adding up to 100; empty where no weight is left.
    """
    kept = {kpi: weight for kpi, weight in weights.items() if kpi in scored and weight > 0}
    total = sum(kept.values())
    return {kpi: 100 * weight / total for kpi, weight in kept.items()}


def composite(scores: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """Weighted mean of scores (last axis) as a share of 5, out of 100: from 20, all fail, to 100, all excellent."""
    s, w = np.asarray(scores, dtype=float), np.asarray(weights, dtype=float)
    # Weights such as 100/3 leave noise in the last digits, which must not push a composite under a grade's minimum.
    out_of_100: Floats = np.round(100 * (s @ w) / (BEST * w.sum()), 9)
    return out_of_100


def draw_values(
    row: Mapping[str, float], kind: Family, *, size: int, rng: np.random.Generator, level: float = 0.95
) -> Floats:
    """Draw values a KPI's process may have, given what was observed.

    Parameters
    ----------
    row
        ``numerator, denominator, sum_sq, value, lo, hi`` of the period.
    kind
        How: ``"share"`` Beta(k + 1/2, n - k + 1/2) (Jeffreys); ``"rate"`` Gamma(k + 1/2) per exposure (Jeffreys), an
        exposure of ``nan`` is 1; ``"mean"`` Student t around the mean; ``"bounded"`` two half-normals that meet at the
        value, half of the draws each, so that the interval's bounds are their quantiles.
    size, rng
        Number of draws, and the generator they come from.
    level
        Confidence level of ``lo`` and ``hi``.

    Returns
    -------
    array
        ``size`` draws; ``nan`` where the observation gives no measure of its uncertainty. A bound that could not be
        given on one side only (clocks still running) draws that half beyond every cut.

    References
    ----------
    Brown, Cai and DasGupta (2001), Statistical Science 16:101, section 4.3 (Jeffreys).
    """
    k, n = row["numerator"], row["denominator"]
    match kind:
        case "share":
            return rng.beta(k + 0.5, n - k + 0.5, size) if n > 0 else np.full(size, np.nan)
        case "rate":
            exposure = 1.0 if np.isnan(n) else n
            return rng.gamma(k + 0.5, 1.0, size) / exposure if exposure > 0 else np.full(size, np.nan)
        case "mean":
            if not n >= 2:
                return np.full(size, np.nan)
            variance = max(row["sum_sq"] - k * k / n, 0.0) / (n - 1)
            drawn: Floats = k / n + np.sqrt(variance / n) * rng.standard_t(n - 1, size)
            return drawn
        case "bounded":
            return _half_normals(row["value"], row["lo"], row["hi"], size=size, rng=rng, level=level)


def _half_normals(value: float, lo: float, hi: float, *, size: int, rng: np.random.Generator, level: float) -> Floats:
    if np.isnan(value) or (np.isnan(lo) and np.isnan(hi)):
        return np.full(size, np.nan)
    z = stats.norm.isf((1 - level) / 2)
    below = np.inf if np.isnan(lo) else (value - lo) / z
    above = np.inf if np.isnan(hi) else (hi - value) / z
    normal = rng.standard_normal(size)
    # inf * 0 is nan; a standard normal is 0 with probability 0.
    with np.errstate(invalid="ignore"):
        spread: Floats = np.where(normal < 0, normal * below, normal * above)
    return value + spread


def grade_at(values: npt.ArrayLike, minimums: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return the position of each composite's grade; ``minimums`` falls from the best grade to 0."""
    v = np.asarray(values, dtype=float)
    reached = v[..., None] >= np.asarray(minimums, dtype=float)
    positions: npt.NDArray[np.int64] = np.argmax(reached, axis=-1)
    return positions


@dataclass(frozen=True, eq=False)
class Composite:
    """A composite with what its data leave open.

    Parameters
    ----------
    value
        Out of 100; ``nan`` where no weighted KPI has a score.
    lo, hi
        Quantiles of the draws at the level asked for, stretched to hold ``value``, which steps of bands can put
        outside them.
    grade
        Key of the grade of ``value``; empty without a value.
    grade_chance
        Chance of each grade, by key, adding up to 1.
    weights
        Weight of each scored KPI after sharing out, adding up to 100.
    coverage
        Share of the policy's weight that has a score.
    draws
        The composites drawn.
    """

    value: float
    lo: float
    hi: float
    grade: str
    grade_chance: Mapping[str, float]
    weights: Mapping[str, float]
    coverage: float
    draws: Floats


def judge(
    scores: pd.Series,
    draws: Mapping[str, Floats],
    *,
    weights: Mapping[str, float],
    grades: Mapping[str, float],
    level: float = 0.95,
) -> Composite:
    """Put scores together into a composite.

    Parameters
    ----------
    scores
        Score by KPI; KPIs without one (``nan`` or absent) have their weight shared out.
    draws
        Drawn scores by KPI, all of one length.
    weights
        Policy weight by KPI.
    grades
        Minimum of each grade by key, from the best down to 0.
    level
        Level of the interval.
    """
    scored = [kpi for kpi in weights if kpi in draws and pd.notna(scores.get(kpi, np.nan)) and weights[kpi] > 0]
    shared = share_out(weights, scored)
    if not scored:
        return Composite(np.nan, np.nan, np.nan, "", dict.fromkeys(grades, np.nan), {}, 0.0, np.full(0, np.nan))
    w = np.array([shared[kpi] for kpi in scored])
    value = float(composite(scores.loc[scored].to_numpy(dtype=float), w))
    drawn = composite(np.column_stack([draws[kpi] for kpi in scored]), w)
    tail = (1 - level) / 2
    lo, hi = np.quantile(drawn, [tail, 1 - tail])
    keys, minimums = list(grades), list(grades.values())
    counts = np.bincount(grade_at(drawn, minimums), minlength=len(keys))
    return Composite(
        value=value,
        lo=min(float(lo), value),
        hi=max(float(hi), value),
        grade=keys[int(grade_at(value, minimums))],
        grade_chance={key: float(count) / drawn.size for key, count in zip(keys, counts, strict=True)},
        weights=shared,
        coverage=sum(weights[kpi] for kpi in scored) / sum(weights.values()),
        draws=drawn,
    )
