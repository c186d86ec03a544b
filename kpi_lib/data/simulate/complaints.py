"""Complaints: rare where the customer is content, frequent where not, some of them before the work is done."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_lib.data.simulate.cell import HOUR
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.draw import choose_by, lognormal
from kpi_lib.data.simulate.handling import in_daytime
from kpi_lib.data.simulate.tickets import TicketBlock

CATEGORIES = ("服务态度", "上门不及时", "维修技术", "处理时效", "收费", "备件", "产品质量", "沟通", "送货")
"""What the complaint desk calls the reasons of dissatisfaction, in their order."""

_FILED = np.array([0.30, 0.13, 0.030, 0.006, 0.002])
"""Chance of a complaint by latent score."""
_WITHOUT_TICKET = 0.06
_EARLY = 0.3
"""Share of the complaints filed before the work is done."""
_HANDLING = np.array([[0.12, 0.16, 0.17, 0.35, 0.20], [0.03, 0.05, 0.10, 0.42, 0.40]])
"""Chances of each score of the handling, when slow and when quick."""
_QUICK_HOURS = 48.0
_SCORED = 0.9


def complain(block: TicketBlock) -> Columns:
    """Generate the complaints about a block of tickets."""
    rng = block.rng("complaints")
    tickets = block.columns
    n = len(tickets)
    created, done = tickets.floats("created_at"), block.traits["done_at"]
    early = np.isnan(done) | (rng.random(n) < _EARLY)
    during = created + rng.uniform(0.4, 1.0, n) * np.nan_to_num(done - created, nan=120 * HOUR)
    filed = np.floor(in_daytime(rng, np.where(early, during, done + rng.exponential(30.0, n) * HOUR)))
    responded = np.floor(filed + lognormal(rng, 2.6, 0.8, n) * HOUR)
    took = lognormal(rng, 28.0, 0.7, n)
    resolved = np.floor(responded + took * HOUR)
    handling = 1.0 + choose_by(rng, (took < _QUICK_HOURS).astype(np.int64), _HANDLING)
    handling = np.where(rng.random(n) < _SCORED, handling, np.nan)
    named = pa.array(rng.random(n) >= _WITHOUT_TICKET)
    chance = _FILED[block.traits["score"].astype(np.int64) - 1] * (block.traits["cancelled"] == 0)
    extracted = block.cell.extracted
    rows = np.flatnonzero((rng.random(n) < chance) & (filed <= extracted))
    return Columns(
        {
            "complaint_id": block.numbers("TS"),
            "ticket_id": pc.if_else(named, tickets.text("ticket_id"), None),
            "customer_id": tickets.text("customer_id"),
            "branch": tickets.words("branch"),
            "filed_at": filed,
            "responded_at": np.where(responded <= extracted, responded, np.nan),
            "resolved_at": np.where(resolved <= extracted, resolved, np.nan),
            "category": Words(block.traits["reason"].astype(np.int64), CATEGORIES),
            "handling_score": np.where(resolved <= extracted, handling, np.nan),
            "product": tickets.words("product"),
        }
    ).take(rows)
