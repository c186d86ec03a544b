"""Parts orders: placed when the visit shows what is broken; their supply is the ticket's wait."""

from __future__ import annotations

import numpy as np

from kpi_lib.data.simulate.cell import HOUR
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.draw import choose_by
from kpi_lib.data.simulate.tickets import TicketBlock

PARTS = ("电源板", "主板", "屏组件", "压缩机", "电控板", "电机", "排水泵", "遥控器")
_BY_PRODUCT = np.array(
    [
        [0.40, 0.30, 0.20, 0.00, 0.00, 0.00, 0.00, 0.10],
        [0.25, 0.45, 0.22, 0.00, 0.00, 0.00, 0.00, 0.08],
        [0.00, 0.00, 0.00, 0.25, 0.45, 0.25, 0.00, 0.05],
        [0.00, 0.00, 0.00, 0.00, 0.30, 0.35, 0.35, 0.00],
    ]
)
_URGENT = 0.15
_FAILED = 0.035
_ORDERED_AFTER_HOURS = 0.3


def order_parts(block: TicketBlock) -> Columns:
    """Generate the parts orders of a block of tickets."""
    rng = block.rng("parts")
    tickets = block.columns
    n = len(tickets)
    wait = block.traits["parts_wait_hours"]
    ordered = np.floor(tickets.floats("arrived_at") + _ORDERED_AFTER_HOURS * HOUR)
    received = np.floor(ordered + wait * HOUR)
    part = choose_by(rng, tickets.words("product").codes, _BY_PRODUCT)
    urgent, failed = rng.random(n) < _URGENT, rng.random(n) < _FAILED
    here = received <= block.cell.extracted
    rows = np.flatnonzero(~np.isnan(received) & (ordered <= block.cell.extracted))
    return Columns(
        {
            "part_order_id": block.numbers("BJ"),
            "ticket_id": tickets.text("ticket_id"),
            "branch": tickets.words("branch"),
            "part": Words(part, PARTS),
            "ordered_at": ordered,
            "received_at": np.where(here, received, np.nan),
            "urgent": urgent.astype(float),
            "failed_on_test": np.where(here, failed.astype(float), np.nan),
        }
    ).take(rows)
