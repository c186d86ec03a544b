"""The unit of generation: one branch in one month, with its own streams of random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from kpi_lib.data.simulate.draw import Floats, generator
from kpi_lib.data.simulate.places import Place
from kpi_lib.data.simulate.planted import Lever, Planted, acting
from kpi_lib.data.simulate.season import day_weight, month_days, next_month

EPOCH = datetime(1970, 1, 1)
DAY = 86_400.0
HOUR = 3_600.0
BLOCK = 100_000
"""Most rows generated at a time."""
COHORTS_BEFORE = 36
"""Months before the first exported one whose customers exist."""


def seconds(moment: date) -> float:
    """Return the seconds from 1970 to a date's midnight or a naive local time."""
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return (at - EPOCH).total_seconds()


@dataclass(frozen=True)
class Window:
    """The exported months: ``months`` complete ones from ``start``, then two days and a morning of the next.

    Exports are rarely made at midnight of the last day; the rest of a running month is part of what an analyst meets.
    """

    start: date
    months: int

    @property
    def review(self) -> date:
        """First day of the last complete month."""
        return next_month(self.start, self.months - 1)

    @property
    def extracted_at(self) -> datetime:
        """When the exports are made."""
        return datetime.combine(next_month(self.review), time(8)) + timedelta(days=2)

    @property
    def all_months(self) -> tuple[date, ...]:
        """First days of all exported months, the running one last."""
        return tuple(next_month(self.start, step) for step in range(self.months + 1))


@dataclass(frozen=True)
class Cell:
    """One branch in one month."""

    seed: int
    place: Place
    month: date
    window: Window
    scale: float
    truths: tuple[Planted, ...]

    def rng(self, purpose: str, block: int = 0) -> np.random.Generator:
        """Return the cell's stream for one purpose (a table, as a rule)."""
        return generator(self.seed, self.place.key, self.month.year * 12 + self.month.month, purpose, block)

    @property
    def code(self) -> str:
        """Area code, year and month, as numbers of documents begin."""
        return f"{self.place.code}{self.month:%y%m}"

    @property
    def extracted(self) -> float:
        """Seconds of the extraction."""
        return seconds(self.window.extracted_at)

    def planted(self, lever: Lever) -> tuple[Planted, ...]:
        """Return the planted truths that turn a lever here."""
        return acting(self.truths, branch=self.place.key, month=self.month, lever=lever)

    def moments(self, rng: np.random.Generator, n: int, hours: Floats) -> Floats:
        """Return ``n`` whole seconds within the month, by the weights of its days and of the hours of a day, sorted."""
        days = month_days(self.month)
        weights = np.outer([day_weight(day) for day in days], hours).ravel()
        edges = np.cumsum(weights / weights.sum())
        slots = np.searchsorted(edges, rng.random(n), side="right").clip(0, len(edges) - 1)
        return np.sort(np.asarray(seconds(self.month) + slots * HOUR + np.floor(rng.random(n) * HOUR), dtype=float))


def blocks(total: int) -> Iterator[tuple[int, int, int]]:
    """Split ``total`` rows into blocks: number of the block, its first row, its rows."""
    for number, first in enumerate(range(0, total, BLOCK)):
        yield number, first, min(BLOCK, total - first)
