"""Control charts of any series: chosen by evidence, in phases by date, with signals that name their rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_lib.analysis.baseline.evidence import Choice, Evidence, Why, choose, gather
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.false_alarms import false_alarm_chance
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.rules import RuleSet, Runs, Signal, anhoej, rules_of, signals
from kpi_lib.stats.spc import Kind, Limits, Mask, limits

VALUES: Final = ("run", "i", "mr")
"""Charts of the value itself, whatever it was divided by."""

COUNTED: Final = ("p", "p_prime", "u", "u_prime", "c")
"""Charts of counts."""

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


@dataclass(frozen=True)
class Phase:
    """One phase of a chart.

    Parameters
    ----------
    number
        1 for the first.
    start, end
        Positions of its periods, ``end`` not included.
    n, numerator, denominator
        Periods behind its limits and their sums; ``denominator`` is ``nan`` where the family has none.
    centre, spread
        On the chart's scale.
    level
        Centre in the unit of the value.
    """

    number: int
    start: int
    end: int
    n: int
    numerator: float
    denominator: float
    centre: float
    spread: float
    level: float


@dataclass(frozen=True, eq=False)
class ControlChart:
    """A series with centre, limits and signals.

    Parameters
    ----------
    series
        What is charted.
    choice, evidence
        The chart, why, and what the series shows.
    drawn
        Centre and limits of every period.
    parts
        The phases.
    base, excluded
        Periods that may set limits, and those left out by name.
    found
        Signals with the number of their phase.
    rules
        Names of the rule sets.
    false_alarm
        Chance of at least one signal on a stable chart of this length.
    """

    series: Series
    choice: Choice
    evidence: Evidence
    drawn: Limits
    parts: tuple[Phase, ...]
    base: Mask
    excluded: Mask
    found: tuple[tuple[int, Signal], ...]
    rules: tuple[RuleSet, ...]
    false_alarm: float

    @property
    def last(self) -> Phase:
        """The phase that goes on."""
        return self.parts[-1]

    @property
    def window(self) -> Mask:
        """Periods of the last phase's window, those left out by name too."""
        place = np.arange(len(self.series))
        return np.asarray(self.base & (place >= self.last.start) & (place < self.last.end))

    @property
    def inside(self) -> Mask:
        """Periods behind the last phase's limits."""
        return np.asarray(self.window & ~self.excluded)

    @cached_property
    def runs(self) -> Runs:
        """Anhøj's runs of the last phase."""
        here = slice(self.last.start, self.last.end)
        seen = np.where(self.series.ok & ~self.excluded, self.series.value, np.nan)
        return anhoej(seen[here], self.drawn.centre[here])

    @cached_property
    def side(self) -> npt.NDArray[np.int64]:
        """Direction of the signal that marks each period: +1 above, -1 below, 0 none."""
        side = np.zeros(len(self.series), dtype=np.int64)
        for _, signal in self.found:
            if signal.side:
                side[signal.start : signal.end + 1] = signal.side
        return side

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Rules that mark each period, joined by ``+``."""
        rules: list[list[str]] = [[] for _ in range(len(self.series))]
        for _, signal in self.found:
            for at in range(signal.start, signal.end + 1):
                rules[at].append(signal.rule)
        return tuple("+".join(dict.fromkeys(names)) for names in rules)

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row per period: ``period, start, numerator, denominator, value, state, centre, lower, upper, inner_lower,
        inner_upper, exact, phase, base, excluded, signal, rule``."""
        names = ("centre", "lower", "upper", "inner_lower", "inner_upper", "exact")
        starts = np.array([part.start for part in self.parts])
        return self.series.frame.assign(
            **{name: getattr(self.drawn, name) for name in names},
            phase=np.searchsorted(starts, np.arange(len(self.series)), side="right"),
            base=self.base,
            excluded=self.excluded,
            signal=self.side,
            rule=list(self.marks),
        )

    @cached_property
    def signals(self) -> pd.DataFrame:
        """``rule, start, end, phase, side``, with the labels of the periods; a rule is complete at ``end``."""
        label = self.series.period
        return pd.DataFrame(
            [(one.rule, label[one.start], label[one.end], number, one.side) for number, one in self.found],
            columns=["rule", "start", "end", "phase", "side"],
        )

    @cached_property
    def phases(self) -> pd.DataFrame:
        """One row per phase: ``phase, start, end`` (first and last period), and the figures of :class:`Phase`."""
        day = pd.DatetimeIndex(self.series.start)
        return pd.DataFrame(
            {
                "phase": [part.number for part in self.parts],
                "start": [day[part.start] for part in self.parts],
                "end": [day[part.end - 1] for part in self.parts],
                **{
                    name: [getattr(part, name) for part in self.parts]
                    for name in ("n", "numerator", "denominator", "centre", "spread", "level")
                },
            }
        )

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
    evidence: Evidence | None = None,
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
    evidence
        What the series shows, where :func:`~kpi_lib.analysis.baseline.evidence.gather_all` has found it already; of a
        chart without window and exclusions.

    Raises
    ------
    InputError
        An exclusion, phase or window that is not in the series.
    """
    left_out = _positions(series, list(exclude or {}))
    kept = ~left_out
    window = _window(series, freeze)
    shown = evidence or gather(series, kept & window)
    made = choice or (choose(series, shown) if kind is None else Choice(kind, False, False, 1.0, (Why.ASKED,)))
    season = _season(series, shown, made, fixed)
    starts = [0, *sorted({at for at in (series.position(day) for day in phases) if at})]
    ends = [*starts[1:], len(series)]
    pieces, found, summary = [], [], []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        here = np.zeros(len(series), dtype=bool)
        here[start:end] = True
        inside = here & kept & series.ok
        base = inside & window if (inside & window).any() else inside
        drawn = _limits(series, here, base, made, season, screened=screened, fixed=fixed)
        pieces.append(drawn)
        found += [(number, signal) for signal in _signals(drawn, start, end, kept, rules, made)]
        summary.append(_phase(series, number, start, end, base, drawn, made))
    whole = pieces[0] if len(pieces) == 1 else _joined(pieces, starts, ends)
    n = int((kept & np.isfinite(series.value)).sum())
    return ControlChart(
        series=series,
        choice=made,
        evidence=shown,
        drawn=whole,
        parts=tuple(summary),
        base=window & series.ok,
        excluded=left_out,
        found=tuple(found),
        rules=tuple(rules),
        false_alarm=_false_alarm(rules, n, made),
    )


def _false_alarm(rules: Sequence[RuleSet], n: int, choice: Choice) -> float:
    try:
        return false_alarm_chance(("anhoej",) if choice.kind == "run" else rules, n)
    except KeyError:
        return np.nan


def _positions(series: Series, days: Sequence[pd.Timestamp]) -> Mask:
    if not days:
        return np.zeros(len(series), dtype=bool)
    wanted = np.array([np.datetime64(day, "ns") for day in days], dtype="datetime64[ns]")
    unknown = [day for day, known in zip(days, np.isin(wanted, series.start), strict=True) if not known]
    if unknown:
        first, last = (f"{pd.Timestamp(series.start[i]):%Y-%m-%d}" for i in (0, -1))
        raise InputError(
            [Issue("exclude", f"no period starts on {day:%Y-%m-%d}", f"{first} to {last}") for day in unknown]
        )
    return np.asarray(np.isin(series.start, wanted))


def _window(series: Series, freeze: tuple[pd.Timestamp, pd.Timestamp] | None) -> Mask:
    if freeze is None:
        return np.ones(len(series), dtype=bool)
    first, last = (np.datetime64(day, "ns") for day in freeze)
    inside = np.asarray((series.start >= first) & (series.start <= last))
    if not (inside & series.ok).any():
        raise InputError(Issue("freeze", f"no period with a value from {freeze[0]:%Y-%m-%d} to {freeze[1]:%Y-%m-%d}"))
    return inside


def _season(series: Series, evidence: Evidence, choice: Choice, fixed: Fixed | None) -> Floats:
    if fixed is not None and fixed.season:
        return np.asarray(np.array(fixed.season)[series.month.astype(int) - 1])
    return evidence.wave.effect if choice.seasonal and fixed is None else np.zeros(len(series))


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

    floor, top_of = series.bounds
    plain = not choice.log and wide == 1 and not season.any()
    inside = plain and (choice.kind in COUNTED or (np.isinf(floor) and np.isinf(top_of)))

    def back(bound: Floats, *, factor: float = 1.0) -> Floats:
        if plain:
            return bound
        moved = found.centre + factor * (bound - found.centre) + season
        return np.exp(moved) if choice.log else moved

    def limit(bound: Floats) -> Floats:
        # Limits of counts lie inside the scale already where nothing has moved them.
        return back(bound) if inside else np.clip(back(bound, factor=wide), floor, top_of)

    return Limits(
        value=value,
        centre=back(found.centre),
        sigma=found.sigma * wide,
        lower=limit(found.lower),
        upper=limit(found.upper),
        inner_lower=limit(found.inner_lower),
        inner_upper=limit(found.inner_upper),
        spread=found.spread,
        exact=found.exact,
        n_base=found.n_base,
    )


def _joined(pieces: Sequence[Limits], starts: Sequence[int], ends: Sequence[int]) -> Limits:
    """Return the limits of all phases as one, each period those of its own phase."""

    spans = list(zip(pieces, starts, ends, strict=True))

    def every(name: str) -> Floats:
        return np.concatenate([getattr(one, name)[a:b] for one, a, b in spans])

    return Limits(
        value=every("value"),
        centre=every("centre"),
        sigma=every("sigma"),
        lower=every("lower"),
        upper=every("upper"),
        inner_lower=every("inner_lower"),
        inner_upper=every("inner_upper"),
        spread=pieces[-1].spread,
        exact=np.concatenate([one.exact[a:b] for one, a, b in spans]),
        n_base=pieces[-1].n_base,
    )


def _signals(
    drawn: Limits, start: int, end: int, kept: Mask, rules: Sequence[RuleSet], choice: Choice
) -> Iterator[Signal]:
    names = ("unusual_runs",) if choice.kind == "run" else rules_of(rules)
    value, centre = drawn.value[start:end], drawn.centre[start:end]
    if choice.log:
        value, centre = np.log(value), np.log(centre)
    own = signals(value, centre, drawn.sigma[start:end], drawn.beyond[start:end], rules=names, counted=kept[start:end])
    for signal in own:
        yield replace(signal, start=signal.start + start, end=signal.end + start)


def _phase(series: Series, number: int, start: int, end: int, base: Mask, drawn: Limits, choice: Choice) -> Phase:
    level = drawn.centre[base]
    centre = float(np.mean(np.log(level) if choice.log else level)) if level.size else np.nan
    return Phase(
        number=number,
        start=start,
        end=end,
        n=int(base.sum()),
        numerator=float(np.nansum(series.numerator[base])),
        denominator=np.nan if series.denominator is None else float(np.nansum(series.denominator[base])),
        centre=centre,
        spread=drawn.spread,
        level=float(np.exp(centre)) if choice.log else centre,
    )
