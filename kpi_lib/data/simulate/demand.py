"""What comes in: when, which product, which work, from whom, and whom it is given to."""

from __future__ import annotations

import numpy as np

from kpi_lib.data.simulate.cell import DAY, HOUR, Cell
from kpi_lib.data.simulate.cohorts import draw_customers
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.draw import Flags, Floats, Integers, choose, choose_by, serials
from kpi_lib.data.simulate.places import engineers, providers
from kpi_lib.data.simulate.season import PRODUCTS, hour_weights, load, product_weights

WORK = ("repair", "installation", "return_exchange", "in_sale_repair", "activation")
CHANNELS = ("phone", "app", "wechat", "email", "store", "web", "other")
PRIORITIES = ("普通", "紧急", "特急")
MODELS = (
    ("32H2", "43H5", "50H5", "55H8"),
    ("55Q3", "65Q3", "65Q7", "75Q7", "85X1"),
    ("KFR-26GW", "KFR-35GW", "KFR-50LW", "KFR-72LW"),
    ("XQB80", "XQG90", "XQG100", "XQG120"),
)
FAULTS = (
    ("不开机", "花屏", "无声", "遥控失灵"),
    ("系统卡顿", "无法联网", "不开机", "花屏", "应用闪退"),
    ("不制冷", "制热差", "漏水", "噪音大", "不启动"),
    ("不脱水", "不进水", "漏水", "噪音大", "不排水"),
)
"""Repair faults by product, the most frequent first."""
OTHER_FAULTS = ("安装调试", "质量退换", "功能修复", "激活联网")
"""What the fault category says for installation, return, in-sale repair and activation."""

_WORK_BY_PRODUCT = np.array(
    [
        [0.62, 0.20, 0.05, 0.13, 0.00],
        [0.42, 0.29, 0.05, 0.08, 0.16],
        [0.52, 0.40, 0.03, 0.05, 0.00],
        [0.63, 0.25, 0.05, 0.07, 0.00],
    ]
)
_CHANNELS_BY_SHIFT = np.array(
    [[0.478, 0.16, 0.22, 0.02, 0.07, 0.05, 0.002], [0.338, 0.26, 0.32, 0.03, 0.00, 0.05, 0.002]]
)
_RECLASSIFIED = 0.25
_IN_WARRANTY = 0.68
_FAULT_DECAY = 0.7
"""Each next fault of a product is this much as frequent as the one before."""


def expected_tickets(cell: Cell) -> float:
    """Return the expected number of tickets of the whole month."""
    return cell.place.size * cell.scale * load(cell.month)


def is_night(created: Floats) -> Flags:
    """Return which moments fall between 21:00 and 7:00."""
    hour = (created % DAY) // HOUR
    return np.asarray((hour >= 21) | (hour < 7))


def draw_demand(cell: Cell, rng: np.random.Generator, *, first: int, n: int) -> Columns:
    """Draw ``n`` tickets as they are registered; ``first`` of the month's come before them."""
    created = cell.moments(rng, n, hour_weights())
    product = choose(rng, product_weights(cell.month), n)
    work_types = Words(choose_by(rng, product, _work_weights(cell)), WORK)
    customer_id, kind = draw_customers(cell, rng, work_types)
    fault, first_fault = _faults(rng, product, work_types.codes, cell.month.month)
    in_warranty = (work_types.codes != 0) | (rng.random(n) < _IN_WARRANTY)
    provider, engineer = _assignment(cell, rng, n)
    return Columns(
        {
            "ticket_id": serials(f"GD{cell.code}", np.arange(first + 1, first + n + 1), 6),
            "branch": Words(np.zeros(n, dtype=np.int64), (cell.place.key,)),
            "created_at": created,
            "customer_id": customer_id,
            "customer_kind": kind,
            "product": Words(product, PRODUCTS),
            "model": _models(rng, product),
            "work_type": work_types,
            "channel": Words(choose_by(rng, is_night(created).astype(np.int64), _CHANNELS_BY_SHIFT), CHANNELS),
            "priority": Words(choose(rng, (0.86, 0.12, 0.02), n), PRIORITIES),
            "fault": fault,
            "first_fault": first_fault,
            "under_warranty": in_warranty.astype(float),
            "provider": provider,
            "engineer": engineer,
        }
    )


def _work_weights(cell: Cell) -> Floats:
    weights = _WORK_BY_PRODUCT.copy()
    for truth in cell.planted("work_type"):
        weights[:, WORK.index(truth.segment["work_type"])] *= truth.size
    return weights


def _models(rng: np.random.Generator, product: Integers) -> Words:
    words = tuple(model for models in MODELS for model in models)
    starts = np.cumsum([0, *(len(models) for models in MODELS[:-1])])
    sizes = np.array([len(models) for models in MODELS])
    return Words(starts[product] + np.floor(rng.random(len(product)) * sizes[product]).astype(np.int64), words)


def _faults(rng: np.random.Generator, product: Integers, work: Integers, month: int) -> tuple[Words, Words]:
    """Return the final and the first category; a few tickets are classified anew once somebody has looked."""
    words = tuple(dict.fromkeys(fault for faults in FAULTS for fault in faults)) + OTHER_FAULTS
    weights = np.zeros((len(FAULTS), len(words)))
    for row, faults in enumerate(FAULTS):
        for rank, fault in enumerate(faults):
            weights[row, words.index(fault)] = _FAULT_DECAY**rank
    weights[:, words.index("制热差")] *= 2.5 if month in (11, 12, 1, 2) else 0.2
    weights[:, words.index("不制冷")] *= 0.3 if month in (11, 12, 1, 2) else 1.5
    repairs = choose_by(rng, product, weights)
    other = words.index(OTHER_FAULTS[0]) + work - 1
    final = np.where(work == 0, repairs, other)
    guess = choose_by(rng, product, weights)
    first = np.where((rng.random(len(work)) < _RECLASSIFIED) & (work == 0), guess, final)
    return Words(final, words), Words(first, words)


def _assignment(cell: Cell, rng: np.random.Generator, n: int) -> tuple[Words, Words]:
    names, weights = providers(cell.place)
    numbers, homes = engineers(cell.place)
    provider = choose(rng, weights, n)
    sizes = np.bincount(homes, minlength=len(names))
    starts = np.cumsum(sizes) - sizes
    engineer = starts[provider] + np.floor(rng.random(n) * sizes[provider]).astype(np.int64)
    return Words(provider, names), Words(engineer, numbers)
