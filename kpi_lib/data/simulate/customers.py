"""Customers: bought, bought again, left, were invited; and leads who never bought."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from kpi_lib.data.simulate.cell import DAY, HOUR, Cell, blocks, seconds
from kpi_lib.data.simulate.cohorts import KINDS, cohort, customer_numbers
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.draw import Flags, Floats, choose, serials
from kpi_lib.data.simulate.season import next_month

SEGMENTS = ("new", "old", "high_value")
CHURN_REASONS = ("价格", "产品质量", "售后服务", "竞品促销", "搬迁", "其他")
_SHOP_HOURS = np.array([0.0] * 9 + [2.0, 5, 7, 6, 5, 6, 8, 9, 8, 7, 8, 7, 3] + [0.0] * 2)
_BY_LEAD = 0.45
_CONVERTED = 0.24
_LEAD_DAYS = 16.0
_NEXT_PURCHASE_DAYS = np.array([70.0, 90.0, 200.0, 1900.0])
"""Mean days to the next purchase, by kind of customer."""
_LEAVES_DAYS = 2000.0
"""Mean days from the last purchase to leaving."""
_NEW_DAYS = 90.0
_HIGH_VALUE_PURCHASES = 4
_JOINED = 0.24
_INVITED_EACH_MONTH = 0.12


def customer_blocks(cell: Cell) -> Iterator[tuple[int, Columns]]:
    """Generate the customers who first bought in the cell's month, and the leads of the month who never did."""
    won = cohort(cell, cell.month)
    kinds = won.kinds()
    for number, first, n in blocks(won.size):
        rng = cell.rng("customers", number)
        numbers = customer_numbers(pa.scalar(won.code), np.arange(first, first + n))
        rows = _buyers(cell, rng, numbers, Words(kinds.codes[first : first + n], KINDS))
        yield number, rows.take(np.flatnonzero(rows.floats("first_purchase_at") <= cell.extracted))
    lost = int(cell.rng("lead_volume").poisson(won.size * _BY_LEAD * (1.0 / _CONVERTED - 1.0)))
    for number, first, n in blocks(lost):
        rows = _leads(cell, cell.rng("leads", number), first, n)
        yield number, rows.take(np.flatnonzero(rows.floats("lead_at") <= cell.extracted))


def _buyers(cell: Cell, rng: np.random.Generator, numbers: pa.Array, kinds: Words) -> Columns:
    n = len(numbers)
    first = cell.moments(rng, n, _SHOP_HOURS)
    rng.shuffle(first)
    mean_gap = _NEXT_PURCHASE_DAYS[kinds.codes] * DAY
    second = np.floor(first + rng.exponential(1.0, n) * mean_gap)
    second = np.where(second <= cell.extracted, second, np.nan)
    open_time = np.nan_to_num(cell.extracted - second)
    more = np.where(np.isnan(second), 0.0, rng.poisson(open_time / mean_gap))
    last = np.where(more > 0, np.floor(second + open_time * rng.random(n) ** (1.0 / (1.0 + more))), second)
    last = np.where(np.isnan(second), first, last)
    purchases = 1.0 + ~np.isnan(second) + more
    left = np.floor(last + rng.exponential(_LEAVES_DAYS, n) * DAY)
    left = np.where((left <= cell.extracted) & (kinds.codes == KINDS.index("end_user")), left, np.nan)
    by_lead = rng.random(n) < _BY_LEAD
    lead = np.where(by_lead, np.floor(first - rng.exponential(_LEAD_DAYS, n) * DAY), np.nan)
    invited, joined = _campaign(cell, rng, first, np.isnan(left))
    segment = np.select(
        [purchases >= _HIGH_VALUE_PURCHASES, cell.extracted - first < _NEW_DAYS * DAY], [2, 0], default=1
    )
    return Columns(
        {
            "customer_id": numbers,
            "branch": Words(np.zeros(n, dtype=np.int64), (cell.place.key,)),
            "kind": kinds,
            "segment": Words(segment.astype(np.int64), SEGMENTS),
            "lead_at": lead,
            "converted_at": np.where(by_lead, first, np.nan),
            "first_purchase_at": first,
            "second_purchase_at": second,
            "last_purchase_at": last,
            "purchases": purchases,
            "active": np.isnan(left).astype(float),
            "churned_at": left,
            "churn_reason": Words(
                np.where(np.isnan(left), -1, choose(rng, (0.25, 0.2, 0.18, 0.2, 0.1, 0.07), n)), CHURN_REASONS
            ),
            "campaign_invited_at": invited,
            "campaign_joined_at": joined,
            "phone": _phones(rng, n),
        }
    )


def _campaign(cell: Cell, rng: np.random.Generator, first: Floats, stays: Flags) -> tuple[Floats, Floats]:
    """Return when each customer was last invited to a monthly campaign, and joined it."""
    n = len(first)
    age = rng.geometric(_INVITED_EACH_MONTH, n) - 1
    opened = np.array([seconds(next_month(cell.window.review, -back)) for back in range(int(age.max(initial=0)) + 1)])
    invited = np.floor(opened[age] + (9.0 + rng.integers(0, 14, n) * 24.0 + 9.0 * rng.random(n)) * HOUR)
    invited = np.where(stays & (invited > first + 7 * DAY), invited, np.nan)
    joined = np.floor(invited + rng.exponential(4.0, n) * DAY)
    return invited, np.where((rng.random(n) < _JOINED) & (joined <= cell.extracted), joined, np.nan)


def _leads(cell: Cell, rng: np.random.Generator, first: int, n: int) -> Columns:
    asked = cell.moments(rng, n, _SHOP_HOURS)
    nothing = np.full(n, np.nan)
    never = ("converted_at", "first_purchase_at", "second_purchase_at", "last_purchase_at", "active", "churned_at",
             "campaign_invited_at", "campaign_joined_at")  # fmt: skip
    return Columns(
        {
            "customer_id": serials(f"X{cell.code}", np.arange(first + 1, first + n + 1), 6),
            "branch": Words(np.zeros(n, dtype=np.int64), (cell.place.key,)),
            "kind": Words(np.full(n, KINDS.index("end_user")), KINDS),
            "segment": Words(np.full(n, -1), SEGMENTS),
            "lead_at": asked,
            **dict.fromkeys(never, nothing),
            "purchases": np.zeros(n),
            "churn_reason": Words(np.full(n, -1), CHURN_REASONS),
            "phone": _phones(rng, n),
        }
    )


def _phones(rng: np.random.Generator, n: int) -> pa.Array:
    """Return mobile numbers of a prefix that no operator uses."""
    return serials("15400", rng.integers(0, 1_000_000, n), 6)
