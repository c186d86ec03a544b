"""Control charts of any series: chosen by evidence, in phases by date, with signals that name their rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.evidence import Choice, Evidence, Why, choose, gather, used
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.false_alarms import false_alarm_chance
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.rules import RuleSet, Runs, Signal, anhoej, rules_of, signals
from kpi_lib.stats.spc import Kind, Limits, Mask, limits

VALUES: Final = ("run", "i", "mr")
"""Charts of the value itself, whatever it was divided by."""

DEFAULT_RULES: Final[tuple[RuleSet, ...]] = ("anhoej", "three_sigma")


@dataclass(frozen=True)
class Fixed:
    """Centre and spread of an accepted baseline.

    Parameters
    ----------
    centre, spread
        On the chart's scale (of the logarithm where ``log``); ``spread`` is σ, σz or ``nan``, as the chart has it.
    season
        Effect of each calendar month, January first; empty for none.
    """

    centre: float
    spread: float
    season: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class ControlChart:
    """A series with centre, limits and signals.

    Parameters
    ----------
    series
        What is charted.
    choice, evidence
        The chart, why, and what the series shows.
    points
        One row per period: ``period, start, numerator, denominator, value, state, centre, lower, upper, inner_lower,
        inner_upper, exact, phase, base, excluded, signal, rule``. ``signal`` is +1 above, -1 below, 0 none; ``rule``
        the rules that mark the point, joined by ``+``.
    signals
        ``rule, start, end, complete, phase, side`` with dates; ``complete`` is the date the rule was complete.
    phases
        One row per phase: ``phase, start, end, n, numerator, denominator, centre, spread`` (on the chart's scale) and
        ``level``, the centre in the unit of the value.
    runs
        Anhøj's runs of the last phase.
    rules
        Names of the rule sets.
    false_alarm
        Chance of at least one signal on a stable chart of this length.
    """

    series: Series
    choice: Choice
    evidence: Evidence
    points: pd.DataFrame
    signals: pd.DataFrame
    phases: pd.DataFrame
    runs: Runs
    rules: tuple[RuleSet, ...]
    false_alarm: float

    @property
    def table(self) -> pd.DataFrame:
        """The points."""
        return self.points


def control_chart(
    series: Series,
    *,
    kind: Kind | None = None,
    freeze: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    phases: Sequence[pd.Timestamp] = (),
    exclude: Mapping[pd.Timestamp, str] | None = None,
    rules: Sequence[RuleSet] = DEFAULT_RULES,
    screened: bool = False,
    fixed: Fixed | None = None,
    choice: Choice | None = None,
) -> ControlChart:
    """Draw up a control chart.

    Parameters
    ----------
    series
        From :func:`~kpi_lib.analysis.baseline.series.series_of`.
    kind
        Chart; None chooses by the evidence.
    freeze
        First and last day whose periods set centre and limits of the phase they lie in; later periods are held to them.
    phases
        First days of new phases. Freeze and phases go together: a phase the window does not touch sets its own limits.
    exclude
        First days of periods that set no limits and give no signal, each with its reason.
    rules
        Rule sets.
    screened
        Screen moving ranges; off, as what is excluded is excluded by name.
    fixed
        An accepted baseline's figures: nothing is estimated.
    choice
        The chart of an accepted baseline, in place of a choice by evidence.

    Raises
    ------
    InputError
        An exclusion, phase or window that is not in the series.
    """
    excluded = _positions(series, list(exclude or {}))
    kept = ~np.isin(np.arange(len(series.frame)), excluded)
    window = _window(series, freeze)
    evidence = gather(series, kept & window)
    made = choice or (choose(series, evidence) if kind is None else Choice(kind, False, False, 1.0, (Why.ASKED,)))
    season = _season(series, evidence, made, fixed)
    starts = [0, *sorted({at for at in (series.position(day) for day in phases) if at})]
    ends = [*starts[1:], len(series.frame)]
    parts, found, summary = [], [], []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        here = np.zeros(len(series.frame), dtype=bool)
        here[start:end] = True
        inside = here & kept & used(series)
        base = inside & window if (inside & window).any() else inside
        drawn = _limits(series, here, base, made, season, screened=screened, fixed=fixed)
        parts.append(drawn)
        found += [(number, start, signal) for signal in _signals(drawn, start, end, kept, rules, made)]
        summary.append(_phase(series, number, start, end, base, drawn, made))
    points = _points(series, parts, starts, ends, excluded, window & kept, found)
    last = parts[-1]
    counted = np.where(kept & used(series), last.value, np.nan)[starts[-1] :]
    n = int(np.isfinite(np.where(used(series) & kept, series.value, np.nan)).sum())
    return ControlChart(
        series=series,
        choice=made,
        evidence=evidence,
        points=points,
        signals=_signal_table(series, found),
        phases=pd.DataFrame(summary),
        runs=anhoej(counted, last.centre[starts[-1] :]),
        rules=tuple(rules),
        false_alarm=_false_alarm(rules, n, made),
    )


def _false_alarm(rules: Sequence[RuleSet], n: int, choice: Choice) -> float:
    try:
        return false_alarm_chance(("anhoej",) if choice.kind == "run" else rules, n)
    except KeyError:
        return np.nan


def _positions(series: Series, days: Sequence[pd.Timestamp]) -> list[int]:
    places = {day: place for place, day in enumerate(series.frame["start"])}
    unknown = [day for day in days if day not in places]
    if unknown:
        first, last = (f"{series.frame['start'].iloc[i]:%Y-%m-%d}" for i in (0, -1))
        raise InputError(
            [Issue("exclude", f"no period starts on {day:%Y-%m-%d}", f"{first} to {last}") for day in unknown]
        )
    return [places[day] for day in days]


def _window(series: Series, freeze: tuple[pd.Timestamp, pd.Timestamp] | None) -> Mask:
    if freeze is None:
        return np.ones(len(series.frame), dtype=bool)
    inside = series.frame["start"].between(*freeze).to_numpy()
    if not (inside & used(series)).any():
        raise InputError(Issue("freeze", f"no period with a value from {freeze[0]:%Y-%m-%d} to {freeze[1]:%Y-%m-%d}"))
    return np.asarray(inside)


def _season(series: Series, evidence: Evidence, choice: Choice, fixed: Fixed | None) -> Floats:
    if fixed is not None and fixed.season:
        return np.asarray(np.array(fixed.season)[series.month.astype(int) - 1])
    return evidence.wave.effect if choice.seasonal and fixed is None else np.zeros(len(series.frame))


def _limits(
    series: Series, here: Mask, base: Mask, choice: Choice, season: Floats, *, screened: bool, fixed: Fixed | None
) -> Limits:
    """Return the limits on the scale of the value: without the season, perhaps of the logarithm, and back."""
    top, below = series.numerator, series.denominator
    if series.family == "count" and choice.kind == "u_prime":
        below = np.ones(top.size)
    if choice.kind in VALUES:
        below = None
    value = np.where(here, series.value, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = (np.log(value) if choice.log else value) - season
    hidden = np.isnan(scaled)
    top = np.where(hidden, np.nan, scaled if below is None else scaled * below)
    found = limits(
        choice.kind, top, below, base=base, screened=screened,
        fixed=None if fixed is None else (fixed.centre, fixed.spread),
    )  # fmt: skip
    wide = choice.widened

    def back(bound: Floats, *, factor: float = 1.0) -> Floats:
        moved = found.centre + factor * (bound - found.centre) + season
        return np.exp(moved) if choice.log else moved

    top_of = np.inf if series.family != "share" else 1.0
    floor = -np.inf if series.family in {"value", "mean"} else 0.0
    return Limits(
        value=value,
        centre=back(found.centre),
        sigma=found.sigma * wide,
        lower=np.clip(back(found.lower, factor=wide), floor, top_of),
        upper=np.clip(back(found.upper, factor=wide), floor, top_of),
        inner_lower=np.clip(back(found.inner_lower, factor=wide), floor, top_of),
        inner_upper=np.clip(back(found.inner_upper, factor=wide), floor, top_of),
        spread=found.spread,
        exact=found.exact,
        n_base=found.n_base,
    )


def _signals(
    drawn: Limits, start: int, end: int, kept: Mask, rules: Sequence[RuleSet], choice: Choice
) -> tuple[Signal, ...]:
    names = ("unusual_runs",) if choice.kind == "run" else rules_of(rules)
    value, centre = drawn.value[start:end], drawn.centre[start:end]
    sigma = drawn.sigma[start:end]
    if choice.log:
        value, centre = np.log(value), np.log(centre)
    return signals(value, centre, sigma, drawn.beyond[start:end], rules=names, counted=kept[start:end])


def _phase(
    series: Series, number: int, start: int, end: int, base: Mask, drawn: Limits, choice: Choice
) -> dict[str, object]:
    level = drawn.centre[base]
    centre = float(np.mean(np.log(level) if choice.log else level)) if level.size else np.nan
    return {
        "phase": number,
        "start": series.frame["start"].iloc[start],
        "end": series.frame["start"].iloc[end - 1],
        "n": int(base.sum()),
        "numerator": float(np.nansum(series.numerator[base])),
        "denominator": np.nan if series.denominator is None else float(np.nansum(series.denominator[base])),
        "centre": centre,
        "spread": drawn.spread,
        "level": float(np.exp(centre)) if choice.log else centre,
    }


def _points(
    series: Series,
    parts: Sequence[Limits],
    starts: Sequence[int],
    ends: Sequence[int],
    excluded: Sequence[int],
    window: Mask,
    found: Sequence[tuple[int, int, Signal]],
) -> pd.DataFrame:
    names = ("centre", "lower", "upper", "inner_lower", "inner_upper", "exact")
    joined = {
        name: np.concatenate([getattr(part, name)[a:b] for part, a, b in zip(parts, starts, ends, strict=True)])
        for name in names
    }
    place = np.arange(len(series.frame))
    phase = np.searchsorted(np.asarray(starts), place, side="right")
    rule = [[] for _ in place]  # type: list[list[str]]
    side = np.zeros(place.size, dtype=int)
    for _, start, signal in found:
        for at in range(start + signal.start, start + signal.end + 1):
            rule[at].append(signal.rule)
            side[at] = signal.side or side[at]
    return series.frame.assign(
        **joined,
        phase=phase,
        base=window & used(series),
        excluded=np.isin(place, excluded),
        signal=side,
        rule=["+".join(dict.fromkeys(names)) for names in rule],
    )


def _signal_table(series: Series, found: Sequence[tuple[int, int, Signal]]) -> pd.DataFrame:
    periods = series.frame["period"]
    return pd.DataFrame(
        [
            {
                "rule": signal.rule,
                "start": periods.iloc[offset + signal.start],
                "end": periods.iloc[offset + signal.end],
                "phase": number,
                "side": signal.side,
            }
            for number, offset, signal in found
        ],
        columns=["rule", "start", "end", "phase", "side"],
    )
