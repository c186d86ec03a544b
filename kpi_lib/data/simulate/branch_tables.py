"""The small tables of a branch: its engineers, and its market month by month."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kpi_lib.data.simulate.cell import Cell, seconds
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.draw import Floats, generator
from kpi_lib.data.simulate.places import CENTRES, REGIONS, Place, engineers, providers
from kpi_lib.data.simulate.season import load

_UNITS_PER_TICKET = 45.0
_SHARE_DRIFT = 0.0004
"""What the company's market share gains in a month."""
_NOISE = 0.004


def staff(place: Place) -> Columns:
    """Return the engineers of a branch."""
    names, _ = providers(place)
    numbers, homes = engineers(place)
    n = len(numbers)
    return Columns(
        {
            "engineer": Words(np.arange(n), numbers),
            "branch": Words(np.zeros(n, dtype=np.int64), (place.key,)),
            "provider": Words(np.array(homes, dtype=np.int64), names),
            "centre": Words(np.zeros(n, dtype=np.int64), (CENTRES[place.centre].zh,)),
            "region": Words(np.zeros(n, dtype=np.int64), (REGIONS[place.centre].zh,)),
        }
    )


def market(cell: Cell) -> Columns:
    """Return the branch's market in the month: units sold by the company and by everybody."""
    standing = float(generator(cell.seed, cell.place.key, "market").uniform(0.15, 0.21))
    rng = cell.rng("market")
    age = (cell.month.year - cell.window.start.year) * 12 + cell.month.month - cell.window.start.month
    units = int(rng.poisson(cell.place.size * _UNITS_PER_TICKET * load(cell.month))) + 1
    share = standing + _SHARE_DRIFT * age + _NOISE * float(rng.standard_normal())
    sold = int(rng.binomial(units, share))
    return Columns(
        {
            "market_id": pa.array([f"SC{cell.code}"]),
            "branch": Words(np.zeros(1, dtype=np.int64), (cell.place.key,)),
            "month_at": _one(seconds(cell.month)),
            "units_sold": _one(sold),
            "market_units": _one(units),
        }
    )


def _one(value: float) -> Floats:
    return np.array([float(value)])
