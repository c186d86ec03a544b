"""What the customer makes of it: a latent score from 1 to 5 for every ticket, asked or not, and its reasons."""

from __future__ import annotations

import numpy as np

from kpi_lib.data.simulate.cell import HOUR, Cell
from kpi_lib.data.simulate.columns import Columns
from kpi_lib.data.simulate.draw import Flags, Floats, Integers

REASONS = (
    "attitude", "punctuality", "professionalism", "resolution_efficiency", "fees", "parts", "product_quality",
    "communication", "delivery",
)  # fmt: skip
"""Themes of dissatisfaction; the first six follow from what happened on the ticket, the others come by chance."""

_CUTS = np.array([-2.05, -1.62, -1.12, -0.12])
"""Latent satisfaction at which the score steps up, in standard deviations of the customers' taste."""
_NOTED_COST = 90.0
"""From here on a customer out of warranty minds the bill."""
_RUDE = 0.035
_SATISFIED_AT_CLOSURE = np.array([0.25, 0.40, 0.80, 0.99, 0.995])
"""Chance that the engineer has "satisfied" ticked at closure, by score: closing discipline is not perfect."""


def feel(cell: Cell, rng: np.random.Generator, columns: Columns, traits: dict[str, Floats]) -> dict[str, Floats]:
    """Return the latent score of each ticket and what it came from, as traits."""
    n = len(traits["fixed"])
    rude_chance = _rude_chance(cell, columns, n)
    rude = rng.random(n) < rude_chance
    hours = (columns.floats("resolved_at") - columns.floats("created_at")) / HOUR
    long = np.log1p(np.nan_to_num(hours, nan=200.0) / 24.0)
    paid = (columns.floats("under_warranty") == 0) & (columns.floats("cost") > _NOTED_COST)
    taste = rng.standard_normal(n)
    latent = (
        cell.place.satisfaction
        + 0.70 * (traits["fixed"] - 0.88)
        - 0.35 * (long - 0.75)
        - 0.45 * traits["late"]
        - 1.50 * rude
        - 0.35 * paid
        + taste
    )
    reason = _reasons(rng, rude, traits, hours, np.asarray(paid), columns.floats("parts_wait_hours"))
    return {
        "score": 1.0 + np.searchsorted(_CUTS, latent),
        "rude": rude.astype(float),
        "attitude": rude_chance,
        "attitude_usual": np.full(n, _RUDE),
        "reason": reason.astype(float),
    }


def closure_flag(rng: np.random.Generator, score: Floats) -> Floats:
    """Return whether "satisfied" is ticked at closure, from the latent score."""
    return (rng.random(len(score)) < _SATISFIED_AT_CLOSURE[score.astype(np.int64) - 1]).astype(float)


def _rude_chance(cell: Cell, columns: Columns, n: int) -> Floats:
    chance = np.full(n, _RUDE)
    for truth in cell.planted("attitude"):
        chance = chance + np.where(truth.covers(columns), truth.size, 0.0)
    return chance


def _reasons(
    rng: np.random.Generator, rude: Flags, traits: dict[str, Floats], hours: Floats, paid: Flags, wait: Floats
) -> Integers:
    """Return the position in REASONS of what a dissatisfied customer would name first."""
    by_chance = rng.choice(np.array([6, 6, 6, 7, 7, 8, 3]), len(rude))
    happened = [rude, wait > 48, traits["fixed"] == 0, traits["late"] == 1, paid, hours > 60]
    named = [0, 5, 2, 1, 4, 3]
    return np.select(happened, named, default=by_chance).astype(np.int64)
