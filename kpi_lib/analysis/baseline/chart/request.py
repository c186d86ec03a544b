"""What is asked of a chart, and the periods it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.chart.result import Fixed
from kpi_lib.analysis.baseline.evidence import Choice, Evidence, Why, choose
from kpi_lib.analysis.baseline.series import Series
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.chance import Kind
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.rows import Mask
from kpi_lib.stats.rules import RuleSet

DEFAULT_RULES: Final[tuple[RuleSet, ...]] = ("anhoej", "three_sigma")


@dataclass(frozen=True, eq=False, kw_only=True)
class ChartRequest:
    """One chart to draw up.

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
    """

    series: Series
    kind: Kind | None = None
    freeze: tuple[pd.Timestamp, pd.Timestamp] | None = None
    phases: Sequence[pd.Timestamp] = ()
    exclude: Mapping[pd.Timestamp, str] = field(default_factory=dict)
    rules: Sequence[RuleSet] = DEFAULT_RULES
    screened: bool = False
    fixed: Fixed | None = None
    choice: Choice | None = None
    evidence: Evidence | None = None

    @cached_property
    def left_out(self) -> Mask:
        """Periods left out by name."""
        return _positions(self.series, list(self.exclude))

    @cached_property
    def kept(self) -> Mask:
        """All others."""
        return ~self.left_out

    @cached_property
    def window(self) -> Mask:
        """Periods that may set limits."""
        return _window(self.series, self.freeze)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First position of each phase, and the one behind its last."""
        starts = [0, *sorted({at for at in (self.series.position(day) for day in self.phases) if at})]
        return list(zip(starts, [*starts[1:], len(self.series)], strict=True))

    @property
    def needs_evidence(self) -> bool:
        """Whether the chart cannot be drawn without looking at the series."""
        if self.evidence is not None:
            return False
        return self.kind is None if self.choice is None else self.choice.seasonal and self.fixed is None

    def chosen(self, evidence: Evidence | None) -> Choice:
        """Return the chart to draw; the evidence may be None where none is needed."""
        if self.choice is not None:
            return self.choice
        if self.kind is not None or evidence is None:
            return Choice(self.kind or "run", False, False, 1.0, (Why.ASKED,))
        return choose(self.series, evidence)

    def season(self, choice: Choice, evidence: Evidence | None) -> Floats:
        """Return the season that centre and limits follow, 0 where there is none."""
        if self.fixed is not None and self.fixed.season:
            return np.asarray(np.array(self.fixed.season)[self.series.month.astype(int) - 1])
        if evidence is not None and choice.seasonal and self.fixed is None:
            return evidence.wave.effect
        return np.zeros(len(self.series))


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
