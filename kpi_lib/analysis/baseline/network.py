"""A false-alarm budget for the whole network: branches × indicators, every month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from kpi_lib.analysis.baseline.calendar import label_of
from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.power import POWER, chance_seen
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.false_alarms import flagged
from kpi_lib.stats.funnel import exact_p
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
    rows: list[dict[str, object]] = []
    before: list[float] = []
    chances: list[float] = []
    for branch, one in series:
        if (branch, one.key) in held:
            row, earlier = _held(branch, one, held[branch, one.key])
            rows.append(row)
            before.append(earlier)
            chances.append(2 * OUTER)
    wanted = [
        (branch, one) for branch, one in series if (branch, one.key) not in held and int(one.ok[:-2].sum()) >= LEAST
    ]
    for kind in dict.fromkeys(_kind(one) for _, one in wanted):
        own = [(branch, one) for branch, one in wanted if _kind(one) == kind]
        found = _screened(kind[0], [one for _, one in own])
        back = np.exp if kind[1] else float
        for place, (branch, one) in enumerate(own):
            limit = found.upper if one.higher_is_better is False else found.lower
            rows.append(
                _row(
                    branch, one, centre=float(back(found.centre[place, -1])), p=float(found.p[place, -1]),
                    beyond=bool(found.beyond[place, -1]), sigma=float(found.sigma[place, -1]),
                    room=abs(float(limit[place, -1] - found.centre[place, -1])), accepted=False,
                )
            )  # fmt: skip
            before.append(float(found.p[place, -2]))
            chances.append(_chance_beyond(one))
    if not rows:
        return Budget(pd.DataFrame(columns=list(COLUMNS)), 0, 0.0, rate)
    table = pd.DataFrame(rows)
    table["flag"] = flagged(table["p"].to_numpy(dtype=float), rate=rate)
    table["persistent"] = table["flag"] & flagged(np.array(before), rate=rate)
    judged = table["p"].notna().to_numpy()
    return Budget(table[list(COLUMNS)], int(judged.sum()), float(np.array(chances)[judged].sum()), rate)


def _chance_beyond(one: Series) -> float:
    """Return the chance that the month of a stable series lies beyond limits drawn from the months before it.

    A little more than that of three known standard errors, as centre and, for means and values, sigma are estimated:
    sigma from moving ranges of n months has about 0.62 (n - 1) degrees of freedom (Wheeler 1995).
    """
    n = int(one.ok[:-2].sum())
    z = -3 / np.sqrt(1 + 1 / n)
    return float(2 * (special.stdtr(0.62 * (n - 1), z) if one.family in {"mean", "value"} else special.ndtr(z)))


def _row(
    branch: str, one: Series, *, centre: float, p: float, beyond: bool, sigma: float, room: float, accepted: bool
) -> dict[str, object]:
    return {
        "branch": branch, "kpi": one.key, "period": label_of(one.start[-1], one.grain), "value": one.value[-1],
        "centre": centre, "p": p, "beyond": beyond, "accepted": accepted, "family": one.family, "sigma": sigma,
        "room": room,
    }  # fmt: skip


def _held(branch: str, one: Series, chart: ControlChart) -> tuple[dict[str, object], float]:
    """Return the row of a chart held to its accepted baseline, and the chance of the month before."""
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
    row = _row(
        branch, one, centre=float(drawn.centre[-1]), p=float(chance[-1]), beyond=bool(drawn.beyond[-1]),
        sigma=float(drawn.sigma[-1]), room=abs(float(limit[-1] - drawn.centre[-1])), accepted=True,
    )  # fmt: skip
    return row, float(chance[-2]) if chance.size > 1 else np.nan


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
    width = max(len(one) for one in series)
    k, n = (np.full((len(series), width), np.nan) for _ in range(2))
    for row, one in enumerate(series):
        value, below = (one.numerator, one.denominator) if family != "value" else (one.scaled, None)
        k[row, width - len(one) :] = np.where(one.ok, value, np.nan)
        n[row, width - len(one) :] = 1.0 if below is None else below
    return screen(family, k, n, base=np.arange(width) < width - 2)
