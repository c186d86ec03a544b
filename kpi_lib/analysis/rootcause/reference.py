"""What a period is compared with, and why that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.kpi.compute import a_year_back
from kpi_lib.params.baselines import AcceptedBaseline
from kpi_lib.params.periods import Period, parse_period

MONTHS = 12
"""Periods of history before the one reviewed: with months, one of each season."""
FEWEST = 3
"""Periods with cases from which on history is a reference; fewer are one period's luck."""


class ReferenceKind(StrEnum):
    """What the period is compared with."""

    BASELINE = "baseline"
    """Window of the accepted baseline."""
    HISTORY = "history"
    """The periods before it, up to :data:`MONTHS`."""
    PREVIOUS = "previous"
    """The period before it."""
    YEAR = "year"
    """The same period of last year."""
    PEERS = "peers"
    """The other branches in the same period."""


class ReferenceReason(StrEnum):
    """Why that reference."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    LONGEST = "longest"
    """No baseline is accepted; the history before the period is long enough."""
    SHORT = "short"
    """Fewer than :data:`FEWEST` earlier periods have cases."""
    YOUNG = "young"
    """No earlier period has cases."""


AUTO = "auto"
CHOICES = (AUTO, *(kind.value for kind in ReferenceKind))
"""What can be asked for."""


@dataclass(frozen=True)
class Reference:
    """What a period is compared with.

    Parameters
    ----------
    kind, reason
        What, and why.
    first, last
        First and last period of it; of the peers, the period itself.
    left_out
        Labels of periods in between that do not count (excluded from the accepted baseline).
    """

    kind: ReferenceKind
    reason: ReferenceReason
    first: Period
    last: Period
    left_out: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the first and last period as written."""
        return self.first.label if self.first == self.last else f"{self.first.label}..{self.last.label}"

    def holds(self, days: pd.Series) -> pd.Series:
        """Return which days belong to it."""
        inside = (days >= pd.Timestamp(self.first.start)) & (days < pd.Timestamp(self.last.end))
        out = {label for label in self.left_out if len(label) == len("2025-11")}
        return inside & ~days.dt.strftime("%Y-%m").isin(out) if out else inside


def checked_choice(asked: str) -> str:
    """Return ``asked``; raises InputError where it is none of :data:`CHOICES`."""
    if asked not in CHOICES:
        raise InputError(Issue("reference", f"unknown reference {asked!r}", did_you_mean(asked, list(CHOICES))))
    return asked


def choose_reference(
    counts: pd.DataFrame, *, period: Period, asked: str = AUTO, accepted: AcceptedBaseline | None = None
) -> Reference:
    """Choose what a KPI's period is compared with.

    Parameters
    ----------
    counts
        ``period, denominator`` of the KPI, of earlier periods too.
    period
        The period reviewed.
    asked
        One of :data:`CHOICES`. ``auto`` takes the window of the accepted baseline where there is one that ended before
        the period; else the periods before it; else, where fewer than :data:`FEWEST` have cases, the one before it; and
        the other branches where none has.
    accepted
        The KPI's accepted baseline in the branch.
    """
    window = None if accepted is None else _window(accepted, period)
    match asked:
        case ReferenceKind.PREVIOUS:
            return _previous(period, ReferenceReason.ASKED)
        case ReferenceKind.YEAR:
            back = a_year_back(period)
            return Reference(ReferenceKind.YEAR, ReferenceReason.ASKED, back, back)
        case ReferenceKind.PEERS:
            return Reference(ReferenceKind.PEERS, ReferenceReason.ASKED, period, period)
        case ReferenceKind.HISTORY:
            return _history(period, ReferenceReason.ASKED)
        case ReferenceKind.BASELINE if window is not None:
            return _of_baseline(window, accepted, ReferenceReason.ASKED)
    if window is not None:
        return _of_baseline(window, accepted, ReferenceReason.ACCEPTED)
    before = {one.label for one in period.previous().last(MONTHS)}
    filled = counts[counts["period"].isin(before) & (counts["denominator"] > 0)]
    if len(filled) >= FEWEST:
        return _history(period, ReferenceReason.LONGEST)
    if (filled["period"] == period.previous().label).any():
        return _previous(period, ReferenceReason.SHORT)
    return Reference(ReferenceKind.PEERS, ReferenceReason.YOUNG, period, period)


def _previous(period: Period, reason: ReferenceReason) -> Reference:
    return Reference(ReferenceKind.PREVIOUS, reason, period.previous(), period.previous())


def _history(period: Period, reason: ReferenceReason) -> Reference:
    return Reference(ReferenceKind.HISTORY, reason, period.previous(MONTHS), period.previous())


def _of_baseline(
    window: tuple[Period, Period], accepted: AcceptedBaseline | None, reason: ReferenceReason
) -> Reference:
    out = () if accepted is None else tuple(one.period for one in accepted.exclusions)
    return Reference(ReferenceKind.BASELINE, reason, *window, left_out=out)


def _window(accepted: AcceptedBaseline, period: Period) -> tuple[Period, Period] | None:
    first, last = parse_period(accepted.first), parse_period(accepted.last)
    return (first, last) if last.end <= period.start else None
