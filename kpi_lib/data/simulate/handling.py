"""How a ticket is handled: response, appointment, visit, parts, repair."""

from __future__ import annotations

import numpy as np

from kpi_lib.data.simulate.cell import DAY, HOUR, Cell
from kpi_lib.data.simulate.columns import Columns
from kpi_lib.data.simulate.demand import is_night
from kpi_lib.data.simulate.draw import Flags, Floats, choose, logistic, lognormal
from kpi_lib.data.simulate.season import PRODUCTS, pressure

_RESPONSE_BY_CHANNEL = np.array([0.85, 1.0, 1.0, 2.2, 1.3, 1.2, 1.5])
_RESPONSE_BY_PRIORITY = np.array([1.0, 0.75, 0.5])
_NIGHT_FACTOR = 1.5
_FIX_BY_WORK = np.array([1.75, 3.6, 2.3, 2.0, 3.6])
"""Log odds of a technical fix in one visit, by work type."""
_FIX_BY_PRODUCT = np.array([0.10, -0.05, -0.15, 0.10])
_FIX_BY_PROVIDER = np.array([0.10, 0.0, -0.20, -0.10, -0.30])
_PARTS_BY_WORK = np.array([0.15, 0.01, 0.0, 0.20, 0.0])
_FIX_WITH_PARTS = -1.3
_REMOTE = 0.10
"""Repairs settled on the phone, without a visit (never an air conditioner)."""
_STUCK = 0.006
"""Tickets that are never resolved."""
_LATE = 0.12
_FIRST_HOUR, _LAST_HOUR = 8, 19
"""Visits and call-backs happen between these hours."""


def handle(cell: Cell, rng: np.random.Generator, columns: Columns) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the handling columns of tickets as registered, and traits of it that no export shows.

    Every draw is made whatever is planted, so that a planted truth changes the tickets it acts on and no others.
    """
    created = columns.floats("created_at")
    work, product = columns.words("work_type").codes, columns.words("product").codes
    n = len(created)
    slow = pressure(cell.month)
    usual_hours, response_hours = _response_hours(cell, rng, columns)
    response = np.floor(created + response_hours * HOUR)
    transfers = choose(rng, (0.90, 0.08, 0.016, 0.004), n).astype(float)
    needs_parts = rng.random(n) < _PARTS_BY_WORK[work]
    fix_usual, fix = _fix_chance(cell, columns, needs_parts)
    remote = (work == 0) & (product != PRODUCTS.index("air_conditioner")) & ~needs_parts & (rng.random(n) < _REMOTE)
    fixed = remote | (rng.random(n) < fix)
    appointment = np.floor(response + lognormal(rng, 0.4 + 2.5 * transfers, 0.6, n) * HOUR)
    promised = np.ceil(in_daytime(rng, appointment + lognormal(rng, 8.0 * slow, 0.6, n) * HOUR) / HOUR) * HOUR
    delay = np.where(rng.random(n) < _LATE, 0.5 + rng.exponential(2.0, n), rng.normal(-0.25, 0.3, n))
    arrived = np.floor(np.maximum(promised + delay * HOUR, appointment + 600.0))
    wait = np.round(np.where(needs_parts, lognormal(rng, 40.0 * slow, 0.7, n), 0.0) / 24.0, 2) * 24.0
    reopened = ~fixed & (rng.random(n) < 0.35)
    visits = np.where(fixed | (reopened & (rng.random(n) < 0.4)), 1.0, 2.0 + choose(rng, (0.80, 0.17, 0.03), n))
    again = lognormal(rng, 26.0 * slow, 0.6, n) * np.where(fixed, 0.0, np.maximum(visits - 1.0, 1.0))
    on_site = arrived + (rng.uniform(0.4, 2.2, n) + wait + again) * HOUR
    on_phone = response + rng.uniform(0.1, 1.2, n) * HOUR
    resolved = np.floor(np.where(remote, on_phone, on_site))
    resolved[rng.random(n) < _STUCK] = np.nan
    handled = {
        "first_response_at": response,
        "appointment_made_at": np.where(remote, np.nan, appointment),
        "promised_at": np.where(remote, np.nan, promised),
        "arrived_at": np.where(remote, np.nan, arrived),
        "resolved_at": resolved,
        "visits": np.where(remote, 0.0, visits),
        "transfers": transfers,
        "reopen_count": np.where(reopened, 1.0 + (rng.random(n) < 0.1), 0.0),
        "parts_wait_hours": np.where(needs_parts, wait, np.nan),
    }
    traits = {
        "fixed": fixed.astype(float),
        "fix": fix,
        "fix_usual": fix_usual,
        "response": np.log(response_hours),
        "response_usual": np.log(usual_hours),
        "late": (~remote & (arrived - promised > HOUR)).astype(float),
    }
    return handled, traits


def in_daytime(rng: np.random.Generator, moments: Floats) -> Floats:
    """Move moments outside working hours into the next morning."""
    hour = (moments % DAY) / HOUR
    morning = moments - moments % DAY + (_FIRST_HOUR + 4.0 * rng.random(len(moments))) * HOUR
    return np.where(hour < _FIRST_HOUR, morning, np.where(hour >= _LAST_HOUR, morning + DAY, moments))


def _response_hours(cell: Cell, rng: np.random.Generator, columns: Columns) -> tuple[Floats, Floats]:
    """Return the hours to the first response, without and with what is planted."""
    created = columns.floats("created_at")
    usual = lognormal(rng, cell.place.response_hours * pressure(cell.month), 0.75, len(created))
    usual *= _RESPONSE_BY_CHANNEL[columns.words("channel").codes]
    usual *= _RESPONSE_BY_PRIORITY[columns.words("priority").codes]
    usual *= np.where(is_night(created), _NIGHT_FACTOR, 1.0)
    hours = usual
    for truth in cell.planted("response"):
        hours = hours * np.where(truth.covers(columns), truth.size, 1.0)
    return usual, hours


def _fix_chance(cell: Cell, columns: Columns, needs_parts: Flags) -> tuple[Floats, Floats]:
    """Return the chance of a technical fix in one visit, without and with what is planted."""
    odds = (
        cell.place.fix
        + _FIX_BY_WORK[columns.words("work_type").codes]
        + _FIX_BY_PRODUCT[columns.words("product").codes]
        + _FIX_BY_PROVIDER[columns.words("provider").codes]
        + np.where(needs_parts, _FIX_WITH_PARTS, 0.0)
    )
    usual = logistic(odds)
    chance = usual
    for truth in cell.planted("fix"):
        chance = np.where(truth.covers(columns), np.maximum(chance + truth.size, 0.02), chance)
    return usual, chance
