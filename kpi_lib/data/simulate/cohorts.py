"""Customers by the month they first bought in: who exists, so that tickets can name them without a register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_lib.data.simulate.cell import COHORTS_BEFORE, Cell
from kpi_lib.data.simulate.columns import Words
from kpi_lib.data.simulate.draw import Integers, choose, choose_by, generator
from kpi_lib.data.simulate.season import load, next_month

KINDS = ("dealer", "shop_guide", "project", "end_user")
_SHARES = (0.025, 0.015, 0.015)
_NEW_PER_TICKET = 0.19
"""Customers won in a month, per ticket of an average month; with it a customer has a ticket about every 14 months."""

_KIND_BY_WORK = {
    "repair": (0.03, 0.01, 0.05, 0.91),
    "installation": (0.02, 0.01, 0.08, 0.89),
    "return_exchange": (0.10, 0.02, 0.03, 0.85),
    "in_sale_repair": (0.85, 0.15, 0.00, 0.00),
    "activation": (0.00, 0.02, 0.00, 0.98),
}


@dataclass(frozen=True)
class Cohort:
    """The customers of one branch who first bought in one month, big customers in front."""

    code: str
    counts: Integers

    @property
    def size(self) -> int:
        """Number of customers."""
        return int(self.counts.sum())

    def kinds(self) -> Words:
        """Return the kind of each customer."""
        return Words(np.repeat(np.arange(len(KINDS)), self.counts), KINDS)


def cohort(cell: Cell, month: date) -> Cohort:
    """Return the cohort of a month; every cell that asks gets the same one."""
    rng = generator(cell.seed, cell.place.key, month.year * 12 + month.month, "cohort")
    total = int(rng.poisson(cell.place.size * cell.scale * load(month) * _NEW_PER_TICKET)) + len(KINDS)
    big = [max(1, round(total * share)) for share in _SHARES]
    return Cohort(f"{cell.place.code}{month:%y%m}", np.array([*big, total - sum(big)], dtype=np.int64))


def known_cohorts(cell: Cell) -> tuple[Cohort, ...]:
    """Return the cohorts a ticket of this month can come from, the most recent first."""
    first = next_month(cell.window.start, -COHORTS_BEFORE)
    months = (next_month(cell.month, -age) for age in range(1, COHORTS_BEFORE + 1))
    return tuple(cohort(cell, month) for month in months if month >= first)


def draw_customers(cell: Cell, rng: np.random.Generator, work_types: Words) -> tuple[pa.Array, Words]:
    """Draw the customer of each ticket: buyers of the last months for installations, anybody for repairs.

    Returns
    -------
    tuple
        Customer numbers, and their kinds.
    """
    n = len(work_types.codes)
    cohorts = known_cohorts(cell)
    ages = np.arange(1, len(cohorts) + 1)
    recent = np.isin(work_types.codes, [work_types.words.index(word) for word in ("installation", "activation")])
    by_age = np.where(recent, choose(rng, np.exp(-ages / 0.9), n), choose(rng, np.exp(-ages / 30.0), n))
    kinds = choose_by(rng, work_types.codes, np.array([_KIND_BY_WORK[word] for word in work_types.words]))
    counts = np.array([known.counts for known in cohorts])
    starts = np.cumsum(counts, axis=1) - counts
    serial = starts[by_age, kinds] + np.floor(rng.random(n) * counts[by_age, kinds]).astype(np.int64)
    codes = pa.array([known.code for known in cohorts]).take(pa.array(by_age))
    return customer_numbers(codes, serial), Words(kinds, KINDS)


def customer_numbers(codes: pa.Array | pa.Scalar, serial: Integers) -> pa.Array:
    """Return customer numbers: K, the cohort's code, the number within it."""
    digits = pc.utf8_lpad(pc.cast(pa.array(serial + 1), pa.string()), 6, "0")
    return pc.binary_join_element_wise(pa.scalar("K"), codes, digits, "")
