"""One indicator of one branch over the full calendar, every period with its state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_lib.analysis.baseline.calendar import Days, Grain, label_of
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.rows import Mask

Family = Literal["share", "rate", "count", "mean", "value"]
"""What a value is: a part of a whole, events per exposure, a number of events, a mean of n, or a bare number."""

Words = npt.NDArray[np.object_]
Codes = npt.NDArray[np.int8]

BOUNDS: Final[dict[Family, tuple[float, float]]] = {"share": (0.0, 1.0), "rate": (0.0, np.inf), "count": (0.0, np.inf)}
"""Ends of the scale, where the family has any."""


class State(StrEnum):
    """What a period holds."""

    OK = "ok"
    GAP = "gap"
    MISSING_NUMERATOR = "missing_numerator"
    NO_ACTIVITY = "no_activity"
    EXCESS = "excess"
    PROVISIONAL = "provisional"


STATES: Final = tuple(State)
CODE: Final = {state: np.int8(place) for place, state in enumerate(STATES)}
"""The small number a :class:`Series` holds for each state: its place among them."""


@dataclass(frozen=True, eq=False)
class Series:
    """A series ready for limits: arrays of one length over the full calendar, oldest first.

    Parameters
    ----------
    key
        Name of the indicator.
    family
        What its value is.
    start
        First day of each period.
    numerator, denominator
        Counts, the value itself for a bare number; ``denominator`` is None where the family has none.
    value
        Values; only periods in state ``ok`` or ``provisional`` have one.
    codes
        State of each period, by its :data:`CODE`.
    grain
        Step of the calendar.
    higher_is_better
        Direction; None where neither is.
    bounds
        Least and largest value there can be.
    """

    key: str
    family: Family
    start: Days
    numerator: Floats
    denominator: Floats | None
    value: Floats
    codes: Codes
    grain: Grain = "month"
    higher_is_better: bool | None = None
    bounds: tuple[float, float] = (-np.inf, np.inf)

    def __len__(self) -> int:
        return self.start.size

    @cached_property
    def period(self) -> tuple[str, ...]:
        """Label of each period."""
        return tuple(label_of(day, self.grain) for day in self.start)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per period: ``period, start, numerator, denominator, value, state``."""
        below = np.full(len(self), np.nan) if self.denominator is None else self.denominator
        return pd.DataFrame(
            {
                "period": list(self.period),
                "start": pd.DatetimeIndex(self.start),
                "numerator": self.numerator,
                "denominator": below,
                "value": self.value,
                "state": [STATES[code].value for code in self.codes.tolist()],
            }
        )

    @cached_property
    def ok(self) -> Mask:
        """Periods that may set limits."""
        return np.asarray(self.codes == CODE[State.OK])

    @property
    def state(self) -> Words:
        """A :class:`State` each."""
        return np.array(STATES, dtype=object)[self.codes]

    @cached_property
    def divisor(self) -> Floats:
        """What the numerator is divided by: the denominator, or 1."""
        return np.ones(len(self)) if self.denominator is None else self.denominator

    @cached_property
    def logged(self) -> bool:
        """Whether the series is charted by its logarithm: bare numbers (durations), all above 0."""
        if self.family != "value":
            return False
        value = self.value[~np.isnan(self.value)]
        return value.size > 0 and bool(np.all(value > 0))

    @cached_property
    def scaled(self) -> Floats:
        """The values, or their logarithms where the series is charted by these."""
        return np.log(self.value) if self.logged else self.value

    @property
    def month(self) -> Floats:
        """Month of the year of each period."""
        return np.asarray(self.start.astype("datetime64[M]").astype(np.int64) % 12 + 1, dtype=float)

    @property
    def n(self) -> int:
        """Periods with a value."""
        return int(np.isfinite(self.value).sum())

    def position(self, day: pd.Timestamp) -> int:
        """Return the position of the first period that starts on or after ``day``."""
        return int(np.searchsorted(self.start, np.datetime64(day), side="left"))

    def part(self, first: int, end: int | None = None) -> Series:
        """Return the periods from position ``first`` up to, not including, ``end``."""
        here = slice(first, end)
        return replace(
            self,
            start=self.start[here],
            numerator=self.numerator[here],
            denominator=None if self.denominator is None else self.denominator[here],
            value=self.value[here],
            codes=self.codes[here],
        )
