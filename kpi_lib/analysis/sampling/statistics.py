"""The statistics of one domain of a survey: shares, means, totals, ratios and quantiles with their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.sampling.flags import number_flag, share_flag
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.sampling.design import Design
from kpi_lib.stats.sampling.estimate import Estimates, design_effects, means, ratios, totals
from kpi_lib.stats.sampling.quantiles import QuantileRule, quantile, weighted_quantile
from kpi_lib.stats.sampling.replicates import Replicates
from kpi_lib.stats.sampling.shares import ShareInterval, share_interval

COLUMNS = ("domain", "level", "statistic", "value", "se", "lo", "hi", "n", "deff", "flag", "method")

DegreesOfFreedom = Literal["domain", "design"]


@dataclass(frozen=True)
class Wanted:
    """Which statistics, and how their errors and intervals are made.

    Parameters
    ----------
    means, totals
        Columns.
    ratios
        Numerator and denominator, by name.
    quantiles
        Shares between 0 and 1, by column.
    quantile_rule
        How a quantile between two values is chosen.
    interval, level
        Interval of shares, and confidence.
    df
        Degrees of freedom of intervals: of the units and strata a domain touches, or of the whole design.
    """

    means: Sequence[str] = ()
    totals: Sequence[str] = ()
    ratios: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    quantiles: Mapping[str, Sequence[float]] = field(default_factory=dict)
    quantile_rule: QuantileRule = QuantileRule.MATH
    interval: ShareInterval = ShareInterval.WILSON
    level: float = 0.95
    df: DegreesOfFreedom = "domain"

    @property
    def columns(self) -> set[str]:
        """Every column asked for."""
        return {*self.means, *self.totals, *self.quantiles, *(name for pair in self.ratios.values() for name in pair)}


@dataclass(frozen=True)
class Statistic:
    """One number with its error, interval, answers, design effect, flag and the method of its interval."""

    value: float
    se: float
    lo: float
    hi: float
    n: int
    deff: float
    flag: str
    method: str

    def row(self, domain: str, level: str, name: str) -> tuple[object, ...]:
        """Return the statistic as a row of :data:`COLUMNS`."""
        return (
            domain, level, name, self.value, self.se, self.lo, self.hi, self.n, self.deff, self.flag, self.method,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sample:
    """The answers, their design and, where wanted, the replicates that make the errors."""

    answers: pd.DataFrame
    design: Design
    replicates: Replicates | None = None

    def column(self, name: str, inside: np.ndarray) -> Floats:
        """Return a column, missing outside the domain."""
        return np.where(inside, self.answers[name].to_numpy(float), np.nan)


def rows_of(sample: Sample, wanted: Wanted, domain: str, level: str, inside: np.ndarray) -> list[tuple[object, ...]]:
    """Return the rows of one domain."""
    found: dict[str, Statistic] = {}
    if "satisfied" in sample.answers:
        found["satisfied_rate"] = _share_statistic(sample, sample.column("satisfied", inside), wanted)
    if "score" in sample.answers and np.isfinite(score := sample.column("score", inside)).any():
        found["mean_score"] = _mean(sample, score, wanted)
    for name in wanted.means:
        found[f"mean_{name}"] = _mean(sample, sample.column(name, inside), wanted)
    for name in wanted.totals:
        found[f"total_{name}"] = _total(sample, sample.column(name, inside), wanted)
    for name, (top, bottom) in wanted.ratios.items():
        found[name] = _ratio(sample, sample.column(top, inside), sample.column(bottom, inside), wanted)
    for name, places in wanted.quantiles.items():
        for q in places:
            found[f"p{100 * q:g}_{name}"] = _quantile(sample, sample.column(name, inside), q, wanted)
    return [made.row(domain, level, name) for name, made in found.items()]


@dataclass(frozen=True)
class Share:
    """A share with its standard error and interval, the answers and degrees of freedom it rests on."""

    value: float
    se: float
    lo: float
    hi: float
    n: int
    df: int


def share(sample: Sample, values: Floats, wanted: Wanted) -> Share:
    """Return a share of answers coded 0 and 1; always with an interval inside [0, 1]."""
    return _share(sample, values, means(sample.design, values), wanted)


def _share(sample: Sample, values: Floats, made: Estimates, wanted: Wanted) -> Share:
    design, known = sample.design, np.isfinite(values)
    n, value = int(known.sum()), float(made.value[0])
    se = _se(sample, made, lambda w: float(w @ np.nan_to_num(values) / (w @ known)))
    df = _df(sample, values, wanted)
    corrected = bool(np.isfinite(design.stages[0].population).all())
    if corrected and n > 0 and float(design.weights[known].sum()) <= n + 1e-9:
        return Share(value, se, value, value, n, df)
    # Like answers in every stratum have no spread and still leave doubt about those not heard.
    doubt = math.nan if se == 0 else se
    lo, hi = share_interval(value, doubt, n, df=df, method=wanted.interval, level=wanted.level)
    return Share(value, se, lo, hi, n, df)


def _share_statistic(sample: Sample, values: Floats, wanted: Wanted) -> Statistic:
    made = means(sample.design, values)
    found = _share(sample, values, made, wanted)
    flag = share_flag(found.value, found.se, found.n, found.df)
    deff = _effect(sample, values, made, found.se)
    return Statistic(found.value, found.se, found.lo, found.hi, found.n, deff, flag, str(wanted.interval))


def _mean(sample: Sample, values: Floats, wanted: Wanted) -> Statistic:
    known = np.isfinite(values)
    made = means(sample.design, values)
    se = _se(sample, made, lambda w: float(w @ np.nan_to_num(values) / (w @ known)))
    return _by_t(sample, made, values, se, wanted, _effect(sample, values, made, se))


def _total(sample: Sample, values: Floats, wanted: Wanted) -> Statistic:
    made = totals(sample.design, values)
    return _by_t(sample, made, values, _se(sample, made, lambda w: float(w @ np.nan_to_num(values))), wanted)


def _ratio(sample: Sample, top: Floats, bottom: Floats, wanted: Wanted) -> Statistic:
    known = np.isfinite(top + bottom)
    made = ratios(sample.design, top, bottom)
    y, x = np.where(known, top, 0.0), np.where(known, bottom, 0.0)
    return _by_t(sample, made, top + bottom, _se(sample, made, lambda w: float((w @ y) / (w @ x))), wanted)


def _by_t(
    sample: Sample, made: Estimates, values: Floats, se: float, wanted: Wanted, deff: float = math.nan
) -> Statistic:
    n, value = int(np.isfinite(values).sum()), float(made.value[0])
    if n < 2:
        return Statistic(value, math.nan, math.nan, math.nan, n, deff, number_flag(n), "t")
    half = float(stats.t.isf((1 - wanted.level) / 2, _df(sample, values, wanted))) * se
    return Statistic(value, se, value - half, value + half, n, deff, number_flag(n), "t")


def _quantile(sample: Sample, values: Floats, q: float, wanted: Wanted) -> Statistic:
    n = int(np.isfinite(values).sum())
    if n == 0:
        return Statistic(math.nan, math.nan, math.nan, math.nan, 0, math.nan, number_flag(0), "woodruff")
    made = quantile(sample.design, values, q, rule=wanted.quantile_rule, method=wanted.interval, level=wanted.level)
    if sample.replicates is None:
        return Statistic(made.value, made.se, made.lo, made.hi, n, math.nan, number_flag(n), "woodruff")
    known = np.isfinite(values)
    se = math.sqrt(
        sample.replicates.variance(lambda w: weighted_quantile(values[known], w[known], q, rule=wanted.quantile_rule))
    )
    half = float(stats.t.isf((1 - wanted.level) / 2, _df(sample, values, wanted))) * se
    return Statistic(made.value, se, made.value - half, made.value + half, n, math.nan, number_flag(n), "t")


def _se(sample: Sample, made: Estimates, statistic: Callable[[Floats], float]) -> float:
    if sample.replicates is None:
        return float(made.se[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        return math.sqrt(sample.replicates.variance(statistic))


def _df(sample: Sample, values: Floats, wanted: Wanted) -> int:
    """Degrees of freedom; a domain touches fewer units and strata than the whole design has."""
    design = sample.design
    return max(design.degrees_of_freedom(np.isfinite(values) if wanted.df == "domain" else None), 1)


def _effect(sample: Sample, values: Floats, made: Estimates, se: float) -> float:
    """Design effect against as many answers drawn simply with replacement; replicates bring their own error."""
    if np.isfinite(values).sum() < 2 or np.nanmin(values) == np.nanmax(values):
        return math.nan
    taylor = float(design_effects(sample.design, values, replacement=True, estimated=made)[0])
    if sample.replicates is None:
        return taylor
    own = float(made.se[0])
    return taylor * (se / own) ** 2 if own > 0 else math.nan


def with_design(sample: Sample, design: Design) -> Sample:
    """Return the sample under other weights, errors by linearisation."""
    return replace(sample, design=design, replicates=None)
