"""A control chart as it was drawn up: limits, phases, signals, and the tables of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_lib.analysis.baseline.evidence import Choice, Evidence, gather
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.stats.rows import Mask
from kpi_lib.stats.rules import RuleSet, Signal
from kpi_lib.stats.runs import Runs, anhoej
from kpi_lib.stats.spc import Limits


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
    choice
        The chart and why.
    gathered
        What the series shows, where it was asked for before the chart was drawn; see :attr:`evidence`.
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
    gathered: Evidence | None
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
        """Periods of the last phase's window, those left out by name too; of the phase, where no window touches it."""
        place = np.arange(len(self.series))
        here = (place >= self.last.start) & (place < self.last.end)
        touched = (self.base & here & ~self.excluded).any()
        return np.asarray((self.base if touched else self.series.ok) & here)

    @property
    def inside(self) -> Mask:
        """Periods behind the last phase's limits."""
        return np.asarray(self.window & ~self.excluded)

    @cached_property
    def evidence(self) -> Evidence:
        """What the series shows in its window, exclusions apart."""
        return self.gathered or gather(self.series, self.base & ~self.excluded)

    @cached_property
    def runs(self) -> Runs:
        """Anhøj's runs of the last phase."""
        here = slice(self.last.start, self.last.end)
        seen = np.where(self.series.ok & ~self.excluded, self.drawn.value, np.nan)
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
        inner_upper, exact, phase, base, excluded, signal, rule``; ``value`` is what is plotted."""
        names = ("value", "centre", "lower", "upper", "inner_lower", "inner_upper", "exact")
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
