"""Tickets: demand, handling and satisfaction put together, seen from the moment of extraction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kpi_lib.data.simulate.cell import BLOCK, HOUR, Cell, blocks
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.demand import draw_demand, expected_tickets
from kpi_lib.data.simulate.draw import Flags, Floats, lognormal, serials
from kpi_lib.data.simulate.handling import handle, in_daytime
from kpi_lib.data.simulate.satisfaction import closure_flag, feel

STATUS = ("待派工", "处理中", "待件", "已完成", "已关单", "已作废")
_CANCELLED = 0.004
_CALLED_BACK = 0.93
_ACTIVATED = 0.94
_LIMIT_HOURS = 48.0
_COST_BY_WORK = np.array([60.0, 90.0, 50.0, 80.0, 20.0])


@dataclass(frozen=True)
class TicketBlock:
    """Some tickets of a cell: what an export shows, and the traits that only the simulator knows."""

    cell: Cell
    number: int
    columns: Columns
    traits: dict[str, Floats]

    @property
    def resolved(self) -> Flags:
        """Which tickets are resolved."""
        return np.asarray(~np.isnan(self.columns.floats("resolved_at")))

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the block's stream for one purpose."""
        return self.cell.rng(purpose, self.number)

    def numbers(self, kind: str) -> pa.Array:
        """Return a document number for each ticket; those of one kind are unique in the company."""
        first = self.number * BLOCK + 1
        return serials(f"{kind}{self.cell.code}", np.arange(first, first + len(self.columns)), 6)


def ticket_blocks(cell: Cell) -> Iterator[TicketBlock]:
    """Generate the cell's tickets in blocks, so that memory does not grow with their number."""
    total = int(cell.rng("volume").poisson(expected_tickets(cell)))
    for number, first, n in blocks(total):
        yield _block(cell, number, first, n)


def _block(cell: Cell, number: int, first: int, n: int) -> TicketBlock:
    rng = cell.rng("tickets", number)
    columns = draw_demand(cell, rng, first=first, n=n)
    handled, traits = handle(cell, rng, columns)
    columns = columns.plus(handled)
    columns = columns.plus({"cost": _cost(rng, columns)})
    traits |= feel(cell, rng, columns, traits)
    columns = columns.plus(_after(rng, columns, traits))
    traits["done_at"] = columns.floats("resolved_at")
    traits["parts_wait_hours"] = columns.floats("parts_wait_hours")
    traits["cancelled"] = (rng.random(n) < _CANCELLED).astype(float)
    columns = columns.plus(_as_extracted(columns, traits["cancelled"] == 1, cell.extracted))
    seen = np.flatnonzero(columns.floats("created_at") <= cell.extracted)
    return TicketBlock(cell, number, columns.take(seen), {name: trait[seen] for name, trait in traits.items()})


def _cost(rng: np.random.Generator, columns: Columns) -> Floats:
    work = columns.words("work_type").codes
    cost = lognormal(rng, _COST_BY_WORK[work], 0.35, len(work)) + 35.0 * np.maximum(columns.floats("visits") - 1.0, 0.0)
    parts = np.where(np.isnan(columns.floats("parts_wait_hours")), 0.0, lognormal(rng, 140.0, 0.5, len(work)))
    return np.round(cost + parts, 1)


def _after(rng: np.random.Generator, columns: Columns, traits: dict[str, Floats]) -> dict[str, Floats]:
    """Return what follows the resolution: closure, call-back, activation."""
    resolved = columns.floats("resolved_at")
    n = len(resolved)
    called = np.floor(in_daytime(rng, resolved + lognormal(rng, 14.0, 0.7, n) * HOUR))
    smart = columns.words("product").equals("smart_tv")
    setting_up = columns.words("work_type").equals("installation") | columns.words("work_type").equals("activation")
    activated = np.floor(resolved + rng.exponential(6.0, n) * HOUR)
    return {
        "closed_at": np.floor(resolved + lognormal(rng, 6.0, 1.0, n) * HOUR),
        "satisfied_at_closure": closure_flag(rng, traits["score"]),
        "called_back_at": np.where(rng.random(n) < _CALLED_BACK, called, np.nan),
        "activated_at": np.where(smart & setting_up & (rng.random(n) < _ACTIVATED), activated, np.nan),
    }


def _as_extracted(columns: Columns, cancelled: Flags, extracted: float) -> dict[str, Floats | Words]:
    """Return the columns as they stand at extraction: what lies ahead is not there yet, except a promised visit."""
    seen: dict[str, Floats] = {}
    for name in (
        "first_response_at", "appointment_made_at", "arrived_at", "resolved_at", "closed_at", "called_back_at",
        "activated_at",
    ):  # fmt: skip
        seen[name] = np.where((columns.floats(name) > extracted) | cancelled, np.nan, columns.floats(name))
    made = ~np.isnan(seen["appointment_made_at"])
    resolved = ~np.isnan(seen["resolved_at"])
    closed = ~np.isnan(seen["closed_at"])
    arrived = ~np.isnan(seen["arrived_at"])
    responded = ~np.isnan(seen["first_response_at"])
    waiting = arrived & ~resolved & ~np.isnan(columns.floats("parts_wait_hours"))
    age_hours = (extracted - columns.floats("created_at")) / HOUR
    took_hours = (seen["resolved_at"] - columns.floats("created_at")) / HOUR
    seen["promised_at"] = np.where(made, columns.floats("promised_at"), np.nan)
    seen["visits"] = np.where(resolved, columns.floats("visits"), arrived.astype(float))
    for name in ("cost", "parts_wait_hours"):
        seen[name] = np.where(resolved, columns.floats(name), np.nan)
    seen["reopen_count"] = np.where(resolved, columns.floats("reopen_count"), 0.0)
    seen["satisfied_at_closure"] = np.where(closed, columns.floats("satisfied_at_closure"), np.nan)
    seen["sla_met"] = np.where(resolved, took_hours <= _LIMIT_HOURS, np.where(age_hours > _LIMIT_HOURS, 0.0, np.nan))
    stage = np.select([cancelled, closed, resolved, waiting, responded], [5, 4, 3, 2, 1], default=0)
    words = {"engineer": columns.words("engineer").where(responded), "status": Words(stage.astype(np.int64), STATUS)}
    return {**seen, **words}
