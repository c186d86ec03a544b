"""Calls: offered all day, answered less often in the busiest hours and in the summer peak."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kpi_lib.data.simulate.cell import DAY, HOUR, Cell, blocks
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.demand import expected_tickets
from kpi_lib.data.simulate.draw import choose, lognormal, serials
from kpi_lib.data.simulate.season import hour_weights, pressure

QUEUES = ("报修", "安装预约", "咨询", "投诉")
_CALLS_PER_TICKET = 1.6
_BUSY_HOURS = (9, 10, 14, 15)
_BUSY, _NIGHT = -0.02, -0.05
"""Added to the chance of an answer in the busiest hours and between 21:00 and 7:00."""
_PER_PRESSURE = -0.35
"""Added per unit of load above an average month."""


def call_blocks(cell: Cell) -> Iterator[Columns]:
    """Generate the cell's calls in blocks."""
    total = int(cell.rng("call_volume").poisson(expected_tickets(cell) * _CALLS_PER_TICKET))
    for number, first, n in blocks(total):
        calls = _block(cell, number, first, n)
        yield calls.take(np.flatnonzero(calls.floats("called_at") <= cell.extracted))


def _block(cell: Cell, number: int, first: int, n: int) -> Columns:
    rng = cell.rng("calls", number)
    called = cell.moments(rng, n, hour_weights())
    hour = (called % DAY) // HOUR
    # The busy and night deductions average out at about 0.012; given back, the trait is the level of the whole day.
    level = cell.place.connect + 0.012 + _PER_PRESSURE * (pressure(cell.month) - 1.0)
    level += sum(truth.size for truth in cell.planted("connect"))
    chance = level + np.where(np.isin(hour, _BUSY_HOURS), _BUSY, 0.0)
    chance += np.where((hour >= 21) | (hour < 7), _NIGHT, 0.0)
    answered = rng.random(n) < np.clip(chance, 0.02, 0.995)
    wait = np.round(np.where(answered, lognormal(rng, 14.0, 0.7, n), 20.0 + rng.exponential(45.0, n)))
    talk = np.round(lognormal(rng, 165.0, 0.6, n))
    transfers = choose(rng, (0.88, 0.10, 0.02), n).astype(float)
    return Columns(
        {
            "call_id": serials(f"TH{cell.code}", np.arange(first + 1, first + n + 1), 6),
            "branch": Words(np.zeros(n, dtype=np.int64), (cell.place.key,)),
            "called_at": called,
            "answered": answered.astype(float),
            "queue": Words(choose(rng, (0.55, 0.20, 0.21, 0.04), n), QUEUES),
            "wait_seconds": wait,
            "talk_seconds": np.where(answered, talk, np.nan),
            "transfers": np.where(answered, transfers, np.nan),
        }
    )
