"""How demand moves over the year, the week and the day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np

from kpi_lib.data.simulate.draw import Floats

NEW_YEAR = {
    2019: date(2019, 2, 5),
    2020: date(2020, 1, 25),
    2021: date(2021, 2, 12),
    2022: date(2022, 2, 1),
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
}
"""First day of the lunar year; the week from its eve on is quiet, the week after makes up for it."""

PRODUCTS = ("tv", "smart_tv", "air_conditioner", "washing_machine")
PRODUCT_SHARES = np.array([0.22, 0.28, 0.30, 0.20])

_PRODUCT_SEASON = np.array(
    [
        # Jan  Feb   Mar   Apr   May   Jun   Jul   Aug   Sep   Oct   Nov   Dec
        [1.18, 1.05, 0.96, 0.94, 0.95, 0.96, 0.97, 0.97, 0.98, 1.02, 1.01, 1.10],
        [1.20, 1.05, 0.96, 0.94, 0.96, 1.00, 0.97, 0.97, 0.98, 1.02, 1.08, 1.10],
        [0.75, 0.65, 0.60, 0.70, 1.05, 1.70, 2.20, 1.95, 1.00, 0.60, 0.60, 0.80],
        [1.02, 1.00, 1.02, 0.98, 0.98, 0.98, 0.96, 0.96, 1.00, 1.04, 1.06, 1.02],
    ]
)
"""Demand of each product by calendar month; the air conditioner's summer carries the company's peak."""

_WEEKDAYS = np.array([1.10, 1.05, 1.02, 1.00, 1.00, 0.97, 0.86])
_HOURS = np.array(
    [
        1.2,
        0.7,
        0.4,
        0.3,
        0.3,
        0.5,
        1.2,
        2.6,
        6.4,
        9.0,
        9.4,
        8.0,
        5.4,
        5.6,
        7.4,
        7.8,
        7.2,
        6.0,
        4.8,
        4.6,
        4.2,
        3.2,
        2.3,
        1.5,
    ]
)
"""Tickets by hour of the day, in per cent: two humps of office hours and a night dip."""


def day_weight(day: date) -> float:
    """Return the demand of one day relative to an average one: weekday, Spring Festival, National Day."""
    weight = float(_WEEKDAYS[day.weekday()])
    since_eve = (day - (NEW_YEAR[day.year] - timedelta(days=1))).days
    if 0 <= since_eve < 8:
        weight *= 0.22 if since_eve < 4 else 0.45
    elif 8 <= since_eve < 15:
        weight *= 1.18
    if day.month == 10 and day.day <= 7:
        weight *= 0.80
    return weight


def month_days(month: date) -> list[date]:
    """Return the days of the month that starts on ``month``."""
    return [month + timedelta(days=offset) for offset in range((next_month(month) - month).days)]


def next_month(month: date, steps: int = 1) -> date:
    """Return the first day of the month ``steps`` after ``month`` (before it, when negative)."""
    number = month.year * 12 + month.month - 1 + steps
    return date(number // 12, number % 12 + 1, 1)


def product_weights(month: date) -> Floats:
    """Return the demand of each product in the month; an average month of the year sums to 1."""
    return np.asarray(PRODUCT_SHARES * _PRODUCT_SEASON[:, month.month - 1] / _PRODUCT_SEASON.mean(axis=1), dtype=float)


@cache
def load(month: date) -> float:
    """Return the demand of the month relative to an average month of 30.4 days."""
    days = sum(day_weight(day) for day in month_days(month))
    return days / 30.4 * float(product_weights(month).sum())


def pressure(month: date) -> float:
    """Return how much slower work gets under the month's load: 1 in an average month, about 1.15 at the summer peak."""
    return float(1.0 + 0.28 * (product_weights(month).sum() - 1.0))


def hour_weights() -> Floats:
    """Return the demand of each hour of the day."""
    return _HOURS
