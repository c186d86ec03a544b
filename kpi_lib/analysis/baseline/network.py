"""A false-alarm budget for the whole network: branches × indicators, every month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from kpi_lib.analysis.baseline.calendar import label_of
from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.power import POWER, chance_seen
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.false_alarms import flagged
from kpi_lib.stats.funnel import exact_p
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.rows import stacked
from kpi_lib.stats.screen import Family, Screened, screen
from kpi_lib.stats.spc import OUTER

BUDGET: Final = 0.1
"""Share of the flags that may be chance."""

LEAST: Final = 8
"""Months before the last two that a chart needs to be judged."""

COLUMNS: Final = (
    "branch", "kpi", "period", "value", "centre", "p", "beyond", "flag", "persistent", "accepted", "family", "sigma",
    "room",
)  # fmt: skip


@dataclass(frozen=True)
class NetworkSight:
    """What the network sees of one branch's share that got worse by ``difference`` and stays there.

    Parameters
    ----------
    difference
        Change of the share.
    n_charts
        Charts of shares.
    next_month, in_a_year
        Chance of lying beyond the branch's own limits in the first month, and in one of twelve; means over the charts.
    within_budget
        Chance of standing out within the network's budget in the first month, were it the only one; mean.
    n_sure
        Charts that show it within a year in four of five cases.
    """

    difference: float
    n_charts: int
    next_month: float
    in_a_year: float
    within_budget: float
    n_sure: int


@dataclass(frozen=True, eq=False)
class Budget:
    """Flags of one month over many charts.

    Parameters
    ----------
    table
        ``branch, kpi, period, value, centre, p, beyond, flag, persistent, accepted, family, sigma, room``: ``beyond``
        the plain three-sigma rule, ``flag`` what stands out within the budget, ``persistent`` flagged the month before
        too, ``accepted`` held to an accepted baseline, ``sigma`` the standard error of the month, ``room`` the distance
        from the centre to the limit on the worse side.
    n_charts
        Charts with a value in the month.
    expected
        Plain three-sigma flags expected by chance alone.
    rate
        Share of the flags that may be chance.
    """

    table: pd.DataFrame
    n_charts: int
    expected: float
    rate: float

    def sight(self, difference: float = 0.05) -> NetworkSight:
        """Return what the charts of shares see of a change for the worse.

        Parameters
        ----------
        difference
            Change of one branch's share, towards its limit.
        """
        own = self.table[(self.table["family"] == "share") & self.table["p"].notna()]
        sigma, room = (own[name].to_numpy(dtype=float) for name in ("sigma", "room"))
        if not len(own):
            return NetworkSight(difference, 0, np.nan, np.nan, np.nan, 0)
        one = np.nan_to_num(chance_seen(room, sigma, difference))
        year = 1 - (1 - one) ** 12
        # The smallest of n p-values stands out where it is below rate / n (Benjamini and Hochberg 1995).
        needed = special.ndtri(1 - self.rate / self.n_charts / 2) * sigma
        within = np.nan_to_num(chance_seen(needed, sigma, difference))
        return NetworkSight(
            difference,
            len(own),
            float(one.mean()),
            float(year.mean()),
            float(within.mean()),
            int((year >= POWER).sum()),
        )


def alarm_budget(
    series: Sequence[tuple[str, Series]],
    *,
    rate: float = BUDGET,
    watched: Mapping[tuple[str, str], ControlChart] | None = None,
) -> Budget:
    """Judge the last month of many series together.

    Shares and rates are charted with plain or Laney's limits as their months ask for, means weighed by their cases,
    durations by their logarithm, all against the months before the last two, so that neither of these sets its own
    limits. A series with an accepted baseline is held to that instead, and nothing is estimated.

    Parameters
    ----------
    series
        Branch and series; all must end with the same period.
    rate
        Share of the flags that may be chance (Benjamini and Hochberg 1995).
    watched
        Charts held to accepted baselines, by branch and indicator.
    """
    held = watched or {}
    rows = [_held(branch, one, held[branch, one.key]) for branch, one in series if (branch, one.key) in held]
    wanted: dict[tuple[Family, bool], list[tuple[str, Series]]] = {}
    for branch, one in series:
        if (branch, one.key) not in held and np.count_nonzero(one.ok[:-2]) >= LEAST:
            wanted.setdefault(_kind(one), []).append((branch, one))
    for (family, log), own in wanted.items():
        rows += _judged(family, own, log=log)
    if not rows:
        return Budget(pd.DataFrame(columns=list(COLUMNS)), 0, 0.0, rate)
    table = pd.DataFrame(rows)
    table["flag"] = flagged(table["p"].to_numpy(dtype=float), rate=rate)
    table["persistent"] = table["flag"] & flagged(table["before"].to_numpy(dtype=float), rate=rate)
    judged = table["p"].notna()
    expected = float(table.loc[judged, "chance"].sum())
    return Budget(table[list(COLUMNS)], int(judged.sum()), expected, rate)


class _Row(NamedTuple):
    """The last month of one chart, with the chance of the month before and of one beyond the limits."""

    branch: str
    kpi: str
    period: str
    value: float
    centre: float
    p: float
    beyond: bool
    accepted: bool
    family: str
    sigma: float
    room: float
    before: float
    chance: float


def _judged(family: Family, own: Sequence[tuple[str, Series]], *, log: bool) -> Iterator[_Row]:
    """Yield the rows of series screened together."""
    found = _screened(family, [one for _, one in own])
    upper = np.array([one.higher_is_better is False for _, one in own])
    centre, limit = found.centre[:, -1], np.where(upper, found.upper[:, -1], found.lower[:, -1])
    before, p = found.chances(slice(-2, None)).T
    figures = (
        np.exp(centre) if log else centre, p, found.beyond[:, -1] != 0, found.sigma[:, -1], np.abs(limit - centre),
        before, _chance_beyond([one for _, one in own]),
    )  # fmt: skip
    for (branch, one), (level, chance, beyond, sigma, room, earlier, by_chance) in zip(
        own, zip(*(each.tolist() for each in figures), strict=True), strict=True
    ):
        yield _Row(
            branch, one.key, label_of(one.start[-1], one.grain), float(one.value[-1]), level, chance, beyond, False,
            one.family, sigma, room, earlier, by_chance,
        )  # fmt: skip


def _chance_beyond(series: Sequence[Series]) -> Floats:
    """Return the chance that the month of a stable series lies beyond limits drawn from the months before it.

    A little more than that of three known standard errors, as centre and, for means and values, sigma are estimated:
    sigma from moving ranges of n months has about 0.62 (n - 1) degrees of freedom (Wheeler 1995).
    """
    n = np.array([np.count_nonzero(one.ok[:-2]) for one in series])
    estimated = np.array([one.family in {"mean", "value"} for one in series])
    z = -3 / np.sqrt(1 + 1 / n)
    return np.asarray(2 * np.where(estimated, special.stdtr(0.62 * (n - 1), z), special.ndtr(z)))


def _held(branch: str, one: Series, chart: ControlChart) -> _Row:
    """Return the row of a chart held to its accepted baseline."""
    drawn = chart.drawn
    with np.errstate(divide="ignore", invalid="ignore"):
        value, centre = (np.log(x) if chart.choice.log else x for x in (drawn.value, drawn.centre))
        z = (value - centre) / drawn.sigma
    chance = 2 * special.ndtr(-np.abs(z))
    below = chart.series.denominator
    if chart.choice.kind in {"p", "u"} and below is not None:
        exact = exact_p(chart.series.numerator, below, float(drawn.centre[-1]), share=chart.choice.kind == "p")
        chance = np.where(np.isnan(exact), chance, exact)
    limit = drawn.upper if one.higher_is_better is False else drawn.lower
    return _Row(
        branch, one.key, label_of(one.start[-1], one.grain), float(one.value[-1]), float(drawn.centre[-1]),
        float(chance[-1]), bool(drawn.beyond[-1]), True, one.family, float(drawn.sigma[-1]),
        abs(float(limit[-1] - drawn.centre[-1])), float(chance[-2]) if chance.size > 1 else np.nan, 2 * OUTER,
    )  # fmt: skip


def _kind(series: Series) -> tuple[Family, bool]:
    """Return how a series is screened, and whether by its logarithm."""
    match series.family:
        case "share":
            return "share", False
        case "rate" | "count":
            return "rate", False
        case "mean":
            return "mean", False
        case _:
            return "value", series.logged


def _screened(family: Family, series: Sequence[Series]) -> Screened:
    """Screen series of one kind, aligned at their last period."""
    bare = family == "value"
    value = [np.where(one.ok, one.scaled if bare else one.numerator, np.nan)[::-1] for one in series]
    k = stacked(value)[:, ::-1]
    n = None if bare else stacked([one.divisor[::-1] for one in series], fill=1.0)[:, ::-1]
    width = k.shape[1]
    return screen(family, k, n, base=np.arange(width) < width - 2)
