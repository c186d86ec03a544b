"""From sufficient statistics to values: each measure with its interval, its counts and why it is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
import pandas as pd

from kpi_lib.data.schema import TABLES
from kpi_lib.kpi.aggregate import PERIOD
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Duration, Growth, Mean, Quantile, Ratio, Share, Within
from kpi_lib.stats import intervals


class Reason(StrEnum):
    """Why a row has no value."""

    NONE = ""
    NO_ROWS = "no_rows"
    NOT_COVERED = "not_covered"
    NOT_YET_COUNTABLE = "not_yet_countable"
    ZERO_DENOMINATOR = "zero_denominator"
    NOT_REACHED = "not_reached"
    NO_EARLIER_PERIOD = "no_earlier_period"
    NUMERATOR_EXCEEDS_DENOMINATOR = "numerator_exceeds_denominator"


COLUMNS = (
    "numerator",
    "denominator",
    "sum_sq",
    "n",
    "value",
    "lo",
    "hi",
    "n_pending",
    "n_unknown",
    "provisional",
    "reason",
)
"""Columns of the result after ``kpi``, the groups and the period."""


def values_of(
    kpi: Kpi,
    own: pd.DataFrame,
    earlier: Mapping[str, pd.DataFrame],
    *,
    covered: Mapping[str, set[pd.Timestamp]],
    level: float,
) -> pd.DataFrame:
    """Return :data:`COLUMNS` of one KPI.

    Parameters
    ----------
    kpi
        The KPI.
    own
        Its statistics, one row per group and period, as of :func:`kpi_lib.kpi.aggregate.aggregate` without the key.
    earlier
        Those of growth KPIs a year before, by KPI.
    covered
        Starts of the periods each counted table has data for: inside them "none" is 0.
    level
        Confidence level of the intervals.
    """
    match kpi.measure:
        case Share() | Within():
            frame = _share_values(own, level=level)
        case Mean(of=of):
            frame = _mean_values(own, possible_values(kpi.table, of), level=level)
        case Quantile(at=at):
            frame = _quantile_values(own, at, level=level)
        case Count(of=tally):
            frame = _count_values(own, covered[tally.table], level=level)
        case Ratio(numerator=tally) as ratio:
            frame = _ratio_values(own, ratio, covered[tally.table], level=level)
        case Growth() as growth:
            frame = _growth_values(own, earlier[kpi.key].reindex(own.index), growth, level=level)
    frame["provisional"] = (frame["n_pending"] > 0) if isinstance(kpi.measure, Within) else False
    return frame


def _column(own: pd.DataFrame, name: str, missing: float = 0.0) -> pd.Series:
    """Return a statistic as floats; a group the scan did not find has ``missing``."""
    if name not in own:
        return pd.Series(missing, index=own.index, dtype=float)
    return own[name].astype(float).fillna(missing)


def _assemble(own: pd.DataFrame, **columns: object) -> pd.DataFrame:
    blank: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    blank |= {
        "n_pending": 0,
        "n_unknown": (_column(own, "::looked_at") - _column(own, "::known")).astype(int),
        "reason": Reason.NONE.value,
    }
    return pd.DataFrame({**blank, **columns}, index=own.index)[list(COLUMNS)]


def _share_values(own: pd.DataFrame, *, level: float) -> pd.DataFrame:
    numerator, known = _column(own, "::numerator"), _column(own, "::known")
    denominator = _column(own, "::counted") if "::counted" in own else known
    lo, hi = intervals.wilson(numerator, denominator, level=level)
    waiting = (denominator == 0) & (known > 0)
    return _assemble(
        own,
        numerator=numerator,
        denominator=denominator,
        n=denominator,
        value=numerator.div(denominator.where(denominator > 0)),
        lo=lo,
        hi=hi,
        n_pending=(known - denominator).astype(int),
        reason=np.select(
            [waiting, denominator == 0], [Reason.NOT_YET_COUNTABLE.value, Reason.NO_ROWS.value], Reason.NONE.value
        ),
    )


def possible_values(table: str, of: str | Duration) -> tuple[float, float]:
    """Return the least and the largest value a column or duration can have."""
    if isinstance(of, Duration):
        return 0.0, np.inf
    column = TABLES[table].column(of)
    return (
        -np.inf if column.minimum is None else column.minimum,
        np.inf if column.maximum is None else column.maximum,
    )


def _mean_values(own: pd.DataFrame, possible: tuple[float, float], *, level: float) -> pd.DataFrame:
    total, n, total_sq = (_column(own, f"::{name}") for name in ("numerator", "counted", "sum_sq"))
    lo, hi = (np.clip(bound, *possible) for bound in intervals.mean_t(total, total_sq, n, level=level))
    some = n > 0
    return _assemble(
        own,
        numerator=total.where(some),
        denominator=n,
        sum_sq=total_sq.where(some),
        n=n,
        value=total.div(n.where(some)),
        n_pending=(_column(own, "::known") - n).astype(int),
        lo=lo,
        hi=hi,
        reason=np.where(some, Reason.NONE.value, Reason.NO_ROWS.value),
    )


def _quantile_values(own: pd.DataFrame, at: float, *, level: float) -> pd.DataFrame:
    ended = _samples(own["::ended"])
    running = _samples(own["::running"]) if "::running" in own else [np.empty(0)] * len(own)
    found = intervals.quantiles(ended, at, level=level)
    n_running = np.array([len(hours) for hours in running], dtype=int)
    n = np.array([len(hours) for hours in ended], dtype=int) + n_running
    for row in np.flatnonzero(n_running):
        found[row] = intervals.censored_quantile(ended[row], running[row], at, level=level)
    return _assemble(
        own,
        denominator=n.astype(float),
        n=n.astype(float),
        value=found[:, 0],
        lo=found[:, 1],
        hi=found[:, 2],
        n_pending=n_running,
        reason=np.select(
            [n == 0, np.isnan(found[:, 0])], [Reason.NO_ROWS.value, Reason.NOT_REACHED.value], Reason.NONE.value
        ),
    )


def _samples(lists: pd.Series) -> list[intervals.Floats]:
    """Return the values of each group, none where the engine found no group or an empty one."""
    found = [np.asarray(hours, dtype=float) if isinstance(hours, np.ndarray) else np.empty(0) for hours in lists]
    return [hours[~np.isnan(hours)] for hours in found]


def _inside(own: pd.DataFrame, covered: set[pd.Timestamp]) -> pd.Series:
    starts = own.index.get_level_values(PERIOD) if isinstance(own.index, pd.MultiIndex) else own.index
    return pd.Series(starts.isin(list(covered)), index=own.index)


def _count_values(own: pd.DataFrame, covered: set[pd.Timestamp], *, level: float) -> pd.DataFrame:
    count = _column(own, "::tally").where(_inside(own, covered))
    lo, hi = intervals.poisson_rate(count.fillna(0), level=level)
    return _assemble(
        own,
        numerator=count,
        n=count,
        value=count,
        lo=np.where(count.isna(), np.nan, lo),
        hi=np.where(count.isna(), np.nan, hi),
        reason=np.where(count.isna(), Reason.NOT_COVERED.value, Reason.NONE.value),
    )


def _ratio_values(own: pd.DataFrame, ratio: Ratio, covered: set[pd.Timestamp], *, level: float) -> pd.DataFrame:
    top, bottom = _column(own, "/top::tally"), _column(own, "/bottom::tally")
    inside = _inside(own, covered)
    excess = (top > bottom) if ratio.kind == "share" else pd.Series(False, index=own.index)
    usable = inside & (bottom > 0) & ~excess
    interval: Callable[..., intervals.Bounds] = intervals.wilson if ratio.kind == "share" else intervals.poisson_rate
    lo, hi = interval(top.where(usable, 0), bottom.where(usable, 0), level=level)
    return _assemble(
        own,
        numerator=top.where(inside),
        denominator=bottom,
        n=bottom,
        value=top.div(bottom.where(usable)),
        lo=lo,
        hi=hi,
        reason=np.select(
            [~inside, bottom == 0, excess],
            [Reason.NOT_COVERED.value, Reason.ZERO_DENOMINATOR.value, Reason.NUMERATOR_EXCEEDS_DENOMINATOR.value],
            Reason.NONE.value,
        ),
    )


def _growth_values(own: pd.DataFrame, before: pd.DataFrame, growth: Growth, *, level: float) -> pd.DataFrame:
    top, bottom = _column(own, "/top::tally"), _column(own, "/bottom::tally")
    top_0, bottom_0 = _column(before, "/top::tally"), _column(before, "/bottom::tally")
    usable = (bottom > 0) & (bottom_0 > 0) & (top <= bottom) & (top_0 <= bottom_0)
    share, share_0 = top.div(bottom.where(usable)), top_0.div(bottom_0.where(usable))
    lo, hi = intervals.wilson(top.where(usable, 0), bottom.where(usable, 0), level=level)
    lo_0, hi_0 = intervals.wilson(top_0.where(usable, 0), bottom_0.where(usable, 0), level=level)
    change = share - share_0
    return _assemble(
        own,
        numerator=top,
        denominator=bottom,
        n=bottom,
        value=change,
        # Newcombe (1998), Stat. Med. 17:873, method 10: a difference of shares from the two Wilson intervals.
        lo=change - np.sqrt((share - lo) ** 2 + (hi_0 - share_0) ** 2),
        hi=change + np.sqrt((hi - share) ** 2 + (share_0 - lo_0) ** 2),
        reason=np.select(
            [bottom == 0, ~usable], [Reason.NO_ROWS.value, Reason.NO_EARLIER_PERIOD.value], Reason.NONE.value
        ),
    )
