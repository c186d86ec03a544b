"""What a fishbone is built from: pieces of evidence, each from one source and with its own standing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from kpi_lib.kpi.definition import Unit
from kpi_lib.text import Text


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    SEGMENT = "segment"
    """A segment of tickets whose rate changed; key ``dim=value&dim=value``, ``all`` for all tickets alike."""
    MIX = "mix"
    """A segment whose share of the tickets changed; key as above, ``all`` for the rest of the mix."""
    REASON = "reason"
    """A fault or delay reason noted on the ticket, a complaint's category, a reason for leaving."""
    THEME = "theme"
    """A theme of the customers' comments."""
    AUDIT = "audit"
    """What an audit found."""
    SIGNAL = "signal"
    """A signal of the process, such as tickets without a plan."""
    STAGE = "stage"
    """A stage of the way from creation to closure."""
    QUANTITY = "quantity"
    """Something measured on the tickets, such as hours of waiting for parts."""


class Standing(StrEnum):
    """How sure a piece of evidence is, the surest first."""

    SIGNIFICANT = "significant"
    """More than chance, everything looked at allowed for."""
    SUGGESTIVE = "suggestive"
    """Points somewhere; chance is not ruled out."""
    HYPOTHESIS = "hypothesis"
    """Somebody's opinion; it carries no number."""


ORDER = tuple(Standing)
"""Standings, the surest first."""


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence.

    Parameters
    ----------
    source, key
        Where it comes from and its name there; a selector of ``params/fishbone.yml`` assigns it to a cause.
    label
        For people.
    standing
        How sure.
    contribution, lo, hi
        Points of the gap it stands for, with interval, in the KPI's unit and with the gap's sign where it explains it;
        None where it was not measured in points of the KPI.
    n
        Cases behind it.
    figure, unit
        Its own figure (a share of comments, a count, hours) for what has no contribution.
    before, change
        That figure in the reference, and the interval of its change; None where it is not compared.
    counts
        Whether the contribution belongs to the sum that gives the gap; that of a suggestive segment does not.
    overlap
        Part of the contribution that evidence listed before it holds already; it is counted there.

    Raises
    ------
    ValueError
        A hypothesis with a number, or a number that is none.
    """

    source: Source
    key: str
    label: Text | str
    standing: Standing
    contribution: float | None = None
    lo: float | None = None
    hi: float | None = None
    n: int | None = None
    figure: float | None = None
    unit: Unit = "share"
    before: float | None = None
    change: tuple[float, float] | None = None
    counts: bool = True
    overlap: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.contribution, self.lo, self.hi, self.n, self.figure)
        if self.standing is Standing.HYPOTHESIS and any(number is not None for number in numbers):
            raise ValueError(f"{self.id} is a hypothesis and carries no number")
        if any(number is not None and not math.isfinite(number) for number in (self.contribution, self.figure)):
            raise ValueError(f"{self.id} has a contribution or figure that is not a number; leave it out instead")

    @property
    def id(self) -> str:
        """Return ``source:key``, as selectors write it."""
        return f"{self.source}:{self.key}"

    @property
    def counted(self) -> float | None:
        """Return the points it adds to the sum; None where it adds none."""
        return self.contribution - self.overlap if self.contribution is not None and self.counts else None
