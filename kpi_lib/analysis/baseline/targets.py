"""Targets with their odds: what a stable process will reach, what would be asked of it, and bands it does not jump."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.odds import chance_next, chance_of, flips_a_year, future_rates, future_shares, future_values, reached

OFTEN: Final = 9
"""Months of 12 that must meet a target for it to count as held."""

DRAWS: Final = 4000


class Origin(StrEnum):
    """Where a target comes from."""

    CURRENT = "current"
    PEERS = "peers"
    INDUSTRY = "industry"
    AMBITION = "ambition"


class Assurance(StrEnum):
    """What a stable process promises against a target."""

    WILL_MEET = "will_meet"
    HIT_AND_MISS = "hit_and_miss"
    WILL_NOT_MEET = "will_not_meet"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, eq=False)
class TargetProposal:
    """Targets of one series with their odds.

    Parameters
    ----------
    chart
        What the odds rest on.
    targets
        ``origin, target, chance_next, chance_often, assurance``.
    bands
        ``set, cut_1 .. cut_4, flips``: the cuts in force and those proposed, and how often a year a stable process
        changes band.
    draws
        Coming months of a stable process, of shape (draws, 12); empty where nothing can be drawn.
    path
        The way to the company's target, as of :func:`trajectory`.
    """

    chart: ControlChart
    targets: pd.DataFrame
    bands: pd.DataFrame
    draws: Floats
    path: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """The targets."""
        return self.targets


def propose_target(
    chart: ControlChart,
    *,
    proposals: Mapping[Origin, float],
    higher_is_better: bool,
    cuts: tuple[float, ...] = (),
    until: date | None = None,
) -> TargetProposal:
    """Give the odds of targets and propose bands.

    Parameters
    ----------
    chart
        A charted series; its last phase is what goes on.
    proposals
        Targets by origin.
    higher_is_better
        Direction; equality counts as met.
    cuts
        The four cuts in force, to count their chance flips.
    until
        Day by which the company's target is wanted; twelve months on where not told.
    """
    draws = future_months(chart)
    after = pd.Timestamp(chart.series.start[-1])
    path = trajectory(
        draws, now=chart.last.level, target=proposals.get(Origin.AMBITION, np.nan), after=after,
        until=until or (after + pd.DateOffset(months=12)).date(), higher_is_better=higher_is_better,
    )  # fmt: skip
    rows = [
        {
            "origin": origin.value,
            "target": target,
            **odds_of(draws, target, higher_is_better=higher_is_better),
        }
        for origin, target in proposals.items()
        if not np.isnan(target)
    ]
    return TargetProposal(
        chart,
        pd.DataFrame(rows, columns=["origin", "target", "chance_next", "chance_often", "assurance"]),
        _bands(chart, draws, cuts, higher_is_better),
        draws,
        path,
    )


def odds_of(draws: Floats, target: float, *, higher_is_better: bool) -> dict[str, object]:
    """Return the chance to meet a target next month and in at least 9 of 12, and the assurance."""
    if draws.size == 0:
        return {"chance_next": np.nan, "chance_often": np.nan, "assurance": Assurance.CANNOT_TELL.value}
    following = chance_next(draws, target, higher_is_better=higher_is_better)
    often = chance_of(draws, target, at_least=OFTEN, higher_is_better=higher_is_better)
    return {"chance_next": following, "chance_often": often, "assurance": assurance(following).value}


def assurance(chance: float) -> Assurance:
    """Return the verdict for the chance of a coming month: sure from 95 %, hopeless below 5 %."""
    if np.isnan(chance):
        return Assurance.CANNOT_TELL
    return (
        Assurance.WILL_MEET if chance >= 0.95 else Assurance.WILL_NOT_MEET if chance <= 0.05 else Assurance.HIT_AND_MISS
    )


def trajectory(
    draws: Floats, *, now: float, target: float, after: pd.Timestamp, until: date, higher_is_better: bool
) -> pd.DataFrame:
    """Return an even way from the present level to a target, month by month.

    Parameters
    ----------
    draws
        Coming months of the process as it is (:func:`future_months`).
    now, target
        Present and wanted level.
    after
        Start of the last month of the data.
    until
        Day by which the target is wanted.
    higher_is_better
        Direction.

    Returns
    -------
    DataFrame
        ``period, level, chance``: level to be reached in each month, and the chance that the process as it is reaches
        it anyhow. Empty where the target is met already, or its date has passed.
    """
    columns = ["period", "level", "chance"]
    months = (until.year - after.year) * 12 + until.month - after.month
    if (
        months < 1
        or not np.isfinite(now)
        or np.isnan(target)
        or bool(reached(np.array(now), target, higher_is_better=higher_is_better))
    ):
        return pd.DataFrame(columns=columns)
    level = now + (target - now) * np.arange(1, months + 1) / months
    chance = np.full(months, np.nan)
    if draws.size:
        # The process as it is has no trend: every coming month is drawn alike.
        chance = np.array([reached(draws[:, 0], step, higher_is_better=higher_is_better).mean() for step in level])
    periods = [f"{after + pd.DateOffset(months=k):%Y-%m}" for k in range(1, months + 1)]
    return pd.DataFrame({"period": periods, "level": level, "chance": chance})


def future_months(chart: ControlChart, *, months: int = 12) -> Floats:
    """Draw coming months of the chart's last phase, its seed set by indicator and last period.

    Returns
    -------
    array of shape (draws, months)
        Empty where the phase holds fewer than three periods.
    """
    phase = chart.last
    n, k, size = phase.n, phase.numerator, phase.denominator
    if n < 3:
        return np.empty((0, months))
    rng = np.random.default_rng(zlib.crc32(f"{chart.series.key}|{chart.series.period[-1]}".encode()))
    laney = chart.choice.kind in {"p_prime", "u_prime"}
    sigma_z = (phase.spread if laney else 1.0) * chart.choice.widened
    below = chart.series.denominator
    per_month = np.nan if below is None else float(np.nanmedian(below[chart.inside]))
    match chart.series.family:
        case "share":
            return future_shares(k, size, per_month=per_month, sigma_z=sigma_z, months=months, size=DRAWS, rng=rng)
        case "rate":
            return future_rates(k, size, per_month=per_month, sigma_z=sigma_z, months=months, size=DRAWS, rng=rng)
        case "count":
            return future_rates(k, float(n), per_month=1.0, sigma_z=sigma_z, months=months, size=DRAWS, rng=rng)
        case _:
            spread = phase.spread * chart.choice.widened
            if chart.choice.kind == "i_prime":
                spread /= np.sqrt(per_month)
            if np.isnan(spread):
                return np.empty((0, months))
            drawn = future_values(phase.centre, spread, n, months=months, size=DRAWS, rng=rng)
            return np.clip(np.exp(drawn) if chart.choice.log else drawn, *chart.series.bounds)


def _bands(chart: ControlChart, draws: Floats, cuts: tuple[float, ...], higher_is_better: bool) -> pd.DataFrame:
    columns = ["set", "cut_1", "cut_2", "cut_3", "cut_4", "flips"]
    if draws.size == 0:
        return pd.DataFrame(columns=columns)
    sets = ({"in_force": tuple(cuts)} if cuts else {}) | {"proposed": calm_cuts(chart, draws, higher_is_better)}
    rows = [
        (name, *own, flips_a_year(draws, own, higher_is_better=higher_is_better))
        for name, own in sets.items()
        if len(own) == 4
    ]
    return pd.DataFrame(rows, columns=columns)


def calm_cuts(chart: ControlChart, draws: Floats, higher_is_better: bool) -> tuple[float, ...]:
    """Return four cuts with the present process in the middle of the middle band, two months' sigma to either cut.

    Empty where the process does not vary, or sits at the end of its scale.
    """
    worst, low, high, best = np.quantile(draws, [0.0002, 0.02, 0.98, 0.9998])
    if not high > low:
        return ()
    step = (high - low) / 2
    cuts = [min(worst, low - step), low, high, max(best, high + step)]
    least, most = chart.series.bounds
    # Near an end of the scale the outer band ends half way to it.
    if high < most < np.inf:
        cuts[3] = min(cuts[3], (high + most) / 2)
    elif high >= most:
        cuts[2:] = [low + (most - low) * 0.99, most]
    if least > -np.inf or chart.choice.log:
        cuts[0] = max(cuts[0], (low + max(least, 0.0)) / 2)
    ordered = [float(cut) for cut in (cuts if higher_is_better else cuts[::-1])]
    # Where most months sit at the end of the scale there is no room for a band beyond it.
    distinct = all(a != b for a, b in pairwise(ordered))
    return tuple(ordered) if distinct else ()
